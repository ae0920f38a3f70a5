"""What happened in the newsroom, hour by hour: the figures and charts of the desk.

Hours that are over are counted once (``close_hours``, called by `maintain`); younger
ones are counted when a page asks, so a page never waits for the whole archive.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import LiteralString

from copydesk.store.db import Connection, Row, maybe, one, rows

FIGURES = ("articles", "versions", "silent", "notices", "applied", "review", "polls", "failed_polls", "entries")
_HOURS: LiteralString = """
    select date_bin('1 hour', at, 'epoch') as at, figure, sum(n)::bigint as n from (
        select first_stored_at as at, 'articles' as figure, 1 as n from latest_versions
        where first_stored_at >= %(start)s and first_stored_at < %(end)s
        union all select recorded_at, 'versions', 1 from versions
        where origin = 'publisher' and recorded_at >= %(start)s and recorded_at < %(end)s
        union all select decided_at, 'silent', (kind in ('silent_correction', 'silent_edit'))::int from revisions
        where decided_at >= %(start)s and decided_at < %(end)s
        union all select recorded_at, 'notices', 1 from notices
        where recorded_at >= %(start)s and recorded_at < %(end)s
        union all select decided_at, outcome, 1 from applications
        where outcome in ('applied', 'review') and decided_at >= %(start)s and decided_at < %(end)s
        union all select p.hour, f.figure, f.n from (
            select date_bin('1 hour', observed_at, 'epoch') as hour, count(*) as polls, count(failure) as failed,
                   sum(new_items) as entries
            from feed_polls where observed_at >= %(start)s and observed_at < %(end)s group by 1) p,
            lateral (values ('polls', p.polls), ('failed_polls', p.failed), ('entries', p.entries)) f(figure, n)
    ) happened group by 1, 2"""


def series(conn: Connection, *, hours: int = 24, days: int = 30) -> tuple[list[Row], list[Row]]:
    """Give (the last ``hours`` hours, the last ``days`` days), oldest first: rows of {at, figure...}, zero where
    nothing was. Closed hours come added up by day: a busy month has 6,000 figures, and this page shows 500."""
    now = one(conn, "select clock_timestamp() as now")["now"].astimezone(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    by_hour = [hour - timedelta(hours=n) for n in reversed(range(hours))]
    by_day = [_day(now) - timedelta(days=n) for n in reversed(range(days))]
    young = rows(
        conn, "select hour as at, figure, n from hourly_figures where hour >= %s and figure <> 'closed'", by_hour[0]
    )
    closed = rows(
        conn,
        """select date_bin('1 day', hour, 'epoch') as at, figure, sum(n)::bigint as n from hourly_figures
           where hour >= %s and figure <> 'closed' group by 1, 2""",
        by_day[0],
    )
    still = _open_hours(conn, min(by_hour[0], by_day[0]), now)
    return _table(by_hour, young + still), _table(by_day, closed + [{**row, "at": _day(row["at"])} for row in still])


def close_hours(conn: Connection) -> int:
    """Count the hours that are over and not counted yet, a month at a time; gives how many hours.

    An hour is over one hour after its end: rows carry the start of their transaction, and none is open so long.
    """
    conn.execute("select pg_advisory_xact_lock(7, 15)")
    start = _first_open(conn)
    end = one(conn, "select date_trunc('hour', clock_timestamp() - interval '1 hour', 'UTC') as at")["at"]
    end = min(end, start + timedelta(days=31)) if start else end
    if start is None or start >= end:
        return 0
    conn.execute(
        f"insert into hourly_figures (hour, figure, n) {_HOURS} on conflict do nothing", {"start": start, "end": end}
    )
    conn.execute(
        """insert into hourly_figures (hour, figure, n)
           select hour, 'closed', 0 from generate_series(%s::timestamptz, %s - interval '1 hour', '1 hour') hour
           on conflict do nothing""",
        (start, end),
    )
    return int((end - start).total_seconds() // 3600)


def totals(conn: Connection) -> Row:
    """Give how much there is: exact where tables are small, the planner's estimate above 100,000 rows."""
    found = rows(
        conn,
        """
        select relname as name, case when reltuples > 100000 then reltuples::bigint end as n
        from pg_class where oid in ('latest_versions'::regclass, 'versions'::regclass, 'entries'::regclass)""",
    )
    about = {row["name"]: row["n"] for row in found}
    exact = one(
        conn,
        """
        select (select count(*) from feeds where status = 'active') as feeds,
               case when %s then (select count(*) from latest_versions) end as articles,
               case when %s then (select count(*) from versions where origin = 'publisher') end as versions,
               (select count(*) from corrections) as corrections,
               (select count(*) from applications where outcome = 'applied' and superseded_at is null) as applied,
               (select count(*) from applications where outcome = 'review' and superseded_at is null) as review""",
        about["latest_versions"] is None,
        about["versions"] is None,
    )
    return {
        **exact,
        "articles": exact["articles"] if about["latest_versions"] is None else about["latest_versions"],
        "versions": exact["versions"] if about["versions"] is None else about["versions"],
    }


def lag(conn: Connection) -> Row:
    """Give seconds from publication to storage (p50, p95, n) of the articles first stored in the last 24 hours.

    Articles that were older than a day when they were stored came from an archive and do not count.
    """
    return one(
        conn,
        """
        select n, p[1] as p50, p[2] as p95
        from (select count(*) as n, percentile_cont(array[0.5, 0.95]) within group (order by s) as p
              from (select date_part('epoch', first_stored_at - published_at) as s from latest_versions
                    where first_stored_at > statement_timestamp() - interval '1 day'
                      and published_at between first_stored_at - interval '1 day' and first_stored_at) lags) counted""",
    )


def trouble(conn: Connection) -> Row:
    """Give what a person should look at."""
    return one(
        conn,
        """
        select (select count(*) from feeds where status = 'active' and last_failure is not null) as failing_feeds,
               (select count(*) from gaps where closed_at is null) as gaps,
               (select count(*) from quarantine where resolved_at is null) as quarantined,
               (select count(*) from applications where outcome = 'review' and superseded_at is null) as review,
               (select count(*) from observations where state = 'new') as unread,
               (select count(*) from correction_work) as to_work_out,
               (select extract(epoch from clock_timestamp() - min(recorded_at))::float8 from observations
                where state = 'new') as oldest_unread_seconds""",
    )


def _open_hours(conn: Connection, start: datetime, now: datetime) -> list[Row]:
    first = _first_open(conn)
    span = {"start": max(start, first) if first else start, "end": now + timedelta(minutes=1)}
    return conn.execute(_HOURS, span, prepare=False).fetchall()


def _first_open(conn: Connection) -> datetime | None:
    """The first hour that is not counted yet; None when nothing ever happened."""
    at: datetime | None = one(
        conn,
        """
        select coalesce((select hour + interval '1 hour' from hourly_figures where figure = 'closed'
                         order by hour desc limit 1),
                        date_trunc('hour', least((select min(first_stored_at) from latest_versions),
                                                 (select min(observed_at) from feed_polls)), 'UTC')) as at""",
    )["at"]
    return at


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _table(slots: list[datetime], counted: list[Row]) -> list[Row]:
    table: dict[datetime, Row] = {at: {"at": at, **dict.fromkeys(FIGURES, 0)} for at in slots}
    for row in counted:
        if row["at"] in table:
            slot = table[row["at"]]
            slot[row["figure"]] = slot.get(row["figure"], 0) + row["n"]
    return list(table.values())


def newest_change(conn: Connection) -> str:
    """Give the cursor behind the newest event that :func:`copydesk.store.changes.after` would give."""
    row = maybe(
        conn,
        """select x::text || '-' || id as cursor from changes
           where x < pg_snapshot_xmin(pg_current_snapshot()) order by x desc, id desc limit 1""",
    )
    return row["cursor"] if row else ""
