"""Exports of a real archive: valid by the tools of others, byte for byte, atomic, and the same memory however much."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.newsroom import arrive, edition

from copydesk.commands.feeds import load_list
from copydesk.errors import SetupError, UsageError
from copydesk.outlets import jsonfeed, parquet
from copydesk.pipeline import load_articles, open_desk
from copydesk.sample import SampleServer
from copydesk.settings import Settings
from copydesk.stages.export import Export
from copydesk.store import articles, snapshots
from copydesk.store import export as store
from copydesk.store.db import connect, one, rows
from copydesk.store.export import Scope

AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def newspaper(pg_server, template):
    """The archive of three editions, made once: no test here changes it."""
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute(f"create database exported template {template} strategy file_copy")
    dsn = pg_server.dsn("exported")
    settings = Settings(home=pg_server.home, database_url=dsn, allow=("127.0.0.0/8",), workers=1)
    with SampleServer(port=0, edition=1) as site, open_desk(settings, dsn) as desk:
        with desk.pool.connection() as conn:
            load_list(conn, site.opml().encode())
        for number in (1, 2, 3):
            edition(desk, site, number)
    return dsn


@pytest.fixture
def archive(newspaper):
    with connect(newspaper) as conn:
        yield conn
        conn.rollback()


def export(conn, format_, path, profile="owner", base_url=None, **scope):
    return Export(format_, Scope(**scope), profile, path, base_url).run(conn)


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_format_of_one_archive(archive, tmp_path):
    total = one(archive, "select count(*) as n from versions where origin = 'publisher'")["n"]
    ndjson(archive, tmp_path / "all.ndjson", total)
    ninjs(archive, tmp_path / "all.ninjs", total)
    feed(archive, tmp_path / "feed.json")
    table(archive, tmp_path / "parquet", total)
    warc(archive, tmp_path / "all.warc.gz")
    warc(archive, tmp_path / "plain.warc")
    scopes(archive, tmp_path / "some.ndjson", total)
    assert not list(tmp_path.rglob("*.tmp"))


def ndjson(conn, path, total):
    assert export(conn, "ndjson", path)["written"] == total
    found = read_lines(path)
    for said in found:
        text = f"{said['title']}\n\n{said['body']}".encode()
        assert said["text_sha256"] == hashlib.sha256(text).hexdigest()
    changed = next(f for f in found if f["ordinal"] == 2 and f.get("edits"))
    before = next(f for f in found if f["article_id"] == changed["article_id"] and f["ordinal"] == 1)
    for edit in changed["edits"]:
        assert before["body"][edit["start"] : edit["end"]] == edit.get("old", "")
    export(conn, "ndjson", path, corrected=True)
    assert {"publisher", "correction"} == {f["origin"] for f in read_lines(path)}


def ninjs(conn, path, total):
    from tests.unit.test_outlets import NINJS

    assert export(conn, "ninjs", path)["written"] == total
    found = read_lines(path)
    for said in found:
        NINJS.validate(said)
    uris = [(said["uri"], said["version"]) for said in found]
    assert len(set(uris)) == len(uris) == total


def feed(conn, path):
    articles = one(conn, "select count(distinct article_id) as n from versions")["n"]
    export(conn, "jsonfeed", path)
    said = json.loads(path.read_text())
    assert len(said["items"]) == len({i["id"] for i in said["items"]}) == articles
    dates = [i["date_modified"] for i in said["items"]]
    assert dates == sorted(dates, reverse=True)


def table(conn, folder, total):
    import pyarrow.dataset
    import pyarrow.parquet

    assert export(conn, "parquet", folder)["new"] == total
    read = pyarrow.dataset.dataset(folder, partitioning="hive", exclude_invalid_files=True).to_table()
    assert read.num_rows == total
    assert str(read.schema.field("observed_at").type) == "timestamp[us, tz=UTC]"
    assert "observed_date" in read.schema.names
    assert export(conn, "parquet", folder)["new"] == 0
    with pytest.raises(UsageError, match="exported for 'owner'"):
        export(conn, "parquet", folder, "public")


def warc(conn, path):
    counts = export(conn, "warc", path)
    assert counts["response"] > 5
    assert counts["revisit"] > 0
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "digest pass" in done.stdout
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    looks = {r["url"]: [] for r in rows(conn, "select distinct url from observations")}
    with path.open("rb") as file:
        for found in ArchiveIterator(file, record_types=WarcRecordType.response, verify_digests=True):
            looks[found.headers["WARC-Target-URI"]].append((found.record_date, found.reader.read()))
    for row in rows(
        conn,
        "select url, observed_at, snapshot, status from observations where snapshot is not null and failure is null",
    ):
        bodies = [body for at, body in looks[row["url"]] if at == row["observed_at"]]
        assert bodies in ([], [snapshots.get(conn, row["snapshot"])])  # a revisit, or byte for byte
    assert sum(map(len, looks.values())) == counts["response"]


def scopes(conn, path, total):
    first = one(conn, "select min(observed_at) as at from versions")["at"]
    export(conn, "ndjson", path, until=first)
    assert path.read_text() == ""
    publisher = one(conn, "select publisher from articles limit 1")["publisher"]
    export(conn, "ndjson", path, publisher=publisher)
    assert {f["publisher"] for f in read_lines(path)} == {publisher}
    middle = one(conn, "select max(recorded_at) as at from versions where origin = 'publisher'")["at"]
    export(conn, "ndjson", path, known_at=middle)  # when the last batch was not yet committed
    known = read_lines(path)
    assert 0 < len(known) < total
    assert all(datetime.fromisoformat(f["recorded_at"]) <= middle for f in known)
    export(conn, "ndjson", path, as_of=middle, known_at=middle)
    stood = read_lines(path)
    assert len({f["article_id"] for f in stood}) == len(stood) > 0
    assert not [f for f in stood if "pub_status" in f]  # what is known today is no answer about then


@pytest.fixture
def reserved(desk, dsn):
    """Three pages: free, reserved by a header, reserved in the page."""
    page = (
        "<html><head>{}<title>{}</title></head><body><article><h1>{}</h1>"
        + "<p>The council met and voted on it.</p>" * 8
    )
    from copydesk.model import Answer

    with connect(dsn) as conn:
        arrive(conn, "https://free.example/a", AT, page.format("", "Free", "Free").encode())
        arrive(
            conn,
            "https://meta.example/a",
            AT,
            page.format('<meta name="robots" content="noarchive">', "M", "Meta").encode(),
        )
        url, body = "https://head.example/a", page.format("", "Head", "Head").encode()
        article = articles.ensure(conn, url, AT, evidence="entry", visit=False)
        headers = (("content-type", "text/html"), ("tdm-reservation", "1"))
        answer = Answer(url, url, 200, headers, body, AT, 0.1)
        articles.save_look(
            conn, articles.Look(article, url, answer, "backfill", snapshots.put(conn, body)), next_visit_at=None
        )
    load_articles(desk)
    with connect(dsn) as conn:
        yield conn


def test_a_damaged_body_is_left_out_and_counted(archive, tmp_path):
    whole = export(archive, "warc", tmp_path / "whole.warc.gz")
    archive.execute("""update snapshots set bytes = '\\x00' where sha256 = (
                           select snapshot from observations where version_id is not null order by id limit 1)""")
    torn = export(archive, "warc", tmp_path / "torn.warc.gz")
    assert torn["damaged"] >= 1
    assert torn.total() == whole.total()
    checked = subprocess.run([sys.executable, "-m", "warcio.cli", "check", tmp_path / "torn.warc.gz"], check=False)
    assert checked.returncode == 0


def test_reservations_are_respected(reserved, tmp_path):
    counts = export(reserved, "ndjson", tmp_path / "t", "training")
    assert (counts["written"], counts["withheld"]) == (1, 2)
    assert [f["url"] for f in read_lines(tmp_path / "t")] == ["https://free.example/a"]
    counts = export(reserved, "warc", tmp_path / "t.warc", "training")
    assert (counts["response"], counts["withheld"]) == (1, 2)
    export(reserved, "ndjson", tmp_path / "o")
    rights = {f["publisher"]: f.get("rights") for f in read_lines(tmp_path / "o")}
    assert rights == {"free.example": None, "meta.example": ["noarchive"], "head.example": ["tdm_reserved"]}
    with pytest.raises(UsageError, match="public profile"):
        export(reserved, "warc", tmp_path / "p.warc", "public")
    assert not (tmp_path / "p.warc").exists()


def test_an_older_page_that_comes_late_says_nothing_of_what_is_reserved_now(desk, dsn):
    url, page = "https://shy.example/a", "<html><head>{}</head><article><h1>Shy</h1>" + "<p>The council met.</p>" * 9
    shy = '<meta name="robots" content="noarchive">'
    for day, meta in ((1, shy), (9, shy + " "), (5, ""), (12, "")):
        with connect(dsn) as conn:
            arrive(conn, url, AT + timedelta(days=day), page.format(meta).encode())
        load_articles(desk)
        with connect(dsn) as conn:
            assert articles.find(conn, url)["rights"] == (["noarchive"] if day != 12 else [])
    with connect(dsn) as conn:
        said = rows(conn, "select data from changes where kind = 'rights' order by id")
    assert [(r["data"]["before"], r["data"]["now"]) for r in said] == [([], ["noarchive"]), (["noarchive"], [])]


def test_pages_of_a_feed_lead_to_each_other(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(jsonfeed, "PAGE", 3)
    export(archive, "jsonfeed", tmp_path / "feed.json", base_url="https://desk.example/feeds/")
    seen, name = [], "feed.json"
    while name:
        said = json.loads((tmp_path / name).read_text())
        assert len(said["items"]) <= 3
        assert said["feed_url"] == f"https://desk.example/feeds/{name}"
        seen += [i["id"] for i in said["items"]]
        name = said.get("next_url", "").rsplit("/", 1)[-1]
    assert len(set(seen)) == len(seen) == one(archive, "select count(distinct article_id) as n from versions")["n"]


def test_late_data_comes_as_new_files_and_an_erased_text_leaves(archive, tmp_path):
    import pyarrow.parquet

    export(archive, "parquet", tmp_path, until=datetime.now(UTC) - timedelta(days=1))
    assert json.loads((tmp_path / "_manifest.json").read_text())["files"] == {}
    half = one(
        archive,
        "select observed_at as at from versions where origin = 'publisher' order by observed_at limit 1 offset 10",
    )["at"]
    export(archive, "parquet", tmp_path, since=half)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.parquet")}
    late = export(archive, "parquet", tmp_path)
    assert late["new"] == 10
    assert all(p.read_bytes() == body for p, body in before.items())
    files = json.loads((tmp_path / "_manifest.json").read_text())["files"]
    for name, said in files.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == said["sha256"]
    stray = next(iter(before)).with_name("part-0099.parquet")
    stray.write_bytes(b"left by a killed export")
    dataset = parquet.Dataset(tmp_path, "owner")
    assert not stray.exists()
    gone = pyarrow.parquet.read_table(next(iter(before)))["version_id"][0].as_py()
    assert dataset.drop([gone]) == 1
    assert gone not in [
        v for p in tmp_path.rglob("*.parquet") for v in pyarrow.parquet.read_table(p)["version_id"].to_pylist()
    ]
    assert parquet.Dataset(tmp_path, "owner").files == dataset.files


def test_parquet_without_its_extra_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SetupError, match=r"copydesk\[parquet\]"):
        parquet.engine()


def test_a_failed_export_leaves_the_old_file(archive, tmp_path):
    path = tmp_path / "x.ndjson"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="stop"):
        Export("ndjson", Scope(), "owner", path, progress=None, counts=Failing()).run(archive)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.ndjson"]


class Failing(dict):
    def __setitem__(self, key, value):
        if value == 5:
            raise RuntimeError("stop")
        super().__setitem__(key, value)

    def __missing__(self, key):
        return 0

    def total(self):
        return 1


def test_memory_does_not_grow_with_the_archive(archive):
    archive.execute("""
        insert into versions (article_id, origin, observed_at, content_sha, title, body, facts, words, scheme, shingles,
                              fingerprint, extractor)
        select (select min(id) from articles), 'publisher', now() + n * interval '1 s', '\\x00', 'T', repeat(md5(n::text), 300),
               '{}', 1, 1, 0, '{}', 'x' from generate_series(1, 4000) n""")
    peaks = []
    for scope in (Scope(until=datetime.now(UTC) + timedelta(seconds=500)), Scope()):
        tracemalloc.start()
        count = sum(1 for _ in store.versions(archive, scope))
        peaks.append((count, tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()
    (few, small), (many, big) = peaks
    assert many > 5 * few
    assert big < 1.5 * small


def test_the_command(newspaper, tmp_path, monkeypatch, capsysbinary):
    from copydesk.cli import main

    monkeypatch.setenv("DATABASE_URL", newspaper)
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    assert main(["export", "--format", "ndjson", "-o", str(tmp_path / "x")]) == 0
    assert b"written" in capsysbinary.readouterr().err
    assert main(["export", "--format", "ndjson", "-o", "-"]) == 0
    assert capsysbinary.readouterr().out == (tmp_path / "x").read_bytes()
    assert main(["export", "--format", "warc", "-o", "-"]) == 2
    assert main(["export", "--format", "ndjson", "-o", str(tmp_path / "no" / "x")]) == 2
    assert b"No such file" in capsysbinary.readouterr().err
    assert main(["export", "--format", "ndjson", "-o", str(tmp_path)]) == 2
    assert main(["export", "--format", "jsonfeed", "-o", str(tmp_path / "f"), "--base-url", "file:///x"]) == 2
    with pytest.raises(SystemExit) as wrong:
        main(["export", "--format", "csv", "-o", "x"])
    assert wrong.value.code == 2
