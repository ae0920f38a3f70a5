"""Articles by words and facets, newest first, a page at a time, at a cost that does not grow with the archive.

Two ways lead to a page of words. Rare words: the full-text index gives all hits,
which are then sorted. Common words: walk the latest versions from the newest down
and keep those that match until the page is full. Which is cheaper is decided by the
planner's own estimate of the number of hits: a hit of the index and a probe of the
walk each read one row of latest_versions, so for a page of 25 the costs meet where
hits² = 25 · articles; both are then a few thousand rows at a million articles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from copydesk.store import keyset
from copydesk.store.db import Connection, Row, one, rows

MAX_LIMIT = 100
SMALL = 20_000
"""Articles up to which everything is counted one by one, and words are found by the index."""
_NEWEST: LiteralString = "order by l.observed_at desc, l.article_id desc limit %(fetch)s"
_AFTER: LiteralString = "(l.observed_at, l.article_id) < (%(at)s, %(last)s)"
_WORDS: LiteralString = "l.search @@ websearch_to_tsquery('simple', %(words)s)"
_FACETS: Mapping[str, LiteralString] = {
    "publisher": "l.publisher = %(publisher)s",
    "lang": "l.lang = %(lang)s",
    "since": "l.observed_at >= %(since)s",
    "until": "l.observed_at < %(until)s",
    "corrected": "exists (select from corrections c where c.target_id = l.article_id)",
    "silent": """exists (select from revisions r where r.article_id = l.article_id
        and r.kind in ('silent_correction', 'silent_edit'))""",
    "copies": """exists (select from cluster_members m where m.article_id = l.article_id and
        (select count(*) from (select from cluster_members o where o.cluster_id = m.cluster_id
                               limit %(copies)s) counted) >= %(copies)s)""",
}


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. ``words`` as in a web search (quotes, or, -not); they are sought in headline and lead."""

    words: str = ""
    publisher: str | None = None
    lang: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    corrected: bool = False
    silent: bool = False
    copies: int = 0
    """At least so many articles in the cluster, this one counted; 0 and 1 ask nothing."""
    after: str = ""
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Found:
    """A page of articles. ``about`` counts all hits: ``exact`` in a small archive and where the page holds them all,
    else the planner's estimate."""

    rows: list[Row]
    next: str | None
    about: int
    exact: bool


def find(conn: Connection, search: Search) -> Found:
    """Give a page of articles by their latest text, newest first."""
    limit = max(1, min(search.limit, MAX_LIMIT))
    values, wanted = _values(search, limit)
    articles = size(conn)
    small = articles <= SMALL
    about = (_counted if small else _estimate)(conn, _where(search, [w for w in wanted if w != _AFTER]), values)
    few = not search.words or small or _few(articles, about)
    if not few:
        conn.execute("set local enable_bitmapscan = off")  # the full-text index can only be read as a bitmap
    found = conn.execute(_query(search, wanted, first_all=few), values, prepare=False).fetchall()
    more = len(found) > limit
    found = found[:limit]
    cursor = keyset.pack(found[-1]["observed_at"], found[-1]["article_id"]) if more else None
    whole = small or (not more and not search.after)
    if whole and not small:
        about = len(found)
    return Found(found, cursor, max(about, len(found)), whole)


def facets(conn: Connection) -> dict[str, list[Row]]:
    """Give the publishers and languages with about how many articles each has, most first."""
    return {
        name: rows(
            conn,
            """
            select value, (freq * greatest(total, 0))::bigint as n
            from pg_stats s, lateral unnest(s.most_common_vals::text::text[], s.most_common_freqs) u(value, freq),
                 lateral (select reltuples as total from pg_class
                          where oid = 'latest_versions'::regclass) c
            where s.schemaname = current_schema() and s.tablename = 'latest_versions' and s.attname = %s
            order by freq desc limit 50""",
            name,
        )
        for name in ("publisher", "lang")
    }


def facets_counted(conn: Connection) -> dict[str, list[Row]]:
    """Give the same counted one by one: for small archives, whose statistics are not there yet."""
    return {
        "publisher": rows(
            conn, "select publisher as value, count(*) as n from latest_versions group by 1 order by 2 desc, 1 limit 50"
        ),
        "lang": rows(
            conn,
            """select lang as value, count(*) as n from latest_versions where lang is not null
               group by 1 order by 2 desc, 1 limit 50""",
        ),
    }


def size(conn: Connection) -> int:
    """Give about how many articles there are: exact below 20,000."""
    return int(
        one(
            conn,
            """select case when reltuples > 20000 then reltuples::bigint
                           else (select count(*) from (select from latest_versions limit 20001) few) end as n
               from pg_class where oid = 'latest_versions'::regclass""",
        )["n"]
    )


def _values(search: Search, limit: int) -> tuple[dict[str, Any], list[LiteralString]]:
    asked = {name: getattr(search, name) for name in _FACETS}
    if search.copies < 2:
        asked["copies"] = 0
    values: dict[str, Any] = {**asked, "words": search.words, "fetch": limit + 1}
    wanted = [_FACETS[name] for name, value in asked.items() if value]
    if search.after:
        values["at"], values["last"] = keyset.unpack(search.after, datetime, int)
        wanted.append(_AFTER)
    return values, wanted


def _where(search: Search, wanted: list[LiteralString]) -> LiteralString:
    return "from latest_versions l where " + (" and ".join([*wanted, _WORDS] if search.words else wanted) or "true")


def _query(search: Search, wanted: list[LiteralString], *, first_all: bool) -> LiteralString:
    """``first_all``: find all hits of the words, then sort; a limit would let the planner hope for a short walk."""
    columns: LiteralString = "l.article_id, l.version_id, l.observed_at, l.publisher, l.lang, l.published_at"
    page: LiteralString = f"page as materialized (select {columns} {_where(search, wanted)} {_NEWEST})"
    if search.words and first_all:
        page = f"""
            hits as materialized (select {columns} {_where(search, wanted)}),
            page as materialized (select * from hits l {_NEWEST})"""
    return f"""
        with {page}
        select l.*, a.url, a.state, a.pub_status, v.title, left(v.body, 260) as lead, v.words,
               (select count(*) from versions o
                where o.article_id = l.article_id and o.origin = 'publisher') as versions,
               (select count(*) from corrections c where c.target_id = l.article_id) as corrections,
               (select count(*) from revisions r
                where r.article_id = l.article_id and r.kind in ('silent_correction', 'silent_edit')) as silent,
               (select count(*) from cluster_members m join cluster_members o using (cluster_id)
                where m.article_id = l.article_id) as copies
        from page l join articles a on a.id = l.article_id join versions v on v.id = l.version_id
        order by l.observed_at desc, l.article_id desc"""


def _estimate(conn: Connection, source: LiteralString, values: Mapping[str, Any]) -> int:
    plan = conn.execute(f"explain (format json) select {source}", values, prepare=False).fetchone()
    assert plan is not None
    return int(plan["QUERY PLAN"][0]["Plan"]["Plan Rows"])


def _counted(conn: Connection, source: LiteralString, values: Mapping[str, Any]) -> int:
    row = conn.execute(f"select count(*) as n {source}", values, prepare=False).fetchone()
    return int(row["n"]) if row else 0


def _few(articles: int, about: int) -> bool:
    return about < math.sqrt(25 * max(articles, 1))
