"""What a poll teaches about a feed: its rhythm, its list's length, its validators, where it moved. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from urllib.parse import urlsplit

from copydesk.articles.urls import host_of, registrable
from copydesk.feeds.history import FeedState, PollEvent

HOURS = 168
DAY = 86400.0
FADE = 0.97
"""What a week-old count of an hour still weighs when the hour comes again."""
DRAWN = 84.0
"""Items counted, at which the week's own shape and its mean weigh alike: one for every second hour."""
FRUITLESS = 3
"""Conditional requests in a row with other bytes and nothing new, after which they count as not working."""
MOVED_AFTER, MOVED_ANSWERS = 7 * DAY, 5
"""A permanent redirect is believed after so long and so many answers; maintenance pages redirect too."""
FOREIGN_OVERLAP = 0.5
"""Share of known entries that a document at another registrable domain must have to be the same feed."""


def learn(state: FeedState, event: PollEvent, now: datetime, url: str) -> FeedState:
    """Give the state after an answer that served (200 or 304)."""
    at = now.timestamp()
    same = event.status == 304 or not event.changed
    idle = event.conditional and event.changed and not event.new_items
    state = replace(
        state,
        failures=0,
        gone_at=None,
        last_poll_at=at,
        last_probe_at=at if event.probe else state.last_probe_at,
        fruitless=state.fruitless + 1 if idle else 0,
        untrusted=state.untrusted or event.lied,
        silent_since=(state.silent_since or at) if event.status == 304 else None,
        seen=state.seen + (event.items > 0),
    )
    state = replace(state, validators_work=_validators_work(state, event, same=same))
    state = _move(state, event, at, url)
    return _rhythm(_wishes(state, event), event, now) if event.changed else state


def moved(state: FeedState, at: float, url: str) -> str | None:
    """Say which URL to poll from now on, once a permanent redirect is believed."""
    target = state.moved_to
    if target is None:
        return None
    if urlsplit(url)._replace(scheme="https").geturl() == target:
        return target  # the same address, now with TLS: nobody else can be behind it
    long = state.moved_since is not None and at - state.moved_since >= MOVED_AFTER
    return target if long and state.moved_answers >= MOVED_ANSWERS else None


def time_to(items: float, arrivals: Sequence[float], mean_gap: float, now: datetime, longest: float) -> float:
    """Give the seconds from ``now`` in which so many items are expected, at most ``longest``.

    The rate of each hour of the week is what was counted in it, drawn towards the feed's
    mean by :data:`DRAWN` items, so that a feed of which little is known has a flat week.
    """
    total = sum(arrivals)
    trust = total / (total + DRAWN)
    passed, hour = 0.0, hour_of_week(now)
    left = 3600.0 - (now.timestamp() % 3600.0)
    while passed < longest:
        share = arrivals[hour] / total if total else 0.0
        rate = (trust * share * HOURS + (1.0 - trust)) / mean_gap
        if rate * left >= items:
            return passed + items / rate
        items, passed, left, hour = items - rate * left, passed + left, 3600.0, (hour + 1) % HOURS
    return longest


def hour_of_week(now: datetime) -> int:
    """Give 0 for Monday's first hour in UTC to 167."""
    utc = now.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def _validators_work(state: FeedState, event: PollEvent, *, same: bool) -> bool | None:
    if event.status == 304:
        return True
    ignored = (event.conditional and same) or state.fruitless >= FRUITLESS
    return False if ignored or not event.has_validators else state.validators_work


def _wishes(state: FeedState, event: PollEvent) -> FeedState:
    return replace(
        state,
        ttl=event.ttl,
        update_every=event.update_every,
        skip_hours=tuple(sorted(event.skip_hours)),
        skip_days=tuple(sorted(event.skip_days)),
    )


def _rhythm(state: FeedState, event: PollEvent, now: datetime) -> FeedState:
    at = now.timestamp()
    times = sorted(date.timestamp() for date in event.item_dates if date <= now)
    if len(times) > 2:
        state = replace(state, usual_gap=median(b - a for a, b in pairwise(times)))
    dates = sorted(d for d in event.item_dates if now - timedelta(days=28) < d <= now)
    if event.new_items:
        gap = (at - state.last_new_at) / event.new_items if state.last_new_at else None
        mean = gap if state.mean_gap is None else state.mean_gap if gap is None else 0.8 * state.mean_gap + 0.2 * gap
        state = replace(state, arrivals=_counted(state, event, now), last_new_at=at, mean_gap=mean)
    if len(dates) >= 3:
        span = (dates[-1] - dates[0]).total_seconds()
        low = span if state.window is None else min(span, 0.7 * state.window + 0.3 * span)
        state = replace(state, window=low if low > 0 else state.window)
        if state.mean_gap is None and span:
            state = replace(state, mean_gap=span / (len(dates) - 1))
    return state


def _move(state: FeedState, event: PollEvent, at: float, url: str) -> FeedState:
    """Count the answers that say "for good over there" and bring this feed's own entries there.

    Whoever was a stranger at first stays one: by the second poll his entries are known,
    because the first has stored them; it may have been a redirect for the time being.
    """
    target, led_to = event.permanent_target, event.permanent_target or event.led_to
    domain = registrable(host_of(led_to)) if led_to else None
    foreign = domain != registrable(host_of(url))
    same = domain is not None and domain != state.stranger and _same_feed(state, event, foreign=foreign)
    state = replace(state, stranger=domain if foreign and not same else None)
    if target is None or not same:
        return replace(state, moved_to=None, moved_since=None, moved_answers=0)
    if target != state.moved_to:
        return replace(state, moved_to=target, moved_since=at, moved_answers=1)
    return replace(state, moved_answers=state.moved_answers + 1)


def _same_feed(state: FeedState, event: PollEvent, *, foreign: bool) -> bool:
    if not event.changed or state.seen <= (event.items > 0):
        return True  # the bytes that we know, or a feed of which we know nothing else yet
    share = event.overlap / event.items if event.items else 0.0
    return share >= FOREIGN_OVERLAP if foreign else share > 0


def _counted(state: FeedState, event: PollEvent, now: datetime) -> tuple[float, ...]:
    """Count new items at the hours that they are dated; undated ones now, unless all is new because the feed is."""
    recent = [date for date in event.new_dates if now - timedelta(days=28) < date <= now]
    hours = Counter(hour_of_week(date) for date in recent)
    if state.last_new_at is not None:
        hours[hour_of_week(now)] += max(0, event.new_items - len(event.new_dates))
    bins = list(state.arrivals) or [0.0] * HOURS
    for hour, count in hours.items():
        bins[hour] = round(bins[hour] * FADE + count, 3)
    return tuple(bins)
