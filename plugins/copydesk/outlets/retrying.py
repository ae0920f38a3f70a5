"""When a webhook is tried again, and when it is given up: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 4 * 3600, 6 * 3600, 8 * 3600)
"""Seconds before each further try: eleven tries in 21 hours 42 minutes, the last within a day of the first."""
LONGEST_WAIT = 8 * 3600
RESTS = (5, 30, 60, 300, 900)
"""Seconds for which a whole endpoint rests after so many failures in a row; the last one stays."""
TROUBLE = 3
"""Failures in a row after which an endpoint is taken to be down: then nothing new is tried on it, so that
a receiver's bad day costs it no dead letters for events that it never saw."""

Fate = Literal["sent", "again", "dead", "gone"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try led to: ``wait`` seconds until the next of this event, ``rest`` for the endpoint."""

    fate: Fate
    wait: float = 0.0
    rest: float = 0.0


def judge(status: int | None, refused: bool, attempts: int, failures: int, retry_after: float | None) -> Outcome:
    """Say what an answer means. ``attempts`` and ``failures`` (of the endpoint, in a row) count this one.

    2xx is taken. 410 asks for no more of anything. What a guard refused (``refused``: the address is not
    public, the URL is none) and 3xx cannot become better by waiting long; all else is tried again.
    """
    if status is not None and 200 <= status < 300:
        return Outcome("sent")
    if status == 410:
        return Outcome("gone")
    rest = max(_rest(failures), min(retry_after or 0.0, LONGEST_WAIT) if status in (429, 503) else 0.0)
    if refused or attempts > len(WAITS):
        return Outcome("dead", rest=rest)
    wait = max(WAITS[attempts - 1], min(retry_after or 0.0, LONGEST_WAIT))
    return Outcome("again", wait, rest)


def _rest(failures: int) -> float:
    return 0.0 if failures < TROUBLE else float(RESTS[min(failures - TROUBLE, len(RESTS) - 1)])
