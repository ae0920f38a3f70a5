"""What the archive measured of edits, signals and budgets: what planners learn from and people read.

Articles count that were first seen live (not brought by an archive) and looked at again.
A host's times are divided by its tempo, so that a demonstration on loopback can be read too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from copydesk.store.db import Connection, Row, jsonb, one, rows

SLACK = 1.05
"""A look planned for an age is made a little later."""

Tempos = Mapping[str, float]
"""Host to tempo; only these hosts are counted."""


def hosts_with_articles(conn: Connection) -> list[str]:
    """Give the hosts that have articles, in order."""
    return [row["host"] for row in rows(conn, "select distinct host from articles order by host")]


def followed(conn: Connection, edges: Sequence[float], tempos: Tempos, days: int) -> list[Row]:
    """Give (host, bucket, articles, edited): bucket n counts articles looked at to edges[n-1] but not to edges[n]."""
    return rows(
        conn,
        """
        select host, width_bucket(extract(epoch from last_look_at - first_seen_at)::float8 / tempo, %s::float8[])
                   as bucket, count(*) as articles, count(last_change_at) as edited
        from articles join unnest(%s::text[], %s::float8[]) as t (host, tempo) using (host)
        where first_seen_at > now() - make_interval(days => %s) and added_at < first_seen_at + interval '1 hour'
          and visits >= 2 and last_look_at > first_seen_at and state not in ('new', 'no_article')
        group by 1, 2 order by 1, 2""",
        list(edges),
        list(tempos),
        list(tempos.values()),
        days,
    )


def save(conn: Connection, host: str, habits: Mapping[str, Any]) -> bool:
    """Store what was learned of a host; says whether it is news."""
    done = conn.execute(
        "update hosts set habits = %s where host = %s and habits is distinct from %s",
        (jsonb(habits), host, jsonb(habits)),
    )
    return done.rowcount > 0


def of(conn: Connection, host: str) -> Row | None:
    """Give a host's habits, budget and own manners, and how many articles it brings in a day (last week)."""
    return conn.execute(
        """
        select h.host, h.habits, h.manners, (select count(*) from articles a where a.host = h.host and a.visits > 0
                     and a.first_seen_at > now() - interval '7 days') / 7.0 as articles_a_day
        from hosts h where host = %s""",
        (host,),
    ).fetchone()


_FIRST_EDITS = """
    with first_edits as materialized (
        select extract(epoch from a.last_look_at - a.first_seen_at)::float8 / t.tempo as followed,
               e.high / t.tempo as high, e.low / t.tempo as low
        from articles a join unnest(%s::text[], %s::float8[]) as t (host, tempo) using (host)
        left join lateral (
            select extract(epoch from v.observed_at - a.first_seen_at)::float8 as high,
                   extract(epoch from (select max(o.observed_at) from observations o where o.article_id = a.id
                       and o.version_id is not null and o.observed_at < v.observed_at) - a.first_seen_at)::float8 as low
            from versions v where v.article_id = a.id and v.origin = 'publisher'
            order by v.observed_at offset 1 limit 1) e on true
        where a.first_seen_at > now() - make_interval(days => %s) and a.added_at < a.first_seen_at + interval '1 hour'
          and a.visits >= 2 and a.last_look_at > a.first_seen_at and a.state not in ('new', 'no_article'))
"""


def edits_by_age(conn: Connection, ages: Sequence[float], tempos: Tempos, days: int) -> list[Row]:
    """Give for each age (seconds) how many articles were looked at to it, and how many of them were edited by then."""
    return rows(
        conn,
        _FIRST_EDITS
        + """
        select age, count(*) filter (where followed >= age) as followed,
               count(*) filter (where followed >= age and high <= age * %s) as edited
        from unnest(%s::float8[]) as age left join first_edits on true group by age order by age""",
        list(tempos),
        list(tempos.values()),
        days,
        SLACK,
        list(ages),
    )


def first_edit(conn: Connection, tempos: Tempos, days: int, within: float) -> Row:
    """Give quartiles (seconds) of the time to the first edit within an age: the middle of the two looks around it."""
    return one(
        conn,
        _FIRST_EDITS
        + """
        select count(middle) as n, percentile_cont(0.25) within group (order by middle) as q1,
               percentile_cont(0.5) within group (order by middle) as median,
               percentile_cont(0.75) within group (order by middle) as q3,
               percentile_cont(0.5) within group (order by width) as width
        from (select (coalesce(low, 0) + high) / 2 as middle, high - coalesce(low, 0) as width
              from first_edits where high <= %s) seen""",
        list(tempos),
        list(tempos.values()),
        days,
        within,
    )


def signals(conn: Connection, hosts: Sequence[str], days: int) -> list[Row]:
    """Give by kind: signals told, answered by a look, and right."""
    return rows(
        conn,
        """
        select kind, count(*) as told, count(looked_at) as answered, count(*) filter (where changed) as "right"
        from revisit_signals where host = any(%s) and told_at > now() - make_interval(days => %s)
        group by kind order by kind""",
        list(hosts),
        days,
    )


def signalled(conn: Connection, hosts: Sequence[str], days: int) -> Row:
    """Give how many changes were seen live, and how many of them a signal had told of."""
    return one(
        conn,
        """
        select count(*) as changes, count(*) filter (where told) as told
        from (select exists (select from revisit_signals s where s.article_id = v.article_id and s.changed
                             and s.looked_at = v.observed_at) as told
              from versions v join articles a on a.id = v.article_id
              where a.host = any(%s) and v.origin = 'publisher' and v.observed_at > a.first_seen_at
                and a.added_at < a.first_seen_at + interval '1 hour'
                and v.observed_at > now() - make_interval(days => %s)
                and exists (select from versions b where b.article_id = v.article_id and b.origin = 'publisher'
                            and b.observed_at < v.observed_at)) seen""",
        list(hosts),
        days,
    )


def budgets(conn: Connection, hosts: Sequence[str]) -> list[Row]:
    """Give by host: looks at known pages in the last 24 hours, pages that wait now, and until when it rests."""
    return rows(
        conn,
        """
        select h.host, h.manners, h.habits, nullif(h.revisit_at, '-infinity') as rests_until,
               (select count(*) from observations o join articles a on a.id = o.article_id
                where o.recorded_at > now() - interval '1 day' and o.source = 'revisit' and a.host = h.host) as looks,
               (select count(*) from articles a where a.host = h.host and a.visits > 0
                and a.next_visit_at <= now()) as waiting
        from hosts h where h.host = any(%s) order by looks desc, h.host""",
        list(hosts),
    )


def forget_signals(conn: Connection, days: int) -> int:
    """Delete signals that are older than so many days."""
    done = conn.execute("delete from revisit_signals where told_at < now() - make_interval(days => %s)", (days,))
    return done.rowcount
