"""Workers that meet: loaders, the collector and correctors at the same hosts, articles and clusters at one time."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.integration.test_clusters import Text, prose
from tests.integration.test_clusters import load as put

from copydesk.articles.pool import Extractors
from copydesk.model import Answer
from copydesk.stages import chain, load
from copydesk.stages.cluster import regroup
from copydesk.stages.collect import Collector
from copydesk.stages.correct import correct
from copydesk.store import articles, clusters, corrections, entries, revisits, snapshots
from copydesk.store.db import connect, one, open_pool, rows

NOW = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def pool(dsn):
    with open_pool(dsn, 4) as pool:
        yield pool


@pytest.fixture
def extractors():
    with Extractors(1) as extractors:
        yield extractors


def look(conn, number: int, text: str, at: datetime = NOW) -> int:
    """Store one live look at one page of a host."""
    url = f"http://same.example/news/story-{number}"
    article = articles.ensure(conn, url, NOW, evidence="entry")
    body = f"<html lang=en><title>Story {number}</title><article><h1>Story {number} of it</h1>{text}</article>".encode()
    answer = Answer(url, url, 200, (("content-type", "text/html"),), body, at, 0.1, (), None)
    articles.save_look(conn, articles.Look(article, url, answer, "live", snapshots.put(conn, body)), next_visit_at=None)
    return article


def paragraphs(*words: str) -> str:
    return "".join(
        f"<p>{f'The council said {word} to the plan for the old bridge, and nobody spoke. ' * 9}</p>" for word in words
    )


def test_a_loader_and_a_poll_of_the_same_host_do_not_deadlock(pool, extractors, settings, monkeypatch):
    """The poll has the host's row and goes on to an article that the loader is writing: one waits, nobody dies."""
    with pool.connection() as conn:
        ids = [look(conn, number, paragraphs(f"yes{number}")) for number in range(6)]
    reached, go = threading.Event(), threading.Event()
    real = load._note_rights

    def slowly(*args):
        reached.set()
        go.wait(20)
        return real(*args)

    monkeypatch.setattr(load, "_note_rights", slowly)
    failures = []

    def poll() -> None:
        try:
            with pool.connection() as conn:
                entries.lock_hosts(conn, ["same.example"], ())
                revisits.signal(conn, [ids[4]], "entry", datetime.now(UTC), settings.manners_for)
        except psycopg.Error as error:
            failures.append(error)

    loader = threading.Thread(target=load.load, args=(pool, extractors, settings))
    loader.start()
    assert reached.wait(60)
    poller = threading.Thread(target=poll)
    poller.start()
    poller.join(1.0)  # it waits for the loader; before, it had the host and waited for the article
    go.set()
    loader.join(60)
    poller.join(60)
    assert failures == []
    with pool.connection() as conn:
        states = rows(conn, "select distinct state from articles")
        assert [row["state"] for row in states] == ["live"]


def test_a_batch_that_met_another_worker_is_written_again_whole(pool, extractors, settings, monkeypatch):
    with pool.connection() as conn:
        for number in range(4):
            look(conn, number, paragraphs(f"yes{number}"))
    sizes, real = [], chain.place

    def unlucky(conn, readings, *args):
        sizes.append(len(readings))
        if len(sizes) == 1:
            raise psycopg.errors.DeadlockDetected("another worker")
        return real(conn, readings, *args)

    monkeypatch.setattr(chain, "place", unlucky)
    assert load.load(pool, extractors, settings) == {"new": 4}
    assert sizes == [4, 4]


def test_an_answer_that_met_another_worker_is_written_again(pool, settings):
    """What was fetched is not thrown away; what fails for another reason fails at once."""
    tries = []

    def unlucky(conn):
        tries.append(one(conn, "select pg_current_xact_id()::text as x")["x"])
        if len(tries) < 2:
            raise psycopg.errors.DeadlockDetected("another worker")
        return "written"

    def wrong(conn):
        tries.append("wrong")
        raise ValueError

    collector = Collector(pool, settings, client=None)
    assert asyncio.run(collector.db(unlucky)) == "written"
    assert len(set(tries)) == 2  # a transaction of its own each time
    with pytest.raises(ValueError):
        asyncio.run(collector.db(wrong))
    assert tries.count("wrong") == 1


def test_several_looks_at_one_article_in_one_batch_are_taken_in_order(pool, extractors, settings):
    """A, B, A beside another article's A: three versions, as if each look had come by itself."""
    with pool.connection() as conn:
        for hour, word in enumerate(("yes", "no", "yes")):
            article = look(conn, 1, paragraphs(word), NOW + timedelta(minutes=hour))
        other = look(conn, 2, paragraphs("perhaps"))
    load.load(pool, extractors, settings)
    with pool.connection() as conn:
        chain_ = rows(
            conn, "select body, content_sha from versions where article_id = %s order by observed_at", article
        )
        kinds = rows(conn, "select kind from changes where article_id = %s order by id", article)
        revisions = rows(conn, "select kind from revisions where article_id = %s order by version_id", article)
        seals = one(conn, "select count(*) as n, max(seq) as last from ledger where article_id = %s", article)
        assert one(conn, "select count(*) as n from versions where article_id = %s", other)["n"] == 1
    assert ["said yes" in row["body"] for row in chain_] == [True, False, True]
    assert chain_[0]["content_sha"] == chain_[2]["content_sha"] != chain_[1]["content_sha"]
    assert [row["kind"] for row in kinds if row["kind"] in ("created", "version")] == ["created", "version", "version"]
    assert [row["kind"] for row in revisions][::2] == ["first", "revert"]
    assert (seals["n"], seals["last"]) == (3, 3)


def test_whom_another_worker_is_just_joining_is_not_struck_off(dsn, settings):
    """B is being joined to A's old text when A's new one comes: A's work waits, and no stale pair stays."""
    chance = random.Random(3)
    story = prose(chance, 200)
    first, second = Text("http://a.example/1", 1, story), Text("http://b.example/1", 2, story)
    with connect(dsn) as conn:
        put(conn, first)
        corrections.done(conn, corrections.claim(conn, 5))
    with connect(dsn) as conn:
        put(conn, second)
    with connect(dsn) as conn:
        a, b = (articles.find(conn, text.url)["id"] for text in (first, second))
        corrections.done(conn, corrections.claim(conn, 5))
    with open_pool(dsn, 3) as pool, connect(dsn) as busy:
        assert regroup(busy, b) == [a, b]  # not committed yet
        with connect(dsn) as conn:
            put(conn, replace(first, hours=3, body=prose(chance, 200)))
        with connect(dsn) as conn:
            assert clusters.solitary(conn, [a]) == set()
        corrector = threading.Thread(target=correct, args=(pool, settings))
        corrector.start()
        corrector.join(0.5)
        busy.commit()
        corrector.join(60)
        while correct(pool, settings):
            pass
        with pool.connection() as conn:
            assert rows(conn, "select * from cluster_links") == []
            assert rows(conn, "select * from cluster_members") == []
