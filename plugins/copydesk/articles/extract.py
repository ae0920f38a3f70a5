"""A page as bytes to a Document: what a reader read, the facts around it, and what was taken out.

The order is the argument: decode once, parse once, read the head before anything is
stripped, find the notices on the whole page, then the body, then take furniture and
notices out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from copydesk import __version__
from copydesk.articles import dates, head
from copydesk.articles.assemble import Reading, assemble, with_standfirst
from copydesk.articles.body import read_body
from copydesk.articles.decode import decode
from copydesk.articles.furniture import clear
from copydesk.articles.notices import without_notices
from copydesk.articles.page import Page, empty_page, read_page
from copydesk.articles.pagekind import kind_of, signs
from copydesk.articles.people import byline
from copydesk.articles.plaintext import is_plain, read_plain, wire_in
from copydesk.articles.prune import prune
from copydesk.articles.render import as_json
from copydesk.articles.standfirst import standfirst
from copydesk.articles.titles import heading_of, title
from copydesk.articles.tree import parse
from copydesk.corrections import notice
from copydesk.errors import PageUnreadable
from copydesk.model import Document, Fact, Item

__all__ = ["EXTRACTOR", "as_json", "extract"]

EXTRACTOR = f"copydesk/{__version__}+extract.5"
"""Name and version of this extractor; the last number grows with every change of what it gives."""

_WITH_TEXT = frozenset({"article", "liveblog", "video", "gallery"})
_FEED_MAY_STAND_IN = frozenset({"empty", "consent", "login"})
_FULL_CONTENT = 200
"""Characters of feed content (markup included) from which on it can be an article."""
_BINARY = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x01\x00",
)


def extract(
    body: bytes,
    *,
    url: str,
    headers: Mapping[str, str] | None = None,
    item: Item | None = None,
    observed_at: datetime | None = None,
) -> Document:
    """Read one page, HTML or plain text, into a Document.

    ``item`` is the feed's word: hint and fallback for dates, title and, when the page holds
    nothing, its full content. ``observed_at`` bounds what dates are believed. Raises only
    PageUnreadable (``binary``, ``no_markup``): bytes that are no page.
    """
    if body.startswith(_BINARY):
        raise PageUnreadable("binary", f"it begins with {body[:4]!r}")
    url, headers = url or "", headers or {}
    decoded = decode(body, headers)
    repaired = frozenset({"repaired"} if decoded.repairs else ())
    if is_plain(decoded.text, headers):
        page = empty_page(url, headers, item, observed_at, repaired)
        return assemble(_plain(decoded.text, page), EXTRACTOR)
    tree, deep = parse(decoded.text)
    page = read_page(tree, url, headers, item, observed_at, repaired | deep)
    page.flags |= head.flags(page)
    wire = wire_in(tree)
    reading = _article(page) if wire is None else _plain(wire, page)
    if reading.kind in _FEED_MAY_STAND_IN:
        reading = _fed(page) or reading
    return assemble(reading, EXTRACTOR)


def _article(page: Page) -> Reading:
    """Read a page of markup. Facts and notices first: the tree is taken apart on the way."""
    headline = title(page)
    heading = heading_of(page, headline)
    intro, writers = standfirst(page, heading), byline(page, heading)
    reading = Reading(page, headline, intro, writers, head.language(page, ""))
    reading.published, reading.modified = dates.published(page), dates.modified(page)
    seen = signs(page.tree)
    reading.notices = tuple(
        notice.find_in_html(
            page.tree,
            lang=_value(reading.lang),
            publisher=_host(page.url),
            title=_value(reading.headline),
            jsonld=page.jsonld,
        )
    )
    boxes = prune(page.tree)
    blocks = without_notices(read_body(page.tree), reading.notices)
    cleared = reading.cleared = clear(blocks, reading.headlines)
    cleared.removed += boxes
    cleared.blocks = without_notices(with_standfirst(cleared.blocks, reading.standfirst), reading.notices)
    reading.kind, reading.why = kind_of(page, seen, cleared.blocks, _value(reading.headline) or "")
    if reading.kind not in _WITH_TEXT:
        cleared.blocks, reading.notices = [], ()
    return reading


def _plain(text: str, page: Page) -> Reading:
    """Read a text without markup: the same facts as far as a text can carry them."""
    told = read_plain(text)
    headline = Fact(told.title, "text", raw=told.title) if told.title else title(page)
    reading = Reading(page, headline, writers=byline(page), lang=head.language(page, text))
    reading.published, reading.modified = dates.published(page), dates.modified(page)
    found = notice.find_in_text(text, lang=_value(reading.lang), publisher=_host(page.url))
    reading.notices = tuple(found)
    reading.cleared = clear(without_notices(told.blocks, reading.notices), reading.headlines)
    if not reading.cleared.blocks:
        reading.kind, reading.why = "empty", "no text was found"
    return reading


def _fed(page: Page) -> Reading | None:
    """The page holds nothing: the feed's full content is the article, if it carries one."""
    content = page.item.content if page.item else None
    if not content or len(content) < _FULL_CONTENT:
        return None
    tree, deep = parse(decode(content.encode("utf-8", "replace")).text)
    flags = page.flags | deep | {"feed_content"}
    reading = _article(read_page(tree, page.url, page.headers, page.item, page.observed_at, flags))
    return reading if reading.kind == "article" else None


def _value(fact: Fact | None) -> str | None:
    return str(fact.value) if fact else None


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname or None
    except ValueError:
        return None
