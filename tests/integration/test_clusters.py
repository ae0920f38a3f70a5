"""Any order of arrival, any number of workers: the groups are those of the whole batch at once."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from copydesk.clusters import assign
from copydesk.clusters.fingerprint import fingerprint
from copydesk.model import Block, Document
from copydesk.settings import Settings
from copydesk.stages.correct import correct
from copydesk.store import articles, clusters, corrections, shingles, versions
from copydesk.store.db import connect, open_pool, rows

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LEXICON = [
    a + b for a in "ba do ki lu me no pa ri su te va zo".split() for b in "ran lem tis gor nux pel dam fis".split()
]


@dataclass(frozen=True)
class Text:
    url: str
    hours: int
    body: str


def prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(LEXICON) for _ in range(words))


def newsroom(seed: int) -> list[Text]:
    """Stories with copies of every kind, sites with furniture, a round-up, a text that is edited later."""
    chance = random.Random(seed)
    furniture = {f"s{n}.example": prose(chance, 30) for n in range(6)}
    stories = [prose(chance, 160) for _ in range(5)]
    out: list[Text] = []

    def put(site: str, body: str, hours: int) -> None:
        wrapped = f"{body} {furniture[site]}" if chance.random() < 0.8 else body
        out.append(Text(f"http://{site}/{len(out)}", hours, wrapped))

    for story in stories:
        words, at = story.split(), chance.randrange(300)
        for site in chance.sample(sorted(furniture), chance.choice((1, 2, 4))):
            cut = chance.choice((1.0, 1.0, 0.6, 0.35))
            added = prose(chance, chance.choice((0, 0, 60)))
            put(site, " ".join(words[: int(len(words) * cut)]) + " " + added, at + chance.randrange(60))
    briefs = [prose(chance, 40) for _ in range(3)]
    for brief in briefs:
        put(chance.choice(sorted(furniture)), brief, 100 + chance.randrange(20))
    put("s0.example", " ".join(briefs), 130)
    put("s1.example", " ".join(reversed(briefs)), 131)
    for _ in range(5):
        put(chance.choice(sorted(furniture)), prose(chance, 50), chance.randrange(300))
    edited = out[0]
    return [*out, Text(edited.url, edited.hours + 5, edited.body + " " + prose(chance, 12))]


def expected(texts: list[Text]) -> set[frozenset[str]]:
    latest = {t.url: t for t in sorted(texts, key=lambda t: t.hours)}
    first = {t.url: t for t in sorted(texts, key=lambda t: -t.hours)}
    items = [
        assign.item(url, t.body, published_at=START + timedelta(hours=first[url].hours), publisher=url.split("/")[2])
        for url, t in latest.items()
    ]
    groups: dict[str, set[str]] = {}
    for found in assign.cluster(items):
        groups.setdefault(found.cluster, set()).add(found.id)
    return {frozenset(g) for g in groups.values() if len(g) > 1}


def load(conn, text: Text) -> None:
    seen = START + timedelta(hours=text.hours)
    article = articles.ensure(conn, text.url, seen, evidence="entry", visit=False)
    assert article is not None
    versions.lock_article(conn, article)
    document = Document(text.url, "article", blocks=(Block("paragraph", text.body),))
    sha = psycopg.Binary(text.body.encode()[:32]).obj
    versions.insert(conn, [versions.NewVersion(article, seen, sha, document, fingerprint(text.body), None)])
    shingles.index(conn, [article])
    corrections.want(conn, [article])


@pytest.fixture
def grouped(pg_server, template, tmp_path):
    numbers = itertools.count()

    def run(waves: list[list[Text]], workers: int = 1):
        name = f"clusters_{next(numbers)}"
        with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
            conn.execute(f"create database {name} template {template} strategy file_copy")
        settings = Settings(home=tmp_path, database_url=pg_server.dsn(name), workers=1)
        pool = open_pool(pg_server.dsn(name), workers + 2)
        try:
            for wave in waves:
                _load_and_work(pool, settings, wave, workers)
            with pool.connection() as conn:
                return _groups(conn), _facts(conn)
        finally:
            pool.close()
            with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
                conn.execute(f"drop database {name} with (force)")

    return run


def _load_and_work(pool, settings, wave: list[Text], workers: int) -> None:
    def feed(part):
        for text in part:
            with pool.connection() as conn:
                load(conn, text)
            correct(pool, settings, batch=2)

    def drain(_):
        while correct(pool, settings, batch=2):
            pass

    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(feed, [wave[n::workers] for n in range(workers)]))
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(drain, range(workers)))
    drain(None)


def _groups(conn) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in rows(conn, "select m.cluster_id, a.url from cluster_members m join articles a on a.id = m.article_id"):
        found.setdefault(row["cluster_id"], set()).add(row["url"])
    return {frozenset(g) for g in found.values()}


def _facts(conn) -> list[tuple]:
    found = rows(
        conn,
        """select a.url, o.url as origin, m.relation, m.overlap, m.shared, c.members from cluster_members m
           join articles a on a.id = m.article_id join clusters c on c.id = m.cluster_id
           join articles o on o.id = c.origin_id order by 1""",
    )
    return [tuple(row.values()) for row in found]


@pytest.mark.parametrize("seed", range(2))
def test_order_and_workers_do_not_matter(grouped, seed):
    texts = newsroom(seed)
    chance = random.Random(seed)
    groups, facts = grouped([texts])
    assert groups == expected(texts)
    assert any(len(g) > 2 for g in groups)
    for workers in (1, 4):
        shuffled = texts[:]
        chance.shuffle(shuffled)
        half = chance.randrange(1, len(shuffled))
        again, told = grouped([shuffled[:half], shuffled[half:]], workers)
        assert again == groups, workers
        assert told == facts, workers


def test_a_worker_that_dies_leaves_nothing_behind(grouped, monkeypatch):
    from copydesk.stages import cluster as stage

    texts = newsroom(11)
    expected_groups, _ = grouped([texts])
    honest, chance = stage._regroup, random.Random(5)

    def dies(conn, change, flipped):
        if chance.random() < 0.4:
            raise KeyboardInterrupt
        honest(conn, change, flipped)

    monkeypatch.setattr(stage, "_regroup", dies)

    def run(pool, settings, wave, workers):
        for text in wave:
            with pool.connection() as conn:
                load(conn, text)
        for _ in range(400):
            with pool.connection() as conn:
                conn.execute("update correction_work set lease_until = '-infinity'")
            with suppress(KeyboardInterrupt):
                if not correct(pool, settings, batch=3):
                    return

    monkeypatch.setitem(globals(), "_load_and_work", run)
    assert grouped([texts])[0] == expected_groups


def test_who_shares_nothing_is_told_from_who_has_company(dsn):
    """A stranger has nothing to work out; a copy, who shares a line with its site, and who holds new furniture has."""
    chance = random.Random(5)
    story, line = prose(chance, 160), prose(chance, 30)
    texts = {
        "stranger": Text("http://s0.example/1", 5, prose(chance, 160)),
        "original": Text("http://s1.example/1", 6, story),
        "copy": Text("http://s2.example/1", 9, story),
        "late copy": Text("http://s3.example/1", 24 * 7 + 30, " ".join(story.split()[:70])),
        "a year later": Text("http://s4.example/1", 24 * 365, story),
        "with the site's line": Text("http://s5.example/1", 7, f"{prose(chance, 160)} {line}"),
        "with it too": Text("http://s5.example/2", 8, f"{prose(chance, 160)} {line}"),
        "outdated": Text("http://s6.example/1", 8, prose(chance, 160)),
    }
    with connect(dsn) as conn:
        for text in texts.values():
            load(conn, text)
        ids = {name: articles.find(conn, text.url)["id"] for name, text in texts.items()}
        names = {article: name for name, article in ids.items()}
        own = shingles.sketches(conn, [ids["outdated"]])[ids["outdated"]].own.hashes
        conn.execute("insert into site_furniture select %s, site from cluster_sketches where article_id = %s",
                     (own[0], ids["outdated"]))  # fmt: skip
        assert {names[article] for article in clusters.solitary(conn, names)} == {"stranger", "a year later"}


def test_a_stranger_costs_no_transaction_of_its_own(dsn, settings, monkeypatch):
    """Whoever shares nothing is struck off with the rest of its batch; all others go the whole way."""
    chance = random.Random(6)
    story = prose(chance, 160)
    texts = [Text(f"http://s{n}.example/1", n, prose(chance, 160)) for n in range(5)]
    texts += [Text(f"http://t{n}.example/1", n, story) for n in range(2)]
    asked = []
    monkeypatch.setattr("copydesk.stages.correct.regroup", lambda conn, article: asked.append(article) or [article])
    pool = open_pool(dsn, 2)
    try:
        with pool.connection() as conn:
            for text in texts:
                load(conn, text)
            copies = [articles.find(conn, text.url)["id"] for text in texts[5:]]
        assert correct(pool, settings)["articles"] == 7
        assert sorted(asked) == sorted(copies)
        with pool.connection() as conn:
            assert corrections.waiting(conn) == 0
    finally:
        pool.close()
