"""What a plan of re-visits will catch: it is run in virtual time on histories of edits. Pure.

The planner itself is what runs (:func:`planned` calls :func:`copydesk.articles.revisit.plan`),
not a formula beside it; any other rule can be run on the same histories.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NamedTuple

from copydesk.articles import revisit
from copydesk.articles.edit_model import HORIZON, EditModel, History, histories
from copydesk.articles.habits import UNKNOWN, Habits
from copydesk.settings import Manners

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SAMPLE = 4000
"""Edited articles in one forecast: a share of 60 % is then right within 1.6 points (95 %)."""


class Trail(NamedTuple):
    """What a rule may know of one article: ages in seconds. ``unchanged`` counts the looks since the last change."""

    age: float = 0.0
    looks: int = 0
    unchanged: int = 0
    last_change: float | None = None


Rule = Callable[[Trail], float | None]
"""The age of the next look after the one just made, or None when there is none."""
OnSignal = Callable[[Trail, float], float | None]
"""The same for a signal that is told at that age."""


@dataclass(frozen=True, slots=True)
class Signals:
    """How publishers tell: the share of edits signalled, how late (seconds, at most), and how often in vain."""

    share: float = 0.0
    delay: float = 15 * 60.0
    precision: float = 1.0
    kind: str = "entry"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of a plan. Shares are of articles edited by the horizon, or of their edits (``versions``)."""

    requests: float
    """Looks an article after the first, over all articles, edited or not."""
    detected: float
    right: float
    """The last text seen is the one that stands at the horizon."""
    versions: float
    """Edits whose text was seen, of all edits."""
    lag: float
    """Median seconds from the first edit to the look that saw it."""
    edited: int
    edits: int


def worst(found: Sequence[Forecast]) -> Forecast:
    """Put together the worst that several models foresee of one plan."""
    return Forecast(
        max(f.requests for f in found),
        min(f.detected for f in found),
        min(f.right for f in found),
        min(f.versions for f in found),
        max(f.lag for f in found),
        sum(f.edited for f in found),
        sum(f.edits for f in found),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """One article run through a rule."""

    looks: int
    caught: int
    right: bool
    lag: float | None


def run(
    edits: History, rule: Rule, told: Sequence[float] = (), on_signal: OnSignal | None = None, *, horizon: float
) -> Outcome:
    """Look at one article as the rule says until the horizon; ``told`` are the ages of its signals, ascending."""
    trail, seen, caught, lag, at = Trail(), 0, 0, None, 0
    following = rule(trail)
    while True:
        if on_signal and at < len(told) and (following is None or told[at] < following):
            wish = on_signal(trail, told[at])
            following = wish if following is None else min(following, wish or following)
            at += 1
            continue
        if following is None or following > horizon:
            return Outcome(trail.looks, caught, seen == len(edits), lag)
        now = following
        stands = bisect_right(edits, now)
        if stands > seen:
            lag = now - edits[0] if lag is None else lag
            seen, caught = stands, caught + 1
            trail = Trail(now, trail.looks + 1, 0, now)
        else:
            trail = Trail(now, trail.looks + 1, trail.unchanged + 1, trail.last_change)
        following = rule(trail)


def planned(manners: Manners, habits: Habits = UNKNOWN, kind: str = "entry") -> tuple[Rule, OnSignal]:
    """Give copydesk's own planner as a rule, and how it takes a signal of that kind."""

    def rule(trail: Trail) -> float | None:
        visit = revisit.plan(_history(trail), _at(trail.age), manners, habits)
        return (visit.at - EPOCH).total_seconds() if visit else None

    def on_signal(trail: Trail, told: float) -> float | None:
        visit = revisit.signalled(_history(trail), kind, _at(told), _at(trail.age), manners, habits)
        return (visit.at - EPOCH).total_seconds() if visit else None

    return rule, on_signal


def forecast(
    rule: Rule,
    edited: Sequence[History],
    edited_share: float,
    *,
    on_signal: OnSignal | None = None,
    signals: Signals | None = None,
    horizon: float = HORIZON,
    seed: int = 2,
) -> Forecast:
    """Run a rule on the edited articles and on those never edited, which are the other part of all."""
    dice = random.Random(seed)
    signals = signals or Signals()
    vain = _vain(edited, edited_share, signals)
    outcomes = [run(e, rule, _told(e, signals, vain, dice, horizon), on_signal, horizon=horizon) for e in edited]
    idle_runs = len(edited) // 4 if vain else 1
    idle = [
        run((), rule, _told((), signals, vain, dice, horizon), on_signal, horizon=horizon) for _ in range(idle_runs)
    ]
    edits = sum(map(len, edited))
    looks = edited_share * sum(o.looks for o in outcomes) / len(edited)
    return Forecast(
        looks + (1 - edited_share) * sum(o.looks for o in idle) / idle_runs,
        sum(o.caught > 0 for o in outcomes) / len(edited),
        sum(o.right for o in outcomes) / len(edited),
        sum(o.caught for o in outcomes) / edits,
        median([o.lag for o in outcomes if o.lag is not None] or [0.0]),
        len(edited),
        edits,
    )


def expect(
    manners: Manners,
    model: EditModel,
    *,
    habits: Habits = UNKNOWN,
    signals: Signals | None = None,
    horizon: float = HORIZON,
    sample: int = SAMPLE,
    seed: int = 1,
) -> Forecast:
    """Say what copydesk's planner is expected to catch with these manners where articles are edited like that."""
    rule, on_signal = planned(manners, habits, signals.kind if signals else "entry")
    edited = histories(model, sample, seed, horizon)
    share = model.edited_by(horizon)
    return forecast(rule, edited, share, on_signal=on_signal, signals=signals, horizon=horizon, seed=seed + 1)


def _vain(edited: Sequence[History], edited_share: float, signals: Signals) -> float:
    """Signals in vain for each article, edited or not, so that the given share of all signals is true."""
    true = signals.share * edited_share * sum(map(len, edited)) / len(edited)
    return true * (1 / signals.precision - 1)


def _told(edits: History, signals: Signals, vain: float, dice: random.Random, horizon: float) -> list[float]:
    told = [edit + dice.random() * signals.delay for edit in edits if dice.random() < signals.share]
    chance = vain
    while chance > 0:
        if dice.random() < chance:
            told.append(horizon ** dice.random() if dice.random() < 0.5 else horizon * dice.random())
        chance -= 1
    return sorted(told)


def _history(trail: Trail) -> revisit.History:
    changed = None if trail.last_change is None else _at(trail.last_change)
    return revisit.History(EPOCH, trail.looks + 1, changed)


def _at(age: float) -> datetime:
    return EPOCH + timedelta(seconds=age)
