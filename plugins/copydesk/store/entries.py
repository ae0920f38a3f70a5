"""Entries of feeds, and the articles that they make due."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copydesk.articles.urls import host_of, url_key
from copydesk.model import Item
from copydesk.store import articles, hosts
from copydesk.store.db import Connection, Row, clean, jsonb, maybe, plain, rows

SIGNAL = timedelta(minutes=15)
"""A changed entry asks for its page within 15 minutes (reference: revisit signals)."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An item with its key under the feed's identity policy."""

    key: str
    item: Item


def content_sha(item: Item) -> bytes:
    """Hash what an entry says, so that a change of it is seen (dates alone are no change)."""
    said = [item.title, item.summary, item.content, item.link, list(item.authors)]
    return hashlib.sha256(json.dumps(plain(said), ensure_ascii=False).encode()).digest()


def known(conn: Connection, feed_id: int, keys: Sequence[str]) -> dict[str, Row]:
    """Give the stored entries among these keys."""
    found = rows(
        conn,
        "select id, key, content_sha, article_id from entries where feed_id = %s and key = any(%s)",
        feed_id,
        list(keys),
    )
    return {row["key"]: row for row in found}


def known_links(conn: Connection, feed_id: int, links: Iterable[str]) -> set[str]:
    """Give those links that this feed has carried before under any key."""
    found = rows(
        conn,
        """
        select link from entries e join unnest(%s::text[]) as wanted(link) using (link)
        where e.feed_id = %s and md5(e.link) = any(select md5(w) from unnest(%s::text[]) w)""",
        list(links),
        feed_id,
        list(links),
    )
    return {row["link"] for row in found}


def save(
    conn: Connection,
    feed: Row,
    items: Sequence[Keyed],
    seen_at: datetime,
    snapshot: bytes | None,
    *,
    signal_after: timedelta = SIGNAL,
) -> int:
    """Upsert the entries of one poll, make new articles due, and signal changed ones; gives how many are new."""
    stored = known(conn, feed["id"], [k.key for k in items])
    fresh = 0
    for keyed in sorted({k.key: k for k in items}.values(), key=lambda k: k.key):
        row, said = stored.get(keyed.key), content_sha(keyed.item)
        if row is None:
            fresh += 1
            _insert(conn, feed, keyed, said, seen_at, snapshot)
        elif row["content_sha"] != said:
            _changed(conn, row, keyed.item, said, seen_at, snapshot, signal_after)
    conn.execute(
        "update entries set last_seen_at = greatest(last_seen_at, %s) where feed_id = %s and key = any(%s)",
        (seen_at, feed["id"], sorted(stored)),
    )
    return fresh


def lock_hosts(conn: Connection, own: str, items: Iterable[Item]) -> None:
    """Lock every host row this poll may touch, in one order, so that two polls cannot deadlock."""
    names = sorted({own, *(host_of(item.link) for item in items if item.link)} - {""})
    hosts.register(conn, names)
    conn.execute("select 1 from hosts where host = any(%s) order by host for update", (names,))


def tombstone(conn: Connection, feed_id: int, key: str, at: datetime) -> None:
    """Record an RFC 6721 deletion; only of this feed's own entry, and nothing is erased."""
    conn.execute(
        "update entries set deleted_at = %s where feed_id = %s and key = %s and deleted_at is null",
        (at, feed_id, key),
    )


def _insert(conn: Connection, feed: Row, keyed: Keyed, said: bytes, seen_at: datetime, snapshot: bytes | None) -> None:
    item = keyed.item
    article = articles.ensure(conn, item.link, seen_at, evidence="entry") if item.link else None
    row = maybe(
        conn,
        """
        insert into entries (feed_id, key, guid, link, title, published_raw, published_at, published_quality,
                             article_id, first_seen_at, last_seen_at, content_sha)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning id""",
        feed["id"],
        keyed.key,
        clean(item.guid),
        item.link and url_key(item.link),
        clean(item.title),
        clean(item.published.raw),
        item.published.value,
        item.published.quality,
        article,
        seen_at,
        seen_at,
        said,
    )
    if row:
        _sighting(conn, row["id"], item, said, seen_at, snapshot)


def _changed(
    conn: Connection,
    row: Row,
    item: Item,
    said: bytes,
    seen_at: datetime,
    snapshot: bytes | None,
    signal_after: timedelta,
) -> None:
    conn.execute("update entries set content_sha = %s, title = %s where id = %s", (said, clean(item.title), row["id"]))
    _sighting(conn, row["id"], item, said, seen_at, snapshot)
    if row["article_id"]:
        articles.signal(conn, row["article_id"], seen_at + signal_after)


def _sighting(
    conn: Connection, entry_id: int, item: Item, said: bytes, seen_at: datetime, snapshot: bytes | None
) -> None:
    conn.execute(
        """
        insert into entry_sightings (entry_id, observed_at, content_sha, item, snapshot)
        values (%s, %s, %s, %s, %s) on conflict do nothing""",
        (entry_id, seen_at, said, jsonb(item), snapshot),
    )
