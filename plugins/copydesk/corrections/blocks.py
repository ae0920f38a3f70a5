"""A page's text by innermost block, in reading order: where notices are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

_BLOCKS = frozenset(
    """
    p li blockquote div aside footer section td dd h1 h2 h3 h4 h5 h6 figcaption header main
    article br
    """.split()
)
_SKIP = frozenset(
    """
    script style noscript nav form button select svg template head
    """.split()
)
_MARKED = re.compile(r"correction|erratum|errata|corrigend|clarification|retraction|amend(?:ed|ment)", re.I)
_LONGEST_NAME = 500
_MOST_BLOCKS = 20_000


def blocks_of(tree: HtmlElement) -> Iterator[tuple[str, bool]]:
    """The page's text by innermost block, in reading order, with whether mark-up calls it a correction."""
    pieces: list[str] = []
    count = 0
    # lxml's own walk: no recursion (deep trees), and half the cost of one in Python.
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            tag = element.tag
            if tag in _SKIP:
                walk.skip_subtree()
                continue
            if pieces and tag in _BLOCKS:
                yield _joined(pieces), False
                count += 1
            text = element.text
            if text and (pieces or not text.isspace()):
                pieces.append(text)
            continue
        if pieces and event == "end" and element.tag in _BLOCKS:
            yield _joined(pieces), _is_marked(f"{element.get('class', '')} {element.get('id', '')}")
            count += 1
        if count >= _MOST_BLOCKS:
            return
        tail = element.tail
        if tail and (pieces or not tail.isspace()) and element is not tree:
            pieces.append(tail)
    if pieces:
        yield _joined(pieces), False


@lru_cache(maxsize=20_000)
def _is_marked(named: str) -> bool:
    """Whether a class or id calls its element a correction; a site's names come again and again."""
    return bool(_MARKED.search(named[:_LONGEST_NAME]))


def _joined(pieces: list[str]) -> str:
    text = " ".join("".join(pieces).split())
    pieces.clear()
    return text


def joined(blocks: Sequence[tuple[str, bool]]) -> tuple[str, list[int], list[bool]]:
    """Give the blocks as one text, with the offset of each and whether mark-up calls it a correction."""
    offsets, at = [], 0
    for block, _ in blocks:
        offsets.append(at)
        at += len(block) + 2
    return "\n\n".join(block for block, _ in blocks), offsets, [marked for _, marked in blocks]
