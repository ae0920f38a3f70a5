"""Scores of one reading against a person's: normal form, exact, relaxed, null kept null."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_OUTER = re.compile(r"^(?:the|a|an|der|die|das|den|dem|ein|eine|o|a|os|as|um|uma|le|la|les|un|une|el|los|las)\s+", re.I)


def normal(value: str | None) -> str | None:
    """Normal form for comparing values: case, outer articles, quotation marks, white space, thousands separators."""
    if value is None:
        return None
    text = unicodedata.normalize("NFKC", value).casefold()
    text = re.sub(r"[“”\"„«»‘’'`]", "", text)
    text = re.sub(r"(?<=\d)[,.\s](?=\d{3}\b)", "", text)
    text = re.sub(r"\s+", " ", text).strip(" .,;:!?()[]")
    return _OUTER.sub("", text).strip() or None


def exact(ours: str | None, theirs: str | None) -> bool:
    """Equal in normal form."""
    return normal(ours) == normal(theirs)


def relaxed(ours: str | None, theirs: str | None) -> bool:
    """Token F1 of 0.8 or more, or one contains the other."""
    a, b = normal(ours), normal(theirs)
    if a is None or b is None:
        return a == b
    if a in b or b in a:
        return True
    left, right = Counter(a.split()), Counter(b.split())
    shared = sum((left & right).values())
    if not shared:
        return False
    precision, recall = shared / sum(left.values()), shared / sum(right.values())
    return 2 * precision * recall / (precision + recall) >= 0.8
