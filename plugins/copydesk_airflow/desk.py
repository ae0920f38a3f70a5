"""Each task in one call: open the desk, do the work until a deadline, give counts back."""

from __future__ import annotations

import json
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from copydesk import pipeline
from copydesk.settings import Settings, as_spans
from copydesk.stages import replay as rereading
from copydesk.store.address import connect_url
from copydesk.store.db import plain
from copydesk.store.replays import Scope
from copydesk_airflow import measuring
from copydesk_airflow.runs import Work, noted

log = logging.getLogger(__name__)


@contextmanager
def desk() -> Iterator[pipeline.Desk]:
    """Open the desk with the settings of the environment."""
    settings = Settings.from_env()
    with pipeline.open_desk(settings, connect_url(settings, start=False), connections=8) as opened:
        yield opened


def collect(seconds: float) -> dict[str, int]:
    """Poll feeds and look at pages that are due."""
    with desk() as opened:
        return _did(opened, "collect", lambda d: pipeline.collect(d, until=time.monotonic() + seconds))


def load(seconds: float) -> dict[str, int]:
    """Read waiting observations into versions."""
    with desk() as opened:
        return _did(opened, "load", lambda d: pipeline.load_articles(d, until=time.monotonic() + seconds))


def correct(seconds: float) -> dict[str, int]:
    """Work out clusters and corrections."""
    with desk() as opened:
        return _did(opened, "correct", lambda d: pipeline.correct_articles(d, until=time.monotonic() + seconds))


def deliver(seconds: float) -> dict[str, int]:
    """Send the change stream to webhooks."""
    with desk() as opened:
        return _did(opened, "deliver", lambda d: pipeline.deliver_changes(d, until=time.monotonic() + seconds))


def offload(seconds: float) -> dict[str, int]:
    """Move raw bytes to the store of the settings."""
    with desk() as opened:
        return _did(opened, "offload", lambda d: pipeline.offload(d, until=time.monotonic() + seconds))


def replay(params: Mapping[str, Any]) -> dict[str, Any]:
    """Read stored pages again; gives the report without its examples: texts belong into no log."""
    scope = Scope(_time(params["since"]), _time(params["until"]), params["publisher"])
    end = time.monotonic() + params["seconds"]
    report: dict[str, Any] = {}

    def read(opened: pipeline.Desk) -> Counter[str]:
        report.update(
            rereading.replay(
                opened.pool,
                opened.extractors,
                scope,
                write=params["write"],
                until=lambda: time.monotonic() > end,
                progress=lambda done, total: log.info("replay: %d of %d pages", done, total),
            )
        )
        return Counter(report["counts"])

    with desk() as opened:
        _did(opened, "replay", read)
    report.pop("samples")
    log.info("report: %s; examples: copydesk replay --show %d", report, report["replay"])
    return report


def _time(text: str | None) -> datetime | None:
    value = datetime.fromisoformat(text) if text else None
    return value.replace(tzinfo=value.tzinfo or UTC) if value else None


def learn() -> dict[str, int]:
    """Work out every host's habits of editing."""
    with desk() as opened:
        return _did(opened, "learn", pipeline.learn_habits)


def report_revisits(days: int) -> dict[str, float | None]:
    """Log what the re-visits caught; gives shares."""
    with desk() as opened:
        found = pipeline.report_revisits(opened, days=days)
    log.info("re-visits: %s", json.dumps(plain(found), indent=2))
    by_age = {as_spans([row["age"]]): row["share"] for row in found["edits_by_age"]}
    return {**by_age, "signalled": found["changes"]["recall"]}


def tidy(days: int) -> dict[str, int]:
    """Forget old poll records and cached robots.txt, apply retention and takedowns, refresh statistics."""
    with desk() as opened:
        return _did(opened, "tidy", lambda d: pipeline.tidy(d, days=days))


def measure() -> dict[str, int]:
    """Count the hours that are over and the publishers' scorecards, and tell Airflow's metrics how things stand."""
    with desk() as opened:
        return _did(opened, "measure", measuring.measure)


def _did(opened: pipeline.Desk, stage: str, work: Work) -> dict[str, int]:
    return _said(stage, noted(opened, stage, work))


def _said(stage: str, counts: Counter[str]) -> dict[str, int]:
    log.info(
        "%s (pid %d): %s",
        stage,
        os.getpid(),
        ", ".join(f"{k} {v}" for k, v in sorted(counts.items())) or "nothing",
    )
    return dict(counts)
