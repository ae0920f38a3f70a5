"""The planner of re-visits: floors, budgets, signals; and its forecast, which runs the planner itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.articles import budget, forecast, tuning
from copydesk.articles.edit_model import DAY, HORIZON, HOUR, WEEK, EditModel, Measured, fitted, histories
from copydesk.articles.habits import KINDS, UNKNOWN, Habits
from copydesk.articles.revisit import History, ages, gain, plan, signalled
from copydesk.settings import LOOPBACK_MANNERS, Manners, Settings, as_spans

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLITE = Manners()
HABITS = st.builds(
    Habits,
    articles=st.integers(0, 2000),
    edited=st.integers(0, 500),
    expected=st.floats(0, 500),
    signals=st.dictionaries(st.sampled_from(KINDS), st.tuples(st.just(50), st.integers(0, 50))),
)
EVENTS = st.lists(st.sampled_from(["same", "changed", "suspect", "failed", "gone", *KINDS]), max_size=60)


@settings(max_examples=300, deadline=None)
@given(EVENTS, HABITS, st.sampled_from([POLITE, LOOPBACK_MANNERS]), st.floats(0, 1))
def test_any_life_of_an_article_keeps_the_floor_and_ends(events, habits, manners, wait):
    """Whatever the looks bring and whatever signals say, looks keep their distance and come to an end."""
    floor = timedelta(seconds=manners.revisit_floor * manners.revisit_tempo)
    now, told = START, iter(events)
    history = History(START)
    visit = plan(history, now, manners, habits)
    looks = [START]
    while visit is not None:
        assert visit.at > now
        assert visit.at - looks[-1] >= floor
        event = next(told, "same")
        if event in KINDS:
            heard = now + (visit.at - now) * wait
            sooner = signalled(history, event, heard, looks[-1], manners, habits)
            if sooner is not None:
                assert sooner.at > heard
                assert sooner.at - looks[-1] >= floor
                visit = min(visit, sooner, key=lambda v: v.at)
            event = "same"
        now = visit.at
        looks.append(now)
        history = replace(
            history,
            looks=len(looks),
            last_change=now if event == "changed" else history.last_change,
            suspect=event == "suspect",
            failures=history.failures + 1 if event == "failed" else 0,
            gone_answers=history.gone_answers + 1 if event == "gone" else 0,
        )
        visit = plan(history, now, manners, habits)
    assert len(looks) <= 5 * (len(manners.revisit_ages) + len(manners.revisit_burst)) + len(events)


def test_base_ages_then_nothing():
    now, seen = START, []
    while visit := plan(History(START, len(seen) + 1), now, POLITE):
        now = visit.at
        seen.append((now - START).total_seconds())
    assert tuple(seen) == POLITE.revisit_ages


def test_a_page_that_differs_at_every_look_does_not_keep_us():
    now, looks = START, 1
    while visit := plan(History(START, looks, now if looks > 1 else None), now, POLITE):
        now, looks = visit.at, looks + 1
    assert looks <= 4 * (7 + 3) + 8


def test_a_burst_follows_a_change():
    at = START + timedelta(hours=1)
    gaps, now = [], at
    while (visit := plan(History(START, 2, at), now, POLITE)) and visit.why == "burst":
        now = visit.at
        gaps.append((now - at).total_seconds())
    assert gaps == [30 * 60]
    assert visit.at == START + timedelta(hours=3)  # the second look of the burst and the second age are one
    assert plan(History(START, 4, at), visit.at, POLITE).at == START + timedelta(hours=8)
    after = plan(History(START, 5, at), START + timedelta(hours=8), POLITE)
    assert (after.at, after.why) == (at + timedelta(hours=8), "burst")


def test_a_lively_host_is_looked_at_sooner_and_a_still_one_later_but_the_last_age_stays():
    lively, still = Habits(400, 300, 40.0), Habits(400, 2, 80.0)
    assert ages(POLITE, lively)[0] == 0.5 * HOUR
    assert HOUR < ages(POLITE, still)[0] <= 2 * HOUR
    assert {ages(POLITE, h)[-1] for h in (lively, still, UNKNOWN)} == {HORIZON}


def test_a_host_without_an_edit_in_500_articles_gets_two_looks():
    assert ages(POLITE, Habits(499, 0, 100.0)) != (DAY, WEEK)
    assert ages(POLITE, Habits(500, 0, 100.0)) == (DAY, WEEK)
    assert ages(POLITE, Habits(500, 1, 100.0)) != (DAY, WEEK)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_hosts_signals_bring_the_look_within_a_quarter_of_an_hour(kind):
    looked, told = START + timedelta(hours=8), START + timedelta(hours=9)
    visit = signalled(History(START, 4), kind, told, looked, POLITE)
    assert visit.at - told <= timedelta(minutes=15)


def test_a_signal_that_is_seldom_right_waits():
    looked, told = START + timedelta(hours=8), START + timedelta(hours=9)
    liar = Habits(signals={"sitemap": (200, 2)})
    waits = [signalled(History(START, 4), kind, told, looked, POLITE, liar).at - told for kind in ("sitemap", "entry")]
    assert waits[0] > timedelta(hours=6)
    assert waits[1] <= timedelta(minutes=15)


def test_failures_back_off():
    at = START + timedelta(hours=8)
    waits = [plan(History(START, 4, failures=n), at, POLITE).at - at for n in (1, 2, 3)]
    assert [w.total_seconds() / 60 for w in waits] == [15, 30, 60]


def test_scarce_requests_go_where_they_bring_most():
    def worth(why, age, unseen):
        return gain(why, age, unseen, POLITE)

    assert worth("", 0, 0) == worth("confirm", HOUR, HOUR) == 1.0
    assert worth("entry", DAY, HOUR) > worth("burst", DAY, HOUR) > worth("age", 30 * DAY, 23 * DAY)
    assert worth("age", 3 * HOUR, 2 * HOUR) > worth("age", 7 * DAY, 4 * DAY)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 3000), st.lists(st.floats(0, 4000), min_size=1, max_size=400))
def test_no_day_has_more_looks_than_the_budget(per_day, waits):
    now, state, made = START, None, []
    for wait in waits:
        now += timedelta(seconds=wait)
        left = budget.read(state, now, per_day)
        if left.left >= 1:
            state = budget.spend(left).to_json()
            made.append(now)
    for start in made:
        assert sum(start <= at < start + timedelta(days=1) for at in made) <= per_day


@given(st.integers(1, 3000))
def test_an_empty_budget_says_when_it_has_a_look_again(per_day):
    left = budget.Budget(0.0, START)
    ready = budget.ready_at(left, per_day)
    assert budget.read(left.to_json(), ready + timedelta(milliseconds=1), per_day).left >= 1
    assert budget.ready_at(left, 0) is None


def test_habits_survive_the_database():
    habits = Habits(700, 12, 90.5, {"entry": (40, 31)})
    assert Habits.from_json(habits.to_json()) == habits
    assert Habits.from_json(None) == Habits.from_json({}) == UNKNOWN


def test_the_edit_model_has_the_shares_that_were_measured():
    model = EditModel()
    assert [round(model.edited_by(t), 4) for t in (DAY, WEEK, 274 * DAY)] == [0.166, 0.196, 0.274]
    drawn = histories(model, 6000, 3)
    early = sum(h[0] < DAY for h in drawn) / len(drawn)
    assert early == pytest.approx(0.166 / model.edited_by(HORIZON), abs=0.02)
    assert sum(map(len, drawn)) / len(drawn) == pytest.approx(2.7, abs=0.15)
    assert drawn == histories(model, 6000, 3) != histories(model, 6000, 4)


def test_an_archives_own_figures_replace_the_literatures_where_there_are_enough():
    own = Measured([(DAY, 1000, 300), (WEEK, 900, 310), (HORIZON, 800, 320)], 1800.0)
    model = fitted(own)
    assert (model.by_day, model.source, model.early_median) == (0.3, "this archive", 1800.0)
    assert model.edited_by(HORIZON) == pytest.approx(0.4, abs=0.01)
    assert fitted(Measured([(DAY, 1000, 3)])) == EditModel()


def test_what_the_search_runs_is_what_the_planner_does():
    manners = replace(POLITE, revisit_burst=(900.0, 3600.0, 4 * HOUR, 20 * HOUR))
    planner, _ = forecast.planned(manners)
    plain = tuning.plain_rule(manners.revisit_ages, manners.revisit_burst, manners.revisit_floor)
    for edits in histories(EditModel(), 150, 9):
        assert forecast.run(edits, planner, horizon=HORIZON) == forecast.run(edits, plain, horizon=HORIZON)


def test_the_forecast_keeps_the_promise():
    told = forecast.expect(POLITE, EditModel(), horizon=HORIZON + DAY, sample=1000)
    assert told.requests <= 9
    assert told.right >= 0.99
    more = forecast.expect(POLITE, EditModel(), signals=forecast.Signals(0.9), sample=1000)
    assert more.versions > 0.85
    assert more.requests <= 9.2


@given(
    st.integers(1, 120),
    st.sampled_from((*tuning.FIRSTS, *tuning.BURST_FIRSTS)),
    st.sampled_from((HORIZON, *tuning.BURST_SPANS)),
)
def test_a_plan_can_be_set_as_it_is_printed(count, first, last):
    spans = tuple(tuning.row(first, last, min(count, int(last / POLITE.revisit_floor))))
    assert spans[-1] == last
    assert Settings.from_env({"COPYDESK_REVISIT_AGES": as_spans(spans)}).manners.revisit_ages == pytest.approx(spans)


def test_a_tuned_plan_keeps_to_its_requests_and_catches_more_than_the_ages_alone():
    two = tuning.tune(2, [EditModel()])
    assert two.expected.requests <= 2
    assert two.ages[-1] == HORIZON
    assert two.expected.versions > 0.4
