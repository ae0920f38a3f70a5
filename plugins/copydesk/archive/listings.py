"""Three ways in which publishers list their past: sitemaps, archived feeds, archive pages by date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import lxml.html

from copydesk.archive.capture import ArchiveError, Capture, Interval
from copydesk.archive.publisher import Fetch, Lead, date_in, next_month, overlaps, same_publisher
from copydesk.articles.urls import resolve, url_key
from copydesk.errors import FeedUnreadable
from copydesk.feeds.parse import read_feed
from copydesk.feeds.sitemap import is_sitemap, read_sitemap
from copydesk.model import FeedDocument, Item

DEPTH = 3
"""Of sitemap indexes in sitemap indexes."""
CHAIN = 2000
"""Documents of one feed's chain."""
PAGES = 50
"""Numbered pages of one archive page."""
SAME = 0.5
"""Where more than half of at least 20 lastmods are one and the same time, they tell when the file was built."""
_ARTICLE = re.compile(r"/(?:[^/]*[a-z0-9]+(?:-[a-z0-9]+){2,}[^/]*|[^/]*\d{5,}[^/]*|[^/]+\.(?:s?html?|php))/?$", re.I)


@dataclass(frozen=True, slots=True)
class Sitemaps:
    """A sitemap or an index of sitemaps. A URL is placed by its news date, its path, or a lastmod that is credible."""

    url: str
    fetch: Fetch

    def leads(self, interval: Interval) -> Iterator[Lead]:
        """Give the articles of an interval. A URL without any date belongs to none."""
        yield from self._map(self.url, interval, 0)

    def _map(self, url: str, interval: Interval, depth: int) -> Iterator[Lead]:
        answer = self.fetch(url)
        if not is_sitemap(answer.body):
            raise ArchiveError("not_a_sitemap", f"{url}: neither urlset nor sitemapindex")
        try:
            document = read_sitemap(answer.body, url=answer.final_url, now=answer.fetched_at)
        except FeedUnreadable as error:
            raise ArchiveError(error.reason, f"{url}: {error.detail}") from None
        if document.format == "sitemapindex":
            if depth >= DEPTH:
                raise ArchiveError("too_deep", f"{url}: an index within {DEPTH} indexes")
            for item in document.items:
                if item.link and _may_hold(item, interval):
                    yield from self._map(item.link, interval, depth + 1)
            return
        trusted = credible([i.updated.value for i in document.items], answer.fetched_at)
        for item in document.items:
            if item.link and same_publisher(item.link, url) and _placed(item, interval, trusted):
                yield Lead(item.link, item.published.value or item.updated.value)


def credible(lastmods: list[datetime | None], now: datetime) -> bool:
    """Whether lastmods tell of articles: not all one time, none to come."""
    given = [at for at in lastmods if at]
    if not given or any(at > now + timedelta(days=1) for at in given):
        return False
    most = Counter(given).most_common(1)[0][1]
    return len(given) < 20 or most <= SAME * len(given)


def _may_hold(item: Item, interval: Interval) -> bool:
    """Whether a sitemap of an index may tell of an interval: by the date in its name, or that it changed since."""
    assert item.link
    if span := date_in(item.link.replace("_", "-").replace("sitemap-", "/")):
        return overlaps(span, interval)
    return item.updated.value is None or item.updated.value >= interval.since


def _placed(item: Item, interval: Interval, trusted: bool) -> bool:
    assert item.link
    if item.published.value:
        return item.published.value in interval
    if span := date_in(item.link):
        return overlaps(span, interval)
    return trusted and item.updated.value is not None and item.updated.value in interval


@dataclass(frozen=True, slots=True)
class FeedChain:
    """A feed and its past: RFC 5005 archives (prev-archive), and pages (next)."""

    url: str
    fetch: Fetch

    def leads(self, interval: Interval) -> Iterator[Lead]:
        """Give each document that has entries of the interval, then the pages of these. Ends where all is older."""
        url: str | None = self.url
        seen: set[str] = set()
        while url and url_key(url) not in seen and len(seen) < CHAIN:
            seen.add(url_key(url))
            answer = self.fetch(url)
            try:
                document = read_feed(
                    answer.body, url=answer.final_url, headers=dict(answer.headers), now=answer.fetched_at
                )
            except FeedUnreadable as error:
                raise ArchiveError(error.reason, f"{url}: {error.detail}") from None
            kept = [item for item in document.items if _dated_in(item, interval)]
            if kept:
                headers = (("content-type", answer.header("content-type") or "application/xml"),)
                yield Lead(url, document=Capture(self.url, answer.fetched_at, 200, headers, answer.body))
                yield from (Lead(item.link, item.published.value) for item in kept if item.link)
            if _all_older(document, interval):
                return
            url = document.prev_archive or document.next_page


def _dated_in(item: Item, interval: Interval) -> bool:
    at = item.published.value or item.updated.value
    return at is not None and at in interval


def _all_older(document: FeedDocument, interval: Interval) -> bool:
    dates = [at for item in document.items if (at := item.updated.value or item.published.value)]
    return bool(dates) and max(dates) < interval.since


@dataclass(frozen=True, slots=True)
class DatePages:
    """Archive pages at a pattern with {yyyy}, {mm}, {dd} and, where they are numbered, {page}."""

    pattern: str
    fetch: Fetch

    def leads(self, interval: Interval) -> Iterator[Lead]:
        """Give the articles that the pages of each day (or month) link to."""
        for day in periods(self.pattern, interval):
            found: set[str] = set()
            for number in range(1, PAGES + 1):
                url = fill(self.pattern, day, number)
                new = [link for link in self._links(url) if link not in found]
                found.update(new)
                yield from (Lead(link, day) for link in new)
                if not new or "{page}" not in self.pattern:
                    break

    def _links(self, url: str) -> list[str]:
        try:
            answer = self.fetch(url)
        except ArchiveError as error:
            if "status_404" in error.detail or "status_410" in error.detail:
                return []  # a day without a page, or the page after the last
            raise
        return article_links(answer.body, answer.final_url)


def periods(pattern: str, interval: Interval) -> Iterator[datetime]:
    """Give the days, or the months where the pattern has no day: counted as months, so that none is skipped."""
    days = list(interval.days())
    if "{dd}" in pattern or "{d}" in pattern:
        yield from days
        return
    month = days[0].replace(day=1) if days else interval.until
    while month < interval.until:
        yield month
        month = next_month(month)


def fill(pattern: str, day: datetime, page: int) -> str:
    """Write a date and a page's number into a pattern."""
    values = {
        "yyyy": f"{day.year}", "yy": f"{day.year % 100:02}", "mm": f"{day.month:02}", "m": f"{day.month}",
        "dd": f"{day.day:02}", "d": f"{day.day}", "page": f"{page}",
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), pattern)


def article_links(body: bytes, url: str) -> list[str]:
    """Give the links of a page that look like articles of the same publisher, in their order."""
    if not body.strip():
        return []
    tree = lxml.html.document_fromstring(body)
    found: dict[str, None] = {}
    for node in tree.iter("a"):
        link = resolve(url, node.get("href"))
        if not link or not same_publisher(link, url) or not _ARTICLE.search(urlsplit(link).path):
            continue
        key = url_key(link)
        if key != url_key(url) and date_page(key, url) is False:
            found[key] = None
    return list(found)


def date_page(link: str, url: str) -> bool:
    """Whether a link is another archive page: the same path but for its digits."""
    return re.sub(r"\d+", "0", urlsplit(link).path) == re.sub(r"\d+", "0", urlsplit(url).path)
