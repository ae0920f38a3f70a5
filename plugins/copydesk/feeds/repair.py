"""Mend what makes a parser refuse a whole feed: one bad character reference, a NUL, an entity bomb.

Only what cannot stand in any XML document is touched, and each mend is named, so
that the entry shows that its feed was repaired. The raw bytes stay in the snapshot.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9A-Fa-f]+)|0*(\d+));")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]{0,1000}(\[[^\]]{0,100000}\])?[^>]{0,1000}>", re.I)
_ENTITY = re.compile(rb"<!ENTITY", re.I)
_BEFORE_ROOT = re.compile(rb"^\s*(?:<!--.{0,10000}?-->\s*)+(?=<\?xml|<rss|<feed|<rdf)", re.S | re.I)


_ENCODING = re.compile(r"""(<\?xml[^>]{0,200}?)\s+encoding\s*=\s*["'][^"']{0,40}["']""", re.I)
# How "<" begins a document in each coding of more than one byte a character, longest first.
_WIDE = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def repair(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Give the mended bytes and the names of what was mended, none when it was sound.

    A document in UTF-16 or UTF-32 that needs mending comes back in UTF-8 (``recoded``).
    """
    coding = next((name for start, name in _WIDE if body.startswith(start)), None)
    if coding is None:
        return _mend(body)
    text = _ENCODING.sub(r"\1", body.decode(coding, "replace"), count=1)
    mended, done = _mend(text.encode("utf-8", "replace"))
    return (mended, (*done, "recoded")) if done else (body, ())


def _mend(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    done: list[str] = []
    if _ENTITY.search(body[:200_000]):
        body = _DOCTYPE.sub(b"", body, count=1)
        done.append("entities_dropped")
    if _BEFORE_ROOT.match(body):
        body = _BEFORE_ROOT.sub(b"", body, count=1)
        done.append("comment_before_root")
    mended = _REFERENCE.sub(_reference, body)
    if mended != body:
        done.append("bad_references")
    clean = _CONTROL.sub(b" ", mended)
    if clean != mended:
        done.append("control_characters")
    return clean, tuple(done)


def _reference(match: re.Match[bytes]) -> bytes:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    value = int(digits, base) if len(digits) < 8 else 0
    allowed = (
        value in (9, 10, 13) or 0x20 <= value <= 0xD7FF or 0xE000 <= value <= 0xFFFD or 0x10000 <= value <= 0x10FFFF
    )
    return match[0] if allowed else b"&#xFFFD;"
