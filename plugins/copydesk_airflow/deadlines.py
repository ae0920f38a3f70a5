"""Deadline alerts: a run that is not done in time is said to whoever watches Airflow.

Airflow shows missed deadlines on its home page and on the run; beside that the callback
logs a line that names what to do and counts ``copydesk.deadline.missed``. Send it
elsewhere (mail, chat) with a listener or an alert rule on that metric.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference

log = logging.getLogger(__name__)


async def say_late(**kwargs: Any) -> None:
    """Say which run is late and where to look. Runs in the triggerer."""
    from copydesk_airflow import metrics

    run = (kwargs.get("context") or {}).get("dag_run") or {}
    dag_id = str(run.get("dag_id") if isinstance(run, dict) else getattr(run, "dag_id", "?"))
    log.error("%s is late; docs/runbook.md has its heading, 'copydesk doctor' says what is wrong", dag_id)
    metrics.late(dag_id)


def within(minutes: float) -> DeadlineAlert:
    """Alert when a run has not ended so many minutes after it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(say_late),
    )
