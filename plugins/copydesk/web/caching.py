"""What an answer says about asking again (RFC 9111, RFC 9110 10.2.3), and how to ask conditionally. Pure.

Header values are texts of code points 0 to 255, one for each byte on the wire, so
that a validator can be stored (as latin-1) and sent back byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from copydesk.model import Answer

CAP = 7 * 86400.0
"""Seconds. No single answer postpones the next look by more than a week."""
FUTURE = timedelta(days=1)
"""A Last-Modified further ahead than this is a mistake that would freeze a feed for years."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """What the publisher wishes, in seconds from the answer. None means: nothing was said."""

    max_age: float | None = None
    retry_after: float | None = None
    source: str = ""
    """Which field gave max_age: max-age, s-maxage or expires."""
    no_cache: bool = False
    """no-cache or no-store was said: there is no freshness, whatever else was."""


def request_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Give the headers of a conditional request: both validators, byte for byte as the server sent them.

    RFC 9111 4.3.1: a stored ETag must be sent, a Last-Modified should be. One that
    cannot be sent byte for byte is left out rather than altered.
    """
    headers = {}
    if etag and sendable(etag):
        headers["If-None-Match"] = etag
    if last_modified and sendable(last_modified):
        headers["If-Modified-Since"] = last_modified
    return headers


def sendable(value: str) -> bool:
    """Whether the client can send this header value unaltered.

    Control characters would split the header (RFC 9110 5.5); bytes above 0x7F go out
    only where they are UTF-8, because that is what the HTTP library writes.
    """
    if value != value.strip(" \t"):
        return False
    if value.isascii():
        return value.isprintable() or value.replace("\t", " ").isprintable()
    try:
        decoded = value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return not any((c < " " and c != "\t") or c == "\x7f" for c in decoded)


def validators(answer: Answer) -> tuple[str | None, str | None]:
    """Give (ETag, Last-Modified) worth storing: sendable, and not dated more than a day ahead."""
    etag, modified = answer.header("etag"), answer.header("last-modified")
    etag = etag if etag and sendable(etag) else None
    if not modified or not sendable(modified):
        return etag, None
    dated = http_date(modified)
    # Against our clock as well: a server whose own Date is years ahead dates its files alike.
    ahead = dated is not None and dated > min(_server_date(answer), answer.fetched_at) + FUTURE
    return etag, None if ahead else modified


def freshness(answer: Answer) -> Freshness:
    """Read Cache-Control, Expires, Age and Retry-After, against the server's own Date; also of a 304."""
    directives = _directives(answer)
    retry_after = _retry_after(answer)
    if "no-store" in directives or "no-cache" in directives:
        return Freshness(None, retry_after, no_cache=True)
    seconds, source = _lifetime(answer, directives)
    if seconds is None:
        return Freshness(None, retry_after)
    age = _seconds(answer.header("age")) or 0.0
    return Freshness(min(max(0.0, seconds - age), CAP), retry_after, source)


def http_date(value: str | None) -> datetime | None:
    """Read an HTTP date in any of its three forms (RFC 9110 5.6.7) as UTC, or None."""
    if not value or len(value) > 64:
        return None
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _lifetime(answer: Answer, directives: dict[str, str]) -> tuple[float | None, str]:
    # max-age first although RFC 9111 lets s-maxage win in shared caches: publishers pair a long
    # s-maxage with explicit purges of their own CDN, and nobody purges us.
    for name in ("max-age", "s-maxage"):
        seconds = _seconds(directives.get(name))
        if seconds is not None:
            return seconds, name
    at = http_date(answer.header("expires"))
    return ((at - _server_date(answer)).total_seconds(), "expires") if at else (None, "")


def _retry_after(answer: Answer) -> float | None:
    value = (answer.header("retry-after") or "").strip()
    seconds = _seconds(value)
    if seconds is None:
        at = http_date(value)
        seconds = (at - _server_date(answer)).total_seconds() if at else None
    return None if seconds is None else min(max(0.0, seconds), CAP)


def _directives(answer: Answer) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in answer.headers:
        if key == "cache-control":
            for part in value.split(","):
                name, _, argument = part.strip().partition("=")
                found.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return found


def _seconds(value: str | None) -> float | None:
    """RFC 9111 1.2.2: whole seconds; a number too large counts as the largest."""
    text = (value or "").strip()
    if not text.isascii() or not text.isdigit():
        return None
    return float(text) if len(text) <= 10 else CAP


def _server_date(answer: Answer) -> datetime:
    return http_date(answer.header("date")) or answer.fetched_at
