"""The WebSub receiver: a small ASGI application of its own, never part of Airflow's server.

``/websub/TOKEN`` is all there is. It serves anybody on the internet, so it reads
little, writes only for a verified hub, and never says why it refused.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

from copydesk.feeds.push import Reply, Subscription, genuine, verify

PREFIX = "/websub/"
MAX_TOKEN = 128
MAX_QUERY = 8192
MAX_PUSH = 5_000_000
"""Bytes of a push that are read. A larger one is acknowledged and ignored: the next poll brings it."""
PUSH_SECONDS = 30.0
"""How long a push may take to arrive."""
REMEMBERED = 2048
"""Pushes whose repetition is recognised; beyond that a replay costs one conditional request."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Subscriptions(Protocol):
    """Where subscriptions live."""

    async def find(self, token: str) -> Subscription | None:
        """Give the subscription with this token."""

    async def save(self, before: Subscription, after: Subscription) -> bool:
        """Write ``after`` if ``before`` is still what is stored; says whether it was."""

    async def signal(self, subscription: Subscription, at: datetime) -> None:
        """Make the feed of this topic due now."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class PushApp:
    """ASGI application: ``PushApp(subscriptions)``. ``now`` is a clock for tests."""

    def __init__(self, subscriptions: Subscriptions, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._subscriptions = subscriptions
        self._now = now
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            reply = await self._reply(scope, receive)
            await _respond(send, reply)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        path: str = scope["path"]
        token = path.removeprefix(PREFIX)
        if token == path or not 0 < len(token) <= MAX_TOKEN or not token.isascii() or "/" in token:
            return Reply(404)
        if scope["method"] == "GET":
            return await self._verify(token, scope["query_string"])
        if scope["method"] == "POST":
            return await self._push(token, _headers(scope), receive)
        return Reply(405)

    async def _verify(self, token: str, query: bytes) -> Reply:
        fields = _query(query)
        found = await self._subscriptions.find(token) if fields else None
        reply = verify(found, fields, self._now())
        if found is None or reply.subscription is None:
            return reply
        # Written before it is acknowledged: a hub that believes us must find us ready.
        return reply if await self._subscriptions.save(found, reply.subscription) else Reply(404)

    async def _push(self, token: str, headers: Mapping[str, str], receive: Receive) -> Reply:
        found = await self._subscriptions.find(token)
        if found is None:
            return Reply(404)
        try:
            async with asyncio.timeout(PUSH_SECONDS):
                body = await _body(receive)
        except TimeoutError:
            return Reply(408)
        signature = headers.get("x-hub-signature", "")
        # 7.1: a push that fails its check is acknowledged all the same and ignored here.
        if body is not None and genuine(found, signature, body, self._now()) and self._is_new(token, body):
            await self._subscriptions.signal(found, self._now())
        return Reply(202)

    def _is_new(self, token: str, body: bytes) -> bool:
        digest = hashlib.sha256(token.encode() + b"\0" + body).digest()
        if digest in self._seen:
            return False
        self._seen[digest] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True


async def _body(receive: Receive) -> bytes | None:
    """Read the body up to the cap; None when it is larger or the sender went away."""
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > MAX_PUSH:
            return None
        if not message.get("more_body"):
            return b"".join(pieces)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _query(raw: bytes) -> dict[str, str]:
    if len(raw) > MAX_QUERY:
        return {}
    try:
        return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=32))
    except ValueError:
        return {}


async def _respond(send: Send, reply: Reply) -> None:
    headers = [
        # The challenge is a stranger's text: no browser may take it for a page.
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'"),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body.encode("utf-8", "replace")})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{kind}.complete"})
        if kind == "shutdown":
            return
