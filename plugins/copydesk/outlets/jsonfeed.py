"""JSON Feed 1.1 (jsonfeed.org/version/1.1): an article an item, the newest first, in pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from copydesk.outlets.lines import dumps, stamp
from copydesk.outlets.record import Record

VERSION = "https://jsonfeed.org/version/1.1"
PAGE = 1000
"""Items to a page. A reader takes a feed whole; a thousand full texts are about 5 MB."""


def item(record: Record) -> dict[str, Any]:
    """Give an article as an item. Its id is the article's URL; what copydesk knows beyond stands in ``_copydesk``."""
    found: dict[str, Any] = {"id": record.url, "url": record.url}
    optional = {
        "title": record.title,
        "content_text": record.body if record.body is not None else record.title,
        "summary": record.standfirst,
        "image": record.image,
        "language": record.lang,
        "authors": [{"name": name} for name in record.byline if name],
        "tags": [record.section] if record.section else [],
    }
    found |= {name: value for name, value in optional.items() if value}
    found.setdefault("content_text", "")
    found["date_published"] = stamp(record.published_at or record.first_seen_at)
    found["date_modified"] = stamp(record.observed_at)
    found["_copydesk"] = extension(record)
    return found


def extension(record: Record) -> dict[str, Any]:
    """Give our own object of an item: which version it is, its hashes, state and reservations."""
    found = {
        "about": "https://github.com/copydesk/copydesk",
        "version_id": record.version_id,
        "version": record.ordinal,
        "text_sha256": record.text_sha256,
        "snapshot_sha256": record.snapshot_sha256,
        "revision": record.revision,
        "edits": record.edits,
        "pub_status": record.pub_status,
        "state": record.state,
        "rights": record.rights,
    }
    return {name: value for name, value in found.items() if value not in (None, ())}


def pieces(
    items: Iterable[Record], *, title: str, feed_url: str | None = None, next_url: str | None = None
) -> Iterator[str]:
    """Give one page as text, piece by piece, so that no page must fit into memory."""
    head: dict[str, Any] = {"version": VERSION, "title": title}
    head |= {name: url for name, url in (("feed_url", feed_url), ("next_url", next_url)) if url}
    yield dumps(head)[:-1] + ', "items": ['
    for number, record in enumerate(items):
        yield ("," if number else "") + "\n" + dumps(item(record))
    yield "\n]}\n"
