"""What tasks of DAG runs did: the other end of the links between Airflow's runs and the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copydesk.store.db import Connection, Row, clean, jsonb, one, rows


@dataclass(frozen=True, slots=True)
class TaskTry:
    """One try of one task of a DAG run, by Airflow's names."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    number: int


def begin(conn: Connection, tried: TaskTry, stage: str) -> None:
    """Write down that a task began."""
    conn.execute(
        """
        insert into task_runs (dag_id, run_id, task_id, map_index, try, stage, started_at)
        values (%s, %s, %s, %s, %s, %s, clock_timestamp())
        on conflict (dag_id, run_id, task_id, map_index, try)
            do update set started_at = excluded.started_at, ended_at = null, counts = '{}', failure = null""",
        (tried.dag_id, tried.run_id, tried.task_id, tried.map_index, tried.number, stage),
    )


def end(conn: Connection, tried: TaskTry, counts: Mapping[str, Any], failure: str | None = None) -> None:
    """Write down what it did, or why it failed."""
    conn.execute(
        """
        update task_runs set ended_at = clock_timestamp(), counts = %s, failure = %s
        where dag_id = %s and run_id = %s and task_id = %s and map_index = %s and try = %s""",
        (jsonb(counts), clean(failure), tried.dag_id, tried.run_id, tried.task_id, tried.map_index, tried.number),
    )


def of_run(conn: Connection, dag_id: str, run_id: str, task_id: str | None = None) -> list[Row]:
    """Give every try of a run's tasks (of one task), in order."""
    return rows(
        conn,
        """
        select * from task_runs where dag_id = %s and run_id = %s and (%s::text is null or task_id = %s)
        order by started_at""",
        dag_id,
        run_id,
        task_id,
        task_id,
    )


def measured(conn: Connection) -> tuple[datetime | None, datetime]:
    """Give (when the last measurement that ended well began, now or when the running one began)."""
    row = one(
        conn,
        """
        select max(started_at) filter (where ended_at is not null and failure is null) as since,
               coalesce(max(started_at) filter (where ended_at is null
                                                and started_at > statement_timestamp() - interval '10 min'),
                        clock_timestamp()) as until
        from task_runs where stage = 'measure' and started_at > now() - interval '1 day'""",
    )
    return row["since"], row["until"]


def recent(conn: Connection, limit: int = 50) -> list[Row]:
    """Give the tasks that began last."""
    return rows(conn, "select * from task_runs order by started_at desc limit %s", limit)


def stored_between(conn: Connection, start: datetime, end_at: datetime | None, limit: int = 50) -> list[Row]:
    """Give the versions that were recorded in a span of time, newest first."""
    return rows(
        conn,
        """
        select v.id as version_id, v.article_id, v.recorded_at, v.title, a.publisher, r.kind as revision, v.origin
        from versions v join articles a on a.id = v.article_id left join revisions r on r.version_id = v.id
        where v.recorded_at >= %s and v.recorded_at <= coalesce(%s, statement_timestamp())
        order by v.recorded_at desc, v.id desc limit %s""",
        start,
        end_at,
        limit,
    )


def set_aside_between(conn: Connection, start: datetime, end_at: datetime | None, limit: int = 50) -> list[Row]:
    """Give what went to quarantine in a span of time."""
    return rows(
        conn,
        """
        select id, stage, reason, detail, ref, attempts, last_at, resolved_at from quarantine
        where last_at >= %s and last_at <= coalesce(%s, statement_timestamp()) order by last_at desc limit %s""",
        start,
        end_at,
        limit,
    )


def forget(conn: Connection, days: int) -> int:
    """Drop what is older than so many days; gives how many."""
    return conn.execute("delete from task_runs where started_at < now() - make_interval(days => %s)", (days,)).rowcount
