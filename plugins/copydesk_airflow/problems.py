"""Errors as people and programs read them: a page, or problem+json (RFC 9457) below /api/."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from copydesk.errors import Busy, CopydeskError, Fenced, SetupError, UsageError
from copydesk.store.snapshots import Erased
from copydesk_airflow import render

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


def answer(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Give the answer for an error."""
    base = request.scope.get("root_path", "")
    path = request.url.path.removeprefix(base)
    title = HTTPStatus(status).phrase
    if path.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": path}
        return JSONResponse(body, status, dict(headers or {}), MEDIA_TYPE)
    airflow = base.removesuffix("/copydesk")
    page = render.bare(
        "error.html", status=status, code=status, title=title, detail=detail, base=base, airflow=airflow, path=path
    )
    page.headers.update(headers or {})
    return page


def register(app: FastAPI) -> None:
    """Let every error that a route raises become such an answer."""

    def http(request: Request, error: Any) -> Response:
        return answer(request, error.status_code, str(error.detail), error.headers)

    def invalid(request: Request, error: Any) -> Response:
        return answer(request, 422, "; ".join(map(_told, error.errors()[:5])))

    def unavailable(request: Request, error: Any) -> Response:
        log.warning("%s %s: %s", request.method, request.url.path, error)
        return answer(request, 503, "The database does not answer now. 'copydesk doctor' says why.")

    def too_broad(request: Request, error: Any) -> Response:
        return answer(request, 503, "This takes too long to answer. Ask for less: other words, a publisher, a time.")

    def unfit(request: Request, error: Any) -> Response:
        return answer(request, 400, f"A value is none that can be stored or sought: {error}".splitlines()[0])

    def told(status: int) -> Any:
        return lambda request, error: answer(request, status, str(error))

    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    for kind, status in ((UsageError, 400), (Busy, 409), (Fenced, 409), (Erased, 410), (CopydeskError, 502)):
        app.add_exception_handler(kind, told(status))  # 502: another server did not answer, or not as it should
    for kind in (psycopg.DataError, UnicodeError, RecursionError):
        app.add_exception_handler(kind, unfit)
    app.add_exception_handler(psycopg.errors.QueryCanceled, too_broad)
    for kind in (SetupError, psycopg.OperationalError, PoolTimeout):
        app.add_exception_handler(kind, unavailable)


def _told(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path"))
    return f"{where}: {error['msg']}" if where else str(error["msg"])
