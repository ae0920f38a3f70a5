"""Find articles by words and facets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from copydesk.store.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. ``words`` as in a web search: quotes, or, -not."""

    words: str = ""
    publisher: str | None = None
    since: datetime | None = None
    corrected: bool = False
    limit: int = 20


def find(conn: Connection, query: Query) -> list[Row]:
    """Give matching articles by their latest text, newest first."""
    return conn.execute(
        """
        select a.id as article_id, a.url, a.publisher, v.id as version_id, v.title, v.observed_at, v.published_at
        from latest_versions l join articles a on a.id = l.article_id join versions v on v.id = l.version_id
        where (%(words)s = '' or l.search @@ websearch_to_tsquery('simple', %(words)s))
          and (%(publisher)s::text is null or l.publisher = %(publisher)s)
          and (%(since)s::timestamptz is null or l.observed_at >= %(since)s)
          and (not %(corrected)s or exists (select 1 from corrections c where c.target_id = a.id))
        order by l.observed_at desc limit %(limit)s""",
        {
            "words": query.words,
            "publisher": query.publisher,
            "since": query.since,
            "corrected": query.corrected,
            "limit": query.limit,
        },
    ).fetchall()
