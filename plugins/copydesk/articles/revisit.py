"""Plan when to look at an article again: a pure function of its history, its host's habits and our manners.

The base ages catch 99 % of edited articles with the right last text in seven
requests (``python -m bench.revisits``); intermediate versions are bought with
signals and with a burst after a change, because edits come in runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from copydesk.articles.edit_model import EditModel
from copydesk.articles.habits import KINDS, UNKNOWN, Habits
from copydesk.settings import Manners

HOUR = 3600.0
SIGNAL = 15 * 60.0
"""A signal that is believed brings the look within so many seconds."""
SOON = 120.0
"""... but not at once: a page's cache may be older than the feed that speaks of it."""
CONFIRM = 10 * 60.0
"""A suspect text is looked at again so much later."""
GONE_GAP = 24 * HOUR
"""Three not-found answers over two days make an article gone."""
GONE_ANSWERS = 3
RETRY = 15 * 60.0
FAILURES = 6
"""After so many failed looks in a row only the base ages go on."""
EXTRA = 4
"""Bursts and signals end after so many looks for each look of the plan: a page that always differs is no news."""
COVERED = 0.9
"""A look at this share of a base age stands for it; never for the last, which keeps the promise."""
MICROSECOND = 1e-6
"""Clocks count in whole ones; sums of floats do not."""
BURST_GAIN = 0.06
"""Chance that a look of a burst shows a further text (bench.revisits: 8 points of versions for 0.9 looks)."""
USUAL = EditModel()


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one article: ``looks`` made so far, not-found answers and failed looks in a row."""

    first_seen: datetime
    looks: int = 1
    last_change: datetime | None = None
    suspect: bool = False
    gone_answers: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """The next look and its reason: age, burst, confirm, retry, gone, or the kind of a signal."""

    at: datetime
    why: str


def plan(history: History, now: datetime, manners: Manners, habits: Habits = UNKNOWN) -> Visit | None:
    """Give the next look after the one made at ``now``, or None when the article is done. The earliest reason wins.

    It always lies at least ``manners.revisit_floor`` after ``now``.
    """
    if history.gone_answers:
        gap = timedelta(seconds=GONE_GAP * manners.revisit_tempo)
        return Visit(now + gap, "gone") if history.gone_answers < GONE_ANSWERS else None
    due = list(_base(history.first_seen, now, ages(manners, habits)))
    if history.suspect:
        due.append(Visit(now + _span(CONFIRM, manners), "confirm"))
    if history.last_change and _lively(history, manners):
        due += _burst(history.last_change, now, manners)
    if 0 < history.failures <= FAILURES:
        due.append(Visit(now + _span(RETRY * 2 ** (history.failures - 1), manners), "retry"))
    if not due:
        return None
    first = min(due, key=lambda visit: visit.at)
    return Visit(max(first.at, now + _span(manners.revisit_floor, manners)), first.why)


def signalled(
    history: History, kind: str, now: datetime, last_look: datetime | None, manners: Manners, habits: Habits = UNKNOWN
) -> Visit | None:
    """Give the look that a signal told at ``now`` brings, or None where the article had its share of extra looks.

    A kind that is right one time in k waits until k - 1 quarters of an hour have passed
    since the last look; one that is right every second time comes within a quarter.
    """
    if not _lively(history, manners):
        return None
    at = now + _span(SOON, manners)
    if last_look:
        rest = SIGNAL * (1 / habits.precision(kind) - 1)
        at = max(at, last_look + _span(max(rest, manners.revisit_floor), manners))
    return Visit(at, kind)


def gain(
    why: str, age: float, unseen: float, manners: Manners, habits: Habits = UNKNOWN, model: EditModel = USUAL
) -> float:
    """Give the chance that a look now shows another text: what one request is worth where requests are scarce.

    ``age`` is the article's and ``unseen`` the time since the last look, both in seconds;
    ``why`` is the visit's reason. A first look (no reason) is worth most.
    """
    if not why or why in ("first", "confirm"):
        return 1.0
    if why in KINDS:
        return habits.precision(why)
    usual = model.edited_by(age / manners.revisit_tempo) - model.edited_by((age - unseen) / manners.revisit_tempo)
    return max(BURST_GAIN if why == "burst" else 0.0, usual * habits.scale**-2)


def ages(manners: Manners, habits: Habits = UNKNOWN) -> tuple[float, ...]:
    """Give the base ages of one host in seconds: scaled by its habits, or the two of a quiet host."""
    return _ages(manners.revisit_ages, habits.scale, habits.quiet)


@lru_cache(maxsize=1000)
def _ages(base: tuple[float, ...], scale: float, quiet: bool) -> tuple[float, ...]:
    base = tuple(sorted(base))
    if quiet:
        return (base[3], base[5]) if len(base) > 6 else base[-2:]  # 24 h and 7 d of the usual seven
    return (*(age for age in (age * scale for age in base[:-1]) if age < base[-1]), *base[-1:])


def lively(looks: int, planned: int, burst: int) -> bool:
    """Say whether an article that was looked at so often may have looks beside its base ages."""
    return looks < EXTRA * max(planned + burst, 1)


def _base(first_seen: datetime, now: datetime, planned: tuple[float, ...]) -> Iterator[Visit]:
    """Yield the next base age. Ages that passed while nobody looked are covered by the look just made."""
    age = (now - first_seen).total_seconds()
    following = next((a for a in planned if a > age and (a == planned[-1] or age < COVERED * a)), None)
    if following is not None:
        yield Visit(first_seen + timedelta(seconds=following), "age")


def _burst(last_change: datetime, now: datetime, manners: Manners) -> Iterator[Visit]:
    """Yield the next look of the burst."""
    since = ((now - last_change).total_seconds() + MICROSECOND) / manners.revisit_tempo
    following = min((gap for gap in manners.revisit_burst if gap > since), default=None)
    if following is not None:
        yield Visit(last_change + _span(following, manners), "burst")


def _lively(history: History, manners: Manners) -> bool:
    return lively(history.looks, len(manners.revisit_ages), len(manners.revisit_burst))


def _span(seconds: float, manners: Manners) -> timedelta:
    return timedelta(seconds=seconds * manners.revisit_tempo)
