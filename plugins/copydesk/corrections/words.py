"""The words of a text, for comparing one text with another."""

from __future__ import annotations

import re

WORD = re.compile(r"[\w$€£%#]+(?:[.,:'’/-][\w%]+)*")
"""A word, or a number with its marks and signs ("$2.4", "12,500", "e-tron")."""


def words_of(text: str) -> list[str]:
    """The words of a text: folded, typewriter marks."""
    return [match[0].lower().replace("’", "'") for match in WORD.finditer(text)]


def folded(text: str) -> list[str]:
    """The words of a text, folded, without possessive endings."""
    return [re.sub(r"'s$", "", word) for word in words_of(text)]
