"""What became of every item: stored once, in time, or else excused by its own publisher and written down as a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .judge import FLOOR, FLOOR_WITHOUT, HOUR, WEEK, Judge, usual_gap
from .papers import DAY, Paper

QUEUE = 600.0
"""Seconds that a feed may wait behind others of its host."""
STRETCH = 1.1
"""Intervals are stretched by up to a tenth, so that a fleet is not in step."""


@dataclass
class Ledger:
    """What the archive says: first seen by (url, guid), gaps by url, and how often a key is there twice."""

    first_seen: Mapping[tuple[str, str], float]
    gaps: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    doubled: int = 0


def settle(judge: Judge, papers: Iterable[Paper], ledger: Ledger, shut: Sequence[tuple[float, float]], span) -> None:
    """Count what is lost, late or doubled. ``shut``: when the poller was down; ``span``: (begin, end) of the run."""
    judge.faults["doubled"] += ledger.doubled
    known = set()
    for paper in papers:
        for number in range(len(paper.published)):
            known.add((paper.path, f"{paper.path}#{number}"))
            if not paper.private and paper.gone_at(number) > span[0]:
                _item(judge, paper, number, ledger, shut, span)
    for strange in set(ledger.first_seen) - known:
        judge.fault("an item that was never published", f"{strange}")


def _item(judge: Judge, paper: Paper, number: int, ledger: Ledger, shut, span) -> None:
    appeared, gone = max(paper.published[number], span[0]), min(paper.gone_at(number), span[1])
    seen = ledger.first_seen.get((paper.path, f"{paper.path}#{number}"))
    # What the publisher left us of the time in which the item could have been had.
    waited = _open(paper, judge, appeared, gone if seen is None else seen, shut)
    bound = _bound(paper, appeared)
    if seen is not None:
        judge.figures["items stored"] += 1
        judge.waits[bool(paper.lies)].append(waited)
        longest = bound if paper.lies else max(DAY, paper.wish()) * STRETCH + QUEUE
        if waited > longest:
            judge.fault("late", f"{paper.path}#{number}: {waited / HOUR:.1f} h, not {longest / HOUR:.1f} h")
    elif waited > bound:
        judge.fault("lost", f"{paper.path}#{number}: shown for {waited / HOUR:.1f} h, bound {bound / HOUR:.1f} h")
    elif gone < span[1]:
        judge.figures["rolled off while we were kept away"] += 1
        noted = any(a <= paper.published[number] <= b for a, b in ledger.gaps.get(paper.path, ()))
        if not noted and not paper.lies:
            judge.fault("lost without a word in the ledger", f"{paper.path}#{number}")


def _bound(paper: Paper, appeared: float) -> float:
    """Within how much open time an item must be seen: half of what the list covers, or a liar's week."""
    times = tuple(paper.published[n] for n in paper.visible(appeared))
    span = times[-1] - times[0] if len(times) > 2 else DAY
    floor = FLOOR_WITHOUT if paper.mood == "none" else FLOOR
    interval = max(min(DAY, span / 2), floor, paper.wish()) * STRETCH + QUEUE
    return max(WEEK, 8 * usual_gap(times)) + DAY * STRETCH + QUEUE if paper.lies else interval


def _open(paper: Paper, judge: Judge, begins: float, ends: float, shut: Sequence[tuple[float, float]]) -> float:
    """Give the seconds between two moments in which neither publisher nor operator kept the poller away."""
    closed = [*shut, *((s.begins, s.ends + s.wait) for s in paper.storms), *judge.host_shut.get(paper.host, ())]
    closed += _skipped(paper, begins, ends)
    total, at = 0.0, begins
    for a, b in sorted(closed):
        total += max(0.0, min(a, ends) - at)
        at = max(at, min(b, ends))
    return total + max(0.0, ends - at)


def _skipped(paper: Paper, begins: float, ends: float) -> list[tuple[float, float]]:
    if not (paper.skip_hours or paper.skip_days):
        return []
    day = begins - begins % DAY
    found = []
    while day < ends:
        weekday = int(day // DAY + 3) % 7  # the epoch began on a Thursday
        if weekday in paper.skip_days:
            found.append((day, day + DAY))
        elif paper.skip_hours:
            found.append((day + paper.skip_hours[0] * HOUR, day + (paper.skip_hours[-1] + 1) * HOUR))
        day += DAY
    return found
