"""The task of the DAG ``backfill``: its data interval as slices of the ledger, read until none is open."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from copydesk import pipeline
from copydesk.archive.capture import Interval
from copydesk.commands.backfill import progress_line, summary
from copydesk.stages import backfill as stage
from copydesk.store import backfill as ledger
from copydesk_airflow import notes
from copydesk_airflow.desk import desk

log = logging.getLogger(__name__)
NAP = 20.0
"""Seconds of an archive's pause that a task waits through; for a longer one it gives its place to others."""


def read_slice(dag_run: Any, ti: Any, params: Mapping[str, Any]) -> dict[str, int]:
    """Read what the archives have of the run's interval; gives the counts. Raises where a slice failed."""
    request = asked(dag_run, params)
    if request is None:
        from airflow.sdk.exceptions import AirflowSkipException

        raise AirflowSkipException("no source: start a backfill with a source to read")
    with desk() as opened:
        os.nice(opened.settings.backfill_nice)
        planned = stage.plan(opened.pool, opened.settings, request, count=params.get("dry_run", False))
        _say(dag_run, planned_line(planned))
        if params.get("dry_run"):
            return totals(planned)
        ids = stage.enlist(opened.pool, request, planned)
        _read(opened, ids, dag_run, take_over=ti.try_number > 1)
        with opened.pool.connection() as conn:
            rows = ledger.listing(conn, ids)
    total = summary(rows)
    _say(dag_run, ", ".join(f"{name} {value}" for name, value in total.items()))
    failed = [f"{row['place']}: {row['error']}: {row['detail']}" for row in rows if row["state"] == "failed"]
    if failed:
        raise RuntimeError("; ".join(failed))
    return total


def asked(dag_run: Any, params: Mapping[str, Any]) -> stage.Request | None:
    """Give what a run asks for; None where nobody named a source (the run of the schedule)."""
    named = (params.get("source") or "").split()
    if not named or dag_run.data_interval_start is None:
        return None
    options = {key: params[key] for key in ("feeds", "hosts", "limit", "map", "archive") if params.get(key)}
    interval = Interval(dag_run.data_interval_start, dag_run.data_interval_end)
    cleared = getattr(dag_run, "clear_number", 0)
    again = f"{dag_run.run_id}#{cleared}" if cleared else ""
    return stage.Request(named, interval, interval.until - interval.since, options, again)


def totals(planned: list[stage.Planned]) -> dict[str, int]:
    """Give how many slices, captures and bytes were found."""
    pieces = [piece for part in planned for piece in part.pieces]
    return {
        "slices": len(pieces),
        "captures": sum(piece.captures or 0 for piece in pieces),
        "bytes": sum(piece.size or 0 for piece in pieces),
    }


def planned_line(planned: list[stage.Planned]) -> str:
    """Say what was found, in one line."""
    found = totals(planned)
    return f"found {found['slices']} slices, {found['captures']} captures, {found['bytes'] / 1e6:.1f} MB"


def _read(opened: pipeline.Desk, ids: list[int], dag_run: Any, *, take_over: bool) -> None:
    started, said = time.monotonic(), 0.0

    def report(piece: Mapping[str, Any], counts: Counter[str]) -> None:
        nonlocal said
        if time.monotonic() - said > 5:
            said = time.monotonic()
            with opened.pool.connection() as conn:
                _say(dag_run, progress_line(ledger.listing(conn, ids), said - started))

    pipeline.backfill(opened, ids, report, _pause, take_over=take_over)


def _pause(seconds: float) -> None:
    """Wait, or give the worker's place to others until then."""
    if seconds <= NAP:
        time.sleep(seconds)
        return
    from airflow.sdk import timezone
    from airflow.sdk.exceptions import AirflowRescheduleException

    log.info("the archive asks for a pause; going on in %.0f s", seconds)
    raise AirflowRescheduleException(timezone.utcnow() + timedelta(seconds=seconds))


def _say(dag_run: Any, line: str) -> None:
    log.info("%s", line)
    notes.write(dag_run.dag_id, dag_run.run_id, line)
