"""Why a request brought nothing usable: the stable reason codes of :attr:`Answer.failure`.

They are stored with observations and polls, and back-off is chosen by them, so a
code is never renamed.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator

import aiohttp

from copydesk.errors import Refused
from copydesk.web.decoding import DecodeError

REASONS: dict[str, str] = {
    "bad_scheme": "the URL, or one that it redirects to, is not http or https",
    "bad_url": "the URL cannot be read",
    "refused_address": "the host resolves to an address that is not public and not on the allow-list",
    "dns": "the host's name does not resolve",
    "connect": "no connection, or it closed before an answer began",
    "tls": "no verified TLS connection",
    "timeout": "the deadline passed; covers everything from the name to the last byte",
    "header_error": "the answer's head is no valid HTTP, or a header of ours cannot be sent",
    "redirect_loop": "redirected to a URL that was asked before",
    "too_many_hops": "more redirects than allowed",
    "bad_redirect": "a redirect without a readable target",
    "downgrade": "redirected from https to http with credentials",
    "too_large": "more bytes than the cap; what came before it is kept as evidence",
    "bomb": "the body grows beyond the permitted ratio when decoded",
    "bad_encoding": "an unknown content coding, more than two, or a corrupt coded body",
    "incomplete": "the body ended before its length, its last chunk, its checksum or its closing tag",
    "unexpected": "a fault of ours; the detail names it",
}

_TABLE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    # Order matters: the first class that fits names the reason.
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    ((aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch, ssl.SSLError), "tls"),
    (aiohttp.NonHttpUrlClientError, "bad_scheme"),
    ((aiohttp.InvalidURL, UnicodeError), "bad_url"),
    (aiohttp.ClientPayloadError, "incomplete"),
    ((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError), "connect"),
    ((aiohttp.ClientResponseError, aiohttp.http_exceptions.HttpProcessingError), "header_error"),
    ((aiohttp.ClientConnectionError, OSError, asyncio.IncompleteReadError), "connect"),
)

_USERINFO = re.compile(r"//[^/@\s'\"]{0,512}@")


def classify(error: BaseException) -> tuple[str, str]:
    """Give (reason code, detail) for anything that a request can raise. The detail holds no secrets."""
    if isinstance(error, Refused | DecodeError):
        return error.reason, scrub(error.detail)
    refused = next((e for e in _causes(error) if isinstance(e, AddressRefused)), None)
    if refused:
        return "refused_address", str(refused)
    reason = next((code for kind, code in _TABLE if isinstance(error, kind)), "unexpected")
    return reason, scrub(f"{type(error).__name__}: {error}")[:300]


class AddressRefused(OSError):
    """Raised at the socket; an OSError, so that the connector treats it like any failed attempt."""


def scrub(text: str) -> str:
    """Take user names and passwords out of any URL in a text."""
    return _USERINFO.sub("//", text)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
