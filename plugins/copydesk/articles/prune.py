"""Take out of the tree what no reader takes for the story, before the body is looked for.

Four kinds: machinery (scripts, forms, menus), what is not shown, boxes that their own class
or id calls furniture, and lists or lines that are nothing but links. No box is removed that
holds a good part of the page's running text, whatever it is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from copydesk.articles.rules import ALONE, LABELS, NAMES_OF_FURNITURE, PICTURES, written_names
from copydesk.articles.tree import clean, length_of
from copydesk.model import Removed

_MACHINERY = (
    "script", "style", "noscript", "svg", "iframe", "template", "button", "nav", "select", "input",
    "textarea", "dialog", "canvas", "video", "audio", "object", "embed", "map", "link", "meta", "option",
    "datalist",
)  # fmt: skip
_BOXES = (
    "div", "section", "aside", "ul", "ol", "p", "span", "footer", "header", "figure", "table", "form", "dl",
    "h2", "h3", "h4", "h5", "h6", "a", "li", "article", "small", "label", "strong", "em", "figcaption",
    "time", "ins", "b", "i",
)  # fmt: skip
_SHELLS = (
    "div", "section", "aside", "ul", "ol", "li", "dl", "p", "header", "footer", "figure", "article",
    "h2", "h3", "h4", "h5", "h6", "blockquote",
)  # fmt: skip
_INLINE_SHELLS = ("span", "a", "strong", "b", "em", "i", "small", "ins")
"""What only holds text: without any it is an empty shell (a picture or a line break is something)."""
_MOST = 0.3
"""A box with more than this share of the page's paragraph text is the story or holds it."""
_SMALL, _SMALL_SHARE = 300, 0.1
"""A box of so few characters, and of so small a share of all, is never the story (which may stand in no paragraph)."""
_LINKED = 0.8
"""From this share of linked characters on, a list or a line is navigation."""
_LINKED_LIST = 0.55
_LONGEST_LINK_LINE = 300
_LONGEST_CAPTION = 350
_LEVELS = 6
_LONGEST_LABEL = 40
_LONGEST_TEASER = 450
_TOLD, _MOST_TOLD, _MOST_SHOWN, _MOST_READ = 12, 100, 300, 4000
"""Shortest text worth telling, how many are told, how long each is shown, how much of it is read."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HIDDEN = re.compile(r"(?:^|;)\s{0,9}(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)", re.I)
_string = etree.XPath("string()")
_classed = etree.XPath("//*[@class]")
_unlinked = etree.XPath("descendant::text()[not(ancestor::a)]")


def prune(tree: HtmlElement) -> list[Removed]:
    """Remove furniture from the tree, in place. Give what was readable of it, shortened, with the reason."""
    for element in list(tree.iter(*_MACHINERY)):
        _drop(element)
    whole, small = _running(tree), min(_SMALL, length_of(tree) * _SMALL_SHARE)
    gone = _Gone()
    dropped: set[HtmlElement] = set()
    for element in list(tree.iter(*_BOXES)):  # the list keeps the elements, so that the set knows them again
        if element.getparent() in dropped:
            dropped.add(element)
            continue
        rule = _box_rule(element)
        if rule and (_running(element) <= whole * _MOST or length_of(element) <= small):
            gone.drop(element, "box", rule)
            dropped.add(element)
    for rule, find in (*_LINES, ("picture", _pictures)):
        for element in list(find(tree)):
            gone.drop(element, "box", rule)
    _drop_empty(tree)
    _unname(tree)
    return gone.removed


def prune_lines(part: HtmlElement, keeps: Callable[[HtmlElement], bool]) -> None:
    """Remove what is furniture by its form alone from a part of a page, in place: teasers, links, labels."""
    for _, find in _LINES:
        for element in list(find(part)):
            if not keeps(element):
                _drop(element)
    _drop_empty(part)


def _unname(tree: HtmlElement) -> None:
    """Take generated class names out: the body finder's rules know whole class attributes by heart."""
    for element in cast(list[HtmlElement], _classed(tree)):
        names = element.get("class") or ""
        if (written := written_names(names)) != names:
            element.set("class", written)


@dataclass(slots=True)
class _Gone:
    """What was dropped; boxes inside a dropped box are not told again."""

    removed: list[Removed] = field(default_factory=list)
    last: str = ""

    def drop(self, element: HtmlElement, reason: str, rule: str) -> None:
        if len(self.removed) < _MOST_TOLD:
            text = clean(cast(str, _string(element))[:_MOST_READ])
            if len(text) >= _TOLD and text not in self.last:
                self.removed.append(Removed(text[:_MOST_SHOWN], reason, rule))
                self.last = text
        _drop(element)


def _drop(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is not None:
        if element.tail:
            element.drop_tree()
        else:
            parent.remove(element)


def _drop_empty(tree: HtmlElement) -> None:
    """Drop what holds nothing: the body finder asks what stands beside an element, so a shell that is left of a box
    on one look and not on the next would sway it. Inner ones first, so that shells of shells go as well."""
    for element in reversed(list(tree.iterdescendants(*_SHELLS, *_INLINE_SHELLS))):
        if len(element) == 0 and not (element.text or "").strip():
            if element.tag in _INLINE_SHELLS:
                element.drop_tag()  # the space in it may part two words
            else:
                _drop(element)


def _running(element: HtmlElement) -> int:
    """Characters of running text: what stands in paragraphs; of a box without any, all of its text."""
    return sum(length_of(p) for p in element.iter("p")) or length_of(element)


def _box_rule(element: HtmlElement) -> str:
    """Name the rule that makes an element furniture; empty when none does."""
    css, ident = element.get("class"), element.get("id")
    if (css or ident) and (word := _furniture_name(f"{css or ''} {ident or ''}")):
        return f"name:{word}"
    style = element.get("style")
    hidden = (style and _HIDDEN.search(style)) or element.get("hidden") is not None
    return "hidden" if hidden else ""


@lru_cache(maxsize=20_000)
def _furniture_name(named: str) -> str:
    found = NAMES_OF_FURNITURE.search(_CAMEL.sub("-", written_names(named[:300])).lower())
    return found[0] if found else ""


def _link_lines(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter("ul", "ol", "dl", "p", "h2", "h3", "h4", "h5", "h6"):
        links = list(element.iter("a"))
        if not links:
            continue
        text = len(cast(str, _string(element)).strip())
        linked = sum(len(cast(str, _string(a)).strip()) for a in links)
        share = _LINKED_LIST if element.tag in ("ul", "ol") and len(links) > 1 else _LINKED
        short = text < _LONGEST_LINK_LINE
        if (linked >= text * share and (len(links) > 1 or short)) or (short and _says_a_label(element)):
            yield element


def _says_a_label(element: HtmlElement) -> bool:
    """Tell whether an element says nothing beside its links but that they are links: "Read more: ..."."""
    return LABELS.match("".join(cast(list[str], _unlinked(element))).strip()) is not None


def _labelled_boxes(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Boxes that open with a label like "Read more" go with their teaser; "Advertisement", "12 views" go alone."""
    for element in tree.iter("p", "span", "div", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "a", "small", "li"):
        text = (element.text or "").strip()
        if 3 < len(text) <= _LONGEST_LABEL and length_of(element) <= _LONGEST_LABEL:
            if LABELS.match(text):
                yield _box_around(element)
            elif ALONE.match(text) and len(element) == 0:
                yield _box_of_only(element)


def _pictures(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Boxes that call themselves a picture and hold one, with its caption."""
    for image in tree.iter("img"):
        box = None
        for above in islice(image.iterancestors(), _LEVELS):
            if above.tag in ("body", "article", "main") or length_of(above) > _LONGEST_CAPTION:
                break
            if PICTURES.search(f"{above.get('class') or ''} {above.get('id') or ''}".lower()):
                box = above
        if box is not None:
            yield box


def _teasers(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Other stories with what they say of themselves: rows of short ``article`` elements, each headed by a link,
    and links round a whole card."""
    for link in tree.iter("a"):
        if link.get("href") and length_of(link) <= _LONGEST_TEASER and link.find(".//h3") is not None:
            yield link
    rows: dict[HtmlElement | None, list[HtmlElement]] = {}
    for element in tree.iter("article"):
        if length_of(element) <= _LONGEST_TEASER and _headed_by_link(element):
            rows.setdefault(element.getparent(), []).append(element)
    for row in rows.values():
        if len(row) > 1:
            yield from row


def _headed_by_link(element: HtmlElement) -> bool:
    heading = next(element.iter("h2", "h3", "h4", "h5"), None)
    if heading is None:
        return False
    return any(a.tag == "a" for a in (*heading.iter("a"), *islice(heading.iterancestors(), 2)))


_LINES = (("teasers", _teasers), ("links", _link_lines), ("label", _labelled_boxes))


def _box_of_only(element: HtmlElement) -> HtmlElement:
    """The outermost element that holds nothing else: an empty paragraph left behind can sway the body finder."""
    text, parent = cast(str, _string(element)).strip(), element.getparent()
    while parent is not None and len(parent) == 1 and cast(str, _string(parent)).strip() == text:
        element, parent = parent, parent.getparent()
    return element


def _box_around(label: HtmlElement) -> HtmlElement:
    """The outermost element that opens with the label and holds no more than a teaser."""
    box, said = label, cast(str, _string(label)).strip()
    while True:
        parent = box.getparent()
        if parent is None or parent.tag in ("body", "article", "main") or length_of(parent) > _LONGEST_TEASER:
            return box
        if not cast(str, _string(parent)).lstrip().startswith(said):
            return box
        box = parent
