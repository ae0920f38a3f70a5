"""JSON that is safe wherever it is printed, and records as such lines."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from copydesk.outlets.record import Record

_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Delete and C1 controls (U+009B starts a terminal sequence), direction overrides, line separators, lone surrogates.
JSON escapes the C0 controls by itself. Escaping loses nothing: a reader of JSON gets the very same text."""


def dumps(value: Any, indent: int | None = None) -> str:
    """Write JSON in which every control and direction character is an escape; times in ISO 8601, UTC."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain, indent=indent)
    return _UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def stamp(at: datetime) -> str:
    """Give a time as RFC 3339 in UTC with Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def line(record: Record) -> str:
    """Give a record as one line of NDJSON; fields without a value are left out."""
    return dumps(fields(record))


def fields(record: Record) -> dict[str, Any]:
    """Give a record's fields that have a value, in their order."""
    found = ((f.name, getattr(record, f.name)) for f in dataclasses.fields(record))
    return {name: value for name, value in found if value not in (None, (), "")}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
