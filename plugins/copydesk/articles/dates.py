"""When an article was published and last changed: every claim of the page, the best one taken.

The order of the places (dates.toml): JSON-LD, meta elements, ``time`` elements, the feed,
the URL, and last what a search of the visible text finds. An implausible claim loses to
the next one and is kept among the losers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from htmldate import find_date
from lxml.html import HtmlElement

from copydesk.articles.moments import moment, plausible
from copydesk.articles.page import Page
from copydesk.articles.rules import MODIFIED, PUBLISHED, DatePlaces
from copydesk.articles.tree import clean
from copydesk.model import Dated, Fact

_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?:[/_.-]|$)")
_MOST_TIMES = 12
_PUBLISHED_MARK = re.compile(r"publi|pubdate|created|entry-date|post-date|article-date", re.IGNORECASE)
_MODIFIED_MARK = re.compile(r"modif|updat|aktualis", re.IGNORECASE)


def published(page: Page) -> Fact | None:
    """Give the time of publication with its source, quality, raw words and the claims that lost."""
    stated = _stated(page, PUBLISHED)
    feed = _fed(page.item.published) if page.item else iter(())
    chosen = _best([*stated, *_times(page.tree, modified=False), *feed, *_in_url(page.url)], page.observed_at)
    return chosen or _searched(page)


def modified(page: Page) -> Fact | None:
    """Give the time of the last change as claimed; None when the page claims none."""
    feed = _fed(page.item.updated) if page.item else iter(())
    claims = [*_stated(page, MODIFIED), *_times(page.tree, modified=True), *feed]
    return _best(claims, page.observed_at)


def _best(claims: Iterable[tuple[str, str]], observed_at: datetime | None) -> Fact | None:
    losers: list[tuple[str, str]] = []
    chosen: Fact | None = None
    for source, raw in claims:
        found = moment(raw) if chosen is None else None
        if found and plausible(found[0], observed_at):
            chosen = Fact(found[0], source, quality=found[1], raw=raw)
        else:
            losers.append((source, raw))
    if chosen is None:
        return None
    return Fact(chosen.value, chosen.source, chosen.quality, chosen.raw, tuple(losers))


def _stated(page: Page, places: DatePlaces) -> Iterator[tuple[str, str]]:
    for key in places.jsonld:
        value = page.article.get(key)
        if isinstance(value, str) and value.strip():
            yield f"jsonld:{key}", value.strip()
    for name in places.meta:
        for content in page.meta.get(name, ()):
            yield f"meta:{name}", content


def _times(tree: HtmlElement, *, modified: bool) -> Iterator[tuple[str, str]]:
    """The ``time`` elements: those marked as wanted first, then (for publication) the first plain one."""
    plain: list[tuple[str, str]] = []
    for element in islice(tree.iter("time"), _MOST_TIMES):
        raw = (element.get("datetime") or clean(element.text or "")).strip()
        marks = " ".join(filter(None, (element.get("itemprop"), element.get("class"), element.get("pubdate"))))
        changed = bool(_MODIFIED_MARK.search(marks))
        if not raw:
            continue
        if changed if modified else (_PUBLISHED_MARK.search(marks) and not changed):
            yield "time:marked", raw
        elif not changed:
            plain.append(("time", raw))
    if not modified:
        yield from plain


def _fed(dated: Dated) -> Iterator[tuple[str, str]]:
    if dated.value is not None:
        yield "feed", dated.value.isoformat()


def _in_url(url: str) -> Iterator[tuple[str, str]]:
    if found := _URL_DATE.search(url):
        yield "url", "-".join(found.groups())


def _searched(page: Page) -> Fact | None:
    """No claim anywhere: a date in the visible text, by htmldate's patterns."""
    try:
        raw = find_date(page.tree, original_date=True, extensive_search=False, outputformat="%Y-%m-%d")
    except (ValueError, TypeError, AttributeError, RecursionError, IndexError):
        return None
    if not raw:
        return None
    value = datetime.fromisoformat(raw).replace(tzinfo=UTC)
    if not plausible(value, page.observed_at):
        return None
    return Fact(value, "text", quality="date_only", raw=raw)
