"""robots.txt by RFC 9309, for pages, feeds and sitemaps alike.

A 4xx means that there are no rules; 401, 403, 429, 5xx and network trouble mean
that nothing may be fetched (401 and 403 stricter than the RFC, because a site that
shuts its rules away hardly invites us). Verdicts are pure; :func:`allowed` fetches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from protego import Protego

from copydesk.web.client import Client

AGENT = "copydesk"
"""The product token of our User-Agent, the name that robots.txt addresses us by."""
MAX_BYTES = 500 * 1024
"""RFC 9309 2.5: at least 500 KiB are parsed; what comes after is not."""
MAX_DELAY = 120.0
"""Seconds of Crawl-delay that are honoured; a site that wants more gets fewer polls instead."""
RETRY = timedelta(hours=1)
"""How long trouble with robots.txt is believed; rules are believed as long as the cache keeps them (24 h)."""
SHUT = frozenset({401, 403, 429})
REMEMBERED = timedelta(minutes=10)
"""How long a worker goes by what it read from the common cache."""
NO_RULES = frozenset({"too_many_hops", "redirect_loop", "bad_redirect"})
"""Failures that count as "unavailable" (RFC 9309 2.3.1.2: too many redirects), so fetching is free."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules of one origin. ``everything``: True allows all, False nothing; None asks the rules."""

    everything: bool | None
    sitemaps: tuple[str, ...] = ()
    crawl_delay: float | None = None
    """Seconds for our own agent, at most 120."""
    _parsed: Any = None

    @classmethod
    def parse(cls, body: bytes, status: int | None, failure: str | None = None) -> RobotsRules:
        """Read one answer for robots.txt. Never raises: a line that cannot be read is no rule."""
        return _parse(bytes(body), status, failure)

    def allowed(self, url: str, agent: str = AGENT) -> bool:
        """Whether ``agent`` may fetch this URL: the longest match counts, allow wins a tie."""
        if self.everything is not None:
            return self.everything
        return bool(self._parsed.can_fetch(url, agent))


@lru_cache(maxsize=512)
def _parse(body: bytes, status: int | None, failure: str | None) -> RobotsRules:
    if failure in NO_RULES:
        return RobotsRules(everything=True)
    # A robots.txt larger than we read is cut, not unreachable: its first 500 KiB are rules.
    if status is None or status >= 500 or status in SHUT or failure not in (None, "too_large"):
        return RobotsRules(everything=False)
    if status >= 300:
        return RobotsRules(everything=True)
    rules = Protego.parse(_text(body))
    delay = rules.crawl_delay(AGENT)
    honoured = min(max(0.0, delay), MAX_DELAY) if delay is not None else None
    return RobotsRules(None, tuple(rules.sitemaps), honoured, rules)


def _text(body: bytes) -> str:
    if len(body) >= MAX_BYTES:
        # Cut at a line's end: half a path would be another rule.
        body = body[: body.rfind(b"\n", 0, MAX_BYTES) + 1] or body[:MAX_BYTES]
    return body.decode("utf-8-sig", "replace")


class Cache(Protocol):
    """Where answers for robots.txt are kept between runs, for all workers (24 h)."""

    async def get(self, origin: str) -> Mapping[str, Any] | None:
        """Give the row (status, failure, body, fetched_at) of an origin if it is young enough."""

    async def put(self, origin: str, status: int | None, failure: str | None, body: bytes) -> None:
        """Keep one answer."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Remembered:
    """A cache in front of a cache: spares a busy worker the database for ten minutes (:data:`REMEMBERED`)."""

    def __init__(self, inner: Cache, *, size: int = 4096, now: Callable[[], datetime] = _utc_now) -> None:
        self._inner = inner
        self._size = size
        self._now = now
        self._rows: dict[str, tuple[datetime, Mapping[str, Any]]] = {}

    async def get(self, origin: str) -> Mapping[str, Any] | None:
        """Give the remembered row, else what the inner cache has."""
        if self.remembers(origin):
            return self._rows[origin][1]
        row = await self._inner.get(origin)
        if row is not None:
            self.remember(origin, row)
        return row

    async def put(self, origin: str, status: int | None, failure: str | None, body: bytes) -> None:
        """Keep an answer in both."""
        await self._inner.put(origin, status, failure, body)
        self.remember(origin, {"status": status, "failure": failure, "body": body, "fetched_at": self._now()})

    def remembers(self, origin: str) -> bool:
        """Whether the inner cache need not be asked."""
        noted = self._rows.get(origin)
        # A clock that was set back makes nothing younger.
        return noted is not None and timedelta(0) <= self._now() - noted[0] < REMEMBERED

    def remember(self, origin: str, row: Mapping[str, Any]) -> None:
        """Keep a row that the inner cache gave."""
        if len(self._rows) >= self._size:
            self._rows.pop(next(iter(self._rows)))
        self._rows[origin] = (self._now(), row)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a URL may be fetched, and how slowly. ``asked``: robots.txt was fetched just now, in ``seconds``."""

    allowed: bool
    crawl_delay: float | None = None
    sitemaps: tuple[str, ...] = ()
    asked: bool = False
    seconds: float = 0.0


def origin_of(url: str) -> str | None:
    """Give scheme, host and port of a URL that has a robots.txt; None for one that cannot be read."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower() if parts.hostname else None
    except ValueError:
        return None


async def allowed(client: Client, cache: Cache, url: str, now: datetime | None = None) -> Verdict:
    """Say whether ``url`` may be fetched, asking its origin for robots.txt if the cache does not know.

    A URL that cannot be read is allowed here, for the client to refuse with its reason.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return Verdict(True)
    if not host or parts.path == "/robots.txt" or not client.settings.manners_for(host).robots:
        return Verdict(True)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
    row = await cache.get(origin)
    asked = row is None or _worn(row, now or _utc_now())
    if row is None or asked:
        row = await _ask(client, cache, origin)
    rules = RobotsRules.parse(row["body"], row["status"], row["failure"])
    return Verdict(rules.allowed(url), rules.crawl_delay, rules.sitemaps, asked, row["seconds"] if asked else 0.0)


async def _ask(client: Client, cache: Cache, origin: str) -> Mapping[str, Any]:
    answer = await client.get(f"{origin}/robots.txt", limit=MAX_BYTES, accept="text/plain,*/*;q=0.5")
    body = answer.body if answer.status == 200 else b""
    await cache.put(origin, answer.status, answer.failure, body)
    return {"status": answer.status, "failure": answer.failure, "body": body, "seconds": answer.seconds}


def _worn(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a stored answer was trouble and may have passed since."""
    status, fetched_at = row["status"], row.get("fetched_at")
    trouble = row["failure"] is not None or status is None or status >= 500 or status == 429
    return trouble and fetched_at is not None and now - fetched_at > RETRY
