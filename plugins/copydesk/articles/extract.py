"""A page as bytes to a Document: what a reader read, the facts around it, and what was taken out.

The order is the argument: decode once, parse once, read the head before anything is
stripped, find the notices on the whole page, then the body, then take furniture and
notices out of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from copydesk import __version__
from copydesk.articles import dates, head
from copydesk.articles.body import read_body
from copydesk.articles.datelines import dateline
from copydesk.articles.decode import decode
from copydesk.articles.furniture import Cleared, clear, key_of
from copydesk.articles.instruments import instruments
from copydesk.articles.notices import without_notices
from copydesk.articles.page import Page, empty_page, read_page
from copydesk.articles.pagekind import kind_of, signs
from copydesk.articles.people import Byline, agency_of, byline, is_person, split_names
from copydesk.articles.plaintext import is_plain, read_plain, wire_in
from copydesk.articles.prune import prune
from copydesk.articles.render import as_json
from copydesk.articles.standfirst import standfirst
from copydesk.articles.titles import title
from copydesk.articles.tree import parse
from copydesk.corrections import notice
from copydesk.errors import PageUnreadable
from copydesk.model import Block, Document, Fact, Item, Notice

__all__ = ["EXTRACTOR", "as_json", "extract"]

EXTRACTOR = f"copydesk/{__version__}+extract.1"
"""Name and version of this extractor; the last number grows with every change of what it gives."""

_KEPT_KINDS = frozenset({"article", "liveblog", "video", "gallery"})
_EMAIL = re.compile(r"[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
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
    url = url or ""
    headers = headers or {}
    if body.startswith(_BINARY):
        raise PageUnreadable("binary", f"it begins with {body[:4]!r}")
    decoded = decode(body, headers)
    found = frozenset({"repaired"}) if decoded.repairs else frozenset()
    if is_plain(decoded.text, headers):
        return _plain(decoded.text, empty_page(url, headers, item, observed_at, found))
    tree, deep = parse(decoded.text)
    page = read_page(tree, url, headers, item, observed_at, found | deep)
    page.flags |= head.flags(page)
    if (wire := wire_in(tree)) is not None:
        return _plain(wire, page)
    document = _article(page)
    return _from_feed(document, page) if document.page in ("empty", "consent", "login") else document


def _article(page: Page) -> Document:
    headline, intro = title(page), standfirst(page)
    seen, writers, lang = signs(page.tree), byline(page), head.language(page, "")
    times = dates.published(page), dates.modified(page)
    notices = _notices(page, lang, headline)
    prune(page.tree)
    blocks = without_notices(read_body(page.tree), notices)
    cleared = clear(blocks, _headlines(headline))
    cleared.blocks = without_notices(_with_standfirst(cleared.blocks, intro), notices)
    kind, why = kind_of(page, seen, cleared.blocks, headline.value if headline else "")
    if kind not in _KEPT_KINDS:
        cleared.blocks, notices = [], ()
    return _document(page, headline, writers, times, cleared, notices, lang, kind=kind, why=why, intro=intro)


def _plain(text: str, page: Page) -> Document:
    """A text without markup: the same facts as far as a text can carry them."""
    read = read_plain(text)
    lang = head.language(page, text)
    headline = Fact(read.title, "text", raw=read.title) if read.title else title(page)
    notices = tuple(
        notice.find_in_text(text, lang=lang.value if lang else None, publisher=_host(page.url) or None)
    )
    cleared = clear(without_notices(read.blocks, notices), _headlines(headline))
    times = dates.published(page), dates.modified(page)
    kind = "article" if cleared.blocks else "empty"
    why = "" if cleared.blocks else "no text was found"
    return _document(page, headline, byline(page), times, cleared, notices, lang, kind=kind, why=why)


def _document(
    page: Page,
    headline: Fact | None,
    writers: Byline,
    times: tuple[Fact | None, Fact | None],
    cleared: Cleared,
    notices: tuple[Notice, ...],
    lang: Fact | None,
    **rest: object,
) -> Document:
    text = "\n\n".join(block.text for block in cleared.blocks)
    gone = "\n".join(removed.text for removed in cleared.removed)
    writers = writers if writers.names else _printed_byline(cleared, writers)
    opening = next((found for b in cleared.blocks[:2] if (found := dateline(b.text))), None)
    canonical, amp, image = head.links(page)
    return Document(
        url=page.url,
        page=rest["kind"],  # type: ignore[arg-type]
        title=headline,
        standfirst=rest.get("intro"),  # type: ignore[arg-type]
        byline=writers.names,
        byline_source=writers.source,
        agency=writers.agency or (opening.agency if opening else None),
        dateline=opening.text if opening else None,
        section=head.section(page),
        lang=lang or head.language(page, text),
        published=times[0],
        modified=times[1],
        canonical=canonical,
        amp=amp,
        image=image,
        blocks=tuple(cleared.blocks),
        notices=notices,
        instruments=instruments(f"{text}\n{gone}"),
        removed=tuple(cleared.removed),
        emails=tuple(dict.fromkeys(_EMAIL.findall(gone) + _EMAIL.findall(text))),
        flags=page.flags | ({"paywall"} if any(r.reason == "paywall" for r in cleared.removed) else set()),
        extractor=EXTRACTOR,
        why=str(rest["why"]),
    )


def _notices(page: Page, lang: Fact | None, headline: Fact | None) -> tuple[Notice, ...]:
    return tuple(
        notice.find_in_html(
            page.tree,
            lang=lang.value if lang else None,
            publisher=_host(page.url) or None,
            title=headline.value if headline else None,
            jsonld=page.jsonld,
        )
    )


def _headlines(headline: Fact | None) -> list[str]:
    """Every wording of the headline: repeated among the paragraphs, each is the headline still."""
    return [headline.value, *(raw for _, raw in headline.losers)] if headline else []


def _with_standfirst(blocks: list[Block], intro: Fact | None) -> list[Block]:
    """Put a printed standfirst before the body unless the body opens with it."""
    if intro is None or intro.quality != "printed":
        return blocks
    key = key_of(intro.value)
    if any(key in key_of(block.text) or key_of(block.text) in key for block in blocks[:3]):
        return blocks
    return [Block("paragraph", intro.value), *blocks]


def _printed_byline(cleared: Cleared, writers: Byline) -> Byline:
    """The byline that stands as a line above the story, and the agency of a credit line."""
    names: list[str] = []
    agency = writers.agency
    for removed in cleared.removed:
        if removed.reason in ("byline", "agency credit"):
            credits = split_names(removed.text.strip("()[] "))
            agency = agency or next(filter(None, map(agency_of, credits)), None)
            names += [name for name in credits if removed.reason == "byline" and is_person(name)]
    return Byline(tuple(names), "text" if names else writers.source, agency)


def _from_feed(document: Document, page: Page) -> Document:
    """The page holds nothing: the feed's full content is the article, if it carries one."""
    content = page.item.content if page.item else None
    if not content or len(content) < 200 or "feed_content" in page.flags:
        return document
    tree, deep = parse(content)
    fed = read_page(tree, page.url, {}, page.item, page.observed_at, page.flags | deep | {"feed_content"})
    told = _article(fed)
    return told if told.page == "article" else document


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
