"""What an export reads: versions and captures, streamed through server-side cursors.

Memory stays the same for a thousand rows and a million. A stream is one statement, so it
shows one moment; it is read-only and holds nothing else back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

from copydesk.store.db import Connection, Row

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
            "known_at": self.known_at,
            "known": self.known_at or datetime.now(UTC),
            "origins": ["publisher", "correction"] if self.corrected else ["publisher"],
        }


_COLUMNS: LiteralString = """
    v.id as version_id, v.article_id, a.url, a.publisher, v.origin, v.title, v.byline, v.body, v.lang,
    v.published_at, v.observed_at, v.recorded_at, a.first_seen_at, v.words, v.extractor, v.based_on, v.facts,
    encode(sha256(convert_to(v.title || e'\\n\\n' || v.body, 'UTF8')), 'hex') as text_sha256,
    encode(v.snapshot, 'hex') as snapshot_sha256, r.kind as revision, r.edits,
    (select count(*) from versions e where e.article_id = v.article_id and e.origin = 'publisher'
        and e.observed_at <= v.observed_at and e.recorded_at <= %(known)s) as ordinal,
    case when %(known_at)s::timestamptz is null and %(as_of)s::timestamptz is null then a.state end as state,
    case when %(known_at)s::timestamptz is null and %(as_of)s::timestamptz is null then a.pub_status end as pub_status,
    o.headers
"""
_BESIDE: LiteralString = """
    left join revisions r on r.version_id = v.id
    left join lateral (select headers from observations o
                       where o.article_id = a.id and o.version_id is not null and o.decided_at <= %(known)s
                       order by o.observed_at desc, o.id desc limit 1) o on true
"""
_WHERE: LiteralString = """
    where (%(since)s::timestamptz is null or v.observed_at >= %(since)s)
      and (%(until)s::timestamptz is null or v.observed_at < %(until)s)
      and (%(publisher)s::text is null or a.publisher = %(publisher)s)
      and v.recorded_at <= %(known)s and v.withdrawn_at is null
"""
_ALL: LiteralString = "from versions v join articles a on a.id = v.article_id"
_AS_OF: LiteralString = """
    from articles a join lateral article_as_of(a.url, %(as_of)s, %(known)s) x on true
    join versions v on v.id = x.version_id"""
_LATEST: LiteralString = """
    from articles a join lateral (select * from versions n where n.article_id = a.id and n.origin = 'publisher'
                                    and n.recorded_at <= %(known)s
                                  order by n.observed_at desc limit 1) v on true"""


def versions(conn: Connection, scope: Scope, *, by_day: bool = False) -> Iterator[Row]:
    """Stream versions in the order in which they were recorded, or (``by_day``) observed."""
    if scope.as_of:
        source: LiteralString = _AS_OF
    else:
        source = _LATEST if scope.latest else _ALL
    order: LiteralString = "v.observed_at, v.id" if by_day else "v.observed_at desc, v.id" if scope.latest else "v.id"
    query = f"select {_COLUMNS} {source} {_BESIDE} {_WHERE} and v.origin = any(%(origins)s) order by {order}"
    return _stream(conn, query, scope.arguments())


def captures(conn: Connection, scope: Scope) -> Iterator[Row]:
    """Stream the looks that brought bytes, article by article in the order of time, each with its packed bytes."""
    query: LiteralString = """
        select o.id, o.url, o.article_id, a.url as article, a.publisher, o.observed_at, o.status, o.headers, o.source,
               o.decision, o.version_id, v.facts -> 'flags' as flags, s.sha256, s.size, s.bytes as packed
        from observations o join articles a on a.id = o.article_id
        join snapshots s on s.sha256 = o.snapshot left join versions v on v.id = o.version_id
        where o.failure is null and o.status is not null
          and (%(since)s::timestamptz is null or o.observed_at >= %(since)s)
          and (%(until)s::timestamptz is null or o.observed_at < %(until)s)
          and (%(as_of)s::timestamptz is null or o.observed_at <= %(as_of)s)
          and (%(publisher)s::text is null or a.publisher = %(publisher)s) and o.recorded_at <= %(known)s
        order by o.article_id, o.observed_at, o.id"""
    return _stream(conn, query, scope.arguments())


def _stream(conn: Connection, query: LiteralString, arguments: dict[str, Any]) -> Iterator[Row]:
    with conn.cursor(name="export") as cursor:
        cursor.itersize = FETCH
        yield from cursor.execute(query, arguments)
