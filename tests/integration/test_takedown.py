"""Erased on purpose: nowhere to be found, provable all the same, never fetched again; and nothing else is touched."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import zstandard
from tests.archive.papers import Shot, write_warc
from tests.newsroom import arrive, edition, time_passes

from copydesk.archive.capture import Capture, Interval
from copydesk.commands.feeds import load_list
from copydesk.errors import Fenced, UsageError
from copydesk.model import Answer
from copydesk.pipeline import backfill, load_articles, run_once, tidy
from copydesk.settings import Settings
from copydesk.stages import erase, keep, load
from copydesk.stages.backfill import Request, enlist, plan
from copydesk.store import articles, late, ledger, revisits, snapshots, takedowns
from copydesk.store.db import connect, maybe, one, rows

CANARY = "Zanzibarquokka"
OTHER = "Perfectly ordinary"
PARAGRAPH = (
    "<p>{0} said on Tuesday that the ferry would carry {1} passengers a day, officials at the port of {0} told us.</p>"
)


class Paper:
    """A newspaper of two articles and a feed with full content, on loopback; ``edition`` changes its texts."""

    def __init__(self):
        self.edition, self.asked = 1, []
        paper = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                paper.asked.append(self.path)
                body = paper.pages().get(self.path)
                self.send_response(200 if body else 404)
                self.send_header(
                    "Content-Type", "application/xml" if self.path == "/feed" else "text/html; charset=utf-8"
                )
                self.send_header("ETag", f'"{CANARY if self.path == "/secret" else OTHER}"')
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.root = f"http://127.0.0.1:{self.server.server_port}"

    def pages(self):
        said = {"/secret": CANARY, "/open": OTHER}
        pages = {}
        items = ""
        for path, name in said.items():
            number = 100 + self.edition
            text = "".join(PARAGRAPH.format(name, number + i) for i in range(6))
            notice = (
                f"<p>Correction: An earlier version of this article misstated the harbour of {name} as {name} Bay.</p>"
                if self.edition > 1
                else ""
            )
            pages[path] = (f"<html lang=en><head><title>{name} ferry</title><meta name=description content='{name} in brief'>"
                           f"<meta property=article:published_time content='2026-11-20T10:00:00Z'></head>"
                           f"<body><article><h1>{name} ferry</h1><p class=byline>By {name} Reporter</p>{text}{notice}</article></body></html>")  # fmt: skip
            items += (f"<item><guid>{self.root}{path}</guid><link>{self.root}{path}</link><title>{name} ferry {self.edition}</title>"
                      f"<description>{name} in {self.edition}</description></item>")  # fmt: skip
        pages["/feed"] = f"<rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>"
        return pages


@pytest.fixture
def paper(desk, dsn):
    made = Paper()
    with connect(dsn) as conn:
        conn.execute("delete from feeds")
        opml = f"<opml version='2.0'><body><outline type='rss' text='P' xmlUrl='{made.root}/feed'/></body></opml>"
        load_list(conn, opml.encode())
    for number in (1, 2, 3):
        print_edition(desk, made, number)
    yield made
    made.server.shutdown()
    made.server.server_close()


def print_edition(desk, paper, number):
    paper.edition = number
    with desk.pool.connection() as conn:
        time_passes(conn)
    run_once(desk)


def found_in(conn, word: str) -> list[str]:
    """Every table and column that holds a word, as text or as bytes; packed bytes are unpacked."""
    columns = rows(conn, """select table_name as t, column_name as c, data_type as kind from information_schema.columns
                            where table_schema = 'public' and table_name in (
                                select table_name from information_schema.tables where table_type = 'BASE TABLE')""")  # fmt: skip
    found = [f"{c['t']}.{c['c']}" for c in columns if holds(conn, c["t"], c["c"], c["kind"], word)]
    bodies = rows(conn, "select bytes from snapshots where bytes is not null")
    packed = any(word in zstandard.decompress(row["bytes"]).decode("utf-8", "replace") for row in bodies)
    return sorted(found + ["snapshots.bytes"] * packed)


def holds(conn, table: str, column: str, kind: str, word: str) -> bool:
    value, wanted = "{}::text", word
    if kind == "bytea":
        value, wanted = "encode({}, 'hex')", word.encode().hex()
    query = psycopg.sql.SQL("select 1 from {} where " + value + " ilike %s limit 1").format(
        psycopg.sql.Identifier(table), psycopg.sql.Identifier(column)
    )
    return conn.execute(query, [f"%{wanted}%"]).fetchone() is not None


def test_a_word_of_the_article_is_nowhere_afterwards(desk, dsn, paper):
    url = f"{paper.root}/secret"
    with connect(dsn) as conn:
        before = found_in(conn, CANARY)
        others = stored(conn, f"{paper.root}/open")
        chain = ledger.entries(conn, articles.find(conn, url)["id"])
        text = one(
            conn,
            "select title || e'\\n\\n' || body as text from versions where title like %s order by id limit 1",
            f"%{CANARY}%",
        )["text"]
    assert {"versions.body", "snapshots.bytes", "entries.title", "entry_sightings.item", "notices.text", "corrections.reading",
            "observations.headers", "articles.etag", "latest_versions.search"} <= set(before)  # fmt: skip
    counts = erase.take_down(desk.pool, url, "a court asked for it", "ada")
    with connect(dsn) as conn:
        assert found_in(conn, CANARY) == []
        assert stored(conn, f"{paper.root}/open") == others
        after = ledger.entries(conn, articles.find(conn, url)["id"])
    assert counts["pages"] >= 3
    assert counts["feeds"] >= 3
    assert [(e["seq"], e["text_sha"], e["link"]) for e in after][: len(chain)] == [
        (e["seq"], e["text_sha"], e["link"]) for e in chain
    ]
    assert ledger.faults(after) == []
    assert hashlib.sha256(text.encode()).digest() in [e["text_sha"] for e in after]
    assert all(e["erased_why"] == "takedown" for e in after)


def stored(conn, url):
    return rows(
        conn,
        "select v.id, v.title, v.body, v.facts from versions v join articles a on a.id = v.article_id where a.url = %s order by v.id",
        url,
    )


def test_it_is_never_fetched_again_and_what_feeds_bring_is_swept(desk, dsn, paper):
    url = f"{paper.root}/secret"
    erase.take_down(desk.pool, url, "r", "ada")
    paper.asked.clear()
    print_edition(desk, paper, 4)
    assert "/feed" in paper.asked
    assert "/open" in paper.asked
    assert "/secret" not in paper.asked
    with connect(dsn) as conn:
        assert set(found_in(conn, CANARY)) == {"snapshots.bytes"}  # the feed's own new body, until the sweep
        arrive(conn, url, datetime.now(UTC) - timedelta(days=9), f"<p>{CANARY} of a backfill</p>".encode())
        revisits.signal(
            conn, [articles.find(conn, url)["id"]], "push", datetime.now(UTC), Settings(home=None).manners_for
        )
    tidy(desk)
    with connect(dsn) as conn:
        assert found_in(conn, CANARY) == []
        row = articles.find(conn, url)
        assert (row["state"], row["next_visit_at"]) == ("withdrawn", None)
        assert takedowns.to_sweep(conn) == []


def test_the_bytes_go_from_another_store_too(desk, dsn, paper, tmp_path):
    keep.move(desk.pool, f"file://{tmp_path}/store")
    assert in_files(tmp_path / "store", CANARY)
    assert in_files(tmp_path / "store", OTHER)
    erase.take_down(desk.pool, f"{paper.root}/secret", "r", "ada")
    assert not in_files(tmp_path / "store", CANARY)
    with connect(dsn) as conn:
        assert found_in(conn, CANARY) == []
    assert keep.verify(desk.pool)["damaged"] == 0


def in_files(folder, word):
    return any(word.encode() in zstandard.decompress(file.read_bytes()) for file in folder.rglob("*.zst"))


def test_no_archive_brings_it_back(desk, dsn, paper, tmp_path):
    url = f"{paper.root}/secret"
    erase.take_down(desk.pool, url, "r", "ada")
    warc = tmp_path / "old.warc.gz"
    old = datetime(2026, 11, 1, 12, tzinfo=UTC)
    pages = paper.pages()
    write_warc(
        warc,
        [Shot(f"{paper.root}{path}", old, 200, "text/html", pages[path].encode()) for path in ("/secret", "/open")],
    )
    request = Request([str(warc)], Interval(old - timedelta(days=1), old + timedelta(days=1)))
    backfill(desk, enlist(desk.pool, request, plan(desk.pool, desk.settings, request)))
    with connect(dsn) as conn:
        assert one(conn, "select reasons from backfill_slices")["reasons"] == {"taken_down": 1}
        assert one(conn, "select count(*) as n from observations where source = 'warc'")["n"] == 1
        late.save(conn, late.ready([Capture(url, old, 200, (), pages["/secret"].encode())], "warc"))  # unasked
    tidy(desk)
    with connect(dsn) as conn:
        assert found_in(conn, CANARY) == []


@pytest.mark.parametrize("by", ["canonical", "redirect"])
def test_another_address_of_it_shares_its_fate(desk, dsn, paper, by):
    url, other = f"{paper.root}/secret", f"{paper.root}/secret-print"
    erase.take_down(desk.pool, url, "r", "ada")
    tidy(desk)
    body = paper.pages()["/secret"].replace("<head>", f"<head><link rel=canonical href='{url}'>" * (by == "canonical"))
    look = Answer(other, url if by == "redirect" else other, 200, (("content-type", "text/html"),), body.encode(),
                  datetime.now(UTC), 0.1, hops=((302, other),) * (by == "redirect"))  # fmt: skip
    with connect(dsn) as conn:
        article = articles.ensure(conn, other, look.fetched_at, evidence="entry")
        articles.save_look(
            conn,
            articles.Look(article, other, look, "live", snapshots.put(conn, look.body)),
            next_visit_at=look.fetched_at,
        )
    assert load_articles(desk) == {"taken_down": 1}
    with connect(dsn) as conn:
        assert found_in(conn, CANARY) == []
        assert url in takedowns.of(conn, article)["reason"]
        assert articles.find(conn, other)["next_visit_at"] is None


def test_an_article_that_leads_there_later_keeps_what_it_said_before(desk, dsn, paper):
    url, other = f"{paper.root}/secret", f"{paper.root}/open"
    erase.take_down(desk.pool, url, "r", "ada")
    tidy(desk)
    with connect(dsn) as conn:
        stood = stored(conn, other)
        body = paper.pages()["/secret"].encode()
        answer = Answer(
            other, url, 200, (("content-type", "text/html"),), body, datetime.now(UTC), 0.1, hops=((302, other),)
        )
        articles.save_look(
            conn,
            articles.Look(articles.find(conn, other)["id"], other, answer, "live", snapshots.put(conn, body)),
            next_visit_at=None,
        )
    assert load_articles(desk) == {"taken_down": 1}
    with connect(dsn) as conn:
        assert found_in(conn, CANARY) == []
        assert stored(conn, other) == stood


def test_bytes_that_other_articles_show_too_stay_theirs(desk, dsn, paper):
    wall, at = b"<title>Your choice</title><p>We value your privacy.</p>", datetime.now(UTC)
    with connect(dsn) as conn:
        for path in ("/secret", "/open"):
            arrive(conn, f"{paper.root}{path}", at, wall)
    load_articles(desk)
    erase.take_down(desk.pool, f"{paper.root}/secret", "r", "ada")
    with connect(dsn) as conn:
        assert snapshots.get(conn, snapshots.digest(wall)) == wall
        arrive(conn, f"{paper.root}/secret", at + timedelta(hours=1), wall)
        assert snapshots.get(conn, snapshots.digest(wall)) == wall
    erase.take_down(desk.pool, f"{paper.root}/open", "r", "ada")
    with connect(dsn) as conn, pytest.raises(snapshots.Erased):
        snapshots.get(conn, snapshots.digest(wall))


def test_a_worker_that_read_the_page_before_writes_nothing_after(desk, dsn, paper):
    url = f"{paper.root}/secret"
    with connect(dsn) as conn:
        arrive(conn, url, datetime.now(UTC), paper.pages()["/secret"].replace("102", "777").encode())
        claimed = articles.claim(conn, 10)
    readings = list(load._read(desk.pool, desk.extractors, claimed))
    erase.take_down(desk.pool, url, "r", "ada")
    with connect(dsn) as conn, pytest.raises(Fenced):
        load._write_all(conn, readings, desk.settings, desk.extractors)
    with connect(dsn) as conn:
        assert found_in(conn, CANARY) == []


def test_a_second_takedown_finds_nothing(desk, dsn, paper):
    url = f"{paper.root}/secret"
    erase.take_down(desk.pool, url, "r", "ada")
    again = erase.take_down(desk.pool, url, "other", "bob")
    assert again["versions"] == again["pages"] == 0
    with connect(dsn) as conn:
        assert one(conn, "select reason, decided_by from takedowns") == {"reason": "r", "decided_by": "ada"}
        assert one(conn, "select count(*) as n from changes where kind = 'takedown'")["n"] == 1
    with pytest.raises(UsageError, match="no article of this URL"):
        erase.take_down(desk.pool, "https://nowhere.example/", "r", "ada")


def test_copies_lose_the_correction_that_only_the_erased_notice_gave(desk, site, dsn):
    for number in (1, 2, 3):
        edition(desk, site, number)
    source, copy = site.url("harbour-wire", "letter"), site.url("morning-ledger", "letter")
    with connect(dsn) as conn:
        text = one(
            conn, "select n.text from notices n join articles a on a.id = n.article_id where a.url = %s", source
        )["text"]
        assert derived(conn, copy)
        stood = one(conn, "select body from current_articles where url = %s", copy)["body"]
    erase.take_down(desk.pool, source, "r", "ada")
    run_once(desk)
    with connect(dsn) as conn:
        assert not derived(conn, copy)
        assert one(conn, "select body from current_articles where url = %s", copy)["body"] == stood
        assert not [p for p in found_in(conn, text[:60]) if not p.startswith("snapshots")]
        copies = rows(
            conn,
            "select m.article_id from cluster_members m join articles a on a.id = m.article_id where a.url = %s",
            source,
        )
        assert copies == []
        assert ledger.faults(ledger.entries(conn, articles.find(conn, copy)["id"])) == []


def derived(conn, url):
    return rows(conn, """select v.body from versions v join articles a on a.id = v.article_id
                         where a.url = %s and origin = 'correction' and withdrawn_at is null""", url)  # fmt: skip


def test_nobody_can_slip_in_drop_or_exchange_an_entry(desk, dsn, paper):
    with connect(dsn) as conn:
        article = articles.find(conn, f"{paper.root}/open")["id"]
        assert ledger.faults(ledger.entries(conn, article)) == []
        for tamper in (
            "update ledger set text_sha = sha256('x') where seq = 1 and article_id = %s",
            "update ledger set recorded_at = recorded_at - interval '1 day' where seq = 2 and article_id = %s",
            "delete from ledger where seq = 1 and article_id = %s",
            "update versions set body = body || '.' where article_id = %s",
        ):
            with conn.transaction(force_rollback=True):
                conn.execute(tamper, (article,))
                assert ledger.faults(ledger.entries(conn, article)), tamper


def test_events_carry_the_link_as_witness(desk, dsn, site):
    from copydesk.store import changes

    for number in (1, 2, 3):
        edition(desk, site, number)
    with connect(dsn) as conn:
        texts = ("created", "version", "derived_version")
        events = {e["version_id"]: e for e in changes.after(conn, "", 1000) if e["type"] in texts}
        links = {r["version_id"]: r for r in rows(conn, "select version_id, text_sha, link from ledger")}
    assert {e["type"] for e in events.values()} == {*texts}
    for version, event in events.items():
        assert event["text_sha256"] == links[version]["text_sha"].hex()
        assert event["chain"] == links[version]["link"].hex()


def test_retention_by_age_publisher_and_rights(desk, dsn):
    old, new = datetime.now(UTC) - timedelta(days=400), datetime.now(UTC) - timedelta(days=3)
    page = (
        "<html><head>{}<title>{}</title></head><article><h1>{}</h1>"
        + "<p>The council met on Tuesday and voted on the plan.</p>" * 9
    )
    pages = {
        "https://kept.example/a": ("", new),
        "https://old.example/a": ("", old),
        "https://shy.example/a": ("<meta name=robots content=noarchive>", old),
    }
    with connect(dsn) as conn:
        for url, (meta, at) in pages.items():
            arrive(conn, url, at, page.format(meta, url[8:12], url[8:12]).encode())
    load_articles(desk)
    add(dsn, "shy", rights="noarchive", texts="90d")
    assert erase.apply_retention(desk.pool, dry_run=True) == {"texts": 1}
    assert texts(dsn) == {"kept": True, "old": True, "shy": True}
    assert erase.apply_retention(desk.pool) == {"texts": 1}
    assert texts(dsn) == {"kept": True, "old": True, "shy": False}
    add(dsn, "all", texts="1y", snapshots="2y")
    assert tidy(desk)["texts"] == 1
    assert texts(dsn) == {"kept": True, "old": False, "shy": False}
    with connect(dsn) as conn:
        assert one(conn, "select count(*) as n from snapshots where bytes is not null")["n"] == 3
        conn.execute("update snapshots set stored_at = %s", (old,))
    add(dsn, "bytes", publisher="old.example", snapshots="1y")
    assert erase.apply_retention(desk.pool) == {"snapshots": 1}
    assert erase.apply_retention(desk.pool) == {}
    with connect(dsn) as conn:
        for row in rows(conn, "select id from articles"):
            assert ledger.faults(ledger.entries(conn, row["id"])) == []
        arrive(conn, "https://old.example/a", datetime.now(UTC), page.format("", "old.", "old.").encode())
    load_articles(desk)
    with connect(dsn) as conn:  # the same text again is the same version still: its hash was kept
        assert (
            one(
                conn,
                "select count(*) as n from versions v join articles a on a.id = v.article_id where a.publisher = 'old.example'",
            )["n"]
            == 1
        )


def add(dsn, reason, publisher=None, rights=None, texts=None, snapshots=None):
    from copydesk.store import retention

    with connect(dsn) as conn:
        retention.add(conn, publisher, rights, texts and erase.age(texts), snapshots and erase.age(snapshots), reason)


def texts(dsn):
    with connect(dsn) as conn:
        return {
            r["publisher"].split(".")[0]: bool(r["body"])
            for r in rows(conn, "select publisher, body from current_articles")
        }


@pytest.mark.parametrize("wrong", ["", "d", "90", "0d", "-3d", "90m", "x", "1.5d"])
def test_an_age_that_is_none_is_named(wrong):
    with pytest.raises(UsageError, match="is no age"):
        erase.age(wrong)


def sampled(conn, word):
    """Columns of which the planner's samples hold a word."""
    query = """select tablename, attname from pg_stats where schemaname = 'public'
               and concat(most_common_vals, histogram_bounds, most_common_elems) ilike %s"""
    return rows(conn, query, f"%{word}%")


def test_the_commands(desk, dsn, paper, tmp_path, monkeypatch, capsys):
    from copydesk.cli import main

    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    url = f"{paper.root}/secret"
    with connect(dsn) as conn:
        row = one(conn, "select title, body from versions where title like %s order by id limit 1", f"%{CANARY}%")
    (tmp_path / "text").write_text(f"{row['title']}\n\n{row['body']}\n")
    (tmp_path / "wrong").write_text("another text")
    assert main(["takedown", url]) == 2
    with connect(dsn) as conn:
        conn.execute("analyze")
        assert sampled(conn, CANARY)
    assert main(["takedown", url, "--reason", "a court asked"]) == 0
    with connect(dsn) as conn:
        assert sampled(conn, CANARY) == []
    assert "erased" in capsys.readouterr().out
    assert main(["verify", url, "--text", str(tmp_path / "text")]) == 0
    out = capsys.readouterr().out
    assert "<- this text" in out
    assert "the chain is intact" in out
    assert main(["verify", url, "--text", str(tmp_path / "wrong"), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["intact"]
    link = bytes(32)
    for entry in said["entries"]:  # what an outsider does by hand
        link = hashlib.sha256(link + entry["statement"].encode()).digest()
        assert link.hex() == entry["link"]
    assert main(["verify", url]) == 0
    assert "<- this text" not in capsys.readouterr().out
    assert main(["takedown"]) == 0
    assert "a court asked" in capsys.readouterr().out
    assert main(["article", url]) == 0
    out = capsys.readouterr().out
    assert "taken down" in out
    assert "(erased: takedown)" in out
    assert main(["article", url, "--as-of", "2030-01-01"]) == 0
    assert "(the text was erased)" in capsys.readouterr().out
    assert main(["article", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["takedown"]["reason"] == "a court asked"
    assert main(["retention", "add", "--reason", "x"]) == 2
    assert main(["retention", "add", "--texts", "2y", "--reason", "x"]) == 0
    assert main(["retention", "list"]) == 0
    assert "730 d" in capsys.readouterr().out
    assert main(["retention", "apply", "--dry-run"]) == 0
    assert main(["retention", "remove", "1"]) == 0
    assert main(["retention", "remove", "1"]) == 2
    with connect(dsn) as conn:
        assert maybe(conn, "select 1 from retention_rules") is None
