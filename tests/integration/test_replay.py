"""Stored pages read again: a report that writes nothing, readings that lose nothing, never a version."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from tests.newsroom import archive, arrive, edition

from copydesk.articles.extract import EXTRACTOR
from copydesk.articles.rereading import differences, excerpt
from copydesk.model import Answer
from copydesk.pipeline import correct_articles, load_articles
from copydesk.stages import erase
from copydesk.stages.replay import replay
from copydesk.store import articles, changes, quarantine, replays, versions
from copydesk.store.db import connect, maybe, one, rows
from copydesk.store.replays import Scope

OLD = "copydesk/0.0+extract.0"
AGE = """update versions set extractor = %s, body = body || e'\\n\\nRead more: our newsletter', title = upper(title),
         facts = jsonb_set(facts, '{title,value}', to_jsonb(upper(title))) where id = any(%s) returning id"""


@pytest.fixture
def aged(desk, site):
    """An archive of which an older extractor read every second version worse."""
    for number in (1, 2, 3):
        edition(desk, site, number)
    with desk.pool.connection() as conn:
        before = archive(conn)
        found = rows(conn, """select v.id from versions v where origin = 'publisher' and v.id %% 2 = 0
                              and not exists (select 1 from applications p where p.version_id = v.id)""")  # fmt: skip
        worse = [r["id"] for r in rows(conn, AGE, OLD, [r["id"] for r in found])]
        conn.execute("delete from ledger")
    erase.seal_waiting(desk.pool)  # what the older extractor read is what was sealed
    return before, worse


def run(desk, **options):
    return replay(desk.pool, desk.extractors, options.pop("scope", Scope()), **options)


def test_a_report_first_then_better_readings_and_never_a_version(desk, site, aged):
    before, worse = aged
    with desk.pool.connection() as conn:
        stood = archive(conn)
        count = one(conn, "select count(*) as n from versions")["n"]
    report = run(desk)
    assert report["finished"]
    assert report["counts"]["differ"] == len(worse)
    assert report["fields"] == {"title": len(worse), "body": len(worse)}
    assert report["counts"]["read"] == report["pages"] == sum(
        n for name, n in report["counts"].items() if name not in ("read", "written"))  # fmt: skip
    sample = next(s for s in report["samples"] if s["field"] == "body")
    assert "Read more" in sample["old"]
    assert "Read more" not in sample["new"]
    with desk.pool.connection() as conn:
        assert archive(conn) == stood
        assert rows(conn, "select 1 from readings") == []
        known = one(conn, "select clock_timestamp() as now")["now"]
    written = run(desk, write=True)
    assert written["counts"]["written"] == len(worse)
    correct_articles(desk)
    with desk.pool.connection() as conn:
        assert archive(conn) == before
        assert one(conn, "select count(*) as n from versions where origin = 'publisher'")["n"] <= count
        assert {r["extractor"] for r in rows(conn, "select extractor from versions where origin = 'publisher'")} == {
            EXTRACTOR
        }
        kept = rows(conn, "select * from readings order by version_id")
        assert [r["version_id"] for r in kept] == sorted(worse)
        assert all("Read more" in r["body"] and r["extractor"] == OLD for r in kept)
        no_look_ahead(conn, worse, known)
        said = [e for e in changes.after(conn, "", 10_000) if e["type"] == "reread"]
        assert sorted(e["version_id"] for e in said) == sorted(worse)
        read = {r["id"]: r for r in rows(conn, "select id, title, body, read_at from versions")}
        for event in said:
            text = "{title}\n\n{body}".format(**read[event["version_id"]])
            assert event["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
            assert event["chain"]
    again = run(desk, write=True)
    assert (again["counts"].get("differ", 0), again["counts"].get("written", 0)) == (0, 0)


def no_look_ahead(conn, worse, known):
    """What the archive held before the replay is still what it says that it held then."""
    urls = rows(conn, """select distinct on (a.id) a.url, v.id from versions v join articles a on a.id = v.article_id
                         where origin = 'publisher' order by a.id, v.observed_at desc""")  # fmt: skip
    seen = datetime.now(UTC)
    hit = [r for r in urls if r["id"] in worse]
    assert hit
    for row in hit:
        assert "Read more" in versions.as_of(conn, row["url"], seen, known)["body"]
        assert "Read more" not in versions.as_of(conn, row["url"], seen, datetime.now(UTC))["body"]


def test_killed_and_shared_a_replay_reads_each_page_once(desk, site, aged, monkeypatch):
    _, worse = aged
    monkeypatch.setattr(replays, "SLICE", 4)
    stops = iter([False, False, True])
    first = run(desk, write=True, until=lambda: next(stops))
    assert not first["finished"]
    assert first["counts"]["read"] == 8
    with desk.pool.connection() as conn:
        dead = replays.claim(conn, first["replay"])  # a worker that was killed with a slice in hand
        conn.execute("update replay_slices set lease_until = '-infinity' where number = %s", (dead["number"],))
    reports = []
    workers = [threading.Thread(target=lambda: reports.append(share(desk))) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    last = run(desk, write=True)
    with desk.pool.connection() as conn:
        assert one(conn, "select count(*) as n from readings")["n"] == len(worse)
        stored = replays.show(conn, first["replay"])
        assert stored["slices_left"] == 0
        assert not replays.report(conn, dead, {"counts": {}})  # it wakes up: its slice is another's
    assert sum(r["counts"]["read"] for r in stored["reports"]) == stored["units"]
    assert sum(r["counts"].get("written", 0) for r in stored["reports"]) == len(worse)
    assert last["counts"].get("written", 0) == 0


def share(desk):
    from copydesk.articles.pool import Extractors

    with Extractors(1) as readers:
        return replay(desk.pool, readers, Scope(), write=True)


def test_a_look_that_nothing_could_read_is_read_the_usual_way(desk, dsn):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    page = "<title>Council</title><article><h1>Council</h1>" + "<p>The council met and voted on the plan.</p>" * 9
    with connect(dsn) as conn:
        arrive(conn, "https://a.example/1", at, page.encode())
        row = one(conn, "update observations set state = 'quarantined', decision = 'failed' returning id")
        quarantine.add(conn, "extract", "timeout", "", f"observation {row['id']}", None, "x")
    report = run(desk)
    assert report["counts"]["readable_now"] == 1
    with connect(dsn) as conn:
        assert maybe(conn, "select 1 from versions") is None
    run(desk, write=True)
    load_articles(desk)
    with connect(dsn) as conn:
        assert one(conn, "select title from versions")["title"] == "Council"
        assert quarantine.listing(conn) == []


def test_after_an_upgrade_a_look_that_nobody_leased_is_read_again(desk, dsn):
    """A 304 is settled at once, so its lease is -infinity still; it is the neighbour of the next other text."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    page = "<title>Council</title><article><h1>Council</h1>" + "<p>The council met and voted on the plan.</p>" * 9
    with connect(dsn) as conn:
        arrive(conn, "https://a.example/1", at, page.encode())
    load_articles(desk)
    with connect(dsn) as conn:
        article = articles.find(conn, "https://a.example/1")
        answer = Answer(article["url"], article["url"], 304, (), b"", at + timedelta(hours=1), 0.1)
        articles.save_look(conn, articles.Look(article["id"], article["url"], answer, "live", None), next_visit_at=None)
        conn.execute("update observations set extractor = %s", (OLD,))
        conn.execute("update versions set extractor = %s", (OLD,))
        arrive(conn, article["url"], at + timedelta(hours=2), page.replace("voted", "slept").encode())
    assert load_articles(desk) == {"new": 1}


def test_the_scope_and_the_command(desk, site, aged, dsn, tmp_path, monkeypatch, capsys):
    import json

    from copydesk.cli import main

    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    monkeypatch.setenv("COPYDESK_WORKERS", "1")
    _, worse = aged
    with connect(dsn) as conn:
        url = one(
            conn, "select a.url from versions v join articles a on a.id = v.article_id where v.id = %s", worse[0]
        )["url"]
    assert main(["replay", "--article", url, "--json"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert {s["url"] for s in report["samples"]} == {url}
    assert "pages" in err
    assert main(["replay", "--article", url]) == 0
    assert "nothing was written" in capsys.readouterr().out
    assert main(["replay", "--show", str(report["replay"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == report
    assert main(["replay", "--show", "999"]) == 2
    assert main(["replay", "--article", "https://nowhere.example/"]) == 2
    assert main(["replay", "--publisher", "nowhere.example"]) == 0
    assert "0 pages" in capsys.readouterr().out


def test_what_counts_as_a_difference():
    old = {"title": {"value": "A", "source": "og:title"}, "byline": [], "body": "x", "removed": [{"text": "ad"}]}
    new = {"title": {"value": "A", "source": "h1"}, "body": "x", "blocks": []}
    assert differences(old, new) == {}
    assert differences(old, {**new, "body": "y", "byline": ["B"]}) == {"body": ("x", "y"), "byline": (None, ["B"])}
    was, would = excerpt("a" * 500 + "b" + "c" * 500, "a" * 500 + "d" + "c" * 500)
    assert "b" in was
    assert "d" in would
    assert len(was) <= 162
