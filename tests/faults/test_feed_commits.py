"""A poll that is killed at each commit, whose commit's answer is lost, or that ten workers want at once."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from itertools import pairwise

import psycopg
import pytest
from tests.newsroom import time_passes
from tests.oneserver import feed_server

from copydesk.settings import LOOPBACK_MANNERS
from copydesk.stages.collect import Collector
from copydesk.store import feeds
from copydesk.store.db import connect, one, open_pool, rows
from copydesk.web.client import Client


def collect(dsn, settings, kind=Collector, workers=1, **options):
    """Let so many workers do what is due, each with a pool and a client of its own."""

    async def work():
        with open_pool(dsn, 3) as pool:
            async with Client(settings) as client:
                return await kind(pool, settings, client, **options).drain()

    async def run():
        return await asyncio.gather(*(work() for _ in range(workers)), return_exceptions=True)

    return asyncio.run(run())


def add(dsn, *urls):
    with connect(dsn) as conn:
        for url in urls:
            feeds.add(conn, url)


def stored(dsn, url):
    """Give (etag, number of entries, doubled ones) of a feed."""
    with connect(dsn) as conn:
        feed = feeds.find(conn, url)
        found = rows(conn, "select guid from entries where feed_id = %s", feed["id"])
    return feed["etag"], len(found), len(found) - len({row["guid"] for row in found})


def killed(dsn, settings, number, *, after):
    """Run the collector in a process of its own that dies at its n-th commit; False: there were not so many."""
    child = os.fork()
    if child == 0:
        commit, counted = psycopg.Connection.commit, iter(range(1, 10_000))

        def dying(self):
            last = next(counted) == number
            if last and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            commit(self)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)

        psycopg.Connection.commit = dying
        try:
            collect(dsn, settings)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_killed_at_each_commit_no_validator_is_ahead_of_its_entries(dsn, settings, after):
    with feed_server() as server:
        deaths = 0
        while True:
            url = server.url(f"/round{deaths}/feed")
            add(dsn, url)
            died = killed(dsn, settings, deaths + 1, after=after)
            etag, entries, _ = stored(dsn, url)
            assert (etag is None) == (entries == 0)
            assert entries in (0, 3)
            with connect(dsn) as conn:
                time_passes(conn)
            collect(dsn, settings)
            assert stored(dsn, url) == (b'"3"', 3, 0)
            assert len(server.polls(f"/round{deaths}/")) <= 2 + died
            if not died:
                break
            deaths += 1
        assert deaths >= 3  # the claim with what is due, robots.txt, the poll with the lease given back


class LosesOneAnswer(Collector):
    """The database commits, and the answer to that is lost on its way."""

    def __init__(self, *args, lost, **options):
        super().__init__(*args, **options)
        self._left = lost

    async def db(self, work):
        result = await super().db(work)
        self._left -= 1
        if self._left == 0:
            raise psycopg.OperationalError("the connection broke after the commit")
        return result


@pytest.mark.parametrize("lost", range(1, 7))
def test_a_commit_whose_answer_is_lost_takes_effect_once(dsn, settings, lost):
    with feed_server() as server:
        url = server.url("/feed")
        add(dsn, url)
        collect(dsn, settings, LosesOneAnswer, lost=lost)
        before = stored(dsn, url)
        asked = len(server.polls())
        assert (before[0] is None) == (before[1] == 0)
        with connect(dsn) as conn:  # its lease runs out
            conn.execute("update hosts set lease_until = '-infinity', next_at = '-infinity'")
        collect(dsn, settings)
        assert stored(dsn, url) == (b'"3"', 3, 0)
        # What was stored is not asked for again; what was not, is.
        assert len(server.polls()) == (1 if before[1] else asked + 1)


@pytest.mark.parametrize(("gap", "count"), [(0.12, 15), (1.1, 4)], ids=["kept in hand", "host given back"])
def test_ten_workers_are_as_polite_as_one(dsn, settings, gap, count):
    settings = replace(settings, local_manners=replace(LOOPBACK_MANNERS, host_gap=gap, host_gap_max=10.0, ceiling=900.0,
                                                       floor_conditional=900.0, floor_unconditional=900.0))  # fmt: skip
    with feed_server(seconds=0.02) as server:
        add(dsn, *(server.url(f"/feed{n}") for n in range(count)))
        while len(server.polls()) < count:
            collect(dsn, settings, workers=10)
            assert len(server.requests) <= count + 1  # robots.txt once: not one request more than a single worker's
        requests = sorted(server.requests, key=lambda r: r.begins)
        between = [b.begins - a.ends for a, b in pairwise(requests)]
        assert min(between) >= gap
        assert {r.path for r in requests} == {"/robots.txt", *(f"/feed{n}" for n in range(count))}
        with connect(dsn) as conn:
            assert one(conn, "select count(*) as n from entries")["n"] == 3 * count
