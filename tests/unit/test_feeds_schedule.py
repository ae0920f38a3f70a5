"""When a feed is polled next: each rule by itself, and the ones that bind together over any history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.feeds.history import FeedState, PollEvent
from copydesk.feeds.honesty import asks_conditionally, lied
from copydesk.feeds.learn import HOURS, hour_of_week, time_to
from copydesk.feeds.schedule import not_now, plan
from copydesk.settings import Manners

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
URL = "https://a.example/feed"
HOUR, DAY = 3600.0, 86400.0
POLITE = Manners()
KNOWN = FeedState(mean_gap=DAY, window=10 * DAY, validators_work=True, seen=5, last_new_at=NOW.timestamp() - DAY)


def after(event: PollEvent, state: FeedState = KNOWN, *, now=NOW, url=URL, manners=POLITE):
    return plan(state, event, now, manners, url=url)


def seconds(made, now=NOW) -> float:
    return (made.next_poll_at - now).total_seconds()


def test_what_a_feed_is_known_by_outlives_the_database():
    state = replace(KNOWN, validators_work=False, arrivals=(1.0, 2.0), skip_hours=(0,), silent_since=0.0, failures=2)
    assert FeedState.from_json(state.to_json()) == state
    assert FeedState().to_json() == {}
    assert FeedState.from_json({"of a later version": 1}) == FeedState()


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ({"freshness": 2 * DAY}, "max-age"),
        ({"ttl": 2 * DAY, "changed": True}, "ttl"),
        ({"update_every": 2 * DAY, "changed": True}, "sy:updatePeriod"),
        ({"retry_after": 2 * DAY}, "Retry-After"),
    ],
)
def test_a_publishers_wish_is_kept_and_named(wish, name):
    made = after(PollEvent(200, has_validators=True, **wish))
    assert 2 * DAY <= seconds(made) <= 2.2 * DAY
    assert name in made.why


def test_a_wish_against_the_length_of_the_list_is_kept_and_said():
    made = after(PollEvent(304, freshness=6 * HOUR), replace(KNOWN, window=2 * HOUR))
    assert seconds(made) >= 6 * HOUR
    assert "entries may be lost" in made.why


def test_a_304_takes_back_no_wish_of_the_document():
    state = after(PollEvent(200, changed=True, ttl=5 * HOUR, has_validators=True)).state
    assert seconds(after(PollEvent(304), replace(state, window=4 * HOUR))) >= 5 * HOUR


@pytest.mark.parametrize(("works", "floor"), [(True, 15 * 60), (False, 60 * 60)])
def test_floors(works, floor):
    busy = replace(KNOWN, mean_gap=10.0, window=600.0, validators_work=works)
    event = PollEvent(304) if works else PollEvent(200)
    assert floor <= seconds(after(event, busy)) <= 1.1 * floor
    for failed in (PollEvent(500), PollEvent(None, "timeout")):
        assert seconds(after(failed, busy)) >= floor


def test_half_of_the_list_at_the_most():
    slow_but_short = replace(KNOWN, mean_gap=30 * DAY, window=8 * HOUR)
    assert seconds(after(PollEvent(304), slow_but_short)) <= 4.4 * HOUR


def test_trouble_does_not_let_the_list_roll_over():
    state = replace(KNOWN, failures=30, window=6 * HOUR)
    for event in (PollEvent(503), PollEvent(None, "connect"), PollEvent(200, "parser_failed"), PollEvent(None, "dns")):
        assert seconds(after(event, state)) <= 3.3 * HOUR
    assert seconds(after(PollEvent(429), state)) > 6 * HOUR  # we were told that it is too often


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("held", [1.0, 3 * HOUR, 7 * DAY])
def test_retry_after_is_a_promise(status, held):
    made = after(PollEvent(status, retry_after=held))
    assert seconds(made) >= held
    assert (made.host_backoff is not None) == (status == 429)


def test_410_is_believed_when_it_is_said_twice_a_day_apart():
    first = after(PollEvent(410))
    assert not first.gone
    assert seconds(first) >= DAY
    soon = after(PollEvent(410), first.state, now=NOW + timedelta(hours=23))
    assert not soon.gone
    later = after(PollEvent(410), soon.state, now=NOW + timedelta(hours=25))
    assert later.gone
    between = after(PollEvent(304), first.state, now=NOW + timedelta(hours=24)).state
    assert not after(PollEvent(410), between, now=NOW + timedelta(hours=25)).gone


def test_404_is_soft_for_ever():
    state, now, waits = KNOWN, NOW, []
    for _ in range(200):
        made = after(PollEvent(404), state, now=now)
        assert not made.gone
        waits.append(seconds(made, now))
        state, now = made.state, made.next_poll_at
    assert waits[0] <= 1.1 * HOUR
    assert max(waits) <= 33 * DAY


def test_hours_and_days_to_skip():
    state = replace(KNOWN, mean_gap=HOUR, skip_hours=(12, 13), skip_days=(3,))
    made = after(PollEvent(304), state)
    assert made.next_poll_at.hour == 14
    assert after(PollEvent(500), state).next_poll_at.hour == 14
    late = not_now(state, datetime(2026, 3, 4, 23, 59, tzinfo=UTC) + timedelta(hours=5), url=URL)
    assert late is not None
    assert late.isoformat().startswith("2026-03-06T00:")
    assert not_now(state, NOW + timedelta(hours=3), url=URL) is None
    starts = {after(PollEvent(304), state, url=f"https://a.example/{n}").next_poll_at for n in range(50)}
    assert len(starts) > 30  # a fleet that skips the same hours does not wake in step


def test_jitter_is_the_feeds_own():
    waits = {n: seconds(after(PollEvent(304), url=f"https://a.example/{n}")) for n in range(100)}
    assert waits == {n: seconds(after(PollEvent(304), url=f"https://a.example/{n}")) for n in range(100)}
    assert len(set(waits.values())) > 60
    assert max(waits.values()) <= 1.1 * min(waits.values()) + 1


def test_the_hours_in_which_news_comes_are_those_in_which_it_is_asked():
    arrivals = [0.0] * HOURS
    for day in range(5):
        arrivals[day * 24 + 9] = 100.0
    monday_night = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert hour_of_week(monday_night) == 2
    wait = time_to(0.5, arrivals, 8 * HOUR, monday_night, 7 * DAY)
    assert 6 * HOUR < wait < 7.2 * HOUR  # it sleeps through the night and comes in the ninth hour
    assert time_to(0.5, (), 8 * HOUR, monday_night, 7 * DAY) == pytest.approx(4 * HOUR)
    assert time_to(5, (), 8 * HOUR, monday_night, DAY) == DAY


def test_a_look_behind_long_silence_is_due_once_a_week():
    state = replace(KNOWN, usual_gap=HOUR, silent_since=NOW.timestamp())
    ask = lambda days, s=state: asks_conditionally(s, NOW.timestamp() + days * DAY)  # noqa: E731
    assert ask(6.9)
    assert not ask(7.1)
    rare = replace(state, usual_gap=2 * DAY)
    assert ask(15.9, rare)
    assert not ask(16.1, rare)
    probed = after(PollEvent(304, probe=True), state, now=NOW + timedelta(days=7.1)).state
    assert ask(14, probed)
    assert not ask(14.2, probed)
    full = after(PollEvent(200, probe=True, has_validators=True), state, now=NOW + timedelta(days=7.1)).state
    assert full.silent_since is None  # a full answer ends the silence: nothing is hidden behind it
    assert full.validators_work


def test_what_proves_a_lie():
    last = NOW.timestamp()
    early, late = NOW - timedelta(days=2), NOW - timedelta(hours=2)
    assert lied(last_poll_at=last, same_validators=True, modified=None, new_dates=())
    assert lied(last_poll_at=last, same_validators=False, modified=NOW - timedelta(hours=1), new_dates=())
    assert lied(last_poll_at=last, same_validators=False, modified=None, new_dates=(early,))
    assert not lied(last_poll_at=last, same_validators=False, modified=None, new_dates=(late,))
    assert not lied(last_poll_at=None, same_validators=True, modified=None, new_dates=(early,))


def test_a_liar_is_asked_in_full_once_a_day():
    made = after(PollEvent(200, changed=True, probe=True, lied=True, items=5, overlap=4, new_items=1))
    assert made.state.untrusted
    assert not asks_conditionally(made.state, NOW.timestamp())
    assert DAY <= seconds(made) <= 1.1 * DAY


def moves(target, *, days=8, answers=9, overlap=10, url=URL, state=KNOWN):
    for n in range(answers):
        now = NOW + timedelta(days=days * n / (answers - 1))
        event = PollEvent(200, changed=True, items=10, overlap=overlap, permanent_target=target)
        made = after(event, state, now=now, url=url)
        state = made.state
    return made.moved_to


def test_a_permanent_redirect_is_believed_on_evidence():
    target = "https://a.example/new"
    assert moves(target) == target
    assert moves(target, days=5) is None
    assert moves(target, answers=4) is None
    assert moves(target, overlap=0) is None
    assert moves("https://b.example/new", overlap=4) is None
    assert moves("https://b.example/new", overlap=5) == "https://b.example/new"
    assert moves(None) is None
    assert moves("https://a.example/feed", url="http://a.example/feed", answers=2, days=0.1) is not None
    half = after(PollEvent(304, permanent_target=target)).state
    closed = after(PollEvent(404), half)
    assert closed.moved_to == target


EVENTS = st.builds(
    PollEvent,
    status=st.sampled_from([200, 304, 404, 410, 429, 500, 503]),
    failure=st.sampled_from([None, None, None, "timeout", "dns", "robots"]),
    freshness=st.none() | st.floats(0, 7 * DAY),
    retry_after=st.none() | st.floats(0, 7 * DAY),
    ttl=st.none() | st.floats(60, 7 * DAY),
    update_every=st.none() | st.floats(60, 7 * DAY),
    skip_hours=st.frozensets(st.integers(0, 23), max_size=23),
    skip_days=st.frozensets(st.integers(0, 6), max_size=6),
    items=st.integers(0, 500),
    new_items=st.integers(0, 500),
    overlap=st.integers(0, 500),
    item_dates=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=8).map(tuple),
    new_dates=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=8).map(tuple),
    changed=st.booleans(),
    conditional=st.booleans(),
    has_validators=st.booleans(),
    probe=st.booleans(),
    lied=st.booleans(),
)


@given(st.lists(EVENTS, min_size=1, max_size=12))
def test_over_any_history_no_promise_is_broken(history):
    state, now = FeedState(), NOW
    for event in history:
        made = after(event, state, now=now)
        state = FeedState.from_json(made.state.to_json())
        assert state == made.state
        wait = seconds(made, now)
        assert wait >= POLITE.floor_conditional
        assert wait >= (event.retry_after or 0)
        if event.status in (200, 304) and not event.failure:
            assert wait >= (event.freshness or 0)
            assert wait >= max(state.ttl or 0, state.update_every or 0)
        if not made.gone:
            assert made.next_poll_at.hour not in state.skip_hours
            assert made.next_poll_at.weekday() not in state.skip_days
            assert wait <= 40 * DAY
        now = made.next_poll_at
        if made.gone:
            return
