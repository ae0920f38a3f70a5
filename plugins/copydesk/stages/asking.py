"""Requests of a backfill from synchronous code: the guarded client, at paces kept in PostgreSQL for all workers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from copydesk.archive.capture import TryLater
from copydesk.articles.urls import host_of
from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.stages.poll import refused_by_robots
from copydesk.stages.rules import RobotsCache
from copydesk.store import hosts, late_pace
from copydesk.store.db import Pool
from copydesk.web import caching, pace, robots
from copydesk.web.client import Client

DAILY = 5000
"""Requests a day that a backfill makes at one publisher (the daily cap per host of large crawlers)."""
SLOWER = 2.0
"""A backfill keeps this many times the gap of live work."""
ROOM = 1.0
"""Seconds at least that must be free of live work at a host."""
PATIENCE = 30.0
"""Seconds for which a slice waits for room; then it is put off."""


class NetworkAsker:
    """A context manager; its client is opened at the first request."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: dict[int, Client] = {}
        self._robots = robots.Remembered(RobotsCache(pool))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            for client in self._clients.values():
                self._loop.run_until_complete(client.__aexit__(None, None, None))
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def archive(self, url: str, *, budget: str, gap: float, limit: int) -> Answer:
        """Ask an archive's service in its turn."""
        self._opened(0)  # first: what a turn waits for afterwards would shorten the gap to the next one
        while True:
            with self._pool.connection() as conn:
                seconds = late_pace.turn(conn, budget, gap)
            if seconds == 0:
                return self._get(url, limit, "*/*", hops=0)
            if seconds > PATIENCE:
                raise TryLater("rate_limited", seconds)
            time.sleep(seconds)

    def hold(self, budget: str, seconds: float) -> None:
        """Let nobody ask for so long."""
        with self._pool.connection() as conn:
            hosts.register(conn, [budget])
            late_pace.postpone(conn, budget, seconds)

    def publisher(self, url: str, *, limit: int, accept: str = "*/*") -> Answer:
        """Ask a publisher for one page, when live work leaves room."""
        host = host_of(url)
        lease = self._room(host)
        try:
            return self._ask(lease, url, limit, accept)
        finally:
            with self._pool.connection() as conn:
                hosts.release(conn, lease)

    def _ask(self, lease: hosts.Lease, url: str, limit: int, accept: str) -> Answer:
        manners = self._settings.manners_for(lease.host, lease.manners)
        verdict = robots.Verdict(True)
        client, loop = self._opened()
        if manners.robots:
            verdict = loop.run_until_complete(robots.allowed(client, self._robots, url))
        gap = SLOWER * pace.gap(manners, verdict.crawl_delay, lease.last_seconds) * lease.backoff
        if verdict.asked:
            time.sleep(gap)
        if not verdict.allowed:
            return refused_by_robots(url, datetime.now(UTC))
        answer = self._get(url, limit, accept)
        with self._pool.connection() as conn:
            hosts.note_answer(conn, lease, answer, gap)
            if answer.status == 429:
                hosts.hold_off(conn, lease, caching.freshness(answer).retry_after or 60.0)
        return answer

    def _room(self, host: str) -> hosts.Lease:
        until = time.monotonic() + PATIENCE
        manners = self._settings.manners_for(host)
        while True:
            with self._pool.connection() as conn:
                lease = late_pace.spare(conn, host, max(ROOM, manners.host_gap), DAILY)
                if lease is not None:
                    return lease
                if not late_pace.late_budget_left(conn, host, DAILY):
                    raise TryLater("daily_budget", _to_midnight(), f"{host}: {DAILY} requests of backfill today")
            if time.monotonic() > until:
                raise TryLater("host_busy", 60.0, f"{host}: live work leaves no room")
            time.sleep(0.2)

    def _get(self, url: str, limit: int, accept: str, *, hops: int | None = None) -> Answer:
        client, loop = self._opened(hops)
        return loop.run_until_complete(client.get(url, limit=limit, accept=accept))

    def _opened(self, hops: int | None = None) -> tuple[Client, asyncio.AbstractEventLoop]:
        hops = self._settings.limits.hops if hops is None else hops
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        if hops not in self._clients:
            limits = replace(self._settings.limits, hops=hops)
            self._clients[hops] = Client(replace(self._settings, limits=limits))
            self._loop.run_until_complete(self._clients[hops].__aenter__())
        return self._clients[hops], self._loop


def _to_midnight() -> float:
    now = datetime.now(UTC)
    return ((now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0) - now).total_seconds()
