"""Take the furniture out of a body: lines of the phrase table, the headline again, loose ends."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from copydesk.articles.rules import FURNITURE, Rule
from copydesk.model import Block, Removed

_TOP, _END = 5, 5
_RUNNING = 120
"""A paragraph of at least so many characters is running text: a section of links ends there."""
_LABEL = 40
"""A paragraph of at most so many characters without an end mark is a label, not a sentence."""
_SENTENCE_END = tuple(".!?…:;\"'”’»)]。！？」』）")
_NOT_WORD = re.compile(r"\W+")
_LONGEST = max(rule.longest for rule in FURNITURE)


_SPREAD = 2
"""How much longer the same line may be in another print of it: marks and white space."""


@dataclass(slots=True)
class Cleared:
    """A body without furniture, and what was taken out of it."""

    blocks: list[Block] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)


def clear(blocks: Sequence[Block], headlines: Collection[str]) -> Cleared:
    """Drop furniture from the blocks. ``headlines`` are the claims for the headline: repeated, they go."""
    known = {key_of(headline) for headline in headlines}
    longest = _SPREAD * max(map(len, headlines), default=0)
    cleared = Cleared()
    skipping: Rule | None = None
    for index, block in enumerate(blocks):
        rule = rule_for(block.text, index, len(blocks))
        if rule is not None:
            skipping = rule if rule.place == "onward" else skipping
        elif skipping and len(block.text) >= _RUNNING and block.kind == "paragraph":
            skipping = None
        found = rule or skipping
        if found:
            cleared.removed.append(Removed(block.text, found.reason, found.name))
        elif block.kind in ("heading", "paragraph") and len(block.text) <= longest and key_of(block.text) in known:
            cleared.removed.append(Removed(block.text, "headline", "headline_again"))
        else:
            cleared.blocks.append(block)
    _trim(cleared)
    return cleared


def rule_for(text: str, index: int, count: int) -> Rule | None:
    """Find the rule that makes a line furniture, or None. ``index`` is its place among ``count`` blocks.

    Several lines (a list) are furniture too when each of them is.
    """
    if len(text) > _LONGEST:
        return None
    for rule in FURNITURE:
        if len(text) <= rule.longest and _stands(rule, index, count) and rule.pattern.match(text):
            return rule
    if "\n" not in text:
        return None
    rules = [rule_for(line, index, count) for line in text.split("\n")]
    return rules[0] if all(rules) else None


def key_of(text: str) -> str:
    """Give the letters and digits of a line in lower case: how two prints of one line are compared."""
    return _NOT_WORD.sub("", text).casefold()


def _stands(rule: Rule, index: int, count: int) -> bool:
    if rule.place == "any":
        return True
    if rule.place == "top":
        return index < _TOP
    if rule.place == "end":
        return index >= count - _END or index > count * 2 / 3
    return index > count / 3


def _trim(cleared: Cleared) -> None:
    """Headings and bare words at the end head nothing; bare words before the story are labels."""
    blocks = cleared.blocks
    while len(blocks) > 1 and (blocks[-1].kind == "heading" or _is_label(blocks[-1])):
        block = blocks.pop()
        cleared.removed.append(Removed(block.text, "heading of nothing", "trailing_heading"))
    while len(blocks) > 2 and _is_label(blocks[0]):
        block = blocks.pop(0)
        cleared.removed.append(Removed(block.text, "label", "leading_label"))


def _is_label(block: Block) -> bool:
    """A few words that make no sentence."""
    text = block.text
    return block.kind == "paragraph" and len(text) <= _LABEL and not text.endswith(_SENTENCE_END)
