"""The lossless key of a URL: what may safely be taken as the same, and nothing more.

Normalised as the WHATWG URL standard writes a URL (case of scheme and host, default
port, dot segments, percent-encoding), less the fragment, user info and parameters
of an exact-name tracking list. Nothing is sorted, collapsed or lower-cased beyond
that: libraries that do were measured to make one of ``news.php?12345`` and
``news.php?67890``. http and https, ``www.`` and ``m.``, AMP and canonical links are
evidence to be proven (:func:`may_merge`), never rewritten.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from urllib.parse import SplitResult, unquote_to_bytes, urljoin, urlsplit

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = frozenset(b"!$&'()*+,;=:@/?[]|")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Labels below which anybody may register; a compact table, because a wrong guess here only keeps apart.
_SECOND_LEVEL = frozenset(
    """
    ac co com edu gob gov gouv mil ne net nom or org go in asso
    """.split()
)
MAX_URL = 8192


@lru_cache(maxsize=1)
def tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    """Give the tracking list: exact names, and prefixes."""
    lines = resources.files("copydesk.articles").joinpath("tracking.txt").read_text("utf-8").splitlines()
    rows = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return frozenset(r for r in rows if not r.endswith("*")), tuple(r[:-1] for r in rows if r.endswith("*"))


@lru_cache(maxsize=65_536)
def url_key(url: str) -> str:
    """Give the normal form of an http(s) URL; what is none comes back trimmed. Idempotent."""
    text = "".join(c for c in url.strip() if c not in "\t\n\r")
    try:
        parts = urlsplit(text)
        host, port = _host(parts), parts.port
    except ValueError:
        return text
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        return text
    netloc = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    query = _without_tracking(parts.query)
    fragment = f"#{_encode(parts.fragment)}" if parts.fragment.startswith("!") else ""
    mark = "?" if query or (text.partition("#")[0].endswith("?") and not parts.query) else ""
    return f"{scheme}://{netloc}{_path(parts.path)}{mark}{_encode(query)}{fragment}"


def host_of(url: str) -> str:
    """Give the host (with its port unless it is the default) of an http(s) URL; "" for anything else."""
    try:
        parts = urlsplit(url_key(url))
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in _DEFAULT_PORTS else ""


def registrable(host: str) -> str:
    """Give the domain that a publisher registered: ``www.bbc.co.uk`` gives ``bbc.co.uk``; an address stays."""
    name = host.rpartition("@")[2]
    bare = name.partition(":")[0] if not name.startswith("[") else name
    labels = bare.rstrip(".").split(".")
    if len(labels) < 3 or labels[-1].isdigit() or bare.startswith("["):
        return bare
    wide = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if wide else -2 :])


def resolve(base: str, link: str | None) -> str | None:
    """Give a link as an absolute http(s) URL, or None when it is anything else (javascript:, data:, mailto:)."""
    if not link or len(link) > MAX_URL:
        return None
    try:
        joined = urljoin(base, link.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme.lower() in _DEFAULT_PORTS and parts.hostname else None


def may_merge(a: str, b: str, *, evidence: str, same_text: bool) -> bool:
    """Whether two URLs may be taken as one article.

    A permanent redirect within one registrable domain proves it; a canonical or AMP
    link, or the same GUID, only together with the same text. Never across domains: a
    page may claim to be another publisher's (reference: threat S26).
    """
    if registrable(host_of(a)) != registrable(host_of(b)) or not host_of(a):
        return False
    if evidence == "redirect":
        return urlsplit(b).path not in ("", "/")
    return evidence in ("canonical", "amp", "guid") and same_text


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if host.isascii():
        return f"[{host}]" if ":" in host else host.lower()
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host.lower()


def _path(path: str) -> str:
    out: list[str] = []
    segments = (_encode(path) or "/").split("/")
    for place, segment in enumerate(segments):
        if segment == ".." and len(out) > 1:
            out.pop()
        elif segment not in (".", ".."):
            out.append(segment)
        if segment in (".", "..") and place == len(segments) - 1:
            out.append("")
    joined = "/".join(out)
    return joined if joined.startswith("/") else f"/{joined}"


def _without_tracking(query: str) -> str:
    exact, prefixes = tracking()
    kept = [
        p
        for p in query.split("&")
        if (name := p.partition("=")[0].lower()) not in exact and not name.startswith(prefixes)
    ]
    return "&".join(kept)


def _encode(text: str) -> str:
    """Decode unreserved escapes, write the others in upper case, escape what may not stand bare."""

    def undo(match: re.Match[str]) -> str:
        byte = unquote_to_bytes(match[0])
        return byte.decode() if byte[0] in _UNRESERVED else match[0].upper()

    out = _PERCENT.sub(undo, text)
    if all(ord(c) < 128 and (ord(c) in _UNRESERVED or ord(c) in _KEPT or c == "%") for c in out):
        return out
    return "".join(
        c
        if ord(c) < 128 and (ord(c) in _UNRESERVED or ord(c) in _KEPT or c == "%")
        else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in out
    )
