"""The ordered stream of what happened, for consumers with a cursor.

A cursor is the pair (transaction, id). Only rows of transactions older than every
transaction still running are given, so one that commits late is never skipped; the
price is that one transaction left open holds the stream back (:func:`held_back`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from copydesk.errors import UsageError
from copydesk.store.db import Connection, Row, columns, jsonb, maybe, rows

SCHEMA = 1
"""Of an event. A new field does not raise it; a field that goes or changes its meaning does."""

TYPES = {
    "created": "the first version of an article was stored",
    "version": "a further version was stored",
    "moved": "the article was found at another URL",
    "gone": "the page answers 404, 410 or 451",
    "no_article": "the page holds no article",
    "suspect": "a look at the page is in doubt; a second one decides",
    "withdrawn": "the publisher took the article back",
    "live": "the page shows an article again",
    "flapping": "the page began, or ceased, to alternate between two texts",
    "set_aside": "a version turned out to be a stub or a wall and left the chain",
    "rights": "what the publisher reserves has changed",
    "correction": "a correction was decided at an article: see data.outcome",
    "derived_version": "a corrected text was stored beside the publisher's",
    "clustered": "the article joined, changed or left its family of copies: data.cluster, data.was",
    "reread": "a better extractor read a version's bytes again; the publisher changed nothing",
    "takedown": "text and bytes of the article were erased; hashes stay",
    "retention": "texts or bytes were erased by age",
}
"""Every type of event. A consumer passes over types that it does not know."""


Event = tuple[str, int | None, int | None, Mapping[str, Any]]
"""Its type, the article, the version, and what else there is to say."""


def add(conn: Connection, kind: str, article_id: int | None, version_id: int | None, data: Mapping[str, Any]) -> None:
    """Append one event in the transaction that makes it true."""
    add_all(conn, [(kind, article_id, version_id, data)])


def add_all(conn: Connection, events: Sequence[Event]) -> None:
    """Append events, in that order, in the transaction that makes them true."""
    if not events:
        return
    conn.execute(
        """
        insert into changes (kind, article_id, version_id, data)
        select kind, article, version, data
        from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::jsonb[])
             with ordinality e (kind, article, version, data, n) order by n""",
        columns((kind, article, version, jsonb(data)) for kind, article, version, data in events),
    )


def after(conn: Connection, cursor: str, limit: int) -> list[Row]:
    """Give the events after a cursor ("" for the beginning), each with its own ``cursor`` and stable ``id``.

    The event of a text (a version, our corrected one, a new reading) has its hash and its link in the article's
    chain (:mod:`copydesk.store.ledger`): who keeps them can prove later what stood there.
    """
    x, last = parse(cursor)
    return rows(
        conn,
        """
        select %s::int as schema, 'evt_' || c.id as id, c.x::text || '-' || c.id as cursor, c.kind as type, c.at,
               c.article_id, c.version_id, a.url, a.publisher, c.data,
               encode(l.text_sha, 'hex') as text_sha256, encode(l.link, 'hex') as chain
        from (select * from changes
              where x < pg_snapshot_xmin(pg_current_snapshot()) and (x, id) > (%s::text::xid8, %s)
              order by x, id limit %s) c
        left join articles a on a.id = c.article_id
        left join lateral (select text_sha, link from ledger l where l.version_id = c.version_id
                             and (c.kind in ('created', 'version', 'derived_version')
                                  or c.kind = 'reread' and l.recorded_at >= c.at) order by seq limit 1) l on true
        order by c.x, c.id""",
        SCHEMA,
        str(x),
        last,
        limit,
    )


def newest(conn: Connection) -> str:
    """Give the cursor at the end of what can be read now: who starts here gets only what comes."""
    row = maybe(
        conn,
        """
        select x::text || '-' || id as cursor from changes
        where x < pg_snapshot_xmin(pg_current_snapshot()) order by x desc, id desc limit 1""",
    )
    return row["cursor"] if row else "0-0"


def held_back(conn: Connection, seconds: float) -> Row | None:
    """Give the oldest event that has waited so long behind an open transaction, and who holds it; or None.

    ``events`` wait since ``waiting`` seconds; ``pid``, ``application``, ``database`` and ``open`` (seconds)
    tell of the oldest open transaction that has written anything on this server.
    """
    return maybe(
        conn,
        """
        select w.events, w.waiting, h.pid, h.application, h.database, h.open
        from (select count(*) as events, extract(epoch from clock_timestamp() - min(at))::real as waiting
              from changes where x >= pg_snapshot_xmin(pg_current_snapshot())) w
        left join lateral (
            select pid, application_name as application, datname as database,
                   extract(epoch from clock_timestamp() - xact_start)::real as open
            from pg_stat_activity where backend_xid is not null order by age(backend_xid) desc limit 1) h on true
        where w.waiting >= %s""",
        seconds,
    )


def parse(cursor: str) -> tuple[int, int]:
    """Read a cursor; raises UsageError naming it."""
    try:
        x, last = (cursor or "0-0").split("-")
        place = int(x), int(last)
    except ValueError:
        place = -1, -1
    if not (0 <= place[0] < 2**64 and 0 <= place[1] < 2**63):
        raise UsageError(f"{cursor!r} is no cursor; take one from a row's 'cursor'")
    return place
