"""``python -m bench.backfill --data DIR``: WARC to stored versions, articles per CPU second.

Every page of DIR once in one WARC file, as CC-NEWS has them, is read by the floor (FastWARC
and our extraction, nothing kept), by a whole backfill with PostgreSQL (default durability), and by
the CC-NEWS readers of fundus and news-please where --peers names an interpreter that has them (they
pin older libraries than ours: ``python -m venv peers; peers/bin/pip install fundus news-please``).

Each runs in processes of its own, all of whose CPU seconds count, on a file of a few pages and
on the whole one: the difference is what an article costs once everything is loaded.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psutil
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from bench.pages import Page, read_pages
from copydesk.store.migrate import migrate
from copydesk.store.server import LocalServer

FEW = 20
FLOOR, WHOLE = "floor: FastWARC and extraction", "copydesk, without the database"
DATABASE = "copydesk, with the database"
PEERS = ("fundus", "news-please")
START = datetime(2025, 3, 1, tzinfo=UTC)
NOTICE: Page = (
    {"url": "https://corrected.example/ferry"},
    b"<html><head><title>A ferry for the bay</title></head><body><article><h1>A ferry for the bay</h1>"
    + b"<p>The city bought a ferry for $5 million on Monday, and it will cross the bay every hour of the day.</p>" * 4
    + b"<p>Correction: An earlier version of this article misstated the price. It was $5 million, not $3 million.</p>"
    b"</article></body></html>",
)
"""In both files, so that the phrase tables are loaded in both."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds and how many articles came of them."""

    seconds: float
    articles: int

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.seconds - other.seconds, self.articles - other.articles)

    @property
    def rate(self) -> float:
        return self.articles / self.seconds


Costs = dict[str, tuple[list[Cost], list[Cost]]]
"""Of each runner, a cost a round: of the file of a few pages, and of the whole one."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.backfill", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and pages/")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has fundus and news-please")
    args = parser.parse_args(argv)
    pages = [page for page in read_pages(args.data) if str(page[0].get("url") or "").startswith("http")]
    with tempfile.TemporaryDirectory(prefix="copydesk-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # root's server runs as another account
        few, whole = folder / "few.warc.gz", folder / "whole.warc.gz"
        write(few, [NOTICE, *pages[:FEW]])
        write(whole, [NOTICE, *pages])
        table(measure(few, whole, folder, args), len(pages) - FEW, args.rounds)
    return 0


def measure(few: Path, whole: Path, folder: Path, args: argparse.Namespace) -> Costs:
    """Round after round, each runner in turn, so that a busy machine is busy for all."""
    costs: Costs = defaultdict(lambda: ([], []))
    server = LocalServer(folder / "home").start()
    try:
        for number in range(args.rounds):
            for at, warc in enumerate((few, whole)):
                costs[FLOOR][at].append(ours("floor", warc))
                alone, both = stored(server, warc, f"{warc.stem.partition('.')[0]}{number}")
                costs[WHOLE][at].append(alone)
                costs[DATABASE][at].append(both)
                for peer in PEERS if args.peers else ():
                    costs[peer][at].extend(theirs(peer, args.peers, warc))
            print(f"round {number + 1} of {args.rounds} done", file=sys.stderr)
    finally:
        server.stop("immediate")
    return costs


def ours(name: str, warc: Path, env: Mapping[str, str] | None = None) -> Cost:
    return run([sys.executable, "-m", "bench.backfill.runners", name, str(warc)], env)


def theirs(peer: str, python: str, warc: Path) -> list[Cost]:
    """Run a peer; one that cannot run here is named and left out."""
    try:
        return [run([python, str(Path(__file__).with_name("peers.py")), peer, str(warc)])]
    except subprocess.CalledProcessError as error:
        print(f"{peer}: left out, it ended with {error.returncode}", file=sys.stderr)
        return []


def stored(server: LocalServer, warc: Path, database: str) -> tuple[Cost, Cost]:
    """A backfill into a fresh database: without the server's CPU seconds, and with them."""
    server.ensure_database(database)
    migrate(server.dsn(database), log=lambda said: None)
    env = {"DATABASE_URL": server.dsn(database), "COPYDESK_WORKERS": "1", "COPYDESK_BACKFILL_NICE": "0"}
    before = used_by(server)
    alone = ours("copydesk", warc, env)
    return alone, Cost(alone.seconds + used_by(server) - before, alone.articles)


def run(command: list[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run it under the meter; raises CalledProcessError."""
    metered = [sys.executable, "-m", "bench.backfill.meter", *command]
    done = subprocess.run(metered, env=os.environ | dict(env or {}), stdout=subprocess.PIPE, text=True, check=True)
    said = json.loads(done.stdout)
    return Cost(said["seconds"], int(said["said"]))


def used_by(server: LocalServer) -> float:
    """CPU seconds of PostgreSQL: the backends alive, and those that ended (reaped by their parent)."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    while True:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that ended meanwhile: it is among the reaped now
            backends = sum(sum(backend.cpu_times()[:2]) for backend in postmaster.children())
            times = postmaster.cpu_times()
            return backends + times.user + times.system + times.children_user + times.children_system


def write(file: Path, pages: list[Page]) -> None:
    """Write each page as a response record, a minute apart."""
    with open(file, "wb") as out:
        writer = WARCWriter(out, gzip=True)
        for number, (row, body) in enumerate(pages):
            kind = [("Content-Type", "text/html"), ("Content-Length", str(len(body)))]
            http = StatusAndHeaders("200 OK", kind, protocol="HTTP/1.1")
            at = (START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
            record = writer.create_warc_record(row["url"], "response", payload=io.BytesIO(body), http_headers=http,
                                               warc_headers_dict={"WARC-Date": at})  # fmt: skip
            writer.write_record(record)


def table(costs: Costs, pages: int, rounds: int) -> None:
    """Beside the floor: the median of what the rounds say, for both ran in the same minute; and the least of each."""
    each = {name: [w - f for f, w in zip(few, whole, strict=False)] for name, (few, whole) in costs.items()}
    print(f"{pages} pages, medians of {rounds} rounds")
    print(f"{'':34} {'articles':>9} {'CPU ms each':>12} {'per CPU s':>10} {'of floor':>9} {'from to':>10} {'least':>6}")
    for name, found in each.items():
        of = [cost.rate / floor.rate for cost, floor in zip(found, each[FLOOR], strict=False)]
        if of:
            rate, least = median(cost.rate for cost in found), least_of(costs[name]).rate / least_of(costs[FLOOR]).rate
            print(f"{name:34} {found[0].articles:9} {1000 / rate:12.1f} {rate:10.1f} {median(of):9.2f}"
                  f" {min(of):5.2f} {max(of):4.2f} {least:6.2f}")  # fmt: skip


def least_of(costs: tuple[list[Cost], list[Cost]]) -> Cost:
    """What others on the machine add, they add to some rounds more than to others."""
    few, whole = (min(found, key=lambda cost: cost.seconds) for found in costs)
    return whole - few


if __name__ == "__main__":
    sys.exit(main())
