"""Cursors for paging by key: where a page ended, as an opaque word that survives a URL."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from copydesk.errors import UsageError


def pack(*key: Any) -> str:
    """Make a cursor of the last row's key: times, numbers, text."""
    values = [{"t": value.isoformat()} if isinstance(value, datetime) else value for value in key]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def unpack(cursor: str, *kinds: type) -> Sequence[Any]:
    """Read a cursor back as values of these types; raises UsageError naming it."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        read = [datetime.fromisoformat(v["t"]) if isinstance(v, dict) else v for v in values]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        read = []
    if len(read) != len(kinds) or not all(_fits(v, k) for v, k in zip(read, kinds, strict=True)):
        raise UsageError(f"{cursor[:60]!r} is no cursor of this list; take 'next' from the page before")
    return read


def _fits(value: Any, kind: type) -> bool:
    if kind is int:
        return type(value) is int and abs(value) < 1 << 63
    if kind is str:
        return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
    return isinstance(value, kind) and (not isinstance(value, datetime) or value.tzinfo is not None)
