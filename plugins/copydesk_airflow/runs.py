"""Around the work of every task: which run it belongs to, what it did, how long it took."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from airflow.sdk import get_current_context

from copydesk.pipeline import Desk
from copydesk.store import task_runs
from copydesk.store.task_runs import TaskTry
from copydesk_airflow import metrics

log = logging.getLogger(__name__)
Work = Callable[[Desk], Counter[str]]


def noted(desk: Desk, stage: str, work: Work) -> Counter[str]:
    """Do a task's work and leave a row of ``task_runs`` about it, also when it fails."""
    tried, began = this_try(), time.monotonic()
    with desk.pool.connection() as conn:
        if tried:
            task_runs.begin(conn, tried, stage)
    try:
        counts = work(desk)
    except Exception as error:
        _end(desk, tried, Counter(), f"{type(error).__name__}: {error}")
        metrics.failed(stage)
        raise
    _end(desk, tried, counts, None)
    metrics.took(stage, time.monotonic() - began)
    return counts


def this_try() -> TaskTry | None:
    """Give the try that runs in this process; None outside of Airflow's tasks (tests, a shell)."""
    try:
        instance = get_current_context()["ti"]
    except RuntimeError:
        return None
    index = -1 if instance.map_index is None else instance.map_index
    return TaskTry(instance.dag_id, instance.run_id, instance.task_id, index, instance.try_number)


def _end(desk: Desk, tried: TaskTry | None, counts: Counter[str], failure: str | None) -> None:
    if tried is None:
        return
    with desk.pool.connection() as conn:
        task_runs.end(conn, tried, counts, failure)
