"""``python -m bench.feeds``: polls per CPU second of the whole poller, beside the bare requests.

A server in another process holds 10,000 feeds; in a round 95 % of them answer 304 and 5 %
bring one new item of 30. Each round is done by bare aiohttp without a database (the floor),
by our guarded client without a database, by the whole poller with PostgreSQL (default
durability), and by a peer if it is installed. CPU seconds, not wall time, because the
server shares the machine; the database's are counted apart and together.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.feeds import peers
from bench.feeds.runners import Cost, Meter, Poller, Town, bare, guarded, raise_files

FLOOR, CLIENT, WHOLE = "bare aiohttp, no database", "guarded client, no database", "copydesk, whole poller"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.feeds", description=__doc__)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=0, help="default: one for each feed, which costs most")
    parser.add_argument("--rounds", type=int, default=2, help="measured rounds; the table has the medians")
    parser.add_argument("--peers", type=int, default=1000, metavar="N", help="feeds for the peer (0: leave it out)")
    args = parser.parse_args(argv)
    raise_files()
    with serving() as port, home() as folder:
        town = Town(port, args.feeds, args.hosts or args.feeds)
        costs = measure(town, args.rounds, folder)
        if args.peers:
            costs |= peers.measure(Town(port, args.peers, args.peers), args.rounds, folder)
    table(costs, args)
    return 0


def measure(town: Town, rounds: int, folder: Path) -> dict[str, list[Cost]]:
    """Round after round, each loop in turn, so that a busy machine is busy for all."""
    costs: dict[str, list[Cost]] = defaultdict(list)
    poller = Poller(town, folder)
    try:
        for number in range(rounds + 1):
            move_on(town.port, number)
            poller.make_due()
            cost = asyncio.run(poller.round(number, poller.meter()))
            print(f"round {number}: {dict(cost.counts)}", file=sys.stderr)
            if number == 0:  # the first poll of every feed, which nobody measures
                continue
            assert cost.counts["polls"] == town.feeds, "every feed once"
            costs[WHOLE].append(cost)
            costs[CLIENT].append(asyncio.run(guarded(town, number, Meter())))
            costs[FLOOR].append(asyncio.run(bare(town, number, Meter())))
            assert costs[FLOOR][-1].counts[304] == cost.counts["polls_not_modified"], "the same answers for all"
    finally:
        poller.close()
    return costs


def table(costs: dict[str, list[Cost]], args: argparse.Namespace) -> None:
    floor = median(costs[FLOOR], args.feeds)[0]
    print(f"{args.feeds} feeds on {args.hosts or args.feeds} hosts, medians of {args.rounds} rounds")
    print(f"{'':34} {'polls/CPU s':>12} {'of floor':>9} {'with database':>14} {'of floor':>9} {'304':>6}")
    for name in (FLOOR, CLIENT, WHOLE, *(n for n in costs if n not in (FLOOR, CLIENT, WHOLE))):
        of = args.peers if name not in (FLOOR, CLIENT, WHOLE) else args.feeds
        own, both = median(costs[name], of)
        unchanged = costs[name][-1].counts
        share = (unchanged[304] or unchanged["polls_not_modified"]) / of
        print(f"{name:34} {own:12,.0f} {own / floor:9.2f} {both:14,.0f} {both / floor:9.2f} {share:6.0%}")


def median(costs: list[Cost], polls: int) -> tuple[float, float]:
    """Polls per CPU second: of the process alone, and with the database's."""
    return (
        statistics.median(polls / cost.own for cost in costs),
        statistics.median(polls / (cost.own + cost.database) for cost in costs),
    )


def move_on(port: int, number: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/round/{number}", timeout=10):
        pass


@contextmanager
def serving() -> Iterator[int]:
    """The server in a process of its own; gives its port."""
    command = [sys.executable, "-m", "bench.feeds.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.terminate()


@contextmanager
def home() -> Iterator[Path]:
    """A folder that also root's server, which runs as another account, can reach."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-bench-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
