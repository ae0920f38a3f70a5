"""Every judge of the thirty days speaks up at a rude reader: a run without faults says something only then."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .judge import HOUR, Judge
from .papers import DAY, Paper
from .truth import Ledger, settle

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
TAGS = ('"1"', "Mon, 02 Mar 2026 10:00:00 GMT")
POLITE = {
    "host": "h",
    "user-agent": "reader/1 (+https://reader.example)",
    "accept": "*/*",
    "accept-encoding": "gzip",
    "if-none-match": TAGS[0],
    "if-modified-since": TAGS[1],
}
FRESH = {name: value for name, value in POLITE.items() if not name.startswith("if-")}


def paper(**given) -> Paper:
    """One feed of a quiet paper: an item every six hours, twenty in the list."""
    published = [NOW - n * 6 * HOUR for n in reversed(range(40))]
    return Paper(1, "h", "/1", given.pop("mood", "both"), "rss", '"{}"', published, 20, (0.1, 0.1), **given)


def court(of: Paper, *, max_age: float = 0.0) -> Judge:
    """A judge who saw robots.txt asked for, then a polite first request and its answer."""
    judge = Judge()
    judge.arrives("h", NOW - 60)
    judge.robots("h", NOW - 60)
    judge.leaves("h", NOW - 60, 0.1, 0.0)
    judge.request(of, FRESH, NOW)
    judge.answered(of, NOW, TAGS, full=True, max_age=max_age)
    judge.leaves("h", NOW, 0.1, 0.0)
    assert not +judge.faults
    return judge


def again(headers=None, *, after: float = HOUR, max_age: float = 0.0, **given) -> Judge:
    """The same feed asked a second time."""
    of = paper(**given)
    judge = court(of, max_age=max_age)
    judge.request(of, POLITE if headers is None else headers, NOW + after)
    return judge


def test_a_polite_reader_is_in_the_right():
    assert not +again().faults


RUDE = {
    "sends cookie": lambda: again(POLITE | {"cookie": "a=1"}),
    "sends referer": lambda: again(POLITE | {"referer": "x"}),
    "sends cache-control": lambda: again(POLITE | {"cache-control": "no-cache"}),
    "headers that nobody asked for": lambda: again(POLITE | {"x-mine": "1"}),
    "takes no gzip": lambda: again(POLITE | {"accept-encoding": "identity"}),
    "does not say who it is": lambda: again(POLITE | {"user-agent": "Mozilla/5.0"}),
    "another manner each time (Vary)": lambda: again(POLITE | {"accept": "text/html"}),
    "robots.txt forbids it": lambda: _private(),
    "robots.txt older than a day": lambda: again(after=2 * DAY),
    "robots.txt again within a day": lambda: _robots(),
    "within the host's gap": lambda: _arrives(1.0),
    "early: the host had said 429": lambda: _arrives(HOUR, until=NOW + 2 * HOUR),
    "the same within 60 s": lambda: again(after=20),
    "below the floor of 15 min": lambda: again(after=600),
    "below the floor of 60 min": lambda: _without_validators(),
    "early": lambda: again(after=HOUR, max_age=2 * HOUR),
    "in hours or days to skip": lambda: again(after=HOUR, skip_hours=(13,)),
    "validators out of nowhere": lambda: _out_of_nowhere(),
    "wrong validators": lambda: again(POLITE | {"if-none-match": '"1'}),
    "unconditional": lambda: again(FRESH),
}


@pytest.mark.parametrize("fault", RUDE)
def test_rudeness_is_named(fault):
    assert fault in +RUDE[fault]().faults


def _private() -> Judge:
    judge = Judge()
    judge.request(paper(private=True), FRESH, NOW)
    return judge


def _robots() -> Judge:
    judge = court(paper())
    judge.robots("h", NOW + HOUR)
    return judge


def _arrives(after: float, until: float = 0.0) -> Judge:
    judge = court(paper())
    if until:
        judge.refused(paper(), NOW, until, whole_host=True)
    judge.arrives("h", NOW + after)
    return judge


def _without_validators() -> Judge:
    of, judge = paper(mood="none"), Judge()
    judge.robots("h", NOW - 60)
    for number in range(3):
        judge.request(of, FRESH, NOW + number * 1800)
        judge.answered(of, NOW + number * 1800, (None, None), full=True, max_age=0)
    return judge


def _out_of_nowhere() -> Judge:
    judge = Judge()
    judge.request(paper(), POLITE, NOW)
    return judge


LOST = {
    "doubled": lambda p: Ledger(_all(p), doubled=1),
    "an item that was never published": lambda p: Ledger(_all(p) | {(p.path, "x"): NOW}),
    "late": lambda p: Ledger(_all(p) | {(p.path, f"{p.path}#39"): NOW + 9 * DAY}),
    "lost": lambda p: Ledger({k: v for k, v in _all(p).items() if k[1] != f"{p.path}#39"}),
}


@pytest.mark.parametrize("fault", LOST)
def test_a_bad_archive_is_named(fault):
    of, judge = paper(), Judge()
    settle(judge, [of], LOST[fault](of), (), (NOW - 20 * DAY, NOW + 10 * DAY))
    assert set(+judge.faults) == {fault}


def test_what_rolled_off_in_a_storm_must_stand_in_the_ledger():
    """Nobody could have had it, so it is not lost by us; but the archive has to say so."""
    of, judge = paper(), Judge()
    missed = of.published[5]
    judge.host_shut["h"].append((missed - 1, of.gone_at(5) + 1))
    kept = {k: v for k, v in _all(of).items() if k[1] != f"{of.path}#5"}
    settle(judge, [of], Ledger(kept), (), (NOW - 20 * DAY, NOW + 10 * DAY))
    assert "lost without a word in the ledger" in +judge.faults
    judge.faults.clear()
    settle(
        judge, [of], Ledger(kept, {of.path: [(missed - HOUR, missed + 6 * DAY)]}), (), (NOW - 20 * DAY, NOW + 10 * DAY)
    )
    assert not +judge.faults


def _all(of: Paper) -> dict[tuple[str, str], float]:
    return {(of.path, f"{of.path}#{n}"): at + 60 for n, at in enumerate(of.published)}


def test_no_judge_is_left_out():
    """Every fault that the judges know is provoked above (bursts after a restart are judged by the run itself)."""
    told = "".join(Path(__file__).with_name(name).read_text() for name in ("judge.py", "truth.py"))
    named = set(re.findall(r'fault\(\s*"([^"]+)"', told)) | {"doubled"}
    assert named - {*RUDE, *LOST, "lost without a word in the ledger"} == set()
