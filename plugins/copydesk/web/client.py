"""The one guarded client: feeds, pages, robots.txt, sitemaps, hubs and archives all come through here.

:meth:`Client.get` never raises for trouble on the network or for what a guard
refuses; the answer carries a reason code of :mod:`copydesk.web.failures` and what
had arrived by then. Every redirect is judged like a first URL. docs/threats.md
names each guard with its limit and its test.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

from copydesk.errors import Refused
from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.web import wire
from copydesk.web.addresses import AllowList
from copydesk.web.caching import sendable
from copydesk.web.completeness import looks_cut
from copydesk.web.decoding import BodyDecoder, DecodeError
from copydesk.web.failures import classify, scrub
from copydesk.web.targets import FOLLOWED, PRIVATE_HEADERS, Step, Target, as_utf8, next_step, read_target
from copydesk.web.transport import Guard, Lookup, open_session

NO_HEADERS: Mapping[str, str] = {}
NO_BODY = frozenset({204, 205, 304})


@dataclass(slots=True)
class _Progress:
    """What one request has brought so far; outlives whatever interrupts it."""

    url: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    hops: list[tuple[int, str]] = field(default_factory=list)
    decoder: BodyDecoder | None = None
    failure: str | None = None
    detail: str = ""

    def fail(self, error: BaseException) -> None:
        """Note why it ended early. Trouble after the head means that the body is incomplete."""
        self.failure, self.detail = classify(error)
        if self.decoder is not None and self.failure == "connect":
            self.failure = "incomplete"


class Client:
    """An async context manager around one keep-alive session.

    ``resolver`` replaces the system's name resolution (its answers are vetted all the
    same). ``per_host`` connections to one host at most; requests beyond wait within
    their deadline. ``tls`` replaces the default verifying context (own authorities).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        resolver: Lookup | None = None,
        per_host: int = 1,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings = settings
        self._lookup = resolver
        self._per_host = per_host
        self._tls = tls
        self._allow = AllowList(settings.allow)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = open_session(
            self.settings, Guard(self._allow), self._lookup, per_host=self._per_host, tls=self._tls
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        limit: int,
        deadline: float | None = None,
        accept: str | None = None,
    ) -> Answer:
        """Ask for a URL and follow at most ``Limits.hops`` redirects.

        ``limit`` bounds the body in bytes, received as well as decoded. ``deadline`` is in
        wall-clock seconds for everything together (``Limits.deadline`` by default). The
        answer's URLs carry no user info. Only cancellation and misuse raise.
        """
        sent = {**headers, "Accept": accept} if accept else dict(headers)
        return await self._run("GET", url, sent, None, limit, deadline)

    async def post(
        self,
        url: str,
        data: bytes,
        *,
        content_type: str,
        headers: Mapping[str, str] = NO_HEADERS,
        limit: int = 65_536,
        deadline: float | None = None,
    ) -> Answer:
        """Send a body (a subscription, an event). Redirects are answers here: what was sent may be secret."""
        return await self._run("POST", url, {**headers, "Content-Type": content_type}, data, limit, deadline)

    async def _run(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        data: bytes | None,
        limit: int,
        deadline: float | None,
    ) -> Answer:
        if self._session is None:
            raise RuntimeError("the client is used outside of its context")
        asked_at, started = datetime.now(UTC), time.monotonic()
        progress = _Progress(scrub(url))
        shown = progress.url
        try:
            async with asyncio.timeout(self.settings.limits.deadline if deadline is None else deadline):
                target = read_target(url, self._allow)
                shown = target.text
                await self._chain(self._session, progress, method, target, _outgoing(headers), data, limit)
        except Exception as error:
            progress.fail(error)
        return _answer(progress, shown, asked_at, time.monotonic() - started)

    async def _chain(
        self,
        session: aiohttp.ClientSession,
        progress: _Progress,
        method: str,
        target: Target,
        headers: dict[str, str],
        data: bytes | None,
        limit: int,
    ) -> None:
        seen = {target.text}
        while True:
            progress.url = target.text
            step = await self._exchange(session, progress, method, target, headers, data, limit)
            if step is None:
                return
            if step.target.text in seen:
                raise Refused("redirect_loop", step.target.text)
            if len(progress.hops) > self.settings.limits.hops:
                raise Refused("too_many_hops", f"more than {self.settings.limits.hops} redirects")
            seen.add(step.target.text)
            target = step.target
            if not step.keep_private:
                headers = {k: v for k, v in headers.items() if k.lower() not in PRIVATE_HEADERS}

    async def _exchange(
        self,
        session: aiohttp.ClientSession,
        progress: _Progress,
        method: str,
        target: Target,
        headers: dict[str, str],
        data: bytes | None,
        limit: int,
    ) -> Step | None:
        """One request. A redirect's body is not read: leaving the block closes its connection."""
        allowance = wire.allow()
        async with session.request(
            method, target.url, headers=headers, data=data, auth=target.auth, allow_redirects=False
        ) as response:
            progress.status = status = response.status
            progress.headers = tuple(
                (k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in response.raw_headers
            )
            _check_head(status, _first(progress.headers, "transfer-encoding"))
            if status in FOLLOWED and method == "GET":
                location = _first(progress.headers, "location")
                progress.hops.append((status, scrub(as_utf8(location or ""))))
                return next_step(target, location, self._allow)
            if status not in NO_BODY:
                allowance.begin_body(limit)
                await self._read(progress, response, limit)
            return None

    async def _read(self, progress: _Progress, response: aiohttp.ClientResponse, limit: int) -> None:
        coding = ",".join(v for k, v in progress.headers if k == "content-encoding")
        progress.decoder = decoder = BodyDecoder(coding, limit=limit, ratio=self.settings.limits.ratio)
        async for chunk in response.content.iter_any():
            decoder.feed(chunk)
        body = decoder.finish()
        if not coding and _close_delimited(response) and looks_cut(body, response.headers.get("Content-Type", "")):
            raise DecodeError("incomplete", "the connection closed before the document's end")


async def fetch_async(url: str, settings: Settings, **options: Any) -> Answer:
    """Open a client for one request (:meth:`Client.get`'s options)."""
    async with Client(settings) as client:
        return await client.get(url, **{"limit": settings.limits.page_bytes, **options})


def fetch(url: str, settings: Settings, **options: Any) -> Answer:
    """Ask for one URL from synchronous code: the command line."""
    return asyncio.run(fetch_async(url, settings, **options))


def _check_head(status: int, transfer_encoding: str | None) -> None:
    """Refuse answers that nothing we ask for has: an upgrade, a status that is none, a coded transfer."""
    if not 200 <= status <= 599:
        raise Refused("header_error", f"status {status}")
    if transfer_encoding is not None and transfer_encoding.strip().lower() != "chunked":
        raise Refused("header_error", f"Transfer-Encoding {transfer_encoding[:60]!r}: only chunked was asked for")


def _outgoing(headers: dict[str, str]) -> dict[str, str]:
    """Bring header values to what the library writes as the same bytes. Raises Refused("header_error")."""
    for name, value in headers.items():
        if not sendable(value):
            raise Refused("header_error", f"{name[:60]} cannot be sent")
        if not value.isascii():
            headers[name] = value.encode("latin-1").decode("utf-8")
    return headers


def _answer(progress: _Progress, shown: str, asked_at: datetime, seconds: float) -> Answer:
    body = progress.decoder.body if progress.decoder else b""
    return Answer(
        shown,
        progress.url,
        progress.status,
        progress.headers,
        body,
        asked_at,
        seconds,
        tuple(progress.hops),
        progress.failure,
        progress.detail,
    )


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    return next((value for key, value in headers if key == name), None)


def _close_delimited(response: aiohttp.ClientResponse) -> bool:
    return "Content-Length" not in response.headers and "Transfer-Encoding" not in response.headers
