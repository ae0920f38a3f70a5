"""Give back paragraphs that the body finder left behind although they are set like the others.

A publisher sets the paragraphs of a story alike: same class, same kind of parent. Where
most of what was found carries one such signature, other paragraphs of the page with the very
same signature belong to the story: a body split over several containers by inserts and
advertisements is the usual cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from copydesk.articles.furniture import key_of
from copydesk.articles.rules import written_names
from copydesk.articles.tree import text_of
from copydesk.model import Block, BlockKind

_SHARE = 0.5
"""So much of the found text must carry the signature before it vouches for other paragraphs."""
_LONG = 60
_MOST_OVER = 3
"""More than so many times the paragraphs found: the signature is the site's, not the story's."""

Signature = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Piece:
    key: str
    text: str
    kind: BlockKind
    signature: Signature


def complete(blocks: Sequence[Block], tree: HtmlElement) -> list[Block]:
    """Give the blocks with the forgotten ones of the same signature in their places."""
    pieces = [piece for p in tree.iter("p", "h2", "h3") if (piece := _piece(p)) is not None]
    found = {key_of(block.text): index for index, block in enumerate(blocks)}
    signature = _ruling(pieces, found)
    if signature is None:
        return list(blocks)
    ours = [piece for piece in pieces if piece.signature == signature]
    missing = [piece for piece in ours if piece.key not in found and len(piece.text) >= _LONG]
    known = "".join(found)
    missing = [piece for piece in missing if piece.key not in known]
    if not missing or len(ours) > _MOST_OVER * max(4, sum(p.key in found for p in ours)):
        return list(blocks)
    return _merged(blocks, ours, {id(piece) for piece in missing}, found)


def _piece(element: HtmlElement) -> _Piece | None:
    parent = element.getparent()
    text = text_of(element)
    if parent is None or not text:
        return None
    named = element.get("class") or ""
    above = parent.get("class") or ""
    if not named and not above:
        return None
    return _Piece(key_of(text), text, "paragraph", (str(element.tag), written_names(named), written_names(above)))


def _ruling(pieces: Sequence[_Piece], found: dict[str, int]) -> Signature | None:
    weight: Counter[Signature] = Counter()
    for piece in pieces:
        if piece.key in found and piece.signature[0] == "p":
            weight[piece.signature] += len(piece.text)
    if not weight:
        return None
    signature, heaviest = weight.most_common(1)[0]
    return signature if heaviest >= _SHARE * sum(len(key) for key in found) else None


def _merged(blocks: Sequence[Block], ours: Sequence[_Piece], missing: set[int], found: dict[str, int]) -> list[Block]:
    """Put each missing piece behind the found one that stands before it on the page."""
    behind: dict[int, list[Block]] = {}
    anchor = -1
    for piece in ours:
        if id(piece) in missing:
            behind.setdefault(anchor, []).append(Block(piece.kind, piece.text))
        elif piece.key in found:
            anchor = found[piece.key]
    merged = behind.pop(-1, [])
    for index, block in enumerate(blocks):
        merged.append(block)
        merged.extend(behind.get(index, ()))
    return merged
