"""The desk's figures, quarantine and runs as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from copydesk.store import quarantine, task_runs
from copydesk_airflow.api import models
from copydesk_airflow.api.answers import answer, page
from copydesk_airflow.office import office
from copydesk_airflow.pages import desk
from copydesk_airflow.security import Reader

router = APIRouter(tags=["figures"])
Word = Annotated[str, Query(max_length=300)]


@router.get("/figures", response_model=models.Anything)
def figures(request: Request, user: Reader) -> Response:
    """Today at a glance: {totals, lag, trouble, hours, days}; `lag` in seconds from publication to storage."""
    found = desk.figures()
    return answer(request, {name: found[name] for name in ("totals", "lag", "trouble", "hours", "days")})


@router.get("/quarantine", response_model=models.Items)
def aside(request: Request, user: Reader) -> Response:
    """What could not be read, newest first, at most 100."""
    with office.reading() as conn:
        return answer(request, page(quarantine.listing(conn), None))


@router.get("/runs", response_model=models.Items)
def runs(request: Request, user: Reader, dag_id: Word = "", run_id: Word = "") -> Response:
    """What the tasks of a DAG run did (without one: the last 50 tasks)."""
    with office.reading() as conn:
        found = task_runs.of_run(conn, dag_id, run_id) if dag_id and run_id else task_runs.recent(conn)
    return answer(request, page(found, None))
