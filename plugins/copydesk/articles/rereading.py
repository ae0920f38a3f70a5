"""What a second reading of the same bytes says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIELDS = (
    "title",
    "body",
    "byline",
    "standfirst",
    "dateline",
    "agency",
    "section",
    "lang",
    "published",
    "modified",
    "image",
    "canonical",
    "notices",
    "instruments",
    "flags",
)
"""What a reader or a rule goes by. Where a fact was read, and which furniture was removed, may differ freely."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Give the fields that differ, with old and new value. Both are documents in their plain form, with ``body``."""
    both = ((name, _said(old.get(name)), _said(new.get(name))) for name in FIELDS)
    return {name: (before, after) for name, before, after in both if before != after}


def excerpt(old: Any, new: Any, room: int = 160) -> tuple[str, str]:
    """Cut two values to where they begin to differ, ``room`` characters each."""
    before, after = _text(old), _text(new)
    at = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    start = max(at - room // 4, 0)
    return _cut(before, start, room), _cut(after, start, room)


def _said(value: Any) -> Any:
    """Reduce a fact to its value, and what is empty to None."""
    if isinstance(value, Mapping) and "source" in value:
        value = value.get("value")
    return value or None


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _cut(text: str, start: int, room: int) -> str:
    piece = text[start : start + room]
    return "…" * (start > 0) + piece + "…" * (start + room < len(text))
