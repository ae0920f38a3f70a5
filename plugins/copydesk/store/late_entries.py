"""Entries of a feed as an archive kept it: sightings at the time of the capture, and nothing that polling goes by.

The feed's schedule, validators and identity policy stay as they are. A feed that the list
does not have is added as paused: its history is kept, nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from copydesk.articles.urls import host_of, url_key
from copydesk.feeds.identity import choose_policy, entry_key, keyed, split_key
from copydesk.model import FeedDocument, Item
from copydesk.store import entries, hosts, late
from copydesk.store.db import Connection, Row, clean, jsonb, maybe, one, rows
from copydesk.store.feeds import sha

FOLDER = "Found in archives"


def feed_of(conn: Connection, url: str, document: FeedDocument) -> Row:
    """Give the feed of a URL, or add it as paused."""
    query = """select id, identity from feeds where url_sha = %s or (aliases @> array[%s] and aliases <> '{}')
               order by url_sha = %s desc limit 1"""
    found = maybe(conn, query, sha(url), url_key(url), sha(url))
    if found is None:
        hosts.register(conn, [host_of(url)])
        conn.execute(
            """
            insert into feeds (url, url_sha, host, title, home, folder, status, identity, why)
            values (%s, %s, %s, %s, %s, %s, 'paused', %s, 'found in an archive; resume it to poll it')
            on conflict (url_sha) do nothing""",
            (
                url,
                sha(url),
                host_of(url),
                clean(document.title),
                document.home,
                FOLDER,
                choose_policy("guid", document, 0.0),
            ),
        )
        found = one(conn, query, sha(url), url_key(url), sha(url))
    return found


def save(conn: Connection, feed: Row, document: FeedDocument, at: datetime, snapshot: bytes | None) -> int:
    """Write what a feed said at a time; gives how many entries are new."""
    policy = feed["identity"]
    plain = [(entry_key(item, policy), item) for item in document.items]
    candidates = {key for key, _ in plain} | {split_key(item, key) for key, item in plain}
    stored = entries.known(conn, feed["id"], candidates)
    items = keyed(document.items, policy, {key: row["mark"] for key, row in stored.items()})
    first = dict(reversed(list(items)))
    articles = late.ensure(conn, _links(first, stored, at))
    new = {key: item for key, item in first.items() if key not in stored}
    entries.add(conn, feed["id"], new, articles, at, snapshot)
    for key, row in sorted(entries.known(conn, feed["id"], first).items()):
        _seen(conn, row["id"], first[key], at, snapshot)
    return len(new)


def _links(items: Mapping[str, Item], stored: Mapping[str, Row], at: datetime) -> Sequence[tuple[str, datetime]]:
    links = [item.link for key, item in items.items() if key not in stored and item.link]
    return [(url_key(link), at) for link in links if host_of(link)]


def _seen(conn: Connection, entry_id: int, item: Item, at: datetime, snapshot: bytes | None) -> None:
    """Slot one sighting in: a row only where the content differs from what stood before it."""
    said = entries.content_sha(item)
    near = one(
        conn,
        """
        select (select content_sha from entry_sightings where entry_id = %s and observed_at <= %s
                order by observed_at desc limit 1) as before,
               (select array[extract(epoch from observed_at)::text, encode(content_sha, 'hex')]
                from entry_sightings where entry_id = %s and observed_at > %s order by observed_at limit 1) as after""",
        entry_id,
        at,
        entry_id,
        at,
    )
    if near["before"] == said:
        pass
    elif near["after"] and near["after"][1] == said.hex():
        conn.execute(
            """update entry_sightings set observed_at = %s where entry_id = %s and observed_at =
               (select min(observed_at) from entry_sightings where entry_id = %s and observed_at > %s)""",
            (at, entry_id, entry_id, at),
        )
    else:
        conn.execute(
            """insert into entry_sightings (entry_id, observed_at, content_sha, item, snapshot)
               values (%s, %s, %s, %s, %s) on conflict do nothing""",
            (entry_id, at, said, jsonb(item), snapshot),
        )
    conn.execute(
        """
        update entries set first_seen_at = least(first_seen_at, %s), last_seen_at = greatest(last_seen_at, %s),
               content_sha = case when last_seen_at <= %s then %s else content_sha end,
               title = case when last_seen_at <= %s then %s else title end, updated_at = greatest(updated_at, %s)
        where id = %s""",
        (at, at, at, said, at, clean(item.title), item.updated.value, entry_id),
    )


def publishers_of_feeds(conn: Connection, urls: Sequence[str]) -> set[str]:
    """Give the publishers to whose articles these feeds' entries lead."""
    found = rows(
        conn,
        """select distinct a.publisher from feeds f join entries e on e.feed_id = f.id
           join articles a on a.id = e.article_id where f.url_sha = any(%s)""",
        [sha(url) for url in urls],
    )
    return {row["publisher"] for row in found}
