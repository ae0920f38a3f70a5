"""Make and undo edits; decide on bare texts, as ``copydesk correct`` does."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.articles.revisions import diff
from copydesk.articles.text import sentences, straight
from copydesk.corrections.decide import THRESHOLD, decide
from copydesk.corrections.match import Span
from copydesk.corrections.words import words_of
from copydesk.model import Candidate, Edit, Notice, Verdict, VersionText


def correct_text(
    notice: Notice,
    text: str,
    *,
    notice_spans: Sequence[Span] = (),
    corrected: str | None = None,
    threshold: float = THRESHOLD,
) -> Verdict:
    """Decide a notice on a bare text, as ``copydesk correct`` does; ``corrected`` is the publisher's corrected text."""
    target = VersionText("", text)
    source = VersionText("", corrected) if corrected is not None else None
    if not notice.claims and source is not None:
        return _by_texts(text, source.body)
    return decide(notice, target, source=source, protected=notice_spans, threshold=threshold)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Give the text with the edits made. ValueError when an edit does not fit the text."""
    out, at = [], 0
    for edit in sorted(edits, key=lambda e: e.start):
        if edit.start < at or text[edit.start : edit.end] != edit.old:
            raise ValueError(
                f"edit at {edit.start} does not fit: the text has {text[edit.start : edit.end]!r}, not {edit.old!r}"
            )
        out += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*out, text[at:]])


def invert(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Give the edits that undo these, with offsets in the edited text."""
    undone, shift = [], 0
    for edit in sorted(edits, key=lambda e: e.start):
        start = edit.start + shift
        undone.append(Edit(start, start + len(edit.new), edit.new, edit.old))
        shift += len(edit.new) - len(edit.old)
    return tuple(undone)


# --- no notice, two texts ----------------------------------------------------------------


def _by_texts(text: str, corrected: str) -> Verdict:
    """Without a notice a difference is only a proposal: the closest sentences, for a person."""
    proposals: list[Candidate] = []
    known = {straight(s) for s in sentences(corrected)}
    for sentence in sentences(text):
        if straight(sentence) in known:
            continue
        match = _closest(sentence, corrected)
        start = text.find(sentence)
        if match and start != -1:
            proposals += [
                Candidate(Edit(start + e.start, start + e.end, e.old, e.new), sentence, 0.5, ("differs",))
                for e in diff(sentence, match)
            ]
    if not proposals:
        return Verdict("already_corrected", "nothing_differs")
    return Verdict("review", "no_notice", candidates=tuple(proposals))


def _closest(sentence: str, corrected: str) -> str | None:
    words = set(words_of(sentence))
    best = max(sentences(corrected), key=lambda s: len(words & set(words_of(s))), default=None)
    return best if best and len(words & set(words_of(best))) >= 0.6 * len(words) else None
