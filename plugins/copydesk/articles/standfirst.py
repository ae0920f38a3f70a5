"""The standfirst: the sentences between headline and story that sum it up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from copydesk.articles.furniture import key_of, rule_for
from copydesk.articles.own import LINES, without_boxes, without_lines
from copydesk.articles.page import Page
from copydesk.articles.rules import NAMES_OF_FURNITURE, NAMES_OF_STANDFIRST
from copydesk.articles.tree import clean, length_of, text_of
from copydesk.model import Fact

_NEAR = 160
"""So many elements after the headline it is looked for; further down stands the story."""
_SHORTEST, _LONGEST = 30, 700
_WITH_BOXES = 4000
"""Characters up to which an element is freed of boxes to see whether it is short then."""
_OPENING, _PREFIX = 50, 30
"""So many letters of the description must open the printed line, behind at most a short prefix (a place)."""
_MOST_CHILDREN = 12
_NO_PART = ("script", "style", "img", "figure", "picture", "video", "iframe", "form", "ul", "ol", "button")
_LEVELS = 3
_MANY = 100
"""Lines below a headline are the first of a page that may have so many."""
_CARRIERS = frozenset({"p", "div", "h2", "h3", "h4", "span", "strong", "em", "section", "header"})


def standfirst(page: Page, heading: HtmlElement | None) -> Fact | None:
    """Give the standfirst as printed below the headline; when none is printed, what the head says."""
    described = _description(page)
    opening = key_of(described[1])[:_OPENING] if described else ""
    for element in _below(heading):
        text = _short_text(element)
        if not text:
            continue
        if len(opening) >= _OPENING // 2 and opening in key_of(text)[: _OPENING + _PREFIX]:
            return Fact(text, "page", quality="printed")
        if _named(element) and element.tag != "header" and not _boxed(element):
            return Fact(text, "page:class", quality="printed")
    return Fact(described[1], described[0], quality="head") if described else None


def _description(page: Page) -> tuple[str, str] | None:
    found = page.first("og:description", "description", "twitter:description")
    if found:
        return f"meta:{found[0]}", found[1]
    stated = page.article.get("description")
    return ("jsonld:description", clean(stated)) if isinstance(stated, str) and stated.strip() else None


def _below(heading: HtmlElement | None) -> Iterator[HtmlElement]:
    if heading is not None:
        yield from islice((e for e in _following(heading) if e.tag in _CARRIERS), _NEAR)


def _following(element: HtmlElement) -> Iterator[HtmlElement]:
    """Every element after this one in document order, outer ones first."""
    node: HtmlElement | None = element
    while node is not None:
        for sibling in node.itersiblings():
            yield from sibling.iter()
        node = node.getparent()


def _short_text(element: HtmlElement) -> str:
    if not _SHORTEST <= length_of(element) <= _WITH_BOXES:
        return ""
    element = _freed(element)
    if len(element) > _MOST_CHILDREN or not _SHORTEST <= length_of(element) <= 2 * _LONGEST:
        return ""
    if any(True for _ in element.iter(*_NO_PART)) or 2 * sum(map(length_of, element.iter("a"))) > length_of(element):
        return ""
    text = text_of(element)
    return text if _SHORTEST <= len(text) <= _LONGEST else ""


def _freed(element: HtmlElement) -> HtmlElement:
    """Give the element itself, or a copy freed of what would go from the story as well: links, labels, furniture."""
    bare = without_lines(without_boxes(element))
    furniture = [e for e in bare.iterdescendants(*LINES) if length_of(e) <= _LONGEST and rule_for(text_of(e), 0, _MANY)]
    for line in furniture:  # there is none in the page itself: what holds no line was not copied
        if line.getparent() is not None:
            line.drop_tree()
    return bare


def _boxed(element: HtmlElement) -> bool:
    """Tell whether the element stands in a box that its name makes furniture."""
    above = islice(element.iterancestors("div", "section", "aside", "li", "ul"), _LEVELS)
    return any(NAMES_OF_FURNITURE.search(f"{e.get('class', '')} {e.get('id', '')}".lower()) for e in above)


def _named(element: HtmlElement) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')} {element.get('itemprop', '')}".lower()
    return bool(NAMES_OF_STANDFIRST.search(names)) and not NAMES_OF_FURNITURE.search(names)
