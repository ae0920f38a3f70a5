"""What `maintain` counts for the pages and for monitoring."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from copydesk.pipeline import Desk
from copydesk.store import desk_corrections, desk_figures, measures, task_runs
from copydesk_airflow import metrics

SCORES_EVERY = timedelta(hours=1)
"""A scorecard reads every correction and revision: 2 s at a million articles (bench/desk)."""


def measure(desk: Desk) -> Counter[str]:
    """Close the hours that are over, count the scorecards anew once an hour, and tell the metrics.

    What happened is counted from where the last measurement that ended well began, so nothing is told twice.
    """
    counts: Counter[str] = Counter()
    with desk.pool.connection() as conn:
        while hours := desk_figures.close_hours(conn):
            counts["hours"] += hours
            conn.commit()
        counted_at = desk_corrections.counted_at(conn)
        if counted_at is None or datetime.now(UTC) - counted_at > SCORES_EVERY:
            counts["scorecards"] = desk_corrections.count_scores(conn)
            conn.commit()
        since, until = task_runs.measured(conn)
        happened = measures.happened(conn, since, until)
        metrics.tell(measures.standing(conn), happened)
    counts["told"] = len(happened)
    return counts
