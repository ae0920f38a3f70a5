"""Each task in one call: open the desk, do the work until a deadline, give counts back."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from copydesk import pipeline
from copydesk.settings import Settings
from copydesk.store.address import connect_url
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


def tidy(days: int) -> dict[str, int]:
    """Forget old poll records and cached robots.txt, refresh statistics; texts and bytes stay."""
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
