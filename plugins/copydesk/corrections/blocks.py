"""A page's text by innermost block, in reading order: where notices are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast

from lxml.html import HtmlElement

_BLOCKS = frozenset(
    """
    p li blockquote div aside footer section td dd h1 h2 h3 h4 h5 h6 figcaption em i small header main
    article
    """.split()
)
_SKIP = frozenset(
    """
    script style noscript nav form button select svg template head
    """.split()
)
_MARKED = re.compile(r"correction|erratum|errata|corrigend|clarification|retraction|amend(?:ed|ment)", re.I)
_MOST_BLOCKS = 20_000


def blocks_of(tree: HtmlElement) -> Iterator[tuple[str, bool]]:
    """The page's text by innermost block, in reading order, with whether mark-up calls it a correction."""
    pieces: list[str] = []
    count = 0

    def flush() -> str:
        text = " ".join("".join(pieces).split())
        pieces.clear()
        return text

    for event, element in _walk(tree):
        tag = element.tag
        if event == "text":
            pieces.append(cast(str, element.text))
        elif event == "tail":
            pieces.append(cast(str, element.tail))
        elif (tag in _BLOCKS and tag not in ("em", "i", "small")) or tag == "br":
            marked = (
                event == "end"
                and tag != "br"
                and bool(_MARKED.search(f"{element.get('class', '')} {element.get('id', '')}"))
            )
            if text := flush():
                yield text, marked
                count += 1
                if count >= _MOST_BLOCKS:
                    return
    if text := flush():
        yield text, False


def _walk(root: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Start, text, end and tail of every element, without what is not read; no recursion (deep trees)."""
    stack: list[tuple[str, HtmlElement]] = [("start", root)]
    while stack:
        event, element = stack.pop()
        if event != "start":
            yield event, element
            continue
        if element.tail and element is not root:
            stack.append(("tail", element))
        if not isinstance(element.tag, str) or element.tag in _SKIP:
            continue
        stack.append(("end", element))
        stack.extend(("start", child) for child in reversed(element))
        yield "start", element
        if element.text:
            yield "text", element


def joined(blocks: Sequence[tuple[str, bool]]) -> tuple[str, list[int], list[bool]]:
    """Give the blocks as one text, with the offset of each and whether mark-up calls it a correction."""
    offsets, at = [], 0
    for block, _ in blocks:
        offsets.append(at)
        at += len(block) + 2
    return "\n\n".join(block for block, _ in blocks), offsets, [marked for _, marked in blocks]
