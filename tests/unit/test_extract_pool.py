"""The pool against pages that kill their reader. The killers are real: a signal, a loop, a hoard."""

import os
import resource
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from copydesk.articles import extract as reader
from copydesk.articles.pool import Extractors, Job
from copydesk.settings import Limits

STORY = "<html><body><h1>A bridge opens</h1>" + "<p>Forty ships were counted in the harbour on Sunday.</p>" * 8
LIMITS = Limits(parse_seconds=1.0, parse_memory=1_500_000_000)


def killer(body, **rest):
    """Stand in for the reader in the worker: dies in the way that the page names."""
    if body == b"segfault":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)  # Airflow's DagBag leaves a handler behind in the test process
        os.kill(os.getpid(), signal.SIGSEGV)
    if body == b"sleep":
        time.sleep(60)
    if body == b"spin":
        while True:
            pass
    if body == b"long":
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
        return HONEST(STORY.encode(), **rest)
    if body == b"hoard":
        return bytearray(4_000_000_000)
    if body == b"bug":
        raise ZeroDivisionError("oops")
    return HONEST(body, **rest)


HONEST = reader.extract


@pytest.fixture
def pool(monkeypatch):
    """Forked, so that the readers have the killer. What the test process has reserved by then, they have as well."""
    monkeypatch.setattr(reader, "extract", killer)
    ours = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = replace(LIMITS, parse_memory=ours + LIMITS.parse_memory)
    with Extractors(2, limits, start_method="fork") as pool:
        yield pool


def test_jobs_come_back_by_key():
    with Extractors(2) as pool:
        results = list(pool.run(Job(n, STORY.encode(), "https://x.example/") for n in range(12)))
    assert sorted(r.key for r in results) == list(range(12))
    assert {r.document.page for r in results} == {"article"}
    assert all(r.cpu_seconds >= 0 for r in results)


def test_an_unreadable_page_is_named():
    with Extractors(1) as pool:
        (result,) = pool.run([Job("k", b"%PDF-1.4", "https://x.example/")])
    assert (result.failure, result.document) == ("binary", None)


@pytest.mark.parametrize(
    ("body", "failure"),
    [(b"segfault", "crashed"), (b"sleep", "too_slow"), (b"spin", "too_slow"), (b"hoard", "out_of_memory"),
     (b"bug", "extractor_failed")],
)  # fmt: skip
def test_a_killer_page_costs_only_itself(pool, body, failure):
    bodies = [STORY.encode()] * 3 + [body] + [STORY.encode()] * 3
    results = {r.key: r for r in pool.run(Job(n, b, "https://x.example/") for n, b in enumerate(bodies))}
    assert results[3].failure == failure
    assert [results[n].failure for n in (0, 1, 2, 4, 5, 6)] == [None] * 6
    assert len(results) == 7


def test_the_pool_goes_on_after_a_run(pool):
    jobs = [Job(0, b"segfault", "https://x.example/")]
    assert [r.failure for r in pool.run(jobs)] == ["crashed"]
    assert [r.failure for r in pool.run([Job(1, STORY.encode(), "https://x.example/")])] == [None]


def test_a_reader_that_waits_for_a_processor_is_not_killed(pool, monkeypatch):
    """The wall's time is over at once, as on a machine where others have the processors."""
    monkeypatch.setattr("copydesk.articles.pool._GRACE", 0.0)
    assert [r.failure for r in pool.run([Job(0, b"long", "https://x.example/")])] == [None]
