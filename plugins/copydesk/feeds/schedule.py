"""When to poll a feed next: a pure function of its history, the answer, the time and the manners.

Rules in the order in which they bind (reference: the feed-reader score, RFC 9111,
RSS 2.0, mod_syndication; peers' bugs behind each in docs/architecture.md):

1. a failure or a refusal backs off by its class; Retry-After is a promise;
2. no loss: at most half of the time span that the document covers;
3. freshness: half of the expected time to the next item at this hour of the week;
4. the publisher's wish: max-age, Expires, ttl, sy:*, Retry-After: never earlier;
5. floors (conditional requests work or not), a ceiling of a day, skipHours, skipDays;
6. up to a tenth more, by the feed's own hash, so that a fleet is never in step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from copydesk.settings import Manners

HOURS = 168
DAY = 86400.0
FADE = 0.97
"""What a week-old count of an hour still weighs when the hour comes again."""
PROBE_AFTER = 7 * DAY
PROBE_GAPS = 8
"""An unconditional look when a feed said 304 for longer than a week and eight of its usual gaps: some servers lie."""
GONE_APART = DAY
"""Two answers of 410 so far apart are believed."""
MOVED_AFTER, MOVED_ANSWERS = 7 * DAY, 5
"""A permanent redirect is believed after so long and so many answers; maintenance pages redirect too."""
# (first pause in seconds, factor for each further failure, longest pause)
BACK_OFF: dict[str, tuple[float, float, float]] = {
    "transport": (1800.0, 1.5, DAY),
    "dns": (3600.0, 1.25, DAY),
    "server": (900.0, 2.0, DAY),
    "missing": (3600.0, 1.5, 30 * DAY),
    "refused": (6 * 3600.0, 2.0, 7 * DAY),
    "content": (3600.0, 1.5, DAY),
}


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between polls. Times are seconds since the epoch, spans seconds."""

    failures: int = 0
    arrivals: tuple[float, ...] = ()
    """Faded counts of new items for each hour of the week, or empty."""
    mean_gap: float | None = None
    window: float | None = None
    """The time span that the document covered, its low side."""
    last_new_at: float | None = None
    last_poll_at: float | None = None
    validators_work: bool | None = None
    unchanged_since: float | None = None
    last_probe_at: float | None = None
    lies: int = 0
    gone_at: float | None = None
    moved_to: str | None = None
    moved_since: float | None = None
    moved_answers: int = 0
    seen: int = 0

    def to_json(self) -> dict[str, Any]:
        """Give the state for a jsonb column, without what is empty."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items() if v not in (None, (), 0)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FeedState:
        """Take the state back; unknown names are left out, so that versions of copydesk can be mixed."""
        known = {k: v for k, v in data.items() if k in cls.__dataclass_fields__}
        return cls(**{**known, "arrivals": tuple(known.get("arrivals", ()))})


@dataclass(frozen=True, slots=True)
class PollEvent:
    """What one poll brought. Spans in seconds."""

    status: int | None
    failure: str | None = None
    freshness: float | None = None
    retry_after: float | None = None
    ttl: float | None = None
    update_every: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    items: int = 0
    new_items: int = 0
    overlap: int = 0
    item_dates: tuple[datetime, ...] = ()
    changed: bool = False
    conditional: bool = False
    permanent_target: str | None = None
    """Where every redirect was permanent: the last URL."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When to poll next, why, and what else follows."""

    next_poll_at: datetime
    why: str
    state: FeedState
    probe_next: bool = False
    possible_gap: bool = False
    gone: bool = False
    moved_to: str | None = None
    host_backoff: float | None = None


def plan(state: FeedState, event: PollEvent, now: datetime, manners: Manners, *, key: str = "") -> Plan:
    """Say when to poll next. ``key`` names the feed, for its own fixed share of jitter."""
    at = now.timestamp()
    if event.failure or event.status not in (200, 226, 304):
        return _after_failure(state, event, now, manners, key)
    gap = bool(event.changed and state.seen and event.items and not event.overlap)
    state = _learn(state, event, now)
    seconds, why = _interval(state, event, now, manners)
    when = _allowed(now + timedelta(seconds=seconds * _jitter(key)), event)
    probe = _should_probe(state, at + seconds)
    if probe:
        state, why = (
            replace(state, last_probe_at=at),
            f"{why}; the next look is unconditional, after long silence",
        )
    moved = _moved(state, at)
    return Plan(when, why, state, probe, gap, moved_to=moved)


def _after_failure(state: FeedState, event: PollEvent, now: datetime, manners: Manners, key: str) -> Plan:
    at = now.timestamp()
    state = replace(state, failures=state.failures + 1, last_poll_at=at)
    name, kind = event.failure or f"status {event.status}", _class(event)
    if event.status == 410:
        if state.gone_at is not None and at - state.gone_at >= GONE_APART:
            return Plan(now + timedelta(days=36500), "gone: 410 twice, a day apart", state, gone=True)
        state = replace(state, gone_at=state.gone_at or at)
    first, factor, longest = BACK_OFF[kind]
    scale = min(1.0, manners.floor_conditional / 900.0)  # loopback demonstrations back off in seconds
    pause = min(first * factor ** min(state.failures - 1, 30), longest) * scale
    pause = max(pause, event.retry_after or 0.0, manners.floor_conditional)
    if event.status == 410:
        pause = max(pause, GONE_APART * scale)
    why = f"{name}: pause {_span(pause)}" + (", as Retry-After asks" if event.retry_after else "")
    wait = max(pause * _jitter(key), event.retry_after or 0.0)
    return Plan(
        now + timedelta(seconds=wait),
        why,
        state,
        host_backoff=max(event.retry_after or 0.0, 60.0) if event.status == 429 else None,
    )


def _class(event: PollEvent) -> str:
    if event.failure == "dns":
        return "dns"
    if event.failure in ("robots", "refused_address", "bad_scheme", "bad_url"):
        return "refused"
    if event.failure and event.status == 200:
        return "content"
    if event.failure:
        return "transport"
    if event.status in (404, 410):
        return "missing"
    return "server" if (event.status or 0) >= 500 or event.status == 429 else "refused"


def _learn(state: FeedState, event: PollEvent, now: datetime) -> FeedState:
    at = now.timestamp()
    same = event.status == 304 or not event.changed
    lied = (
        event.changed
        and not event.conditional
        and state.last_probe_at is not None
        and (state.unchanged_since is not None and event.new_items > 0)
    )
    works = True if event.status == 304 else False if event.conditional and same else state.validators_work
    state = replace(
        state,
        failures=0,
        gone_at=None,
        last_poll_at=at,
        validators_work=False if lied else works,
        lies=state.lies + lied,
        unchanged_since=(state.unchanged_since or at) if same else None,
        seen=state.seen + (event.items > 0),
    )
    state = _learn_move(state, event, at)
    return _learn_arrivals(state, event, now) if event.changed else state


def _learn_arrivals(state: FeedState, event: PollEvent, now: datetime) -> FeedState:
    at = now.timestamp()
    bins = list(state.arrivals) or [0.0] * HOURS
    dates = sorted(d for d in event.item_dates if now - timedelta(days=28) < d <= now)
    if event.new_items:
        hour = _hour(now)
        bins[hour] = bins[hour] * FADE + event.new_items
        gap = (at - state.last_new_at) / event.new_items if state.last_new_at else None
        mean = gap if state.mean_gap is None else state.mean_gap if gap is None else 0.8 * state.mean_gap + 0.2 * gap
        state = replace(state, arrivals=tuple(round(b, 3) for b in bins), last_new_at=at, mean_gap=mean)
    if len(dates) >= 3:
        span = (dates[-1] - dates[0]).total_seconds()
        low = span if state.window is None else min(span, 0.7 * state.window + 0.3 * span)
        state = replace(state, window=low if low > 0 else state.window)
        if state.mean_gap is None and span:
            state = replace(state, mean_gap=span / (len(dates) - 1))
    return state


def _learn_move(state: FeedState, event: PollEvent, at: float) -> FeedState:
    target = event.permanent_target
    if target is None:
        return replace(state, moved_to=None, moved_since=None, moved_answers=0)
    if target != state.moved_to:
        return replace(state, moved_to=target, moved_since=at, moved_answers=1)
    return replace(state, moved_answers=state.moved_answers + 1)


def _moved(state: FeedState, at: float) -> str | None:
    long = state.moved_since is not None and at - state.moved_since >= MOVED_AFTER
    return state.moved_to if long and state.moved_answers >= MOVED_ANSWERS else None


def _interval(state: FeedState, event: PollEvent, now: datetime, manners: Manners) -> tuple[float, str]:
    floor = manners.floor_unconditional if state.validators_work is False else manners.floor_conditional
    seconds, why = _expected(state, now, manners)
    if state.window and state.window / 2 < seconds:
        seconds, why = state.window / 2, f"its list covers {_span(state.window)}: half of that loses nothing"
    if seconds < floor:
        seconds, why = (
            floor,
            f"the floor of {_span(floor)}"
            + (" (its validators do not work)" if state.validators_work is False else ""),
        )
    seconds = min(seconds, manners.ceiling) if manners.ceiling >= floor else floor
    wish, name = max(
        (
            (event.freshness or 0.0, "max-age"),
            (event.ttl or 0.0, "ttl"),
            (event.update_every or 0.0, "sy:updatePeriod"),
            (event.retry_after or 0.0, "Retry-After"),
        )
    )
    if wish > seconds:
        seconds, why = wish, f"its publisher asks for {_span(wish)} ({name})"
    return seconds, why


def _expected(state: FeedState, now: datetime, manners: Manners) -> tuple[float, str]:
    """Half of the time in which the next item is expected, by hour of the week, drawn towards the feed's mean."""
    if state.mean_gap is None:
        return manners.floor_conditional, "new here: the floor until its rhythm is known"
    total = sum(state.arrivals)
    share = state.arrivals[_hour(now)] / total if total > HOURS / 4 else 1 / HOURS
    rate = (share * HOURS * 0.5 + 0.5) / state.mean_gap
    seconds = min(max(1 / (2 * rate), manners.floor_conditional), manners.ceiling)
    return seconds, f"an item about every {_span(state.mean_gap)}"


def _should_probe(state: FeedState, next_at: float) -> bool:
    if state.unchanged_since is None or state.validators_work is not True:
        return False
    silence = max(PROBE_AFTER, PROBE_GAPS * (state.mean_gap or 0.0))
    rested = state.last_probe_at is None or next_at - state.last_probe_at >= PROBE_AFTER
    return next_at - state.unchanged_since >= silence and rested


def _allowed(when: datetime, event: PollEvent) -> datetime:
    """Move out of skipHours and skipDays (GMT), to the start of the next hour that is allowed."""
    for _ in range(HOURS):
        utc = when.astimezone(UTC)
        if utc.hour not in event.skip_hours and utc.weekday() not in event.skip_days:
            return when
        when = (utc + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return when


def _hour(now: datetime) -> int:
    utc = now.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def _jitter(key: str) -> float:
    return 1.0 + hashlib.sha256(key.encode()).digest()[0] / 2550.0


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return (
        f"{seconds / 60:.0f} min"
        if seconds < 2 * 3600
        else (f"{seconds / 3600:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} d")
    )
