"""Notices that share their paragraph with the story: in brackets, behind a heading, as its last sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copydesk.articles.text import sentence_spans
from copydesk.corrections.hints import hints
from copydesk.corrections.passages import Found, heading_at, judge
from copydesk.corrections.phrases import Phrases

_BRACKET = re.compile(r"[(\[]\s?[^()\[\]]{20,1800}(?:\([^()]{0,80}\)[^()\[\]]{0,600}){0,4}[)\]]")


def in_bracket(paragraph: str, anchor: int) -> bool:
    """The sign stands in a bracket that is only a part of the paragraph."""
    return any(
        m.start() <= anchor < m.end() and m.end() - m.start() < len(paragraph) - 4 for m in _BRACKET.finditer(paragraph)
    )


def opens(paragraph: str, found: Found) -> bool:
    """The passage starts the paragraph, or the paragraph is short enough to be nothing else."""
    if found.rule == "advisory" or found.heading:
        return True
    spans = sentence_spans(paragraph)
    first = next((i for i, (a, b) in enumerate(spans) if a <= found.anchor < b), 0)
    return first == 0 or (first == 1 and len(spans) <= 4) or (first <= 2 and len(spans) <= 3)


def glued_in(paragraph: str, table: Phrases, whole: Found | None) -> Iterator[tuple[int, int, Found]]:
    """Notices within a paragraph: in brackets, behind a heading, or as its last sentences."""
    seen = False
    for match in _BRACKET.finditer(paragraph):
        if hints(match[0]) and (found := judge(match[0], table)) and found.rule != "marked":
            seen = True
            yield match.start(), match.end(), found
    if seen:
        return
    for a, _ in sentence_spans(paragraph)[1:]:
        heading, opened = heading_at(paragraph, a + len(re.match(r"[•*\s]*", paragraph[a:])[0]), table)  # type: ignore[index]
        if heading and opened and (found := judge(paragraph[a:], table)) and found.heading:
            yield a, len(paragraph), found
            return
    if whole is not None:
        for a, b in sentence_spans(paragraph):
            if a <= whole.anchor < b:
                tail = paragraph[a:]
                found = judge(tail, table)
                if found:
                    yield a, len(paragraph), found
                return
