"""``python -m bench.desk``: server time of each page and call at 20 users, on archives of two sizes side by side.

    python -m bench.desk --articles 10000 1000000      # the second takes about 15 minutes to make on two cores

Prints p50 and p95 of the server's own time (Server-Timing) at the largest size and p95's growth from the smallest,
and what the users waited. A kept archive (--keep FOLDER) is used again.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
from tests.browser.stack import free_port
from tests.conftest import open_folder

from bench.desk.generate import fill
from bench.desk.users import Times, ask
from copydesk.pipeline import open_desk
from copydesk.settings import Settings
from copydesk.store import desk_corrections, desk_figures
from copydesk.store.migrate import migrate
from copydesk.store.server import LocalServer

USERS = 20


def calls_for(dsn: str) -> dict[str, list[str]]:
    """Every page and call with questions of several kinds, taken from the archive itself."""
    with psycopg.connect(dsn) as conn:
        ids = [r[0] for r in conn.execute("select article_id from cluster_members order by random() limit 40")]
        ids += [r[0] for r in conn.execute("select article_id from revisions where previous_id is not null limit 40")]
        pairs = list(
            conn.execute(
                "select previous_id, version_id from revisions where previous_id > 0 order by version_id desc limit 40"
            )
        )
        seen = list(
            conn.execute(
                """select a.url, to_char((v.observed_at + interval '1 s') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
                   from versions v join articles a on a.id = v.article_id order by v.id desc limit 40"""
            )
        )
        bodies = [r[0] for r in conn.execute("select body from versions order by id desc limit 30")]
        cluster = [r[0] for r in conn.execute("select cluster_id from cluster_members order by random() limit 20")]
        decided = [r[0] for r in conn.execute("select id from applications order by id desc limit 20")]
        feeds = [r[0] for r in conn.execute("select id from feeds limit 20")]
        top = conn.execute(
            "select x::text || '-' || id from changes order by x desc, id desc offset 50 limit 1"
        ).fetchone()
    rare = [b.split()[-2] for b in bodies]
    common = [" ".join(b.split()[:2]) for b in bodies]
    rng = random.Random(1)
    words = [f"q={w}" for w in rng.sample(rare, 10)] + [f"q={w}".replace(" ", "+") for w in rng.sample(common, 10)]
    facets = ["publisher=p1.example", "lang=fr", "corrected=true", "silent=true", "copies=5", "since=2026-06-01",
              "publisher=p2.example&silent=true", "lang=de&corrected=true", ""]  # fmt: skip
    api = "/copydesk/api/v1"
    return {
        "page desk": ["/copydesk/"],
        "page articles": [f"/copydesk/articles?{q}" for q in facets],
        "page articles words": [f"/copydesk/articles?{q}" for q in words],
        "page article": [f"/copydesk/articles/{i}" for i in ids],
        "page corrections": ["/copydesk/corrections"],
        "page ledger": ["/copydesk/corrections/ledger", "/copydesk/corrections/ledger?outcome=applied"],
        "page decision": [f"/copydesk/corrections/{i}" for i in decided],
        "page scorecard": ["/copydesk/scorecard"],
        "page feeds": ["/copydesk/feeds", "/copydesk/feeds?state=trouble", "/copydesk/feeds?q=7"],
        "page feed": [f"/copydesk/feeds/{i}" for i in feeds],
        "page runs": ["/copydesk/runs"],
        "api articles": [f"{api}/articles?{q}" for q in facets],
        "api articles words": [f"{api}/articles?{q}" for q in words],
        "api article": [f"{api}/articles/{i}" for i in ids],
        "api as-of": [f"{api}/articles/as-of?url={u}&seen={s}" for u, s in seen],
        "api diff": [f"{api}/diff?a={a}&b={b}" for a, b in pairs],
        "api cluster": [f"{api}/clusters/{i}" for i in cluster],
        "api corrections": [f"{api}/corrections", f"{api}/corrections/queue"],
        "api feeds": [f"{api}/feeds"],
        "api changes": [f"{api}/changes?after={top[0]}"],
        "api figures": [f"{api}/figures"],
        "api publishers": [f"{api}/publishers"],
    }


def measure(home: Path, articles: int, seconds: float, think: float) -> dict[str, Times]:
    """Make (or take) an archive, let `maintain` count, serve it, and let the users ask."""
    server = LocalServer(home / f"pg-{articles}", {"shared_buffers": "1GB", "max_wal_size": "4GB"})
    server.start()
    try:
        server.ensure_database("desk")
        dsn = server.dsn("desk")
        migrate(dsn, log=lambda said: None)
        with psycopg.connect(dsn) as conn:
            empty = conn.execute("select not exists (select from articles)").fetchone()
        if empty and empty[0]:
            fill(dsn, articles)
        counted(dsn)
        return served(dsn, seconds, think)
    finally:
        server.stop()


def counted(dsn: str) -> None:
    """Count what the DAG `maintain` counts, and say how long that takes."""
    with open_desk(Settings.from_env(), dsn, connections=2) as desk, desk.pool.connection() as conn:
        began = time.monotonic()
        while desk_figures.close_hours(conn):
            conn.commit()
        hours = time.monotonic() - began
        desk_corrections.count_scores(conn)
    print(
        f"  maintain: hours of a year {hours:.1f} s, scorecards {time.monotonic() - began - hours:.1f} s",
        file=sys.stderr,
    )


def served(dsn: str, seconds: float, think: float) -> dict[str, Times]:
    """Serve an archive in a process of its own and ask it."""
    port = free_port()
    env = os.environ | {"DATABASE_URL": dsn, "PYTHONPATH": os.pathsep.join(["plugins", "."])}
    with subprocess.Popen([sys.executable, "-m", "bench.desk.serve", str(port)], env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        try:
            token = next(line.split()[1] for line in process.stdout if line.startswith("TOKEN "))
            base = f"http://127.0.0.1:{port}"
            _answers(f"{base}/copydesk/", token)
            calls = calls_for(dsn)
            ask(base, token, calls, users=4, seconds=min(10, seconds), think=0)  # warm
            return ask(base, token, calls, users=USERS, seconds=seconds, think=think)
        finally:
            process.terminate()


def report(small: dict[str, Times], large: dict[str, Times], sizes: list[int]) -> None:
    """Print the table."""
    print(f"{'server time, ms':22} {'n':>5} {'p50':>7} {'p95':>7} {'growth':>7}  {'waited p95':>10}  errors")
    for name, times in sorted(large.items()):
        if not times.server:
            print(f"{name:22} {0:>5} no answer, {times.errors} errors")
            continue
        p95 = _quantile(times.server)
        before = _quantile(small[name].server) if small.get(name) and small[name].server else None
        growth = f"{p95 / before:.2f}x" if before else "-"
        print(f"{name:22} {len(times.server):>5} {statistics.median(times.server):>7.1f} {p95:>7.1f} {growth:>7}  "
              f"{_quantile(times.waited):>10.1f}  {times.errors}")  # fmt: skip
    print(f"{sizes[-1]:,} articles; growth of p95 from {sizes[0]:,}; {USERS} users")


def _quantile(values: list[float], q: float = 0.95) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def _answers(url: str, token: str) -> None:
    until = time.monotonic() + 180
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"})
    while True:
        try:
            urllib.request.urlopen(request, timeout=30).close()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def main() -> int:
    """Measure every size and print the comparison of the first with the last."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=60, help="how long the users ask at each size")
    parser.add_argument("--think", type=float, default=1.0, help="seconds that a user reads, on average; 0: none")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the archives here and use them again")
    parser.add_argument("--data", help=argparse.SUPPRESS)
    args = parser.parse_args()
    home = Path(args.keep) if args.keep else open_folder("desk bench")
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    try:
        found = []
        for articles in args.articles:
            print(f"{articles:,} articles", file=sys.stderr)
            found.append(measure(home, articles, args.seconds, args.think))
        report(found[0], found[-1], args.articles)
    finally:
        if not args.keep:
            shutil.rmtree(home.parent, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
