"""Is the database well? What `copydesk doctor` asks, in one place; reads only."""

from __future__ import annotations

from copydesk.store import changes, desk_figures
from copydesk.store.db import Connection, Row, one, rows


def vitals(conn: Connection) -> Row:
    """Give every figure that the doctor judges; seconds and counts. None where there is nothing to measure."""
    blocked = changes.held_back(conn, 0.0) or {}
    return {
        **desk_figures.trouble(conn),
        **{f"lag_{name}": value for name, value in desk_figures.lag(conn).items()},
        **{f"held_back_{name}": blocked.get(name) for name in ("waiting", "pid", "application")},
        **_work(conn),
    }


def migrations_done(conn: Connection) -> dict[int, str]:
    """Give the applied migrations by number; empty for a database that was never migrated."""
    if one(conn, "select to_regclass('schema_migrations') is null as missing")["missing"]:
        return {}
    return {row["version"]: row["name"] for row in rows(conn, "select version, name from schema_migrations")}


def folder(conn: Connection) -> str | None:
    """Give the server's data folder where this account may know it."""
    row = one(conn, "select case when pg_has_role('pg_read_all_settings', 'member') "
              "then current_setting('data_directory') end as path")  # fmt: skip
    path: str | None = row["path"]
    return path


def _work(conn: Connection) -> Row:
    return one(
        conn,
        """
        select (select count(*) from deliveries where state = 'dead') as dead_letters,
               (select count(*) from hosts where lease_token is not null
                and lease_until < statement_timestamp() - interval '1 min') as lost_hosts,
               (select count(*) from observations where state = 'new' and lease_token is not null
                and lease_until < statement_timestamp() - interval '1 min') as lost_pages,
               (select extract(epoch from clock_timestamp() - min(wanted_at))::float8 from correction_work)
                   as oldest_work_seconds,
               (select extract(epoch from clock_timestamp() - max(observed_at))::float8 from feed_polls)
                   as last_poll_seconds,
               (select extract(epoch from clock_timestamp() - min(next_poll_at))::float8 from feeds
                where status = 'active') as most_overdue_seconds,
               (select extract(epoch from clock_timestamp() - max(started_at))::float8 from task_runs
                where stage = 'measure') as last_measured_seconds,
               (select count(*) from task_runs where failure is not null
                and started_at > now() - interval '1 hour') as failed_tasks""",
    )
