"""From a DAG run or task to what it did, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from copydesk.store import task_runs
from copydesk_airflow.office import office
from copydesk_airflow.render import page
from copydesk_airflow.security import Reader

router = APIRouter()
Word = Annotated[str, Query(max_length=300)]


@router.get("/runs", response_class=HTMLResponse)
def runs(request: Request, user: Reader, dag_id: Word = "", run_id: Word = "", task_id: Word = "") -> HTMLResponse:
    """What a run (a task of it) did; without a run: the last tasks."""
    with office.reading() as conn:
        if not (dag_id and run_id):
            return page(request, "runs.html", user, rows=task_runs.recent(conn))
        rows = task_runs.of_run(conn, dag_id, run_id, task_id or None)
        stored = aside = []
        if rows:
            start = rows[0]["started_at"]
            ends = [row["ended_at"] for row in rows]
            end = None if None in ends else max(ends)
            stored = task_runs.stored_between(conn, start, end)
            aside = task_runs.set_aside_between(conn, start, end)
    return page(
        request, "run.html", user, rows=rows, dag_id=dag_id, run_id=run_id, task_id=task_id, stored=stored, aside=aside
    )
