"""A peer, if it is installed: reader (PyPI), the feed library with the most careful HTTP, on its SQLite."""

from __future__ import annotations

import asyncio
import socket
import sys
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from bench.feeds.runners import Cost, Meter, Town

NAME = "reader, whole, SQLite"
WORKERS = 1
"""Threads share one interpreter: more of them change the wall time, not the CPU time."""


def measure(town: Town, rounds: int, folder: Path) -> dict[str, list[Cost]]:
    """The same rounds through reader's own update, or nothing when it is not installed."""
    try:
        import reader
    except ImportError:
        print("reader is not installed (pip install --group bench): no peer", file=sys.stderr)
        return {}
    socket.getaddrinfo = _everywhere(socket.getaddrinfo)  # type: ignore[assignment]
    made = reader.make_reader(str(folder.parent / "reader.sqlite"))
    for feed in range(town.feeds):
        made.add_feed(town.url(feed))
    costs = []
    for number in range(rounds + 1):
        with urllib.request.urlopen(f"http://127.0.0.1:{town.port}/round/{number}", timeout=10):
            pass
        cost = asyncio.run(_round(made, number))
        print(f"reader, round {number}: {dict(cost.counts)}", file=sys.stderr)
        costs += [cost] if number else []
    return {NAME: costs}


async def _round(made: Any, number: int) -> Cost:
    meter, counts = Meter(), Counter[Any]()
    meter.start()
    for result in made.update_feeds_iter(workers=WORKERS):
        counts[304 if isinstance(result.value, type(None)) else "changed"] += 1
    return meter.stop(counts)


def _everywhere(usual: Any) -> Any:
    def resolve(host: Any, *args: Any, **options: Any) -> Any:
        return usual("127.0.0.1" if str(host).endswith(".example") else host, *args, **options)

    return resolve
