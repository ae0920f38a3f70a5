"""Where a request goes: a URL read once, and the rules for following a redirect. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import BasicAuth
from yarl import URL

from copydesk.errors import Refused
from copydesk.web.addresses import AllowList, ends_in_number, refusal
from copydesk.web.failures import scrub

FOLLOWED = frozenset({301, 302, 303, 307, 308})
SCHEMES = frozenset({"http", "https"})
MAX_URL = 8192
"""Characters; what servers commonly accept, and far above any article's URL."""
PRIVATE_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Never carried to another origin."""
_HOST = re.compile(
    r"(?:[a-z0-9_-]{1,63}\.){0,126}[a-z0-9_-]{1,63}\.?|\[?(?=[^%]*:)[0-9a-f:.]{2,45}(?:%[0-9a-z._%-]{1,60})?\]?", re.I
)
"""A name of labels that DNS can carry, or an IPv6 address; what else getaddrinfo would make of it is not tried."""
_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]*")
"""Printable ASCII without the characters that RFC 3986 keeps out of URLs."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked: without user info and fragment, which travel apart or not at all."""

    url: URL
    auth: BasicAuth | None = None

    @property
    def text(self) -> str:
        """The URL as it may be stored and shown."""
        return str(self.url)


def read_target(text: str, allow: AllowList) -> Target:
    """Read a URL and refuse what needs no resolver to be refused. Raises Refused with a stable reason.

    A URL of plain ASCII goes out exactly as the publisher wrote it; only spaces and
    other characters are quoted, and host names brought to their ASCII form.
    """
    text = text.strip(" \t\r\n\f")
    if len(text) > MAX_URL:
        raise Refused("bad_url", f"longer than {MAX_URL} characters")
    try:
        url = URL(text, encoded=_plain(text))
        port = url.port
    except (ValueError, UnicodeError) as error:
        raise Refused("bad_url", type(error).__name__) from None
    return _checked(url, port, allow)


def _plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None


def _checked(url: URL, port: int | None, allow: AllowList) -> Target:
    if url.scheme not in SCHEMES:
        raise Refused("bad_scheme", f"{url.scheme[:20] or 'no scheme'}: only http and https are fetched")
    host = url.raw_host or ""
    if not host or port is None:
        raise Refused("bad_url", "no host")
    if not _HOST.fullmatch(host):
        raise Refused("bad_url", f"{host[:60]!r} is no host")
    check_host(host, port, allow)
    if url.raw_user is None and url.raw_password is None:
        return Target(url.with_fragment(None) if url.raw_fragment else url)
    auth = BasicAuth(url.user or "", url.password or "")
    return Target(url.with_user(None).with_fragment(None), auth)


def check_host(host: str, port: int, allow: AllowList) -> None:
    """Refuse a literal address that is not public, in any spelling. Names pass: they are judged resolved."""
    literal = host.strip("[]").rstrip(".")
    if ":" not in literal and not ends_in_number(literal):
        return
    why = refusal(literal)
    if why and not allow.address(literal, port):
        raise Refused("refused_address", f"{literal[:60]}: {why}")


def as_utf8(header: str) -> str:
    """Read a header's bytes above 0x7F as UTF-8, which is what they are wherever browsers follow a Location."""
    return header.encode("latin-1").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Step:
    """The next request of a redirect chain."""

    target: Target
    keep_private: bool
    """Whether credentials and private headers may go along: only within one origin."""


def next_step(current: Target, location: str | None, allow: AllowList) -> Step:
    """Read a Location against the URL that sent it. Raises Refused."""
    if not location or not location.strip():
        raise Refused("bad_redirect", "no Location")
    try:
        location = as_utf8(location).strip()
        joined = str(current.url.join(URL(location, encoded=_plain(location))))
    except (ValueError, UnicodeError):
        raise Refused("bad_redirect", scrub(location)[:100]) from None
    target = Target(read_target(joined, allow).url)  # user info out of a Location is not ours to send
    same = target.url.origin() == current.url.origin()
    if current.auth and current.url.scheme == "https" and target.url.scheme == "http":
        raise Refused("downgrade", "from https to http with credentials")
    return Step(Target(target.url, current.auth if same else None), same)
