"""From a feed's bytes to a FeedDocument, whatever the format: RSS, Atom, RDF, JSON Feed, news sitemap.

feedparser reads the XML with sanitising and link resolution off (three quarters of
its time, and neither is ours to leave to it: links are resolved here, and text is
made safe where it is shown). Whether a document is a feed is judged by what was
found in it, never by feedparser's ``bozo``, which is set for most feeds served as
text/xml.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import feedparser
import feedparser.mixin

from copydesk.articles.urls import resolve
from copydesk.errors import FeedUnreadable
from copydesk.feeds.dates import read_date
from copydesk.feeds.jsonfeed import is_json, read_json_feed
from copydesk.feeds.repair import repair
from copydesk.feeds.sitemap import is_sitemap, read_sitemap
from copydesk.model import Dated, FeedDocument, Item

# An id is a name, not a link: resolved against the address it was fetched from, it would change with the
# feed's host and every entry would come anew. feedparser resolves it whatever it is asked (6.0.x).
feedparser.mixin._FeedParserMixin.can_be_relative_uri.discard("id")

LONG_AUTHOR = re.compile(rb"(<(?:dc:creator|author|managingEditor|webMaster)\b[^>]{0,200}>)([^<]{1000})[^<]+", re.I)
"""feedparser's pattern for authors takes quadratic time; a name has under a thousand bytes."""
_DAYS = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}
_PERIODS = {
    "hourly": 3600.0,
    "daily": 86400.0,
    "dayly": 86400.0,
    "weekly": 604800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}


def read_feed(
    body: bytes, *, url: str, headers: Mapping[str, str] | None = None, now: datetime | None = None
) -> FeedDocument:
    """Read a feed document; raises FeedUnreadable with its reason and nothing else.

    ``url`` is where it was finally fetched from (links are relative to it), ``headers``
    the answer's headers with lower-case names.
    """
    if not body.strip():
        raise FeedUnreadable("empty", "no bytes")
    try:
        if is_json(body):
            return read_json_feed(body, url=url, now=now)
        if is_sitemap(body):
            return read_sitemap(body, url=url, now=now)
        return _read_xml(body, url, headers or {}, now)
    except FeedUnreadable:
        raise
    except Exception as error:  # whatever a parser trips over costs one feed document, with its bytes kept
        raise FeedUnreadable("parser_failed", f"{type(error).__name__}: {error}"[:300]) from error


def _read_xml(body: bytes, url: str, headers: Mapping[str, str], now: datetime | None) -> FeedDocument:
    mended, repairs = repair(LONG_AUTHOR.sub(rb"\1\2", body))
    served = {k: v for k, v in headers.items() if k in ("content-type", "content-language")}
    if "recoded" in repairs:
        served["content-type"] = "application/xml; charset=utf-8"
    parsed = feedparser.parse(
        io.BytesIO(mended),
        response_headers={**served, "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.version and not parsed.entries:
        raise FeedUnreadable("not_a_feed", _why(body))
    feed = parsed.feed
    base = resolve(url, feed.get("link")) or url
    links = _links(feed, url)
    return FeedDocument(
        format=parsed.version or "unknown",
        title=feed.get("title") or None,
        home=resolve(url, feed.get("link")),
        language=feed.get("language") or None,
        items=tuple(_item(entry, url if not feed.get("xml_base") else base, feed, now) for entry in parsed.entries),
        ttl=_ttl(feed.get("ttl")),
        update_every=_update_every(feed),
        skip_hours=_skip_hours(mended),
        skip_days=_skip_days(mended),
        hubs=tuple(links.get("hub", ())),
        topic=next(iter(links.get("self", ())), None),
        next_page=next(iter(links.get("next", ())), None),
        prev_archive=next(iter(links.get("prev-archive", ())), None),
        complete=b"<fh:complete" in mended,
        tombstones=_tombstones(mended, now),
        repairs=repairs,
    )


def _why(body: bytes) -> str:
    head = body[:500].lstrip().lower()
    return "an HTML page" if head.startswith((b"<!doctype html", b"<html")) else "no entries and no known root"


def _item(entry: Any, url: str, feed: Any, now: datetime | None) -> Item:
    base = entry.get("base") or url
    content = next((c.get("value") for c in entry.get("content", ()) if c.get("value")), None)
    return Item(
        guid=entry.get("id") or None,
        link=_link(entry, base),
        title=entry.get("title") or None,
        summary=entry.get("summary") or None,
        content=content,
        authors=_authors(entry),
        categories=tuple(t["term"] for t in entry.get("tags", ()) if t.get("term")),
        published=_dated(entry, "published", now),
        updated=_dated(entry, "updated", now),
        language=next((c.get("language") for c in entry.get("content", ()) if c.get("language")), None)
        or feed.get("language")
        or None,
    )


def _link(entry: Any, base: str) -> str | None:
    """Give where the item leads. An id stands in for a missing link only where it is a whole URL itself."""
    link = entry.get("link")
    if entry.get("guidislink", False) and not str(link or "").lower().startswith(("http://", "https://")):
        link = None
    return resolve(base, entry.get("feedburner_origlink")) or resolve(base, link)


def _authors(entry: Any) -> tuple[str, ...]:
    names = [a.get("name") for a in entry.get("authors", ()) if a.get("name")]
    return tuple(dict.fromkeys(names or ([entry["author"]] if entry.get("author") else [])))


def _dated(entry: Any, name: str, now: datetime | None) -> Dated:
    """Read an entry's own date; ``get`` of feedparser answers "updated" with "published", so ask for the key."""
    raw = dict.get(entry, name)
    return read_date(raw, now=now, source="feed") if isinstance(raw, str) else Dated(None, None)


def _links(feed: Any, url: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in feed.get("links", ()):
        target = resolve(url, link.get("href"))
        if target and link.get("rel"):
            found.setdefault(link["rel"], []).append(target)
    return found


def _ttl(raw: Any) -> float | None:
    """Minutes to seconds; nonsense (zero, negative, over a week) is no wish."""
    try:
        seconds = float(raw) * 60
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds <= 7 * 86400 else None


def _update_every(feed: Any) -> float | None:
    """sy:updatePeriod divided by sy:updateFrequency, in seconds, at least a minute."""
    period = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    if period is None:
        return None
    try:
        times = float(feed.get("sy_updatefrequency") or 1)
    except ValueError:
        times = 1.0
    return min(max(period / times, 60.0), 7 * 86400.0) if times > 0 else None


def _skip_hours(body: bytes) -> frozenset[int]:
    hours = {int(h) % 24 for h in _skipped(body, b"skipHours", b"hour") if h.isdigit() and int(h) <= 24}
    return frozenset(hours) if len(hours) < 24 else frozenset()


def _skip_days(body: bytes) -> frozenset[int]:
    days = {_DAYS[d] for d in _skipped(body, b"skipDays", b"day") if d in _DAYS}
    return frozenset(days) if len(days) < 7 else frozenset()


def _skipped(body: bytes, outer: bytes, inner: bytes) -> list[str]:
    start = body.find(b"<" + outer + b">")
    if start < 0:
        return []
    block = body[start : start + 3000].partition(b"</" + outer)[0]
    found = re.findall(rb"<" + inner + rb">\s*(\w{1,10})\s*</", block)
    return [value.decode("ascii", "ignore").lower() for value in found]


_TOMBSTONE = re.compile(rb"<(?:\w{1,20}:)?deleted-entry\b([^>]{0,2000})>")
_ATTRIBUTE = re.compile(rb"\b(ref|when)\s*=\s*[\"']([^\"']{1,1000})[\"']")


def _tombstones(body: bytes, now: datetime | None) -> tuple[tuple[str, Dated], ...]:
    """RFC 6721 deleted entries: (id, when)."""
    if b"deleted-entry" not in body:
        return ()
    found = []
    for match in _TOMBSTONE.finditer(body):
        said = {k.decode(): v.decode("utf-8", "replace") for k, v in _ATTRIBUTE.findall(match[1])}
        if "ref" in said:
            found.append((said["ref"], read_date(said.get("when"), now=now, source="tombstone")))
    return tuple(found)
