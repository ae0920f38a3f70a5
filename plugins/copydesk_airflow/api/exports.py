"""The archive, or a part of it, as one stream: what ``copydesk export`` writes into a file."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Generator
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import anyio
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from copydesk.stages.export import Export
from copydesk.store.export import Scope
from copydesk_airflow.api.answers import When, moment
from copydesk_airflow.office import office
from copydesk_airflow.security import Reader

router = APIRouter(tags=["export"])
AT_ONCE = 2
"""Exports at a time: each holds one of the ten connections that the pages share, for as long as its reader reads."""
PIECE = 64_000
_places = threading.BoundedSemaphore(AT_ONCE)
TYPES = {"ndjson": "application/x-ndjson", "ninjs": "application/x-ndjson", "jsonfeed": "application/feed+json"}


@router.get("/export", response_class=StreamingResponse)
def export(
    request: Request,
    user: Reader,
    format: Literal["ndjson", "ninjs", "jsonfeed"] = "ndjson",
    profile: Annotated[
        Literal["owner", "public", "training"], Query(description="What may leave: see docs/outlets.md.")
    ] = "owner",
    publisher: Annotated[str, Query(max_length=255)] = "",
    since: When = "",
    until: When = "",
    as_of: When = "",
    known_at: When = "",
    corrected: Annotated[bool, Query(description="The texts that copydesk corrected, too.")] = False,
) -> StreamingResponse:
    """Every version in the scope as one stream (`jsonfeed`: every article's latest text).

    A stream that breaks off ends without its last chunk, which clients report. Parquet and WARC are files
    and folders: `copydesk export`.
    """
    scope = Scope(moment(since), moment(until), publisher or None, moment(as_of), moment(known_at), corrected)
    if not _places.acquire(blocking=False):
        raise HTTPException(503, f"{AT_ONCE} exports run already; ask again later.", {"retry-after": "30"})
    pieces = _pieces(Export(format, scope, profile, Path()))
    try:
        first = next(pieces, b"")  # what cannot be answered says so before the stream begins
    except BaseException:
        pieces.close()
        raise
    suffix = "json" if format == "jsonfeed" else "ndjson"
    headers = {"content-disposition": f'attachment; filename="copydesk.{suffix}"'}
    return StreamingResponse(_sent(first, pieces), headers=headers, media_type=TYPES[format])


def _pieces(wanted: Export) -> Generator[bytes, None, None]:
    """Give the stream in pieces that are worth a trip to another thread."""
    try:
        with office.reading() as conn:
            held = bytearray()
            for piece in wanted.pieces(conn):
                held += piece
                if len(held) > PIECE:
                    yield bytes(held)
                    held.clear()
            yield bytes(held)
    finally:
        _places.release()


async def _sent(first: bytes, pieces: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    """Send on; a reader who goes away gives the connection and the place back."""
    try:
        async for piece in iterate_in_threadpool(chain((first,), pieces)):
            yield piece
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(pieces.close)
