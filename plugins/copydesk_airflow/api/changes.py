"""The ordered stream of what happened: from a cursor on, waiting for news if asked."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from copydesk.store import changes
from copydesk_airflow.api import models
from copydesk_airflow.api.answers import answer
from copydesk_airflow.office import office
from copydesk_airflow.security import Reader

router = APIRouter(tags=["changes"])
LONGEST, TICK = 25.0, 0.5
"""Seconds: of one wait, below the usual 30 s of proxies; between two looks, each one index probe."""
_waiting = asyncio.Semaphore(100)
"""Callers who wait at once; more get their answer immediately and ask again."""


@router.get("/changes", response_model=models.Changes)
async def listing(
    request: Request,
    user: Reader,
    after: Annotated[str, Query(max_length=60, description="A cursor; empty for the beginning.")] = "",
    wait: Annotated[float, Query(ge=0, le=LONGEST, description="Seconds to wait for news (long-poll).")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Events after a cursor, in an order that never skips a transaction which commits late."""
    found = await run_in_threadpool(_after, after, limit)
    if not found and wait and not _waiting.locked():
        async with _waiting:
            found = await _wait(request, after, limit, time.monotonic() + wait)
    return answer(request, {"items": found, "next": found[-1]["cursor"] if found else after})


async def _wait(request: Request, after: str, limit: int, until: float) -> list[dict[str, Any]]:
    while time.monotonic() < until and not await request.is_disconnected():
        await asyncio.sleep(TICK)
        found = await run_in_threadpool(_after, after, limit)
        if found:
            return found
    return []


def _after(cursor: str, limit: int) -> list[dict[str, Any]]:
    with office.reading() as conn:
        return changes.after(conn, cursor, limit)
