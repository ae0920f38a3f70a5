"""What an element says itself, without the counters, buttons and boxes that stand in it.

Headline, byline and standfirst are read before the tree is pruned; what sites put into them
("37 comments", "5 minutes ago") differs from look to look.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from lxml.html import HtmlElement

from copydesk.articles.prune import prune_lines
from copydesk.articles.rules import NAMES_OF_FURNITURE, written_names

_BOXES = ("a", "span", "div", "section", "aside", "ul", "p", "time", "ins")
LINES = ("p", "div", "section", "aside", "ul", "ol", "h2", "h3", "h4", "h5", "blockquote")
"""Elements that are a line of their own, or hold some."""
_OWN = ("byline", "bylines", "author", "caption", "captions", "credit", "credits", "teaser", "lead")
"""Parts of names that are furniture in a body and the very thing that is read here."""


def without_boxes(element: HtmlElement) -> HtmlElement:
    """Give the element itself, or a copy freed of the boxes in it whose names make them furniture."""
    if not any(_is_box(inner) for inner in element.iterdescendants(*_BOXES)):
        return element
    bare = deepcopy(element)
    for box in [inner for inner in bare.iterdescendants(*_BOXES) if _is_box(inner)]:
        if box.getparent() is not None:
            box.drop_tree()
    return bare


def without_lines(element: HtmlElement, keeps: Callable[[HtmlElement], bool] = lambda _: False) -> HtmlElement:
    """Give the element itself, or a copy freed of links, labels and teasers that stand in it as lines of their own."""
    if not any(True for _ in element.iterdescendants(*LINES)):
        return element
    bare = deepcopy(element)
    bare.tail = None
    prune_lines(bare, keeps)
    return bare


def _is_box(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    found = NAMES_OF_FURNITURE.search(written_names(names).lower()) if names != " " else None
    return found is not None and not any(own in names.lower() for own in _OWN)
