"""Feeds as their pages show them: state, how the last day went, when in the week entries arrive, gaps."""

from __future__ import annotations

from typing import LiteralString

from copydesk.store import keyset
from copydesk.store.db import Connection, Row, rows

_STATES: dict[str, LiteralString] = {
    "": "f.status <> 'removed'",
    "trouble": """f.status = 'active' and (f.last_failure is not null or exists (
        select from gaps g where g.feed_id = f.id and g.closed_at is null))""",
    "active": "f.status = 'active'",
    "paused": "f.status = 'paused'",
    "gone": "f.status = 'gone'",
    "removed": "f.status = 'removed'",
}
STATES = tuple(_STATES)
_NAME: LiteralString = "left(coalesce(f.title, f.url), 200)"
"""What feeds are listed by, as the index feeds_by_name has it."""


def listing(
    conn: Connection, *, state: str = "", words: str = "", after: str = "", limit: int = 50
) -> tuple[list[Row], str | None]:
    """Give feeds by title with how their last day went; ``words`` are sought in title and URL."""
    at, last = keyset.unpack(after, str, int) if after else ("", 0)
    found = conn.execute(
        """
        with page as materialized (
            select f.* from feeds f where """
        + _STATES[state]
        + f""" and (%(words)s = '' or coalesce(f.title, '') ilike %(like)s or f.url ilike %(like)s)
              and ({_NAME}, f.id) > (%(at)s, %(last)s)
            order by {_NAME}, f.id limit %(fetch)s)
        select f.id, f.url, f.host, f.title, f.home, f.folder, f.status, f.next_poll_at, f.why, f.last_poll_at,
               f.last_status, f.last_failure, f.etag is not null as has_etag,
               f.last_modified is not null as has_modified, f.hubs, {_NAME} as name,
               d.polls, d.failed, d.unchanged, d.new_items, g.gaps
        from page f
        cross join lateral (select count(*) as polls, count(*) filter (where failure is not null) as failed,
                count(*) filter (where status = 304) as unchanged, coalesce(sum(new_items), 0) as new_items
            from feed_polls p where p.feed_id = f.id and p.observed_at > now() - interval '1 day') d
        cross join lateral (select count(*) as gaps from gaps g where g.feed_id = f.id and g.closed_at is null) g
        order by {_NAME}, f.id""",
        {"words": words, "like": f"%{_literal(words)}%", "at": at, "last": last, "fetch": limit + 1},
        prepare=False,
    ).fetchall()
    more = len(found) > limit
    found = found[:limit]
    return found, keyset.pack(found[-1]["name"], found[-1]["id"]) if more else None


def counts(conn: Connection) -> dict[str, int]:
    """Give how many feeds are in each state."""
    found = rows(
        conn,
        "select status, count(*) as n, count(*) filter (where "
        + _STATES["trouble"]
        + ") as trouble from feeds f group by 1",
    )
    return {**{row["status"]: row["n"] for row in found}, "trouble": sum(row["trouble"] for row in found)}


def arrivals(conn: Connection, feed_id: int, weeks: int = 8) -> list[Row]:
    """Give new entries by hour of the week (weekday 0 is Monday, UTC) over the last weeks."""
    return rows(
        conn,
        """
        select extract(isodow from observed_at at time zone 'UTC')::int - 1 as weekday,
               extract(hour from observed_at at time zone 'UTC')::int as hour, sum(new_items)::int as n
        from feed_polls where feed_id = %s and observed_at > now() - make_interval(weeks => %s) and new_items > 0
        group by 1, 2""",
        feed_id,
        weeks,
    )


def failures(conn: Connection, feed_id: int, limit: int = 20) -> list[Row]:
    """Give a feed's last failed polls, newest first."""
    return rows(
        conn,
        """select observed_at, status, failure, detail from feed_polls
           where feed_id = %s and failure is not null order by observed_at desc limit %s""",
        feed_id,
        limit,
    )


def gaps(conn: Connection, feed_id: int, limit: int = 20) -> list[Row]:
    """Give the times in which a feed may have lost entries, newest first."""
    return rows(
        conn,
        """select from_at, to_at, noticed_at, closed_at, detail from gaps
           where feed_id = %s order by to_at desc limit %s""",
        feed_id,
        limit,
    )


def latest_entries(conn: Connection, feed_id: int, limit: int = 20) -> list[Row]:
    """Give the entries that a feed brought last."""
    return rows(
        conn,
        """
        select e.id, e.title, e.link, e.article_id, e.published_at, e.first_seen_at, e.deleted_at
        from entries e where e.feed_id = %s order by e.id desc limit %s""",
        feed_id,
        limit,
    )


def _literal(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
