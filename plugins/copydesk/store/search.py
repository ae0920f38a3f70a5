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
        from versions v join articles a on a.id = v.article_id
        where v.origin = 'publisher'
          and (%(words)s = '' or v.search @@ websearch_to_tsquery('simple', %(words)s))
          and (%(publisher)s::text is null or a.publisher = %(publisher)s)
          and (%(since)s::timestamptz is null or v.observed_at >= %(since)s)
          and (not %(corrected)s or exists (select 1 from corrections c where c.target_id = a.id))
          and not exists (select 1 from versions w where w.article_id = v.article_id and w.origin = 'publisher'
                          and w.observed_at > v.observed_at)
        order by v.observed_at desc limit %(limit)s""",
        {
            "words": query.words,
            "publisher": query.publisher,
            "since": query.since,
            "corrected": query.corrected,
            "limit": query.limit,
        },
    ).fetchall()
