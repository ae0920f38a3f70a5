"""One parse of a page, whole at any depth, and the text of its elements as a reader sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from copydesk.articles.decode import mend
from copydesk.errors import PageUnreadable

DEEPEST = 220
"""Nesting beyond which wrappers are dissolved. Recursive readers (lxml's own serialiser is one,
Python's stack another) lose text or fail from about 255 on; real news pages stay below 60."""

_too_deep = etree.XPath("boolean(" + "/*" * (DEEPEST + 1) + ")")
"""Walks the tree level by level in C; 0.2 ms a page, a sixth of what asking every element costs."""

_WRAPPERS = frozenset(
    (
        *(
            "div",
            "span",
            "section",
            "article",
            "main",
            "center",
            "font",
            "b",
            "i",
            "em",
            "strong",
            "u",
            "small",
        ),
        *("big", "blockquote", "ul", "ol", "li", "dl", "dd", "table", "tbody", "tr", "td", "a", "form"),
        *("fieldset", "nobr", "tt"),
    )
)
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
"""lxml.html asks Python for the class of every element that is touched, forms apart; this one answers in C
(a twentieth of the whole extraction)."""
_string = etree.XPath("string()")
_string_length = etree.XPath("string-length()")
_KEEPS_SPACE = re.compile(rb"<(pre|textarea|script|style)\b", re.IGNORECASE)
_BLOCK = re.compile(
    rb"(</?(?:p|div|section|article|aside|header|footer|main|figure|figcaption|ul|ol|li|dl|dt|dd|h[1-6]|table|tbody"
    rb"|thead|tr|td|th|blockquote|form|nav|br|hr)\b[^>]*>)",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u200b\ufeff\u2060\u00ad]+")
"""Zero-width space and word joiner, byte order mark, soft hyphen: nothing a reader sees."""


def parse(text: str) -> tuple[HtmlElement, frozenset[str]]:
    """Parse a page into one tree without comments; say what had to be done (``too_deep``).

    Raises PageUnreadable("no_markup") when there is no element to be had.
    """
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = etree.fromstring(even_space(text.encode("utf-8", "replace")), parser)
    except etree.XMLSyntaxError as error:
        raise PageUnreadable("no_markup", str(error)) from None
    if root is None:
        raise PageUnreadable("no_markup", "the page holds no element")
    return root, frozenset({"too_deep"}) if _flatten(root) else frozenset()


def even_space(page: bytes) -> bytes:
    """Give markup with each run of white space as one space, where it means no more than one.

    Outside a block stands one space, within its tags none, whatever the page has: its lines are its own.
    Rules here and in trafilatura count characters: another indentation must not make another text.
    On 230 real pages body F1 is .0009 to .0015 higher with it; 1.3 ms a page.
    """
    lower, out, at = page.lower(), list[bytes](), 0
    while kept := _KEEPS_SPACE.search(page, at):
        end = lower.find(b"</" + kept[1].lower(), kept.end())
        if end < 0:
            break
        out += [_one_space(page[at : kept.start()]), page[kept.start() : end]]
        at = end
    return b"".join([*out, _one_space(page[at:])])


def _one_space(piece: bytes) -> bytes:
    """Split by ASCII white space only, so that no-break spaces stay what they are."""
    text, *rest = _BLOCK.split(b" ".join(piece.split()))
    out = [b" " * (piece[:1].isspace() and text != b""), text.rstrip() if rest else text]
    for n in range(0, len(rest), 2):
        tag, text = rest[n : n + 2]
        out += [tag + b" " if tag[1:2] == b"/" else b" " + tag, text.strip()]
    return b"".join([*out, b" " * (piece[-1:].isspace() and text != b"")]).replace(b"  ", b" ")


def _flatten(root: HtmlElement) -> bool:
    """Dissolve wrappers nested deeper than DEEPEST, keeping their text in its place."""
    if not _too_deep(root):
        return False
    deep = _deep_wrappers(root)
    for element in reversed(deep):
        element.drop_tag()
    return bool(deep)


def _deep_wrappers(root: HtmlElement) -> list[HtmlElement]:
    found: list[HtmlElement] = []
    depth = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            depth -= 1
            continue
        depth += 1
        if depth > DEEPEST and element.tag in _WRAPPERS:
            found.append(element)
    return found


def clean(text: str) -> str:
    """One line of text: white space single, invisible characters out, NFC. Quotes and digits untouched."""
    flat = " ".join((text if text.isascii() else _INVISIBLE.sub("", text)).split())
    return unicodedata.normalize("NFC", mend_characters(flat))


def mend_characters(text: str) -> str:
    """Take out the control characters that numeric references can still bring in."""
    return text if text.isprintable() else mend(text)


def length_of(element: HtmlElement) -> int:
    """Count the characters of an element's text as written, at the price of a C call."""
    return int(cast(float, _string_length(element)))


def text_of(element: HtmlElement) -> str:
    """The text of an element in one clean line; a line break is a space."""
    if element.find(".//br") is None:
        return clean(cast(str, _string(element)))
    return clean("".join(_pieces(element)))


def _pieces(element: HtmlElement) -> Iterator[str]:
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            yield "\n" if node.tag == "br" else ""
            yield node.text or ""
        elif node is not element:
            yield node.tail or ""
