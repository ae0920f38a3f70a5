"""The Wayback Machine's rules, against a loopback double of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.archive.double import Wayback
from tests.archive.papers import START, shots

from copydesk.archive.capture import ArchiveError, Interval
from copydesk.archive.wayback import read_index
from copydesk.pipeline import backfill
from copydesk.stages.backfill import Request, enlist, plan
from copydesk.store import backfill as ledger
from copydesk.store import late_pace
from copydesk.store.db import open_pool, rows

HOST = "harbour-wire.example"
SPAN = Interval(START - timedelta(hours=6), START + timedelta(days=5))


@pytest.fixture
def quick(monkeypatch):
    """A pause of seconds where the real one is a minute: the rule is tested, not the waiting."""
    monkeypatch.setattr("copydesk.archive.asking.PAUSE", 1.0)


def begin(desk, wayback, step=timedelta(days=6), **options):
    request = Request([f"wayback:{HOST}"], SPAN, step, {"archive": wayback.url, **options})
    return enlist(desk.pool, request, plan(desk.pool, desk.settings, request))


def too_many(wayback, workers=1):
    """Give the first stretch of time that holds more requests than 80 % of the hard limits (24 and 480 a minute), or "", in seconds.

    A worker waits for each answer, so at most one request of each can have been held up on its way into the
    stretch, however busy the machine is; any further one would have been sent before its turn.
    """
    for times, gap in ((sorted(wayback.times["cdx"]), 2.5), (sorted(wayback.times["memento"]), 0.125)):
        for first in range(len(times)):
            for last in range(first + 1, len(times)):
                if times[last] - times[first] < gap * (last - first - workers) - 0.01:
                    return " ".join(f"{time - times[first]:.3f}" for time in times[first : last + 1])
    return ""


def ours():
    return [shot for shot in shots() if HOST in shot.url]


def test_all_captures_come_and_the_pace_is_kept(desk, quick):
    moved = next(shot for shot in ours() if shot.url.endswith("letter.html"))
    with Wayback(ours(), page=30, busy={3, 9}, moved={moved.url}) as wayback:
        backfill(desk, begin(desk, wayback))
        captures = {(s.url, s.at) for s in ours() if not s.url.endswith("/feed")}
        with desk.pool.connection() as conn:
            looks = rows(conn, "select url, observed_at, failure, decision, source from observations")
            (piece,) = ledger.listing(conn)
        assert {(r["url"], r["observed_at"]) for r in looks} == captures
        assert {r["source"] for r in looks} == {"wayback"}
        wrong = [r for r in looks if r["failure"]]
        assert {(r["url"], r["failure"], r["decision"]) for r in wrong} == {(moved.url, "wrong_time", "failed")}
        assert piece["state"] == "done"
        assert wayback.refused == 2
        assert too_many(wayback) == ""


def test_two_workers_are_as_slow_as_one(desk, quick):
    some = [shot for shot in ours() if not shot.url.endswith("/feed")]
    with Wayback(some) as wayback:
        ids = begin(desk, wayback, timedelta(days=1), limit=12)
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda part: backfill(desk, part), (ids[::2], ids[1::2])))
        assert min(len(times) for times in wayback.times.values()) > 3
        assert too_many(wayback, workers=2) == ""


def test_of_those_who_come_in_the_same_moment_one_has_the_turn(dsn):
    """Each of twelve asks for the turn at once, twenty times: it is given to one, the others are told to wait."""
    start = threading.Barrier(12)

    def ask(budget):
        with pool.connection() as conn:
            start.wait()
            return late_pace.turn(conn, budget, 60.0)

    with open_pool(dsn, 12) as pool, ThreadPoolExecutor(12) as threads:
        for number in range(20):
            with pool.connection() as conn:
                late_pace.turn(conn, f"budget {number}", 0.0)
            waits = sorted(threads.map(ask, [f"budget {number}"] * 12))
            assert waits[0] == 0.0 < waits[1], waits


def test_a_429_puts_the_slice_off_and_keeps_its_checkpoint(desk, monkeypatch):
    monkeypatch.setattr("copydesk.stages.backfill.BATCH", 3)
    with Wayback([s for s in ours() if not s.url.endswith("/feed")], busy={8}) as wayback:
        ids = begin(desk, wayback)
        waited = []

        def leave(seconds):
            waited.append(seconds)
            raise InterruptedError

        with pytest.raises(InterruptedError):
            backfill(desk, ids, wait=leave)
        with desk.pool.connection() as conn:
            (piece,) = ledger.listing(conn)
        assert 55 < waited[0] <= 61
        assert (piece["state"], piece["error"]) == ("waiting", "rate_limited")
        assert piece["captures"] >= 6
        with desk.pool.connection() as conn:
            assert ledger.claim(conn, ids) is None  # nobody may go on before the pause is over
            conn.execute("update backfill_slices set not_before = now()")
            conn.execute("update hosts set next_at = now()")
        backfill(desk, ids)
        with desk.pool.connection() as conn:
            (piece,) = ledger.listing(conn)
        assert (piece["state"], piece["captures"]) == ("done", len(wayback.shots))


def test_an_index_is_read_or_refused():
    assert read_index(b"") == ([], None)
    head = ["timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    import json

    body = json.dumps([head, ["20260101000000", "http://a.example/", "text/html", "200", "A" * 32, "-"], [], ["key"]])
    (row,), resume = read_index(body.encode())
    assert (row.url, row.size, resume) == ("http://a.example/", 0, "key")
    for bad in (b"<html>", b'[["timestamp"], ["1"]]', b"[1, 2]", b'{"a": 1}'):
        with pytest.raises(ArchiveError, match="bad_index"):
            read_index(bad)
