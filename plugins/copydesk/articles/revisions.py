"""The step from one version to the next: which words changed, and what kind of change it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from copydesk.articles.text import straight
from copydesk.model import Edit, Revision, VersionText

_TOKEN = re.compile(r"\w+(?:[.,:]\w+)*|\s+|[^\w\s]")


def diff(old: str, new: str) -> tuple[Edit, ...]:
    """Give the word-level edits that make ``new`` of ``old``, with offsets in ``old``."""
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    starts = [0]
    for token in left:
        starts.append(starts[-1] + len(token))
    return tuple(
        Edit(starts[a], starts[b], "".join(left[a:b]), "".join(right[c:d]))
        for op, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
        if op != "equal"
    )


def spans(old: str, new: str) -> list[tuple[str, str, str]]:
    """Give the whole text as (op, old, new) pieces, op one of equal, replace, delete, insert."""
    return list(_spans(old, diff(old, new)))


def first(version: VersionText) -> Revision:
    """The step from nothing to an article's first version."""
    return Revision("first", (), True, summary=version.title)


def classify(old: VersionText, new: VersionText, *, earlier: Sequence[VersionText] = ()) -> Revision:
    """Say what kind of step it is."""
    edits = diff(old.body, new.body)
    fresh = {n.text: n for n in new.notices if n.text not in {x.text for x in old.notices}}
    if any(n.kind == "retraction" for n in fresh.values()):
        return Revision("retraction", edits, True)
    if any(straight(x.body) == straight(new.body) and x.title == new.title for x in earlier):
        return Revision("revert", edits, True)
    if fresh:
        return Revision("noticed_correction" if edits else "notice_only", edits, True)
    if straight(old.body) == straight(new.body) and straight(old.title) == straight(new.title):
        return Revision("typographic", edits, False)
    return Revision("silent_edit", edits, True)


def _spans(old: str, edits: Sequence[Edit]) -> Iterator[tuple[str, str, str]]:
    at = 0
    for edit in edits:
        if edit.start > at:
            yield "equal", old[at : edit.start], old[at : edit.start]
        yield "replace" if edit.old and edit.new else "delete" if edit.old else "insert", edit.old, edit.new
        at = edit.end
    if at < len(old):
        yield "equal", old[at:], old[at:]
