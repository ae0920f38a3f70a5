"""``python -m bench.latency``: from an entry's publication to its stored version, under `make run`'s Airflow.

Publishes entries at the sample newspaper, one after the other at odd moments, and waits for
each one's version in the database of COPYDESK_HOME (or DATABASE_URL).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
import urllib.request

from copydesk.settings import Settings
from copydesk.store.address import connect_url
from copydesk.store.db import connect, maybe

_STORED = "select v.id from versions v join articles a on a.id = v.article_id where a.url = %s"
_PATIENCE = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--publish", default="http://127.0.11.1:8180/__publish")
    args = parser.parse_args()
    took = []
    with connect(connect_url(Settings.from_env(), start=False)) as conn:
        conn.autocommit = True
        for number in range(args.entries):
            started = time.perf_counter()
            url = _publish(args.publish, number)
            while not maybe(conn, _STORED, url) and time.perf_counter() - started < _PATIENCE:
                time.sleep(0.05)
            took.append(time.perf_counter() - started)
            print(f"{took[-1]:.2f}", end=" ", flush=True)
            time.sleep(random.uniform(3, 9))
    print(f"\nmedian {statistics.median(took):.2f} s, worst {max(took):.2f} s of {len(took)}")


def _publish(address: str, number: int) -> str:
    told = "\n\n".join(
        f"Sentence {number}.{k} says that lamp {random.random()} in the street will be lit at {k} o'clock and that "
        f"{random.randint(2, 99)} neighbours have agreed to it after a long talk."
        for k in range(5)
    )
    body = json.dumps({"title": f"Lamp {number} is lit", "body": told}).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data=body, method="POST"), timeout=10) as answer:
        return str(json.load(answer)["url"])


if __name__ == "__main__":
    main()
