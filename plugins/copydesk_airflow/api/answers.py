"""How every call answers: plain JSON with an ETag, 304 where the caller has it already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from copydesk.store.db import plain
from copydesk_airflow.pages.articles import moment_of

Limit = Annotated[int, Query(ge=1, le=100, description="Rows of a page.")]
After = Annotated[str, Query(max_length=4000, description="The cursor that the page before gave as `next`.")]
When = Annotated[str, Query(max_length=40, description="ISO 8601; UTC where no zone is given.")]
BIGGEST = (1 << 63) - 1


def answer(request: Request, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Give a value as JSON. A GET that the caller's If-None-Match knows already gets 304 and no body."""
    body = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    kept = {**(headers or {}), "etag": tag}
    if request.method == "GET" and _knows(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=kept)
    return Response(body, status, kept, "application/json")


def page(rows: Sequence[Any], following: str | None, **more: Any) -> dict[str, Any]:
    """A page of rows: {items, next}; next is null on the last."""
    return {"items": rows, "next": following, **more}


def moment(raw: str) -> datetime | None:
    """Read a time."""
    return moment_of(raw)


def _knows(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in header.split(","))
