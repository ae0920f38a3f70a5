"""What people ask about their feed list: how each feed stands, and all about one. Reads only."""

from __future__ import annotations

from typing import Any

from copydesk.store import feeds, push
from copydesk.store.db import Connection, Row, one, rows

HIDDEN = ("url_sha", "body_sha")
"""Keys of ours that tell a reader nothing."""
POLLS = 20


def overview(conn: Connection, *, removed: bool = False) -> list[Row]:
    """Give all feeds in order of folder and title, each with how many entries it brought and its open gaps."""
    found = rows(
        conn,
        """
        select f.*, coalesce(e.n, 0) as entries, coalesce(g.n, 0) as open_gaps
        from feeds f left join (select feed_id, count(*) as n from entries group by feed_id) e on e.feed_id = f.id
                     left join (select feed_id, count(*) as n from gaps where closed_at is null group by feed_id) g
                            on g.feed_id = f.id
        where %s or f.status <> 'removed' order by f.folder, f.title, f.id""",
        removed,
    )
    return [readable(row) for row in found]


def about(conn: Connection, ref: str) -> Row:
    """Give a feed (id or URL) with its last polls, gaps, push subscription and host; raises UsageError naming it."""
    feed = readable(feeds.find(conn, ref))
    key = feed["id"]
    counted = one(conn, "select count(*) as entries, max(first_seen_at) as newest from entries where feed_id = %s", key)
    host = one(
        conn,
        """select nullif(next_at, '-infinity') as next_at, backoff, manners, manners_reason
           from hosts where host = %s""",
        feed["host"],
    )
    return {
        **feed,
        "entries": counted["entries"],
        "newest_entry_at": counted["newest"],
        "host_next_at": host["next_at"],
        "host_backoff": host["backoff"],
        "host_manners": host["manners"],
        "host_manners_reason": host["manners_reason"],
        "push": push.state(conn, key),
        "gaps": rows(
            conn,
            "select from_at, to_at, noticed_at, closed_at, detail from gaps where feed_id = %s order by to_at desc",
            key,
        ),
        "polls": [_poll(row) for row in feeds.polls(conn, key, POLLS)],
    }


def readable(feed: Row) -> Row:
    """Give a row of ``feeds`` as people and programs read it: validators as text, no keys of ours."""
    return {name: _text(value) for name, value in feed.items() if name not in HIDDEN}


def _poll(row: Row) -> Row:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items() if name != "id"}


def _text(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value
