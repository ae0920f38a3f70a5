"""Figures for people: what is stored, what waits, what is in trouble."""

from __future__ import annotations

from copydesk.store import hosts
from copydesk.store.db import Connection, Row, one


def totals(conn: Connection) -> Row:
    """Give the counts of the short table: feeds, entries, articles, versions, clusters, corrections."""
    return one(
        conn,
        """
        select (select count(*) from feeds where status = 'active') as feeds,
               (select count(*) from feed_polls) as polls,
               (select count(*) from entries) as entries,
               (select count(*) from articles) as articles,
               (select count(*) from versions where origin = 'publisher') as versions,
               (select count(distinct cluster_id) from cluster_members) as clusters,
               (select count(*) from corrections) as corrections,
               (select count(*) from applications where outcome = 'applied' and superseded_at is null) as applied,
               (select count(*) from applications where outcome = 'review' and superseded_at is null) as review,
               (select count(*) from observations where state = 'new') as waiting,
               (select count(*) from quarantine where resolved_at is null) as quarantined""",
    )


def lag(conn: Connection) -> Row:
    """Give publication-to-storage seconds (p50, p95, n) of articles first stored in the last day."""
    return one(
        conn,
        """
        select count(*) as n,
               percentile_cont(0.5) within group (order by s) as p50,
               percentile_cont(0.95) within group (order by s) as p95
        from (select extract(epoch from v.recorded_at - e.published_at) as s
              from entries e join lateral (select min(recorded_at) as recorded_at from versions
                   where article_id = e.article_id and origin = 'publisher') v on true
              where e.published_at is not null and v.recorded_at > now() - interval '1 day'
                and e.published_at > now() - interval '1 day') lags""",
    )


def seconds_to_next(conn: Connection) -> float:
    """Give how long nothing is due at any host."""
    at = hosts.next_due(conn)
    if at is None:
        return 30.0
    now = one(conn, "select clock_timestamp() as now")["now"]
    return float((at - now).total_seconds())
