"""The robots.txt of every host, kept in PostgreSQL for all workers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from copydesk.store import hosts
from copydesk.store.db import Pool, Row
from copydesk.web import robots


class RobotsCache:
    """robots.txt answers kept in PostgreSQL for all workers.

    RFC 9309 2.4: nothing older than a day is gone by, and a worker may remember a row for a while.
    """

    MAX_AGE = timedelta(hours=24) - robots.REMEMBERED

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, origin: str) -> Row | None:
        """Give the cached row of an origin."""
        return await asyncio.to_thread(self._get, origin)

    async def put(self, origin: str, status: int | None, failure: str | None, body: bytes) -> None:
        """Cache an answer."""
        await asyncio.to_thread(self._put, origin, status, failure, body)

    def _get(self, origin: str) -> Row | None:
        with self._pool.connection() as conn:
            return hosts.robots_row(conn, origin, self.MAX_AGE)

    def _put(self, origin: str, status: int | None, failure: str | None, body: bytes) -> None:
        with self._pool.connection() as conn:
            hosts.save_robots(conn, origin, status, failure, body)
