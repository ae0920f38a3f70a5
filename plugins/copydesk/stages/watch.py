"""The collector as an endless loop that says what waits: what the triggerer and `copydesk run` live on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from copydesk.settings import Settings
from copydesk.stages.collect import Collector
from copydesk.store.db import Connection, one, open_pool
from copydesk.web.client import Client

CONNECTIONS = 12


async def watch(settings: Settings, dsn: str, *, tick: float = 0.5) -> AsyncIterator[tuple[int, int]]:
    """Collect what is due, for ever; yields (observations that wait, id of the newest) at every tick."""
    pool = await asyncio.to_thread(open_pool, dsn, CONNECTIONS, name="copydesk-collector")
    try:
        async with Client(settings) as client:
            collector = Collector(pool, settings, client)
            serving = asyncio.create_task(collector.serve_forever())
            try:
                while not serving.done():
                    yield await collector.db(_pending)
                    await asyncio.sleep(tick)
                serving.result()
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
    finally:
        await asyncio.to_thread(pool.close)


def _pending(conn: Connection) -> tuple[int, int]:
    row = one(conn, "select count(*) as n, coalesce(max(id), 0) as newest from observations where state = 'new'")
    return row["n"], row["newest"]
