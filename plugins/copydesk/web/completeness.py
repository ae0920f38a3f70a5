"""Whether a body is whole when nothing in HTTP says so. Pure.

Lengths, chunks and checksums are checked where they exist. A body that simply ends
when the connection closes, uncoded, has none of them: then the document itself must
have come to its end.
"""

from __future__ import annotations

TAIL = 64 * 1024
"""Bytes at the end in which HTML may close; scripts of analytics often follow the closing tag."""


def looks_cut(body: bytes, content_type: str) -> bool:
    """Whether a close-delimited body stops before its document does.

    XML and JSON must end with their closing bracket. HTML may omit its end tags, so
    it counts as cut only where it opens ``html`` or ``body`` and closes neither.
    """
    tail = body[-TAIL:].rstrip(b" \t\r\n\x00").lower()
    kind = content_type.lower()
    if not tail:
        return False
    if "json" in kind:
        return not tail.endswith((b"}", b"]"))
    head = body[:4096].lower()
    if "html" in kind or b"<html" in head or b"<!doctype html" in head:
        opened = b"<html" in head or b"<body" in body.lower()
        return opened and b"</html" not in tail and b"</body" not in tail
    if "xml" in kind or body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return not tail.endswith(b">")
    return False
