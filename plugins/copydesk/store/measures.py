"""What monitoring asks: how things stand, and what happened since it asked last.

Counted in the database and not by the workers, so that a figure is the same whoever
did the work: a task, the collector in the triggerer, ``copydesk run`` beside Airflow.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from copydesk.store import changes, desk_figures
from copydesk.store.db import Connection, Row, rows

LONGEST = timedelta(hours=1)
"""A span after a pause of the monitoring is cut to this, so that a counter does not leap by days."""


def standing(conn: Connection) -> dict[str, float]:
    """Give how things stand now: names of docs/metrics.md (gauges) to values; a figure that has no value is absent."""
    lag, trouble = desk_figures.lag(conn), desk_figures.trouble(conn)
    found = {
        "lag.p50_seconds": lag["p50"],
        "lag.p95_seconds": lag["p95"],
        "review.waiting": trouble["review"],
        "quarantine.open": trouble["quarantined"],
        "gaps.open": trouble["gaps"],
        "feeds.failing": trouble["failing_feeds"],
        "observations.waiting": trouble["unread"],
        "observations.oldest_seconds": trouble["oldest_unread_seconds"] or 0,
        "corrections.waiting": trouble["to_work_out"],
        **{
            f"feeds.{row['status']}": row["n"]
            for row in rows(conn, "select status, count(*) as n from feeds group by 1")
        },
        "stream.held_back_seconds": (changes.held_back(conn, 0.0) or {"waiting": 0.0})["waiting"],
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def happened(conn: Connection, since: datetime | None, until: datetime) -> list[Row]:
    """Give rows of {name, tag, value, n} for what was recorded in a span (counters)."""
    start = max(since or until - timedelta(minutes=5), until - LONGEST)
    found = conn.execute(
        """
        select 'polls' as name, 'outcome' as tag,
               coalesce(failure, case when status = 304 then 'unchanged' else 'read' end) as value, count(*) as n
        from feed_polls where recorded_at >= %(start)s and recorded_at < %(end)s
          and observed_at > %(start)s - interval '1 day' group by 3
        union all select 'entries.new', '', '', coalesce(sum(new_items), 0) from feed_polls
        where recorded_at >= %(start)s and recorded_at < %(end)s and observed_at > %(start)s - interval '1 day'
        union all select 'observations', 'source', source, count(*) from observations
        where recorded_at >= %(start)s and recorded_at < %(end)s group by 3
        union all select 'versions', 'origin', origin, count(*) from versions
        where recorded_at >= %(start)s and recorded_at < %(end)s group by 3
        union all select 'revisions', 'kind', kind, count(*) from revisions
        where decided_at >= %(start)s and decided_at < %(end)s group by 3
        union all select 'notices', 'kind', kind, count(*) from notices
        where recorded_at >= %(start)s and recorded_at < %(end)s group by 3
        union all select 'decisions', 'outcome', outcome, count(*) from applications
        where decided_at >= %(start)s and decided_at < %(end)s group by 3
        union all select 'quarantined', 'stage', stage, count(*) from quarantine
        where first_at >= %(start)s and first_at < %(end)s group by 3""",
        {"start": start, "end": until},
        prepare=False,
    ).fetchall()
    return [row for row in found if row["n"]]
