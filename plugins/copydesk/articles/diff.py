"""What changed between two texts: sentences laid side by side, then word by word.

Sentences that stand unchanged hold the two texts together; of the others each is paired
with the one that it most likely became. Only paired sentences are compared by words, so
a rewritten paragraph reads as one, and 5,000 words cost milliseconds. Every step is
bounded: hostile text gives a coarser diff, not a slow one (tests/unit/test_diff.py).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from copydesk.articles.lcs import increasing, matching
from copydesk.articles.text import UNSPACED, sentence_spans, straight, words
from copydesk.model import Edit, Span, SpanOp

ALIKE = 0.5
"""Share of the longer sentence's words that both have: two wordings of one sentence. Of two different sentences of
one article .9 in 1,000 reach it (230 real pages), nearly all rows of lists."""
LONE_ALIKE = 0.25
"""The same where one old and one new sentence stand alone between unchanged ones."""
SHORT = 4
"""Words of a heading or a row of a table: alone between unchanged ones it became the other."""
MOVED_WORDS = 4
"""A shorter sentence that stands elsewhere is no move: "Yes." """
COMMON = 40
"""A word in more open sentences than that says nothing about which became which."""
SMALL = 20_000
"""Pairs of tokens up to which difflib's longest blocks are affordable; they read better than a shortest script."""

_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+(?:[.,:][^\W{UNSPACED}]+)*|\s+|[^\w\s]|_+")


@dataclass(frozen=True, slots=True)
class Pair:
    """An old sentence and what became of it: offsets (start, end) in either text, None where there is none.

    The white space behind a sentence belongs to it.
    """

    fate: Literal["stays", "deleted", "inserted", "moved_out", "moved_in"]
    old: tuple[int, int] | None
    new: tuple[int, int] | None


def diff(old: str, new: str) -> tuple[Edit, ...]:
    """Give the word-level edits that make ``new`` of ``old``, ascending, with offsets in ``old``."""
    edits: list[Edit] = []
    for span in spans(old, new):
        if span.op == "equal":
            continue
        edit = Edit(span.start, span.start + len(span.old), span.old, span.new)
        if edits and edits[-1].end == edit.start:  # out here and in there, at one place: one replacement
            last = edits.pop()
            edit = Edit(last.start, edit.end, last.old + edit.old, last.new + edit.new)
        edits.append(edit)
    return tuple(edits)


def spans(old: str, new: str) -> list[Span]:
    """Give both texts in pieces, in order: the pieces' old sides make ``old``, their new sides ``new``.

    A moved sentence is taken out (``moved_out``) and put in (``moved_in``) under one number, ``move``.
    """
    out: list[Span] = []
    moves: dict[tuple[int, int] | None, int] = {}
    at = to = 0
    for pair in align(old, new):
        move = moves.setdefault(pair.old, len(moves) + 1) if pair.fate in ("moved_out", "moved_in") else 0
        for op, before, after in _pieces(pair, old, new):
            if out and op == out[-1].op == "equal":
                last = out.pop()
                out.append(Span("equal", last.start, last.new_start, last.old + before, last.new + after))
            else:
                out.append(Span(op, at, to, before, after, move))
            at, to = at + len(before), to + len(after)
    return out


def align(old: str, new: str) -> list[Pair]:
    """Lay the sentences of two texts side by side, in reading order; a moved one comes at both of its places."""
    left, right = _units(old), _units(new)
    ours, theirs = ([straight(text[a:b]) for a, b in units] for text, units in ((old, left), (new, right)))
    kept = matching(ours, theirs)
    kept += _reworded(ours, theirs, kept)
    moves = _moves(ours, theirs, kept)
    return list(_in_order(left, right, sorted(kept), moves))


def word_edits(old: str, new: str) -> list[tuple[int, int, int, int]]:
    """List the stretches (old start, old end, new start, new end) in which two sentences differ."""
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    at, to = _offsets(a), _offsets(b)
    if len(a) * len(b) <= SMALL:
        codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
        return [(at[i], at[i2], to[j], to[j2]) for op, i, i2, j, j2 in codes if op != "equal"]
    stretches, i, j = [], 0, 0
    for x, y in [*matching(a, b), (len(a), len(b))]:
        if x > i or y > j:
            stretches.append((at[i], at[x], to[j], to[y]))
        i, j = x + 1, y + 1
    return stretches


def _units(text: str) -> list[tuple[int, int]]:
    """The sentences with the white space behind them; together they are the whole text."""
    starts = [0, *(start for start, _ in sentence_spans(text)[1:])]
    return [(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True) if a < b]


def _reworded(ours: Sequence[str], theirs: Sequence[str], kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pair what stands between unchanged sentences by the words that both have, in order."""
    pairs: list[tuple[int, int]] = []
    i = j = 0
    bags = {("old", n): _bag(s) for n, s in enumerate(ours)} | {("new", n): _bag(s) for n, s in enumerate(theirs)}
    for x, y in [*kept, (len(ours), len(theirs))]:
        if x - i == 1 and y - j == 1:
            if _became(bags["old", i], bags["new", j]):
                pairs.append((i, j))
        elif x > i and y > j:
            pairs += _likeliest(range(i, x), range(j, y), bags)
        i, j = x + 1, y + 1
    return pairs


def _likeliest(
    olds: Sequence[int], news: Sequence[int], bags: dict[tuple[str, int], Counter[str]]
) -> list[tuple[int, int]]:
    """The pairs of a gap that are alike and keep their order, each sentence with its closest."""
    index = _index(news, bags)
    best: dict[int, tuple[float, int]] = {}
    for i in olds:
        j, score = _closest(bags["old", i], index, bags)
        if score >= ALIKE and score > best.get(j, (0.0, 0))[0]:
            best[j] = (score, i)
    return increasing(sorted((i, j) for j, (_, i) in best.items()))


def _moves(ours: Sequence[str], theirs: Sequence[str], kept: Sequence[tuple[int, int]]) -> dict[int, int]:
    """What stands word for word in another place: old number to new number."""
    gone, come = {i for i, _ in kept}, {j for _, j in kept}
    places: dict[str, list[int]] = defaultdict(list)
    for j, sentence in enumerate(theirs):
        if j not in come:
            places[sentence].append(j)
    for waiting in places.values():
        waiting.reverse()
    return {
        i: places[sentence].pop()
        for i, sentence in enumerate(ours)
        if i not in gone and places.get(sentence) and len(words(sentence)) >= MOVED_WORDS
    }


def _index(news: Sequence[int], bags: dict[tuple[str, int], Counter[str]]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = defaultdict(list)
    for j in news:
        for word in bags["new", j]:
            index[word].append(j)
    return {word: where for word, where in index.items() if len(where) <= COMMON}


def _closest(
    bag: Counter[str], index: dict[str, list[int]], bags: dict[tuple[str, int], Counter[str]]
) -> tuple[int, float]:
    shared = Counter(j for word in bag for j in index.get(word, ()))
    scored = [(likeness(bag, bags["new", j]), -j) for j, _ in shared.most_common(3)]
    score, j = max(scored, default=(0.0, 0))
    return -j, score


def likeness(a: Counter[str], b: Counter[str]) -> float:
    """Share of the longer one's words that both have."""
    return sum((a & b).values()) / max(a.total(), b.total(), 1)


def _became(a: Counter[str], b: Counter[str]) -> bool:
    return max(a.total(), b.total()) <= SHORT or likeness(a, b) >= LONE_ALIKE


def _bag(sentence: str) -> Counter[str]:
    return Counter(words(sentence))


def _in_order(
    left: Sequence[tuple[int, int]],
    right: Sequence[tuple[int, int]],
    kept: Sequence[tuple[int, int]],
    moves: dict[int, int],
) -> Iterator[Pair]:
    came = {j: i for i, j in moves.items()}
    i = j = 0
    for x, y in [*kept, (len(left), len(right))]:
        for n in range(i, x):
            yield Pair("moved_out", left[n], right[moves[n]]) if n in moves else Pair("deleted", left[n], None)
        for n in range(j, y):
            yield Pair("moved_in", left[came[n]], right[n]) if n in came else Pair("inserted", None, right[n])
        if x < len(left):
            yield Pair("stays", left[x], right[y])
        i, j = x + 1, y + 1


def _pieces(pair: Pair, old: str, new: str) -> Iterator[tuple[SpanOp, str, str]]:
    ours = old[slice(*pair.old)] if pair.old else ""
    theirs = new[slice(*pair.new)] if pair.new else ""
    if pair.fate == "stays":
        yield from _within(ours, theirs)
    elif pair.fate == "moved_out":
        yield "moved_out", ours, ""
    elif pair.fate == "moved_in":
        yield "moved_in", "", theirs
    else:
        yield ("delete", ours, "") if ours else ("insert", "", theirs)


def _within(old: str, new: str) -> Iterator[tuple[SpanOp, str, str]]:
    at = 0
    for start, end, new_start, new_end in word_edits(old, new) if old != new else ():
        if start > at:
            yield "equal", old[at:start], old[at:start]
        op: SpanOp = "insert" if start == end else "delete" if new_start == new_end else "replace"
        yield op, old[start:end], new[new_start:new_end]
        at = end
    if at < len(old):
        yield "equal", old[at:], old[at:]


def _offsets(tokens: Sequence[str]) -> list[int]:
    at = [0]
    for token in tokens:
        at.append(at[-1] + len(token))
    return at
