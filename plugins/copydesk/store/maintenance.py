"""Housekeeping: what may be forgotten, and what the planner should know."""

from __future__ import annotations

from collections import Counter

from copydesk.store import task_runs
from copydesk.store.db import Connection


def tidy(conn: Connection, days: int) -> Counter[str]:
    """Drop 304 polls and cached robots.txt older than ``days``; give leases of dead workers back; analyze."""
    polls = conn.execute(
        """delete from feed_polls where observed_at < now() - make_interval(days => %s)
                            and status = 304""",
        (days,),
    ).rowcount
    robots = conn.execute("delete from robots where fetched_at < now() - make_interval(days => %s)", (days,)).rowcount
    changes = conn.execute("delete from changes where at < now() - make_interval(days => %s)", (10 * days,)).rowcount
    runs = task_runs.forget(conn, days)
    for table in (
        "articles",
        "versions",
        "observations",
        "cluster_shingles",
        "cluster_sketches",
        "cluster_links",
        "hosts",
        "feeds",
        "latest_versions",
    ):
        conn.execute(f"analyze {table}".encode())
    return Counter(polls=polls, robots=robots, changes=changes, runs=runs)
