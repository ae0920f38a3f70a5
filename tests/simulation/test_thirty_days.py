"""Thirty days of two hundred feeds on a virtual clock: the whole poller with its database, judged by the servers.

Kroll's feed-reader score (reference: standards, B1) with 304s that lie (B2), storms of 429 and 503 and
three restarts. Eight shards of 25 feeds, so that they can run beside each other; each is a poller of its own.
"""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from copydesk.stages.collect import Collector
from copydesk.store import feeds, hosts
from copydesk.store.db import connect, open_pool, rows

from .judge import HOUR, Judge
from .newsstand import ClockedClient, Newsstand
from .papers import DAY, make
from .truth import Ledger, settle
from .virtual import AtOnce, Clock

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, FEEDS, SHARDS = 30.0, 200, 8
RESTARTS = ((6.2, 0.0), (15.5, 600.0), (23.9, 6 * HOUR))
"""Days after which the poller is stopped, and seconds until it is started anew."""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_thirty_days(shard, dsn, settings, record_property):
    clock = Clock(dsn, START)
    papers = [make(number, START.timestamp(), DAYS) for number in range(shard, FEEDS, SHARDS)]
    stand = Newsstand(clock, papers, seed=shard)
    shut = play(dsn, settings, stand, clock)
    settle(stand.judge, papers, ledger(dsn, stand), shut, (START.timestamp(), START.timestamp() + DAYS * DAY))
    bursts(stand.judge, shut)
    clock.close()
    record_property("thirty days", dict(figures(stand.judge)))
    print(f"shard {shard}: {dict(figures(stand.judge))}")
    assert not +stand.judge.faults, stand.judge.examples
    assert stand.judge.figures["304"] > 200
    assert stand.judge.figures["liars caught"] >= 4  # of five; one that seldom has news may keep silent for so long


def play(dsn: str, settings, stand: Newsstand, clock: Clock) -> list[tuple[float, float]]:
    """Run the poller through its four lives; gives when it was down."""
    asyncio.run(_register(dsn, stand))
    shut = []
    for days, pause in (*RESTARTS, (DAYS, 0.0)):
        stop = START + timedelta(days=days)
        asyncio.run(_live(dsn, settings, stand, clock, stop))
        clock.set(max(clock.now, stop + timedelta(seconds=pause)))
        shut.append((stop.timestamp(), clock.now.timestamp()))
    return shut[:-1]


async def _register(dsn: str, stand: Newsstand) -> None:
    async with stand.opened():
        pass
    with connect(dsn) as conn:
        for paper in stand.papers.values():
            feeds.add(conn, stand.url(paper))
        conn.execute("update feeds set next_poll_at = clock_timestamp()")  # a column's default knows no virtual time


async def _live(dsn: str, settings, stand: Newsstand, clock: Clock, stop: datetime) -> None:
    """One life of the poller: all that it knows it has from the database."""
    asyncio.get_running_loop().set_default_executor(AtOnce())
    with open_pool(dsn, 2) as pool:
        async with stand.opened(), ClockedClient(settings, stand, clock) as client:
            collector = Collector(pool, settings, client, at_once=1, now=lambda: clock.now)
            while True:
                with pool.connection() as conn:
                    due = hosts.next_due(conn)
                if due is None or due >= stop:
                    assert not collector.counts["host_errors"]
                    return
                clock.set(max(clock.now, due) + timedelta(milliseconds=1))
                await collector.drain()


def ledger(dsn: str, stand: Newsstand) -> Ledger:
    """Read back what the archive made of it."""
    path = {stand.url(paper): paper.path for paper in stand.papers.values()}
    gaps: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with connect(dsn) as conn:
        stored = rows(conn, "select f.url, e.guid, e.first_seen_at from entries e join feeds f on f.id = e.feed_id")
        for row in rows(conn, "select f.url, g.from_at, g.to_at from gaps g join feeds f on f.id = g.feed_id"):
            gaps[path[row["url"]]].append((row["from_at"].timestamp(), row["to_at"].timestamp()))
    seen = {(path[row["url"]], row["guid"]): row["first_seen_at"].timestamp() for row in stored}
    return Ledger(seen, gaps, doubled=len(stored) - len(seen))


def bursts(judge: Judge, shut: list[tuple[float, float]]) -> None:
    """After a restart no paper sees more requests in an hour than before, and the fleet no more than at its busiest."""
    times = sorted(at for seen in judge.seen.values() for at in seen.requests)
    for down, up in shut:
        for path, seen in judge.seen.items():
            if _first_hour(seen.requests, up) > _busiest(seen.requests, up - 6 * DAY, down):
                judge.fault("a burst at one paper after a restart", path)
        first, busiest = _first_hour(times, up), _busiest(times, down - 2 * DAY, down)
        judge.figures[f"first hour after {up - down:.0f} s"] = first
        judge.figures[f"busiest hour before {up - down:.0f} s"] = busiest
        if up - down < HOUR and first > busiest:
            judge.fault("a burst after a restart", f"{first} requests, {busiest} in the busiest hour before")


def _first_hour(times: list[float], up: float) -> int:
    return sum(up <= at < up + HOUR for at in times)


def _busiest(times: list[float], begins: float, ends: float) -> int:
    inside = [at for at in times if begins <= at < ends]
    return max((sum(at <= other < at + HOUR for other in inside) for at in inside), default=1)


def figures(judge: Judge) -> Counter[str]:
    """What goes into the report: the figures, and every fault by name."""
    found = Counter(judge.figures)
    found["faults"] = judge.faults.total()
    found |= +judge.faults
    for waits, whose in zip(judge.waits, ("honest", "lying"), strict=True):
        if waits:
            found[f"median minutes until seen, {whose}"] = round(statistics.median(waits) / 60)
    return found
