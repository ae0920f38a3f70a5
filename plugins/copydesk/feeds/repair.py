"""Mend what makes a parser refuse a whole feed: one bad character reference, a NUL, an entity bomb.

Only what cannot stand in any XML document is touched, and each mend is named, so
that the entry shows that its feed was repaired. The raw bytes stay in the snapshot.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]{1,20})|(\d{1,20}));")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]{0,1000}(\[[^\]]{0,100000}\])?[^>]{0,1000}>", re.I)
_ENTITY = re.compile(rb"<!ENTITY", re.I)
_BEFORE_ROOT = re.compile(rb"^\s*(?:<!--.{0,10000}?-->\s*)+(?=<\?xml|<rss|<feed|<rdf)", re.S | re.I)


def repair(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Give the mended bytes and the names of what was mended, none when it was sound."""
    done: list[str] = []
    utf16 = body[:2] in (b"\xff\xfe", b"\xfe\xff") or body[:4] in (b"<\0?\0", b"\0<\0?")
    if utf16:
        return body, ()
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
    value = int(match[1], 16) if match[1] else int(match[2])
    allowed = (
        value in (9, 10, 13) or 0x20 <= value <= 0xD7FF or 0xE000 <= value <= 0xFFFD or 0x10000 <= value <= 0x10FFFF
    )
    return match[0] if allowed else b"&#xFFFD;"
