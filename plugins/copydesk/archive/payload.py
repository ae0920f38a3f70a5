"""From a stored HTTP exchange to a capture: undo transfer and content codings, tell pages and feeds from the rest.

Crawlers differ in what they keep: some store the body as it came over the wire (chunked,
gzip), some decoded but with the old headers (Common Crawl renames them). So a header
counts only where the body agrees with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from copydesk.archive.capture import Capture, Checkpoint
from copydesk.settings import Limits
from copydesk.web.completeness import looks_cut
from copydesk.web.decoding import DecodeError, codings, decode

Kind = Literal["page", "feed", "other"]
Headers = Sequence[tuple[str, str]]

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_MAGIC = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_FEED_START = re.compile(rb"<(?:rss|feed|rdf:RDF|channel)[\s>]")
_PLUMBING = ("/robots.txt", "/ads.txt", "/app-ads.txt", "/security.txt", "/humans.txt")


def capture(
    url: str,
    at: datetime,
    status: int | None,
    headers: Headers,
    body: bytes,
    limits: Limits,
    checkpoint: Checkpoint,
    *,
    cut: str = "",
) -> Capture:
    """Make a capture of a stored exchange. ``cut`` is the archive's own word that it is not whole."""
    kept = tuple(headers)
    if status is not None and 300 <= status < 400:
        return Capture(url, at, status, kept, checkpoint=checkpoint, skip="redirect")
    failure, detail = ("truncated", f"the archive says: {cut}") if cut else ("", "")
    try:
        body = undo(kept, body, limits, whole=not cut)
    except DecodeError as error:
        failure, detail = failure or error.reason, detail or error.detail
    if not failure and status == 200 and looks_cut(body, _header(kept, "content-type")) and not _closes(kept):
        failure, detail = "incomplete", "the document stops before its end"
    kind = kind_of(url, kept, body)
    skip = "" if kind != "other" or (status or 0) >= 400 else "not_a_page"
    return Capture(url, at, status, kept, body, failure or None, detail, checkpoint, skip)


def undo(headers: Headers, body: bytes, limits: Limits, *, whole: bool = True) -> bytes:
    """Decode a stored body, within the limits of a live one. Raises DecodeError."""
    if "chunked" in _header(headers, "transfer-encoding").lower() and _CHUNK.match(body):
        body = _dechunk(body, whole)
    else:
        _check_length(headers, body, whole)
    names = codings(_header(headers, "content-encoding"))
    if not names or not _is_coded(names[-1], body):
        if len(body) > limits.page_bytes:
            raise DecodeError("too_large", f"{len(body)} bytes")
        return body
    try:
        return decode(body, ",".join(names), limit=limits.page_bytes, ratio=limits.ratio)
    except DecodeError as error:
        if error.reason == "bad_encoding" and body.lstrip()[:1] in (b"<", b"{"):
            return body  # stored decoded under its old header
        raise


def kind_of(url: str, headers: Headers, body: bytes) -> Kind:
    """Tell what a body is, by what it says of itself and what it begins with."""
    kind = _header(headers, "content-type").partition(";")[0].strip().lower()
    head = body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if url.partition("?")[0].endswith(_PLUMBING):
        return "other"
    if "json" in kind or (not kind and head[:1] == b"{"):
        return "feed" if b"jsonfeed.org/version" in body[:4096] else "other"
    if head.startswith(b"<") and _FEED_START.search(head) and b"<html" not in head[:600].lower():
        return "feed"
    if "html" in kind or (kind == "text/plain" and head):
        return "page"
    return "page" if not kind and head.startswith(b"<") and b"<urlset" not in head else "other"


def is_media(headers: Headers) -> bool:
    """Whether a body says that it is neither a page nor a feed (plain XML of this size is a sitemap)."""
    kind = _header(headers, "content-type").partition(";")[0].strip().lower()
    return bool(kind) and not any(said in kind for said in ("html", "rss", "atom", "feed+json", "text/plain"))


def _dechunk(body: bytes, whole: bool) -> bytes:
    out, at = bytearray(), 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if size == 0:
            return bytes(out)
        out += body[head.end() : head.end() + size]
        at = head.end() + size
        at += 2 if body[at : at + 2] == b"\r\n" else 1
    if whole:
        raise DecodeError("incomplete", "the chunked body stops before its end")
    return bytes(out)


def _check_length(headers: Headers, body: bytes, whole: bool) -> None:
    said = _header(headers, "content-length").strip()
    coded = _header(headers, "content-encoding").strip().lower() not in ("", "identity")
    if whole and said.isascii() and said.isdigit() and int(said) > len(body) and not coded:
        raise DecodeError("incomplete", f"{len(body)} of {said} bytes")


def _closes(headers: Headers) -> bool:
    """Whether the exchange itself vouches for the body's end, so that no look at its last tag is needed."""
    return bool(_header(headers, "content-length") or _header(headers, "transfer-encoding"))


def _is_coded(name: str, body: bytes) -> bool:
    magic = _MAGIC.get(name)
    return body.startswith(magic) if magic else bool(body)


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key == name), "")
