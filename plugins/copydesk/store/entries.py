"""Entries of feeds, and the articles that they make due."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from copydesk.articles.urls import host_of, url_key
from copydesk.feeds.identity import entry_key
from copydesk.model import Dated, Item
from copydesk.store import addresses, hosts, late, revisits
from copydesk.store.db import Connection, Row, clean, columns, jsonb, plain, rows
from copydesk.store.feeds import sha


def content_sha(item: Item) -> bytes:
    """Hash what an entry says, so that a change of it is seen (dates alone are no change)."""
    said = [item.title, item.summary, item.content, item.link, list(item.authors)]
    return hashlib.sha256(json.dumps(plain(said), ensure_ascii=False).encode()).digest()


def known(conn: Connection, feed_id: int, keys: Iterable[str]) -> dict[str, Row]:
    """Give the stored entries among these keys. ``mark`` is the link, or the title where there is none."""
    found = rows(
        conn,
        """
        select id, key, content_sha, article_id, updated_at, coalesce(link, title, '-') as mark
        from entries where feed_id = %s and key = any(%s)""",
        feed_id,
        sorted(keys),
    )
    return {row["key"]: row for row in found}


def rekey(conn: Connection, feed_id: int, policy: str) -> None:
    """Give the stored entries of a feed their keys under another identity policy, so that none comes anew.

    Where two become one (a GUID that changed with every poll had made two of them) the
    older keeps the key; the younger stays as it is, for the record.
    """
    stored = rows(
        conn,
        """
        select e.id, e.key, e.guid, e.link, e.title, e.published_raw, s.item
        from entries e left join lateral (select item from entry_sightings s where s.entry_id = e.id
                                          order by observed_at desc limit 1) s on true
        where e.feed_id = %s order by e.id""",
        feed_id,
    )
    taken = {row["key"] for row in stored}
    for row in stored:
        said = row["item"] or {}
        item = Item(
            row["guid"],
            row["link"],
            row["title"],
            said.get("summary"),
            said.get("content"),
            published=Dated(row["published_raw"], None),
        )
        key = entry_key(item, policy)
        if key not in taken:
            taken.add(key)
            conn.execute("update entries set key = %s where id = %s", (key, row["id"]))


def known_links(conn: Connection, feed_id: int, links: Iterable[str]) -> set[str]:
    """Give those links (in their normal form) that this feed has carried before under any key."""
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
    items: Iterable[tuple[str, Item]],
    stored: Mapping[str, Row],
    seen_at: datetime,
    snapshot: bytes | None,
    manners_for: revisits.MannersFor,
) -> int:
    """Upsert the entries of one poll, make new articles due, and signal changed ones; gives how many are new.

    ``items`` are (key, item), ``stored`` what :func:`known` gave for the keys. An entry
    that is told twice in one document counts as it is told first (feeds put the newest on top).
    """
    first = dict(reversed(list(items)))
    new = {key: item for key, item in first.items() if key not in stored}
    links = [(item.link, seen_at) for item in new.values() if item.link]
    articles = {key: id for key, (id, _) in addresses.ensure(conn, links, evidence="entry", due=True).items()}
    fresh = add(conn, feed["id"], new, articles, seen_at, snapshot)
    _newer(conn, new.values(), articles, seen_at, manners_for)  # told by another list before, perhaps
    for key, item in sorted((key, item) for key, item in first.items() if key in stored):
        row, said = stored[key], content_sha(item)
        if kind := _news(feed, row, item, said):
            _changed(conn, row, item, said, seen_at, snapshot)
            revisits.signal(conn, [row["article_id"] or 0], kind, seen_at, manners_for)
    conn.execute(
        "update entries set last_seen_at = greatest(last_seen_at, %s) where feed_id = %s and key = any(%s)",
        (seen_at, feed["id"], sorted(first.keys() & stored.keys())),
    )
    late.look_at_unseen(conn, [row["article_id"] for row in stored.values() if row["article_id"]], seen_at)
    return len(fresh)


def add(
    conn: Connection,
    feed_id: int,
    items: Mapping[str, Item],
    articles: Mapping[bytes, int],
    seen_at: datetime,
    snapshot: bytes | None,
) -> dict[str, int]:
    """Insert new entries (``items`` by key, ``articles`` by the hash of a URL) and what each says; gives their ids.

    Two statements, however many there are. An entry that another writer made in the same
    moment is not among the ids.
    """
    if not items:
        return {}
    table = [_row(key, item, articles) for key, item in sorted(items.items())]
    made = rows(
        conn,
        """
        insert into entries (feed_id, first_seen_at, last_seen_at, key, guid, link, title, published_raw,
                             published_at, published_quality, article_id, content_sha, updated_at)
        select %s, %s, %s, * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                                         %s::timestamptz[], %s::text[], %s::bigint[], %s::bytea[], %s::timestamptz[])
        on conflict do nothing returning id, key, content_sha""",
        feed_id,
        seen_at,
        seen_at,
        *columns(table),
    )
    conn.execute(
        """
        insert into entry_sightings (entry_id, content_sha, item, observed_at, snapshot)
        select w.*, %s, %s from unnest(%s::bigint[], %s::bytea[], %s::jsonb[]) w on conflict do nothing""",
        (
            seen_at,
            snapshot,
            [row["id"] for row in made],
            [row["content_sha"] for row in made],
            [jsonb(items[row["key"]]) for row in made],
        ),
    )
    return {row["key"]: row["id"] for row in made}


def _row(key: str, item: Item, articles: Mapping[bytes, int]) -> tuple[object, ...]:
    return (
        key,
        clean(item.guid),
        item.link and url_key(item.link),
        clean(item.title),
        clean(item.published.raw),
        item.published.value,
        item.published.quality,
        articles.get(sha(item.link)) if item.link else None,
        content_sha(item),
        item.updated.value,
    )


def _newer(
    conn: Connection,
    items: Iterable[Item],
    articles: Mapping[bytes, int],
    seen_at: datetime,
    manners_for: revisits.MannersFor,
) -> None:
    claims = [
        (articles[sha(item.link)], _claim(item), item.updated.value)
        for item in items
        if item.updated.value and item.link and sha(item.link) in articles
    ]
    revisits.newer(conn, claims, seen_at, manners_for)


def lock_hosts(conn: Connection, own: Iterable[str], items: Iterable[Item]) -> None:
    """Lock every host row this poll may touch, in one order, so that two polls cannot deadlock."""
    names = sorted({*own, *(host_of(item.link) for item in items if item.link)} - {""})
    hosts.register(conn, names)
    conn.execute("select 1 from hosts where host = any(%s) order by host for update", (names,))


def tombstone(conn: Connection, feed_id: int, guid: str, at: datetime, manners_for: revisits.MannersFor) -> None:
    """Record an RFC 6721 deletion; only of this feed's own entry, and nothing is erased. The page is looked at."""
    gone = rows(
        conn,
        """
        update entries set deleted_at = %s where feed_id = %s and guid = %s and deleted_at is null
        returning article_id""",
        at,
        feed_id,
        clean(guid),
    )
    revisits.signal(conn, [row["article_id"] for row in gone if row["article_id"]], "deleted", at, manners_for)


def _news(feed: Row, row: Row, item: Item, said: bytes) -> str | None:
    """Say by which kind of signal a known entry tells that its page changed, if it does."""
    if row["content_sha"] != said:
        return "push" if feed["why"].startswith("a push") else "entry"
    before, claimed = row["updated_at"], item.updated.value
    return _claim(item) if before and claimed and claimed > before else None


def _claim(item: Item) -> str:
    return "sitemap" if item.updated.source == "sitemap" else "updated"


def _changed(conn: Connection, row: Row, item: Item, said: bytes, seen_at: datetime, snapshot: bytes | None) -> None:
    conn.execute(
        "update entries set content_sha = %s, title = %s, updated_at = greatest(updated_at, %s) where id = %s",
        (said, clean(item.title), item.updated.value, row["id"]),
    )
    if row["content_sha"] != said:
        _sighting(conn, row["id"], item, said, seen_at, snapshot)


def _sighting(
    conn: Connection, entry_id: int, item: Item, said: bytes, seen_at: datetime, snapshot: bytes | None
) -> None:
    conn.execute(
        """
        insert into entry_sightings (entry_id, observed_at, content_sha, item, snapshot)
        values (%s, %s, %s, %s, %s) on conflict do nothing""",
        (entry_id, seen_at, said, jsonb(item), snapshot),
    )
