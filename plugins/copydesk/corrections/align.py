"""Lay a copy beside the publisher's corrected text, sentence by sentence, and list how they differ.

Where the corrected text is known it says more than any notice: the sentence with the
error and the same sentence put right differ in the very words that the notice names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from copydesk.articles.revisions import diff
from copydesk.articles.text import sentence_spans, straight
from copydesk.corrections.words import WORD, folded
from copydesk.model import Claim, Edit

_ALIKE = 0.6
"""Share of the longer sentence's words that both must have. Of 261,961 pairs of different sentences of one
article (230 real pages) 92 reach it, nearly all of them lines of lists; an edit needs the claim's words besides."""
_SHORTEST = 3


def aligned(claim: Claim, text: str, fixed: str) -> list[tuple[Edit, str]]:
    """List the edits that the corrected text shows and the claim confirms, each with its sentence.

    An edit is confirmed when its old words are among the wrong ones and its new words
    among the right ones. The new words are the publisher's own, case and marks included.
    """
    wrong, right = folded(claim.wrong or ""), folded(claim.right or "")
    return [
        (_words_alone(edit), sentence)
        for edit, sentence in differences(text, fixed)
        if _within(folded(edit.old), wrong) and _within(folded(edit.new), right)
    ]


def _words_alone(edit: Edit) -> Edit:
    """The edit without outer marks: a copy keeps its own punctuation."""
    old, new = (list(WORD.finditer(side)) for side in (edit.old, edit.new))
    start, end = old[0].start(), old[-1].end()
    return Edit(edit.start + start, edit.start + end, edit.old[start:end], edit.new[new[0].start() : new[-1].end()])


def differences(text: str, fixed: str) -> Iterator[tuple[Edit, str]]:
    """Give each edit that would make a sentence of the text that of the corrected one."""
    theirs = [fixed[a:b] for a, b in sentence_spans(fixed)]
    same = {straight(sentence) for sentence in theirs}
    index: dict[str, set[int]] = defaultdict(set)
    words = [folded(sentence) for sentence in theirs]
    for number, known in enumerate(words):
        for word in known:
            index[word].add(number)
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if straight(sentence) in same:
            continue
        match = _closest(folded(sentence), words, index)
        if match is not None:
            for edit in diff(sentence, theirs[match]):
                yield Edit(start + edit.start, start + edit.end, edit.old, edit.new), sentence


def _closest(mine: Sequence[str], theirs: Sequence[Sequence[str]], index: dict[str, set[int]]) -> int | None:
    if len(mine) < _SHORTEST:
        return None
    counts = Counter(number for word in set(mine) for number in index.get(word, ()))
    best = max(counts, key=lambda n: (_shared(mine, theirs[n]), -n), default=None)
    return best if best is not None and _shared(mine, theirs[best]) >= _ALIKE else None


def _shared(a: Sequence[str], b: Sequence[str]) -> float:
    return sum((Counter(a) & Counter(b)).values()) / max(len(a), len(b), 1)


def _within(part: Sequence[str], whole: Sequence[str]) -> bool:
    return bool(part) and f" {' '.join(part)} " in f" {' '.join(whole)} "
