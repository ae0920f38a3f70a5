"""Take the publisher's notices out of the body: they are kept as notices, not as story text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from copydesk.articles.tree import clean
from copydesk.model import Block, Notice

_SHORTEST_PART = 12


def without_notices(blocks: Iterable[Block], notices: Sequence[Notice]) -> list[Block]:
    """Cut every notice out of the blocks, also where it is glued to a paragraph or spread over several."""
    texts = [(clean(notice.text), clean(notice.headed or "")) for notice in notices if notice.text]
    kept: list[Block] = []
    for block in blocks:
        text = block.text
        for said, headed in texts:
            text = _without(text, said, headed)
        if text == block.text:
            kept.append(block)
        elif text:
            kept.append(replace(block, text=text))
    return kept


def _without(text: str, said: str, headed: str) -> str:
    """A block without one notice: empty when the block is the notice, its heading or a part of it."""
    flat = clean(text)
    if not flat or flat == headed.strip() or flat.rstrip(": ") == headed.rstrip(": ") != "":
        return ""
    if len(flat) >= _SHORTEST_PART and flat in said:
        return ""
    for form in (f"{headed} {said}", f"{headed}: {said}", f"{headed}{said}", said):
        if form in flat:
            before, _, after = flat.partition(form)
            return clean(f"{before.rstrip()} {after.lstrip()}")
    return text
