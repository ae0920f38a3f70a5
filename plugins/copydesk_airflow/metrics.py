"""Metrics through Airflow's own settings (StatsD or OpenTelemetry); docs/metrics.md lists every name.

Nothing here needs a switch of ours: where Airflow's metrics are off, its stats do nothing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk.observability import stats

log = logging.getLogger(__name__)
PREFIX = "copydesk."
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")


def took(stage: str, seconds: float) -> None:
    """A task's work of one stage ended."""
    stats.timing(f"{PREFIX}stage.duration", timedelta(seconds=seconds), tags={"stage": stage})


def failed(stage: str) -> None:
    """A task's work of one stage raised."""
    stats.incr(f"{PREFIX}stage.failures", tags={"stage": stage})


def late(dag_id: str) -> None:
    """A run of a DAG missed its deadline."""
    stats.incr(f"{PREFIX}deadline.missed", tags={"dag_id": dag_id})


def tell(standing: Mapping[str, float], happened: Sequence[Mapping[str, Any]]) -> None:
    """Say how things stand (gauges) and what happened since the last time (counters)."""
    for name, value in standing.items():
        stats.gauge(f"{PREFIX}{name}", value)
    for row in happened:
        tags = {row["tag"]: _UNFIT.sub("_", row["value"])[:60]} if row["tag"] else None
        stats.incr(f"{PREFIX}{row['name']}", int(row["n"]), tags=tags)
