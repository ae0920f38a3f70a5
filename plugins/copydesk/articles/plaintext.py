"""Plain text as wires and dumps carry it: headline, byline, paragraphs, without any markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement

from copydesk.articles.furniture import rule_for
from copydesk.articles.tree import clean
from copydesk.model import Block

_MARKUP = re.compile(
    r"<(?:!doctype|html|head|body|div|p|br|a|span|article|meta|title|table|h[1-6]|pre|ul|section)\b", re.I
)
_SCANNED = 20_000
_BLANK = re.compile(r"\n[ \t\u3000]{0,200}(?:\n[ \t\u3000]{0,200}){1,50}")
_WRAPPED = 45
"""Lines of at least so many characters before a break were broken by a machine, not by the writer."""
_HEADLINE = 200
_SENTENCE_END = (".", "!", "?", "。", "”", '"', ":", ";", ",")
_BYLINE = re.compile(r"(?:by|von|par|por)\s[A-Z]", re.IGNORECASE)
_HASH = re.compile(r"#{1,6}\s+")
_MOSTLY = 0.6


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain text taken apart: the headline when one stands above the story, and the blocks."""

    title: str | None
    blocks: tuple[Block, ...]


def is_plain(text: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a body is plain text: no markup in sight, whatever it is served as."""
    kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "").lower()
    marked = _MARKUP.search(text[:_SCANNED])
    return marked is None or (kind.startswith("text/plain") and not text.lstrip().startswith("<"))


def wire_in(tree: HtmlElement) -> str | None:
    """Give the text of a ``pre`` element that holds most of a page's text: a wire copy in a frame."""
    pres = [("".join(pre.itertext())) for pre in tree.iter("pre")]
    longest = max(pres, key=len, default="")
    if len(longest) < 200:
        return None
    body = tree.find(".//body")
    whole = len("".join((tree if body is None else body).itertext()))
    return longest if len(longest) > whole * _MOSTLY else None


def read_plain(text: str) -> Plain:
    """Take a plain text apart into paragraphs. Machine-made line breaks are undone, written ones kept."""
    flat = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    pieces = [piece for chunk in _BLANK.split(flat) for piece in _lines(chunk)]
    title = pieces[0] if pieces and _is_headline(pieces) else None
    blocks = [_block(piece) for piece in (pieces[1:] if title else pieces)]
    return Plain(_HASH.sub("", title) if title else None, tuple(blocks))


def _lines(chunk: str) -> list[str]:
    lines = [line for raw in chunk.split("\n") if (line := clean(raw))]
    if len(lines) < 2:
        return lines
    if any(rule_for(line, 0, 1) for line in lines) or not _is_wrapped(lines):
        return lines
    return [clean(" ".join(lines))]


def _is_wrapped(lines: list[str]) -> bool:
    return all(_WRAPPED <= len(line) <= 140 for line in lines[:-1])


def _is_headline(pieces: list[str]) -> bool:
    first = pieces[0]
    if len(pieces) < 2 or len(first) > _HEADLINE or _BYLINE.match(first):
        return False
    return bool(_HASH.match(first)) or not first.endswith(_SENTENCE_END)


def _block(piece: str) -> Block:
    if _HASH.match(piece):
        return Block("heading", _HASH.sub("", piece))
    return Block("quote" if piece.startswith("> ") else "paragraph", piece.removeprefix("> "))
