"""The application that Airflow mounts under /copydesk: pages, API, static files; nothing answers unasked.

``Gate`` lets nobody in whom Airflow does not know, before a path is even looked up;
``Armour`` puts the security headers on every answer, errors included.
"""

from __future__ import annotations

import time

from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copydesk import __version__
from copydesk_airflow import problems, security
from copydesk_airflow.api import routes as api
from copydesk_airflow.pages import articles, corrections, desk, feeds, reference, runs, static

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'; object-src 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "private, no-cache",
}


def create_app() -> FastAPI:
    """Build the application."""
    app = FastAPI(
        title="copydesk",
        version=__version__,
        summary="What the news said: every version, every copy, every correction.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    problems.register(app)
    for module in (desk, articles, corrections, feeds, runs, reference, static):
        app.include_router(module.router, include_in_schema=False)
    app.include_router(api.router, prefix="/api/v1")
    app.add_middleware(Gate)
    app.add_middleware(Armour)
    return app


class Gate:
    """Ask Airflow who it is before anything else is done."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 403, or pass the request on."""
        if scope["type"] == "http":
            request = Request(scope, receive)
            try:
                await security.authenticate(request)
            except HTTPException as error:
                answer = problems.answer(request, error.status_code, error.detail, error.headers)
                return await answer(scope, receive, send)
        elif scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        return await self.app(scope, receive, send)


class Armour:
    """Put the security headers and the time it took on every answer; a header that a route set itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and arm what comes back."""

        began = time.perf_counter()

        async def armed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["server-timing"] = f"app;dur={1000 * (time.perf_counter() - began):.1f}"
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, armed)


app = create_app()
