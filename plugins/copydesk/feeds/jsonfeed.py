"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read leniently where the specification asks for it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from copydesk.articles.urls import resolve
from copydesk.errors import FeedUnreadable
from copydesk.feeds.dates import read_date
from copydesk.model import FeedDocument, Item

DEEPEST = 50
"""Levels of nesting; a feed has about five."""


def is_json(body: bytes) -> bool:
    """Whether a body looks like a JSON object."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_json_feed(body: bytes, *, url: str, now: datetime | None = None) -> FeedDocument:
    """Read a JSON Feed; raises FeedUnreadable (bad_json, not_a_feed)."""
    data = _load(body)
    version = str(data.get("version", ""))
    items = data.get("items")
    if "jsonfeed.org/version/" not in version or not isinstance(items, list):
        raise FeedUnreadable("not_a_feed", "JSON, but no JSON Feed")
    language = _text(data.get("language"))
    hubs = [h.get("url") for h in _list(data.get("hubs")) if isinstance(h, Mapping)]
    return FeedDocument(
        format="jsonfeed" + version.rsplit("/", 1)[-1].replace(".", ""),
        title=_text(data.get("title")),
        home=resolve(url, _text(data.get("home_page_url"))),
        language=language,
        items=tuple(_item(i, url, language, now) for i in items if isinstance(i, Mapping)),
        hubs=tuple(h for h in (resolve(url, _text(x)) for x in hubs) if h),
        topic=resolve(url, _text(data.get("feed_url"))),
        next_page=resolve(url, _text(data.get("next_url"))),
    )


def _load(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body.decode("utf-8-sig", "replace"), parse_constant=lambda _: None, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise FeedUnreadable("bad_json", str(error)[:200]) from None
    if not isinstance(data, dict):
        raise FeedUnreadable("not_a_feed", "JSON, but no object")
    return data


def _item(data: Mapping[str, Any], url: str, language: str | None, now: datetime | None) -> Item:
    authors = [*_list(data.get("authors")), data.get("author")]
    names = [_text(a.get("name")) for a in authors if isinstance(a, Mapping)]
    plain = _text(data.get("content_text"))
    return Item(
        guid=_text(data.get("id")),
        link=resolve(url, _text(data.get("url")) or _text(data.get("external_url"))),
        title=_text(data.get("title")),
        summary=_text(data.get("summary")),
        content=_text(data.get("content_html")) or (html.escape(plain) if plain else None),
        authors=tuple(n for n in names if n),
        categories=tuple(t for t in (_text(x) for x in _list(data.get("tags"))) if t),
        published=read_date(_text(data.get("date_published")), now=now, source="jsonfeed"),
        updated=read_date(_text(data.get("date_modified")), now=now, source="jsonfeed"),
        language=_text(data.get("language")) or language,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """Give a value as text: strings as they are, numbers (an id is often one) written out."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
