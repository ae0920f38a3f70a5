"""What an export reads: versions and captures, streamed through server-side cursors.

Memory stays the same for a thousand rows and a million. A stream is one statement, so it
shows one moment; it is read-only and holds nothing else back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

from copydesk.store.db import Connection, Row, rows

FETCH = 200
"""Rows to a round trip: about 1 MB of texts."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which versions. ``since`` ≤ observed_at < ``until``. ``as_of``: what stood then, one version an article;
    ``known_at``: only what was recorded by then. ``corrected``: our corrected texts too."""

    since: datetime | None = None
    until: datetime | None = None
    publisher: str | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    corrected: bool = False
    latest: bool = False
    """Only the newest version of each article, newest first."""

    def arguments(self) -> dict[str, Any]:
        """As arguments of a statement; an as_of of which nothing is said is now."""
        return {
            "since": self.since,
            "until": self.until,
            "publisher": self.publisher,
            "as_of": self.as_of,
            "known": self.known_at or datetime.now(UTC),
            "now": self.as_of is None and self.known_at is None,
            "origins": ["publisher", "correction"] if self.corrected else ["publisher"],
        }


_COLUMNS: LiteralString = """
    v.id as version_id, v.article_id, a.url, a.publisher, v.origin, t.title, t.byline, t.body, v.lang,
    v.published_at, w.observed_at, v.recorded_at, a.first_seen_at, v.words, t.extractor, v.based_on, t.facts,
    v.erased_why as erased,
    encode(case when v.erased_at is null then sha256(convert_to(t.title || e'\\n\\n' || t.body, 'UTF8'))
           else (select l.text_sha from ledger l where l.version_id = v.id order by l.seq limit 1) end, 'hex')
        as text_sha256,
    encode(v.snapshot, 'hex') as snapshot_sha256, w.ordinal, o.headers,
    case when %(now)s then r.kind end as revision, case when %(now)s then r.edits end as edits,
    case when %(now)s then a.state end as state, case when %(now)s then a.pub_status end as pub_status
"""
_BESIDE: LiteralString = """
    join articles a on a.id = v.article_id
    cross join lateral (
        (select 1 as nearer, h.title, h.byline, h.body, h.extractor, h.facts
         from readings h where h.version_id = v.id and h.superseded_at > %(known)s order by h.superseded_at limit 1)
        union all select 2, v.title, v.byline, v.body, v.extractor, v.facts
        order by nearer limit 1) t
    left join revisions r on r.version_id = v.id
    left join lateral (select headers from observations o
                       where o.article_id = a.id and o.version_id is not null and o.decided_at <= %(known)s
                       order by o.observed_at desc, o.id desc limit 1) o on true
    where (%(since)s::timestamptz is null or w.observed_at >= %(since)s)
      and (%(until)s::timestamptz is null or w.observed_at < %(until)s)
      and (%(publisher)s::text is null or a.publisher = %(publisher)s)
      and v.recorded_at <= %(known)s and v.withdrawn_at is null and v.origin = any(%(origins)s)
"""
_ALL: LiteralString = """
    from versions v cross join lateral (select v.observed_at,
        (select count(*) from versions e where e.article_id = v.article_id and e.origin = 'publisher'
            and (e.observed_at, e.content_sha) <= (v.observed_at, v.content_sha)) as ordinal) w"""
_LATEST: LiteralString = """
    from articles c join lateral (select * from versions n where n.article_id = c.id and n.origin = 'publisher'
                                  order by n.observed_at desc, n.content_sha desc limit 1) v on true
    cross join lateral (select v.observed_at, (select count(*) from versions e where e.article_id = v.article_id
                                               and e.origin = 'publisher') as ordinal) w"""
_KNOWN: LiteralString = """
    from (select version_id, article_id, min(observed_at) as observed_at,
                 row_number() over (partition by article_id order by min(observed_at), version_id) as ordinal
          from (select distinct on (observation_id) article_id, observed_at, version_id from attributions
                where recorded_at <= %(known)s order by observation_id, recorded_at desc, id desc) looks
          where version_id is not null group by version_id, article_id) w
    join versions v on v.id = w.version_id"""
_AS_OF: LiteralString = (
    _KNOWN
    + """
    join articles c on c.id = w.article_id
    join lateral article_as_of(c.url, %(as_of)s, %(known)s) x on x.version_id = w.version_id"""
)


def versions(conn: Connection, scope: Scope, *, by_day: bool = False) -> Iterator[Row]:
    """Stream versions in the order in which they were recorded, or (``by_day``) observed.

    What is asked as known at a time is built from what looks were said to show by then: nothing that was
    learnt later is in it, nor anything that the archive says of the present only (state, revisions).
    """
    source: LiteralString = _ALL
    if scope.as_of:
        source = _AS_OF
    elif scope.known_at:
        source = _KNOWN
    elif scope.latest:
        source = _LATEST
    order: LiteralString = "w.observed_at, v.id" if by_day else "w.observed_at desc, v.id" if scope.latest else "v.id"
    return _stream(conn, f"select {_COLUMNS} {source} {_BESIDE} order by {order}", scope.arguments())


def captures(conn: Connection, scope: Scope) -> Iterator[Row]:
    """Stream the looks that brought bytes, article by article in the order of time, each with its packed bytes."""
    query: LiteralString = """
        select o.id, o.url, o.article_id, a.url as article, a.publisher, o.observed_at, o.status, o.headers, o.source,
               o.decision, o.version_id, v.facts -> 'flags' as flags, s.sha256, s.size, s.bytes as packed,
               s.place
        from observations o join articles a on a.id = o.article_id
        join snapshots s on s.sha256 = o.snapshot left join versions v on v.id = o.version_id
        where o.failure is null and o.status is not null and s.erased_at is null
          and (%(since)s::timestamptz is null or o.observed_at >= %(since)s)
          and (%(until)s::timestamptz is null or o.observed_at < %(until)s)
          and (%(as_of)s::timestamptz is null or o.observed_at <= %(as_of)s)
          and (%(publisher)s::text is null or a.publisher = %(publisher)s) and o.recorded_at <= %(known)s
        order by o.article_id, o.observed_at, o.id"""
    return _stream(conn, query, scope.arguments())


def erased(conn: Connection) -> list[int]:
    """Give the versions whose texts were erased: what was exported of them before is to go too."""
    return [row["id"] for row in rows(conn, "select id from versions where erased_at is not null")]


def _stream(conn: Connection, query: LiteralString, arguments: dict[str, Any]) -> Iterator[Row]:
    with conn.cursor(name="export") as cursor:
        cursor.itersize = FETCH
        yield from cursor.execute(query, arguments)
