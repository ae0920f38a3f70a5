"""The budget of re-visits at one host: never more than a day's number in any 24 hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

DAY = 86400.0
HOURS = 24


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left at ``at``. A full bucket holds an hour's worth; the rest of the day flows in evenly."""

    left: float
    at: datetime

    def to_json(self) -> dict[str, Any]:
        """Give plain types for the host's row."""
        return {"left": self.left, "at": self.at.isoformat()}


def read(data: Mapping[str, Any] | None, now: datetime, per_day: int) -> Budget:
    """Give the budget at ``now``: what a host's row says, filled up since; full where it says nothing."""
    size = capacity(per_day)
    if not data:
        return Budget(size, now)
    before = Budget(float(data["left"]), datetime.fromisoformat(data["at"]))
    gone = max(0.0, (now - before.at).total_seconds())
    return Budget(min(size, before.left + gone * _flow(per_day)), max(now, before.at))


def capacity(per_day: int) -> float:
    """Give how many looks may follow each other at once."""
    return max(1.0, per_day / HOURS) if per_day > 0 else 0.0


def spend(budget: Budget) -> Budget:
    """Give what is left after one look. Work that was under way already may overdraw it; the flow pays that back."""
    return Budget(budget.left - 1.0, budget.at)


def ready_at(budget: Budget, per_day: int) -> datetime | None:
    """Give when the next look may be made; None means never (a budget of none)."""
    if per_day <= 0:
        return None
    missing = max(0.0, 1.0 - budget.left)
    return budget.at + timedelta(seconds=missing / _flow(per_day))


def _flow(per_day: int) -> float:
    """Looks a second. Capacity and a day's flow together are the day's number, so no window of 24 h holds more."""
    return max(per_day - capacity(per_day), 0.5) / DAY if per_day > 0 else 0.0
