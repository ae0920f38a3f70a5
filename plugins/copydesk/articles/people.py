"""Who wrote it: the people of the byline, and the agency apart.

Claims in order: JSON-LD ``author`` of the article, meta elements, what the page marks as
author near the headline, the printed "By ..." line, the feed. A claim that names only the
house, a desk or an agency gives way to the next; an agency so found is kept as the agency.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from copydesk.articles.own import without_boxes, without_lines
from copydesk.articles.page import Node, Page, types_of
from copydesk.articles.rules import AGENCIES, DESKS
from copydesk.articles.tree import clean, text_of

_META = (
    "author", "article:author", "article:author_name", "og:article:author", "og:author", "parsely-author",
    "sailthru.author", "cxenseparse:author", "dc.creator", "dcterms.creator", "byl", "citation_author",
    "creator",
)  # fmt: skip
_LONGEST_LINE, _LONGEST_NAME, _MOST_NAMES = 400, 60, 30
_SPLIT = re.compile(r"\s{0,3}[,;/|&•·]\s{0,3}|\s(?:and|und|et|y|e|og|och|en|i|a|with|mit|avec|by|von)\s|\n")
_BY = re.compile(
    r"^\s{0,9}(?:by|von|par|por|di|door|av|af|od|words by|written by|text:?|story by|autor:?|author:?)\s+",
    re.I,
)
_ASIDE = re.compile(r"\s{0,3}[(\[][^)\]]{0,60}[)\]]")
_NAME = re.compile(r"[^\W\d_][\w.'’`´-]{0,30}(?:\s[\w.'’`´-]{1,30}){0,5}\.?$")
_MARKED = re.compile(
    r"(?<![a-z])(?:by-?line|author|autor|autoren|writer|journalist)s?(?:[-_]{1,2}name|[-_]{1,2}link)?(?![a-z])"
)
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|i)?|auteurs?|journalists?|profiles?|people|staff|by|redaktion|skribenter|av|forfatter)/"
)
_NEAR = 200
_UNDER_WAY = 500


@dataclass(frozen=True, slots=True)
class Byline:
    """The writers as people, where that was said, and the agency if one is credited."""

    names: tuple[str, ...] = ()
    source: str | None = None
    agency: str | None = None


def byline(page: Page, heading: HtmlElement | None = None) -> Byline:
    """Give the people of the byline. Empty names: no person is credited anywhere."""
    houses = _houses(page)
    agency: str | None = None
    for source, lines in _claims(page, heading):
        names = list(dict.fromkeys(n for line in lines for n in split_names(line, invert=source.startswith("meta:dc"))))
        agency = agency or next(filter(None, map(agency_of, names)), None)
        people = [n for n in names if is_person(n, houses)]
        if people:
            return Byline(tuple(people[:_MOST_NAMES]), source, agency)
    return Byline(agency=agency)


def split_names(line: str, *, invert: bool = False) -> list[str]:
    """Split a byline into names: without "By", without what stands in brackets. ``invert``: "Last, First"."""
    text = _BY.sub("", _ASIDE.sub("", clean(html.unescape(line))[:_LONGEST_LINE]))
    if invert and text.count(",") == 1:
        last, first = text.split(",")
        return [f"{first.strip()} {last.strip()}"]
    return [name for part in _SPLIT.split(text) if (name := _BY.sub("", part).strip(" .,:-–—|"))]


def agency_of(name: str) -> str | None:
    """Give the agency that a credit names, or None."""
    return AGENCIES.get("".join(c for c in name.casefold() if c.isalpha()))


def is_person(name: str, houses: Iterable[str] = ()) -> bool:
    """Tell whether a credit is a person: not a house, desk, agency, address or account."""
    words = name.casefold().replace("-", " ").split()
    if not words or len(name) > _LONGEST_NAME or not _NAME.match(name) or agency_of(name):
        return False
    if any(word.strip(".,:") in DESKS for word in words):
        return False
    if any(word.isdigit() for word in words) or _is_sentence(name.split()):
        return False
    letters = "".join(words)
    if len(words) == 1 and (name.isupper() or "." in name or (name.isascii() and name.islower())):
        return False
    return not any(letters == house or (len(letters) > 4 and letters in house) for house in houses)


def _is_sentence(words: Sequence[str]) -> bool:
    """More words in lower case than with a capital: names have particles, but fewer of them."""
    return 0 < sum(word[0].isupper() for word in words) < sum(map(str.islower, words))


def _claims(page: Page, heading: HtmlElement | None) -> Iterator[tuple[str, list[str]]]:
    yield "jsonld:author", list(_stated(page))
    for name in _META:
        values = [v for v in page.meta.get(name, ()) if "://" not in v and "@" not in v]
        if values:
            yield f"meta:{name}", values
    yield "page", list(_marked(heading))
    if page.item:
        yield "feed", list(page.item.authors)


def _stated(page: Page) -> Iterator[str]:
    author = page.article.get("author") or page.article.get("creator")
    for value in author if isinstance(author, list) else [author]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            person = value if "name" in value or "familyName" in value else _by_id(page.jsonld, value.get("@id"))
            kinds = types_of(person)
            if not kinds or "person" in kinds or agency_of(_full_name(person)):
                yield _full_name(person)


def _by_id(nodes: Iterable[Node], wanted: object) -> Mapping[str, Any]:
    return next((n for n in nodes if wanted and n.get("@id") == wanted and "name" in n), {})


def _full_name(person: Mapping[str, Any]) -> str:
    name = person.get("name")
    if isinstance(name, list):
        name = ", ".join(part for part in name if isinstance(part, str))
    if isinstance(name, str) and name.strip():
        return name
    parts = (person.get("givenName"), person.get("familyName"))
    return " ".join(part for part in parts if isinstance(part, str))


def _marked(heading: HtmlElement | None) -> Iterator[str]:
    """What the page marks as its author: rel, itemprop, a class, a link to a profile; near the headline."""
    if heading is None:
        return
    found: list[str] = []
    for element in islice(_around(heading), _NEAR):
        text = _own_text(element) if _is_marked(element) and len(element) < 12 else ""
        if 3 < len(text) <= 120 and not any(text in other for other in found) and _credits(element, text):
            found.append(text)
            yield text


def _own_text(element: HtmlElement) -> str:
    """What it says without labels and links put beside the names; all of it where nothing would be left."""
    bare = without_boxes(element)
    text = text_of(without_lines(bare, keeps=lambda line: any(map(_is_marked, line.iter()))))
    return text if split_names(text) else text_of(bare)


def _credits(element: HtmlElement, text: str) -> bool:
    """Names, and nothing that is counted beside them."""
    if split_names(text) and (_BY.match(text) or element.tag == "a"):
        return True
    return bool(_NAME.match(text)) and not any(map(str.isdigit, text.split()))


def _around(heading: HtmlElement) -> Iterator[HtmlElement]:
    """Elements below the headline, until so much running text went by that the story is under way."""
    node: HtmlElement | None = heading
    seen = 0
    while node is not None and seen < _UNDER_WAY:
        for sibling in node.itersiblings():
            for element in sibling.iter("a", "span", "div", "p", "address", "li", "strong", "b", "em", "cite"):
                seen += len(element.text or "") if element.tag == "p" else 0
                if seen >= _UNDER_WAY:
                    return
                yield element
        node = node.getparent()


def _is_marked(element: HtmlElement) -> bool:
    if "author" in (element.get("rel") or "") or "author" in (element.get("itemprop") or ""):
        return True
    if element.tag == "a" and _PROFILE.search(_path(element.get("href") or "")):
        return True
    return bool(_MARKED.search(f"{element.get('class') or ''} {element.get('id') or ''}".lower()))


def _path(href: str) -> str:
    try:
        return urlsplit(href).path.lower()
    except ValueError:
        return ""


def _houses(page: Page) -> frozenset[str]:
    host = _host(page.url)
    publisher = page.article.get("publisher")
    stated = publisher.get("name") if isinstance(publisher, dict) else publisher
    site = page.first("og:site_name")
    names = [host, host.replace(".", ""), stated if isinstance(stated, str) else "", site[1] if site else ""]
    return frozenset("".join(n.casefold().replace("-", " ").split()) for n in names if n)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
