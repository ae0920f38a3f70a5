"""The collector as an asset watcher: polls feeds and fetches pages in the triggerer's loop.

It stores everything in PostgreSQL first and then yields small, level-triggered
wake-ups, repeated while something waits: Airflow 3.3.2 strands the tail of a burst
of events (apache/airflow#56050), so a run never trusts its event and drains the
tables instead. A trigger that raises is started again without a pause, so errors
wait here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

log = logging.getLogger(__name__)


class CollectTrigger(BaseEventTrigger):
    """Collects for ever. ``tick``: seconds between looks; ``renag``: between repeated wake-ups; ``shards``: for
    several triggerers, each takes hosts by lease, so more than one is never less polite."""

    def __init__(self, tick: float = 0.5, renag: float = 20.0, gap: float = 2.0) -> None:
        super().__init__()
        self.tick = tick
        self.renag = renag
        self.gap = gap

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Name the class and its arguments for the metadata database."""
        return (
            "copydesk_airflow.trigger.CollectTrigger",
            {"tick": self.tick, "renag": self.renag, "gap": self.gap},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Collect, and yield a wake-up whenever observations wait."""
        while True:
            try:
                async for event in self._collect():
                    yield event
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("the collector stopped; it starts again in 5 s")
                await asyncio.sleep(5)

    async def _collect(self) -> AsyncIterator[TriggerEvent]:
        from copydesk.settings import Settings
        from copydesk.stages.watch import watch
        from copydesk.store.address import connect_url

        settings = Settings.from_env()
        dsn = await asyncio.to_thread(connect_url, settings, start=False)
        told, told_at = 0, 0.0
        async for waiting, newest in watch(settings, dsn, tick=self.tick):
            due = newest > told and time.monotonic() - told_at > self.gap
            if waiting and (due or time.monotonic() - told_at > self.renag):
                told, told_at = newest, time.monotonic()
                yield TriggerEvent({"waiting": waiting, "newest": newest})
