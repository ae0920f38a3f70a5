"""What a request brought and what a feed document said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dated:
    """A point in time as somebody claimed it: raw words, what we made of them, how sure."""

    raw: str | None
    value: datetime | None
    quality: Literal["exact", "assumed_zone", "date_only", "rejected", "missing"] = "missing"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed document, as the document gave it. Links are absolute http(s) or None."""

    guid: str | None
    link: str | None
    title: str | None
    summary: str | None = None
    content: str | None = None
    """Full text in HTML where the feed carries it (content:encoded, atom:content, content_html)."""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: Dated = Dated(None, None)
    updated: Dated = Dated(None, None)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as read from one snapshot. Seconds for ``ttl`` and ``update_every``."""

    format: str
    """rss20, rss10, rss09x, atom10, atom03, rdf, jsonfeed11, newssitemap ..."""
    title: str | None = None
    home: str | None = None
    language: str | None = None
    items: tuple[Item, ...] = ()
    ttl: float | None = None
    update_every: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    """Monday is 0."""
    hubs: tuple[str, ...] = ()
    topic: str | None = None
    """rel=self, the WebSub topic."""
    next_page: str | None = None
    prev_archive: str | None = None
    complete: bool = False
    tombstones: tuple[tuple[str, Dated], ...] = ()
    repairs: tuple[str, ...] = ()
    """What had to be mended before the document could be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one guarded request brought. ``failure`` is a stable reason code, None when it served.

    ``headers`` keeps order and case-folded names; ``body`` is decoded of its
    content codings. A 304 has an empty body and no failure.
    """

    url: str
    final_url: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    seconds: float
    hops: tuple[tuple[int, str], ...] = ()
    """(status, location) of every redirect that was followed."""
    failure: str | None = None
    detail: str = ""

    def header(self, name: str) -> str | None:
        """Give the first header of that name (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)
