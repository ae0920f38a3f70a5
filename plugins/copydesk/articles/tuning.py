"""The best ages for a number of requests, found by search over the edit model. Pure.

Ages and the looks after a change are each a row whose gaps grow by a constant factor, so a
plan is five numbers and cannot be fitted to the quirks of the model (free ages, found as the
cheapest path through a grid of them, catch one to two points more of it). Most articles are never edited: what a denser
burst costs is paid for by the edited ones alone, which is why a plan that reacts beats
every fixed list of ages at the same number of requests.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from copydesk.articles.edit_model import DAY, END, HORIZON, HOUR, LITERATURE, EditModel, histories
from copydesk.articles.forecast import Forecast, Rule, Trail, forecast, worst
from copydesk.articles.revisit import COVERED, MICROSECOND, lively
from copydesk.settings import Manners

SAMPLE, FINAL = 300, 3000
"""Edited articles in the search, and in what is finally said of the plan; fewer for plans of many looks."""
MANY = 30.0
ROUNDS = 3
MEDIANS = (1.0, 2.0, 3.0)
"""Hours: nobody knows the median of early edits, so a plan is made for all three together."""
SHARES = (0.2, 0.35, 0.5, 0.65, 0.75, 0.85, 0.95, 1.0)
"""Parts of the requests that the base ages may take."""
FIRSTS = tuple(h * HOUR for h in (1 / 12, 0.125, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 3, 4.5, 6.5, 9))
BURST_FIRSTS = tuple(h * HOUR for h in (1 / 12, 0.15, 0.3, 0.7, 1.3, 2.2))
BURST_SPANS = tuple(h * HOUR for h in (5, 8, 12, 18, 26, 40))
LONGEST_BURST = 120
STEPS = ((HOUR, 60.0), (6 * HOUR, HOUR / 4), (math.inf, HOUR))
"""(gap below, rounded to): times that a person can read."""
ROUNDING = 1e-9
"""Two looks at every article are a mean of two, but for the last bit of a float."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """Ages and burst for a budget (seconds), and what they are expected to catch."""

    ages: tuple[float, ...]
    burst: tuple[float, ...]
    expected: Forecast

    def manners(self, manners: Manners) -> Manners:
        """Give these manners with the plan's ages and burst."""
        return replace(manners, revisit_ages=self.ages, revisit_burst=self.burst)


@dataclass(frozen=True, slots=True)
class Shape:
    """A plan as its numbers: how many ages from which on, how many looks after a change from when to when."""

    count: int
    first: float = HOUR
    burst_first: float = HOUR / 4
    burst_span: float = DAY
    burst: int = 0

    def ages(self) -> tuple[float, ...]:
        """Give the base ages; the last is the horizon, so that the last text is right as well."""
        return tuple(row(self.first, HORIZON, self.count))

    def gaps(self) -> tuple[float, ...]:
        """Give the gaps after a look that saw a change."""
        return tuple(row(self.burst_first, self.burst_span, self.burst))


def row(first: float, last: float, count: int) -> Iterator[float]:
    """Yield so many rising numbers up to the last, the gaps growing by a constant factor; a single one is the last."""
    if count <= 1 or count * first >= last:
        yield from (60.0 * round(last * (place + 1) / count / 60) for place in range(count))
        return
    low, high = 1.0, (last / first) ** (1 / (count - 1))  # the last gap alone would reach
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if first * (middle**count - 1) / (middle - 1) < last else (low, middle)
    for place in range(1, count):
        step = next(step for gap, step in STEPS if first * high ** (place - 1) < gap)
        yield step * round(first * (high**place - 1) / (high - 1) / step)
    yield last


def robust(model: EditModel) -> tuple[EditModel, ...]:
    """Give the model with each median that early edits may have, or as it is where that was measured."""
    if model.source != LITERATURE:
        return (model,)
    return tuple(replace(model, early_median=hours * HOUR) for hours in MEDIANS)


def tune(requests: float, models: Sequence[EditModel], manners: Manners | None = None, *, seed: int = 7) -> Tuned:
    """Find the ages and the burst that catch most versions for at most so many requests an article (1 or more).

    With several models the requests hold for each, and the versions count in the mean.
    """
    manners = manners or Manners()
    found = _Search(requests, models, SAMPLE, seed, manners.revisit_floor).best()
    fresh = _Search(requests, models, FINAL, seed + 100, manners.revisit_floor)
    shape = fresh.filled(found, found.burst)  # drawn anew the plan may cost a little more than in the search
    return Tuned(shape.ages(), shape.gaps(), worst(fresh.expected(shape)))


class _Search:
    """Coordinate ascent over shapes; every step keeps to the requests by the length of the burst."""

    def __init__(self, requests: float, models: Sequence[EditModel], count: int, seed: int, floor: float) -> None:
        self._requests, self._floor = requests + ROUNDING, floor
        count = int(count * min(1.0, MANY / requests) / len(models))
        self._drawn = [(histories(model, count, seed + i, END), model.edited_by(END))
                       for i, model in enumerate(models)]  # fmt: skip
        self._known: dict[Shape, list[Forecast]] = {}

    def best(self) -> Shape:
        """Give the shape that catches most versions: the best of the ascents from several starts."""
        counts = sorted({max(1, int(self._requests * part)) for part in SHARES})
        starts = (Shape(counts[0]), Shape(counts[len(counts) // 2], HOUR / 5, HOUR / 12, 40 * HOUR))
        return max((self._ascent(start, counts) for start in starts), key=self._caught)

    def _ascent(self, start: Shape, counts: Sequence[int]) -> Shape:
        shape = self.filled(start)
        for _ in range(ROUNDS):
            before = shape
            for name, values in (("count", counts), ("first", FIRSTS), ("burst_first", BURST_FIRSTS),
                                 ("burst_span", BURST_SPANS)):  # fmt: skip
                for value in values:
                    tried = self.filled(replace(shape, **{name: value}))  # type: ignore[arg-type]
                    shape = max(shape, tried, key=self._caught)
            if shape == before:
                break
        return shape

    def _caught(self, shape: Shape) -> float:
        return fmean(f.versions for f in self.expected(shape)) if self._fits(shape) else -1.0

    def filled(self, shape: Shape, most: int = LONGEST_BURST) -> Shape:
        """Give the shape with the longest burst that the requests allow."""
        low, high = 0, min(most, int(shape.burst_span / self._floor))
        while low < high:
            middle = (low + high + 1) // 2
            if self._fits(replace(shape, burst=middle)):
                low = middle
            else:
                high = middle - 1
        return replace(shape, burst=low)

    def expected(self, shape: Shape) -> list[Forecast]:
        """Say for each model what a shape catches."""
        if shape not in self._known:
            rule = plain_rule(shape.ages(), shape.gaps(), self._floor)
            self._known[shape] = [forecast(rule, edited, share, horizon=END) for edited, share in self._drawn]
        return self._known[shape]

    def _fits(self, shape: Shape) -> bool:
        return max(f.requests for f in self.expected(shape)) <= self._requests


def plain_rule(ages: Sequence[float], burst: Sequence[float], floor: float) -> Rule:
    """What the planner does with an article without trouble, in plain numbers: a test holds the two together."""

    covered = [*(age * COVERED for age in ages[:-1]), *ages[-1:]]

    def rule(trail: Trail) -> float | None:
        place = bisect_right(covered, trail.age)
        due = ages[place] if place < len(ages) else math.inf
        if trail.last_change is not None and lively(trail.looks + 1, len(ages), len(burst)):
            following = bisect_right(burst, trail.age - trail.last_change + MICROSECOND)
            if following < len(burst):
                due = min(due, trail.last_change + burst[following])
        return max(due, trail.age + floor) if due < math.inf else None

    return rule
