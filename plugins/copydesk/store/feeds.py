"""Feeds and their polls: the list that users keep, and what each poll brought."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copydesk.articles.urls import host_of, url_key
from copydesk.errors import UsageError
from copydesk.feeds.opml import Outline
from copydesk.model import Answer
from copydesk.store import hosts
from copydesk.store.db import Connection, Row, clean, jsonb, maybe, one, rows

ADDING = 0x61646466
"""Advisory lock: lists go in one after the other, so that each may keep its own order."""


@dataclass(frozen=True, slots=True)
class PollRecord:
    """What one poll leaves behind, beside the entries."""

    answer: Answer
    failure: str | None
    detail: str
    conditional: bool
    snapshot: bytes | None
    items: int
    new_items: int
    next_poll_at: datetime
    why: str
    schedule: Mapping[str, Any]
    identity: str
    etag: bytes | None
    last_modified: bytes | None
    body_sha: bytes | None
    title: str | None = None
    home: str | None = None
    hubs: Sequence[str] = ()
    topic: str | None = None
    status: str = "active"


def sha(url: str) -> bytes:
    """The key under which a URL is found: SHA-256 of its lossless normal form."""
    return hashlib.sha256(url_key(url).encode()).digest()


def add(
    conn: Connection, url: str, *, title: str | None = None, home: str | None = None, folder: str = ""
) -> tuple[int, bool]:
    """Add a feed, or bring a removed one back; gives (id, whether it is new or revived)."""
    if not host_of(url):
        raise UsageError(f"{url}: not an http(s) URL")
    fresh = add_all(conn, [Outline(title, url, home, folder)])
    return find(conn, url)["id"], bool(fresh)


def add_all(conn: Connection, outlines: Iterable[Outline]) -> int:
    """Add feeds and bring removed ones back; gives how many were not in the list. Their URLs must be http(s)."""
    wanted: dict[bytes, Outline] = {}
    for outline in outlines:
        wanted.setdefault(sha(outline.xml_url), outline)
    for key in _aliased(conn, wanted):
        wanted.pop(key, None)
    listed = [(key, outline, host_of(outline.xml_url)) for key, outline in wanted.items()]
    conn.execute("select pg_advisory_xact_lock(%s)", (ADDING,))
    hosts.register(conn, (host for _, _, host in listed))
    fresh = rows(
        conn,
        """
        insert into feeds (url, url_sha, host, title, home, folder)
        select * from unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[])
        on conflict (url_sha) do update set status = 'active', next_poll_at = now(), why = 'added again',
                                            folder = excluded.folder
            where feeds.status = 'removed'
        returning host""",
        [outline.xml_url for _, outline, _ in listed],
        [key for key, _, _ in listed],
        [host for _, _, host in listed],
        [clean(outline.title) for _, outline, _ in listed],
        [clean(outline.html_url) for _, outline, _ in listed],
        [clean(outline.folder) for _, outline, _ in listed],
    )
    hosts.wake_all(conn, (row["host"] for row in fresh))
    return len(fresh)


def _aliased(conn: Connection, wanted: Mapping[bytes, Outline]) -> list[bytes]:
    """The keys among these under which a feed was polled before it moved."""
    keys = {url_key(outline.xml_url): key for key, outline in wanted.items()}
    found = rows(conn, "select aliases from feeds where aliases && %s::text[] and aliases <> '{}'", list(keys))
    return [keys[alias] for row in found for alias in row["aliases"] if alias in keys]


def find(conn: Connection, ref: str) -> Row:
    """Give the feed with this id or URL; raises UsageError naming it."""
    by_id = ref.isascii() and ref.isdigit() and len(ref) < 19
    row = maybe(conn, "select * from feeds where id = %s", int(ref)) if by_id else known(conn, ref)
    if row is None:
        raise UsageError(f"no feed {ref} in the list; 'copydesk feeds list' shows it")
    return row


def known(conn: Connection, url: str) -> Row | None:
    """Give the feed with this URL, or that had it before it moved."""
    return maybe(
        conn,
        """select * from feeds where url_sha = %s or (aliases @> array[%s] and aliases <> '{}')
           order by url_sha = %s desc limit 1""",
        sha(url),
        clean(url_key(url)),
        sha(url),
    )


def listing(conn: Connection, *, removed: bool = False) -> list[Row]:
    """Give all feeds in order of folder and title."""
    return rows(conn, "select * from feeds where %s or status <> 'removed' order by folder, title, id", removed)


def polls(conn: Connection, feed_id: int, limit: int = 20) -> list[Row]:
    """Give the last polls of a feed, newest first."""
    return rows(conn, "select * from feed_polls where feed_id = %s order by observed_at desc limit %s", feed_id, limit)


def set_status(conn: Connection, feed_id: int, status: str) -> None:
    """Pause, resume (active) or remove a feed; its history stays, and so does the time of its next poll.

    A feed that was gone is asked again at once.
    """
    row = one(
        conn,
        """
        update feeds set status = %s, next_poll_at = case when status = 'gone' then now() else next_poll_at end
        where id = %s returning host, next_poll_at""",
        status,
        feed_id,
    )
    if status == "active":
        hosts.wake(conn, row["host"], row["next_poll_at"])


def move(conn: Connection, feed_id: int, url: str) -> None:
    """Poll another URL from now on; the old one stays as an alias. Nothing is polled twice.

    Where the list has that URL already, this row is removed from it (its history stays).
    """
    taken = maybe(conn, "select id from feeds where url_sha = %s and id <> %s", sha(url), feed_id)
    if taken is not None:
        why = f"moved for good to {url}, which is feed {taken['id']}"
        conn.execute("update feeds set status = 'removed', why = %s where id = %s", (why, feed_id))
        return
    host = host_of(url)
    hosts.register(conn, [host])
    row = one(
        conn,
        """
        update feeds set aliases = array_append(aliases, %s), url = %s, url_sha = %s, host = %s
        where id = %s returning next_poll_at""",
        url_key(one(conn, "select url from feeds where id = %s", feed_id)["url"]),
        url,
        sha(url),
        host,
        feed_id,
    )
    hosts.wake(conn, host, row["next_poll_at"])


def poll_now(conn: Connection, feed_id: int, *, why: str = "asked for", rest: float = 0.0) -> bool:
    """Make a feed due now: a person's wish, or a push; says whether it is.

    With ``rest`` seconds the last poll must be so long ago (else it becomes due then), and a
    feed that just failed or was asked to wait is left as it is.
    """
    row = maybe(
        conn,
        """
        update feeds set next_poll_at = least(next_poll_at, greatest(clock_timestamp(),
                                              last_poll_at + %s * interval '1 second')), why = %s
        where id = %s and status = 'active' and (%s = 0 or coalesce((schedule ->> 'failures')::int, 0) = 0)
        returning host, next_poll_at""",
        rest,
        why,
        feed_id,
        rest,
    )
    if row:
        hosts.wake(conn, row["host"], row["next_poll_at"])
    return row is not None


def postpone(conn: Connection, feed_id: int, until: datetime) -> None:
    """Ask a feed later than planned; a push or a person may still make it due."""
    conn.execute("update feeds set next_poll_at = %s where id = %s", (until, feed_id))


def due(conn: Connection, leased: Collection[str]) -> dict[str, list[Row]]:
    """Give the feeds of leased hosts that are due, by host, longest waiting first."""
    found: dict[str, list[Row]] = {host: [] for host in leased}
    for row in rows(
        conn,
        """
        select * from feeds where host = any(%s) and status = 'active' and next_poll_at <= now()
        order by next_poll_at""",
        list(leased),
    ):
        found[row["host"]].append(row)
    return found


def save_poll(conn: Connection, feed: Row, record: PollRecord) -> None:
    """Write the poll, the validators and the next poll's time; the caller writes the entries beside it."""
    answer = record.answer
    conn.execute(
        """
        insert into feed_polls (feed_id, observed_at, status, failure, detail, seconds, size, conditional,
                                snapshot, items, new_items, why)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            feed["id"],
            answer.fetched_at,
            answer.status,
            record.failure,
            clean(record.detail),
            answer.seconds,
            len(answer.body),
            record.conditional,
            record.snapshot,
            record.items,
            record.new_items,
            record.why,
        ),
    )
    conn.execute(
        """
        update feeds set etag = %s, last_modified = %s, body_sha = %s, schedule = %s, next_poll_at = %s,
            why = %s, identity = %s, status = %s, last_poll_at = %s, last_status = %s, last_failure = %s,
            title = coalesce(title, %s), home = coalesce(home, %s), hubs = %s, topic = %s
        where id = %s""",
        (
            record.etag,
            record.last_modified,
            record.body_sha,
            jsonb(record.schedule),
            record.next_poll_at,
            record.why,
            record.identity,
            record.status,
            answer.fetched_at,
            answer.status,
            record.failure,
            clean(record.title),
            record.home,
            list(record.hubs),
            record.topic,
            feed["id"],
        ),
    )


def note_gap(conn: Connection, feed_id: int, from_at: datetime | None, to_at: datetime, detail: str) -> None:
    """Write down that entries may have been missed between two polls."""
    conn.execute(
        """insert into gaps (feed_id, from_at, to_at, detail) values (%s, %s, %s, %s)
                    on conflict do nothing""",
        (feed_id, from_at, to_at, detail),
    )
