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
        return _said("collect", pipeline.collect(opened, until=time.monotonic() + seconds))


def load(seconds: float) -> dict[str, int]:
    """Read waiting observations into versions."""
    with desk() as opened:
        return _said("load", pipeline.load_articles(opened, until=time.monotonic() + seconds))


def correct(seconds: float) -> dict[str, int]:
    """Work out clusters and corrections."""
    with desk() as opened:
        return _said("correct", pipeline.correct_articles(opened, until=time.monotonic() + seconds))


def tidy(days: int) -> dict[str, int]:
    """Forget old poll records and cached robots.txt, refresh statistics; texts and bytes stay."""
    with desk() as opened:
        return _said("tidy", pipeline.tidy(opened, days=days))


def _said(stage: str, counts: Counter[str]) -> dict[str, int]:
    log.info(
        "%s (pid %d): %s",
        stage,
        os.getpid(),
        ", ".join(f"{k} {v}" for k, v in sorted(counts.items())) or "nothing",
    )
    return dict(counts)
