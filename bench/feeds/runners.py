"""The loops that are measured: the bare client, our guarded client alone, our whole poller, and peers."""

from __future__ import annotations

import asyncio
import os
import resource
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp.abc import AbstractResolver, ResolveResult

from bench.feeds.server import etag
from copydesk.feeds.opml import Outline
from copydesk.settings import Manners, Settings
from copydesk.stages.collect import FEED_ACCEPT, Collector
from copydesk.store import feeds
from copydesk.store.db import connect, open_pool
from copydesk.store.migrate import migrate
from copydesk.store.server import LocalServer
from copydesk.web.client import Client

AT_ONCE = 48
"""Requests under way at a time, as in the poller."""


@dataclass
class Town:
    """Where the feeds are: so many, on so many hosts, all at one port of this machine."""

    port: int
    feeds: int
    hosts: int

    def url(self, feed: int) -> str:
        return f"http://h{feed % self.hosts}.example:{self.port}/feed/{feed}"


@dataclass
class Cost:
    """CPU seconds of this process and of the database's, and what came."""

    own: float
    database: float
    seconds: float
    counts: Counter[Any]


class Everywhere(AbstractResolver):
    """Every name is this machine."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        pass


async def lookup(host: str, port: int) -> Sequence[str]:
    """Every name is this machine, for the guarded client: its answers are vetted as always."""
    return ["127.0.0.1"]


class Meter:
    """CPU seconds since :meth:`start`. The server's are not in it: it is another process."""

    def __init__(self, postmaster: int | None = None) -> None:
        self._postmaster = psutil.Process(postmaster) if postmaster else None

    def start(self) -> None:
        self._own, self._base, self._wall = self._used(), self._database(), asyncio.get_running_loop().time()

    def stop(self, counts: Counter[Any]) -> Cost:
        wall = asyncio.get_running_loop().time() - self._wall
        return Cost(self._used() - self._own, self._database() - self._base, wall, counts)

    def _used(self) -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    def _database(self) -> float:
        """All of PostgreSQL: the backends alive, and those that ended (reaped by their parent)."""
        if self._postmaster is None:
            return 0.0
        times = self._postmaster.cpu_times()
        total = times.user + times.system + times.children_user + times.children_system
        for backend in self._postmaster.children():
            own = backend.cpu_times()
            total += own.user + own.system
        return total


async def bare(town: Town, number: int, meter: Meter) -> Cost:
    """aiohttp and nothing else: the same requests, bodies read, answers thrown away."""
    counts: Counter[Any] = Counter()
    connector = aiohttp.TCPConnector(resolver=Everywhere(), limit=0, limit_per_host=1)
    async with aiohttp.ClientSession(connector=connector, headers={"User-Agent": "bench"}) as session:

        async def ask(feed: int) -> None:
            headers = {"Accept": FEED_ACCEPT, "If-None-Match": etag(feed, number - 1)}
            async with session.get(town.url(feed), headers=headers) as answer:
                await answer.read()
                counts[answer.status] += 1

        meter.start()
        await workers(ask, range(town.feeds))
        return meter.stop(counts)


async def guarded(town: Town, number: int, meter: Meter) -> Cost:
    """Our client alone: every guard, no database."""
    counts: Counter[Any] = Counter()
    async with Client(settings(town, Path("/nowhere")), resolver=lookup) as client:

        async def ask(feed: int) -> None:
            headers = {"If-None-Match": etag(feed, number - 1)}
            answer = await client.get(town.url(feed), headers=headers, limit=20_000_000, accept=FEED_ACCEPT)
            counts[answer.status] += 1

        meter.start()
        await workers(ask, range(town.feeds))
        return meter.stop(counts)


async def workers(ask: Callable[[int], Awaitable[None]], numbers: Iterable[int]) -> None:
    """Keep AT_ONCE requests under way until all are asked."""
    waiting = iter(numbers)

    async def work() -> None:
        for number in waiting:
            await ask(number)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


class Poller:
    """Our whole poller on a PostgreSQL of its own with default durability."""

    def __init__(self, town: Town, home: Path) -> None:
        self.town = town
        self.server = LocalServer(home)
        self.server.start()
        self.server.ensure_database("bench")
        self.dsn = self.server.dsn("bench")
        migrate(self.dsn, log=lambda said: None)
        self.settings = settings(town, home)
        with connect(self.dsn) as conn:
            feeds.add_all(conn, [Outline(None, town.url(n)) for n in range(town.feeds)])
            # The stories' hosts rest for ever: pages are not what is measured.
            conn.execute(
                "insert into hosts (host, next_at) select format('pages%%s.example', n), 'infinity' "
                "from generate_series(0, %s) n",
                (town.feeds,),
            )

    def meter(self) -> Meter:
        return Meter(int((self.server.data / "postmaster.pid").read_text().split()[0]))

    def make_due(self) -> None:
        """All feeds are due and no host rests."""
        with connect(self.dsn) as conn:
            conn.execute("update feeds set next_poll_at = now() - interval '1 second'")
            conn.execute("update hosts set next_at = '-infinity', due_at = now() where host like 'h%'")
        with connect(self.dsn) as conn:
            conn.autocommit = True
            conn.execute("vacuum analyze")
            conn.execute("checkpoint")

    async def round(self, number: int, meter: Meter) -> Cost:
        pool = open_pool(self.dsn, 16)
        try:
            async with Client(self.settings, resolver=lookup) as client:
                meter.start()
                counts = await Collector(pool, self.settings, client, at_once=AT_ONCE).drain()
                return meter.stop(counts)
        finally:
            pool.close()

    def close(self) -> None:
        self.server.stop("immediate")


def settings(town: Town, home: Path) -> Settings:
    """Polite as always but for the gap: it costs time, not work."""
    manners = replace(Manners(), host_gap=0.0, host_gap_max=0.0)
    return Settings(home=home, allow=(f"127.0.0.1:{town.port}",), manners=manners)


def raise_files() -> None:
    """Let this process and the server have as many connections as there are hosts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ["BENCH_FILES"] = str(soft)
