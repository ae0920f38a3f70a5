"""The sample newspaper's editions as live polls, WARC slices and Wayback captures, in 200 orders and mixtures.

Whatever comes first, and from wherever, and however often: the same versions, clusters and corrections.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from psycopg import sql
from tests.archive.double import Wayback
from tests.archive.papers import EDITION, START, Shot, shots, write_warc
from tests.integration.test_arrival_order import standing
from tests.newsroom import archive

from copydesk.archive.capture import Interval
from copydesk.articles.pool import Result, _read
from copydesk.articles.urls import host_of
from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.stages import backfill as stage
from copydesk.stages import poll
from copydesk.stages.correct import correct
from copydesk.stages.load import load
from copydesk.store import articles, feeds, hosts, snapshots
from copydesk.store.db import open_pool, rows

ROUNDS = 200
WORKERS = 4
"""The rounds are dealt to so many tests, so that they can run side by side."""


class Remembering:
    """Reads each page once for all rounds: the same bytes give the same document."""

    def __init__(self):
        self.known = {}

    def run(self, jobs):
        for job in jobs:
            key = (job.body, job.url, job.item, job.observed_at)
            if key not in self.known:
                self.known[key] = _read(job)
            said = self.known[key]
            yield Result(job.key, said.document, said.failure, said.detail)


class InMemory:
    """The double of the Wayback Machine without sockets and without waiting."""

    def __init__(self, wayback: Wayback):
        self.wayback = wayback

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def archive(self, url, *, budget, gap, limit):
        path = "/" + url.split("/", 3)[3]
        status, headers, body = self.wayback.answer(path)
        return Answer(url, url, status, tuple(headers.items()), body, START, 0.0)


@pytest.fixture(scope="module")
def extractors():
    return Remembering()


@pytest.fixture(scope="module")
def editions():
    """What each edition showed, a list of shots for each."""
    found = shots()
    last = 1 + max((shot.at - START) // EDITION for shot in found)
    return [[s for s in found if (s.at - START) // EDITION == number] for number in range(last)]


@pytest.fixture(scope="module")
def warcs(editions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("warcs")
    for number, seen in enumerate(editions):
        write_warc(folder / f"{number}.warc.gz", seen)
    return folder


class Archive:
    """One database, emptied before each round."""

    def __init__(self, dsn, home, extractors, editions, warcs, monkeypatch):
        self.pool = open_pool(dsn, 4)
        self.settings = Settings(home=home, database_url=dsn, workers=1)
        self.extractors, self.editions, self.warcs = extractors, editions, warcs
        wayback = Wayback([s for seen in editions for s in seen], page=1000)
        monkeypatch.setattr(stage, "NetworkAsker", lambda pool, settings: InMemory(wayback))

    def empty(self):
        with self.pool.connection() as conn:
            found = rows(conn, """select tablename from pg_tables
                                  where schemaname = 'public' and tablename <> 'schema_migrations'""")  # fmt: skip
            tables = sql.SQL(", ").join(sql.Identifier(row["tablename"]) for row in found)
            conn.execute(sql.SQL("truncate {} restart identity cascade").format(tables))

    def live(self, number):
        """Polls and looks, as the collector writes them."""
        with self.pool.connection() as conn:
            for shot in self.editions[number]:
                answer = Answer(
                    shot.url, shot.url, shot.status, (("content-type", shot.kind),), shot.body, shot.at, 0.1
                )
                self._poll(conn, answer) if shot.url.endswith("/feed") else self._look(conn, answer)

    def warc(self, number):
        self._backfill(f"warc:{self.warcs / f'{number}.warc.gz'}", number)

    def wayback(self, number):
        for host in sorted({host_of(shot.url) for shot in self.editions[number]}):
            self._backfill(f"wayback:{host}", number)

    def work(self):
        while load(self.pool, self.extractors, self.settings) + correct(self.pool, self.settings):
            pass

    def seen(self):
        with self.pool.connection() as conn:
            chains = rows(conn, """select 'at' as what, a.url, v.observed_at::text, v.title, v.content_sha::text, ''
                                   from versions v join articles a on a.id = v.article_id
                                   where v.origin = 'publisher'""")  # fmt: skip
            return standing(archive(conn)), sorted(tuple(row.values()) for row in chains)

    def _backfill(self, named, number):
        since = START + EDITION * number
        request = stage.Request([named], Interval(since, since + EDITION), timedelta(days=1))
        ids = stage.enlist(self.pool, request, stage.plan(self.pool, self.settings, request))
        stage.run(self.pool, self.extractors, self.settings, ids)

    def _poll(self, conn, answer):
        key, _ = feeds.add(conn, answer.url)
        feed = rows(conn, "select * from feeds where id = %s", key)[0]
        lease = self._lease(conn, answer.url)
        reading = poll.read(feed, answer, poll.Ask({}))
        poll.save(conn, lease, feed, reading, self.settings.manners_for, 0.0)

    def _look(self, conn, answer):
        article = articles.ensure(conn, answer.url, answer.fetched_at, evidence="entry")
        snapshot = snapshots.put(conn, answer.body)
        look = articles.Look(article, answer.url, answer, "live", snapshot)
        articles.save_look(conn, look, next_visit_at=None)

    def _lease(self, conn, url):
        conn.execute("update hosts set lease_token = nextval('fence') where host = %s", (host_of(url),))
        token = rows(conn, "select lease_token from hosts where host = %s", host_of(url))[0]["lease_token"]
        return hosts.Lease(host_of(url), token)


@pytest.fixture
def desk(dsn, tmp_path, extractors, editions, warcs, monkeypatch):
    made = Archive(dsn, tmp_path, extractors, editions, warcs, monkeypatch)
    yield made
    made.pool.close()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(WORKERS))
def test_the_archive_does_not_depend_on_order_or_source(desk, part):
    for number in range(len(desk.editions)):
        desk.live(number)
        desk.work()
    expected = desk.seen()
    assert {row[0] for row in expected[0]} == {"version", "application", "revision", "member"}
    assert {"applied", "already_corrected", "review"} <= {row[2] for row in expected[0] if row[0] == "application"}
    chance = random.Random(part)
    for turn in range(ROUNDS // WORKERS):
        desk.empty()
        steps = mixture(chance, len(desk.editions))
        for way, number in steps:
            getattr(desk, way)(number)
            if chance.random() < 0.4:
                desk.work()
        desk.work()
        seen = desk.seen()
        differ = [(Counter(a) - Counter(b), Counter(b) - Counter(a)) for a, b in zip(seen, expected, strict=True)]
        assert seen == expected, f"round {turn} of part {part}: {steps}: {differ}"


def mixture(chance: random.Random, editions: int) -> list[tuple[str, int]]:
    """Every edition by one, two or three ways, in any order."""
    ways = ("live", "warc", "wayback")
    steps = [(way, number) for number in range(editions) for way in chance.sample(ways, chance.choice((1, 1, 2, 3)))]
    chance.shuffle(steps)
    return steps


def test_every_shot_is_of_one_edition(editions):
    assert sum(map(len, editions)) == len(shots())
    assert all(isinstance(shot, Shot) for seen in editions for shot in seen)
