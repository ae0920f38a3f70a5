"""When to poll a feed next: a pure function of its history, the answer, the time and the manners.

Rules in the order in which they bind (docs/feeds.md has the reason for each):

1. a failure or a refusal backs off by its class; Retry-After is a promise (:mod:`copydesk.feeds.backoff`);
2. no loss: at most half of the time span that the document covers;
3. freshness: half of the expected time to the next item at this hour of the week;
4. floors (conditional requests work or not) and a ceiling of a day;
5. the publisher's wish: max-age, Expires, ttl, sy:*, Retry-After: never earlier, even where it
   contradicts 2 (and ``why`` then says so); skipHours, skipDays;
6. up to a tenth more, by the feed's own hash, so that a fleet is never in step.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from copydesk.feeds.backoff import after_failure, span
from copydesk.feeds.history import FeedState, Plan, PollEvent
from copydesk.feeds.honesty import floor, probe_due
from copydesk.feeds.learn import HOURS, learn, moved, time_to
from copydesk.settings import Manners

AWAKENING = 6000.0
"""Times a feed's stretch (0 to 0.1): up to ten minutes after the end of hours to skip."""


def plan(state: FeedState, event: PollEvent, now: datetime, manners: Manners, *, url: str) -> Plan:
    """Say when to poll next. ``now`` is when the answer was complete; ``url`` is the feed's own."""
    if event.failure or event.status not in (200, 304):
        failed = after_failure(state, event, now, manners, _jitter(url))
        return failed if failed.gone else replace(failed, next_poll_at=_allowed(failed.next_poll_at, state, url))
    gap = bool(event.changed and state.seen and event.items and not event.overlap)
    state = learn(state, event, now, url)
    seconds, why = _interval(state, event, now, manners)
    when = _allowed(now + timedelta(seconds=seconds * _jitter(url)), state, url)
    if state.stranger:
        why = f"{why}; it redirects to {state.stranger}, whose list was another: not moved there"
    if probe_due(state, when.timestamp()):
        why = f"{why}; that look is unconditional, after long silence"
    return Plan(when, why, state, gap, moved_to=moved(state, now.timestamp(), url))


def not_now(state: FeedState, now: datetime, *, url: str) -> datetime | None:
    """Give when to ask instead, where a due feed's turn comes late and falls into hours or days to skip."""
    when = _allowed(now, state, url)
    return when if when > now else None


def _interval(state: FeedState, event: PollEvent, now: datetime, manners: Manners) -> tuple[float, str]:
    seconds, why = _expected(state, now, manners)
    if state.untrusted:
        # Each look costs its publisher a full answer: once a day, unless its list would roll over.
        seconds, why = manners.ceiling, "its server says 304 although there is news: asked in full, once a day"
    lossless = state.window / 2 if state.window else None
    if lossless and lossless < seconds:
        seconds, why = lossless, f"its list covers {span(lossless * 2)}: half of that loses nothing"
    least = floor(state, manners)
    if seconds < least:
        cause = "" if least == manners.floor_conditional else " (conditional requests do not work there)"
        seconds, why = least, f"the floor of {span(least)}{cause}"
    seconds = max(min(seconds, manners.ceiling), least)
    wish, name = _wish(state, event)
    if wish > seconds:
        seconds, why = wish, f"its publisher asks for {span(wish)} ({name})"
        if lossless and wish > 2 * lossless:
            why += f", longer than the {span(2 * lossless)} that its list covers: entries may be lost"
    return seconds, why


def _wish(state: FeedState, event: PollEvent) -> tuple[float, str]:
    return max(
        (event.freshness or 0.0, "max-age"),
        (state.ttl or 0.0, "ttl"),
        (state.update_every or 0.0, "sy:updatePeriod"),
        (event.retry_after or 0.0, "Retry-After"),
    )


def _expected(state: FeedState, now: datetime, manners: Manners) -> tuple[float, str]:
    """Half of the time in which the next item is expected: from now on, hour for hour of the week."""
    if state.mean_gap is None:
        return manners.floor_conditional, "new here: the floor until its rhythm is known"
    seconds = time_to(0.5, state.arrivals, max(state.mean_gap, 1.0), now, manners.ceiling)
    seconds = min(max(seconds, manners.floor_conditional), manners.ceiling)
    return seconds, f"an item about every {span(state.mean_gap)}"


def _allowed(when: datetime, state: FeedState, key: str) -> datetime:
    """Move out of skipHours and skipDays (GMT), into the next hour that is allowed.

    Not to its start: all feeds of a fleet that skip the same hours would be in step there.
    """
    later = timedelta(seconds=AWAKENING * (_jitter(key) - 1.0))
    for _ in range(HOURS):
        utc = when.astimezone(UTC)
        if utc.hour not in state.skip_hours and utc.weekday() not in state.skip_days:
            return when
        when = (utc + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0) + later
    return when


def _jitter(key: str) -> float:
    """Give the feed's own stretch: 1 to 1.1, the same at every time."""
    return 1.0 + hashlib.sha256(key.encode()).digest()[0] / 2550.0
