"""WARC files through the ledger into versions: each capture once, whatever is repeated, cut short or damaged."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.archive.loading import DAY, ask
from tests.archive.loading import load as load_interval
from tests.archive.papers import START, Shot, response, shots, write_warc
from tests.newsroom import archive
from warcio.warcwriter import WARCWriter

from copydesk.archive.capture import Interval
from copydesk.cli import main
from copydesk.pipeline import backfill
from copydesk.stages.backfill import Request, enlist, plan
from copydesk.store import backfill as ledger
from copydesk.store.db import one

SPAN = Interval(START.replace(hour=0), START.replace(hour=0) + 6 * DAY)


def load(desk, *sources, interval=SPAN, **options):
    return load_interval(desk, *sources, interval=interval, **options)


def page(text="The mayor opened the bridge on Monday, and three hundred people came to see it. " * 6):
    return f"<html><head><title>A bridge is opened</title></head><body><article><h1>A bridge is opened</h1><p>{text}</p></article></body></html>".encode()


def at(hours):
    return START + timedelta(hours=hours)


def shot(name, hours, body=None, kind="text/html"):
    return Shot(f"https://a.example/{name}", at(hours), 200, kind, body or page())


def test_every_capture_once_and_a_second_run_adds_nothing(desk, tmp_path):
    found = shots()
    write_warc(tmp_path / "papers.warc.gz", found)
    slices = load(desk, tmp_path / "papers.warc.gz")
    assert {s["state"] for s in slices} == {"done"}
    assert sum(s["captures"] for s in slices) == len(found)
    stored = {(r["url"], r["observed_at"]) for r in ask(desk, "select url, observed_at from observations")}
    assert stored == {(s.url, s.at) for s in found if not s.url.endswith("/feed")}
    assert one_of(desk, "select count(*) as n from observations where state = 'new'") == 0
    before = counted(desk)
    again = load(desk, tmp_path / "papers.warc.gz", again="once more")
    assert sum(s["captures"] for s in again) == len(found)
    assert sum(s["stored"] for s in again) == 0
    assert counted(desk) == before


def test_feeds_become_sightings_and_polling_never_notices(desk, tmp_path):
    write_warc(tmp_path / "papers.warc.gz", shots())
    load(desk, tmp_path / "papers.warc.gz")
    feeds = ask(desk, "select status, etag, last_poll_at, schedule from feeds")
    assert len(feeds) == 5
    assert all(f == {"status": "paused", "etag": None, "last_poll_at": None, "schedule": {}} for f in feeds)
    assert one_of(desk, "select count(*) as n from articles where next_visit_at is not null") == 0
    assert one_of(desk, "select count(*) as n from feed_polls") == 0
    first = ask(desk, "select min(s.observed_at) as at from entry_sightings s join entries e on e.id = s.entry_id")
    assert first[0]["at"] == START
    assert one_of(desk, "select count(*) as n from entries where first_seen_at < last_seen_at") > 0


def test_the_archive_is_that_of_the_pages_alone_in_one_slice(desk, tmp_path):
    """Days or one piece, gzip or not: the same versions, clusters and corrections."""
    found = shots()
    write_warc(tmp_path / "plain.warc", found, gzip=False)
    load(desk, tmp_path / "plain.warc", interval=Interval(SPAN.since, SPAN.until))
    assert one_of(desk, "select count(*) as n from versions where origin = 'correction' and withdrawn_at is null") >= 2
    assert one_of(desk, "select count(*) as n from applications where outcome = 'applied'") >= 2
    with desk.pool.connection() as conn:
        whole = archive(conn)
    assert {"version", "member", "revision", "application"} == {row[0] for row in whole}


@pytest.mark.parametrize(
    ("damage", "reason", "kept"),
    [
        (lambda data, places: data[: places[3] + 200], "truncated_gzip", 3),
        (lambda data, places: data[:-5], "truncated_gzip", 4),
        (lambda data, places: relength(data, places, 1, 90_000), "bad_length", 4),
        (lambda data, places: relength(data, places, 1, 300), "bad_length", 4),
        (lambda data, places: flip(data, places[2] + 60), "damaged_gzip", 4),
        (lambda data, places: b"time,url\n1,2\n" * 50, "not_warc", 0),
        (lambda data, places: gzip.compress(b"time,url\n1,2\n" * 50), "not_warc", 0),
        (lambda data, places: b"", "empty_file", 0),
        (lambda data, places: b"filedesc://x.arc 0.0.0.0 20000101000000 text/plain 76\n", "arc_file", 0),
    ],
    ids=["cut", "end cut off", "length too long", "length too short", "bit rot", "csv", "gzip csv", "empty", "arc"],
)
def test_damage_is_named_and_costs_only_its_own_slice(desk, tmp_path, damage, reason, kept):
    found = [shot(f"story-{n}", 24 * n, page(f"Text {n} of the day. " * 40)) for n in range(5)]
    file = tmp_path / "hurt.warc.gz"
    places = write_warc(file, found)
    file.write_bytes(damage(file.read_bytes(), places))
    write_warc(tmp_path / "sound.warc.gz", [shot("other", 1)])
    slices = load(desk, tmp_path / "hurt.warc.gz", tmp_path / "sound.warc.gz")
    failed = [s for s in slices if s["state"] == "failed"]
    assert {s["error"] for s in failed} == {reason}
    assert all("hurt.warc.gz" in s["place"] for s in failed)
    assert len(failed) == 1 or not kept
    assert {s["state"] for s in slices if "sound" in s["place"]} == {"done"}
    good = "select count(*) as n from observations where failure is null and url like '%%story%%'"
    assert one_of(desk, good) == kept
    assert one_of(desk, "select count(*) as n from versions") == kept + 1


def test_what_is_no_whole_page_makes_no_version(desk, tmp_path):
    with open(tmp_path / "x.warc.gz", "wb") as out:
        writer = WARCWriter(out, gzip=True)
        writer.write_record(response(writer, shot("cut", 1), **{"WARC-Truncated": "length"}))
        lost = writer.create_revisit_record(
            "https://a.example/lost", "sha1:AAAA", "https://a.example/gone", "2020-01-01T00:00:00Z"
        )
        lost.rec_headers.replace_header("WARC-Date", at(2).strftime("%Y-%m-%dT%H:%M:%SZ"))
        writer.write_record(lost)
        first = response(writer, shot("again", 3))
        writer.write_record(first)
        same = writer.create_revisit_record("https://a.example/again", first.rec_headers.get_header("WARC-Payload-Digest"),
                                            "https://a.example/again", at(3).strftime("%Y-%m-%dT%H:%M:%SZ"))  # fmt: skip
        same.rec_headers.replace_header("WARC-Date", at(9).strftime("%Y-%m-%dT%H:%M:%SZ"))
        writer.write_record(same)
        writer.write_record(response(writer, shot("picture", 4, b"\x89PNG....", "image/png")))
    load(desk, tmp_path / "x.warc.gz")
    looks = {(r["url"].rsplit("/", 1)[1], r["failure"], r["decision"]) for r in ask(desk, "select * from observations")}
    assert looks == {("cut", "truncated", "failed"), ("lost", "revisit_unresolved", "failed"), ("again", None, "new"),
                     ("again", None, "unchanged")}  # fmt: skip
    assert one_of(desk, "select count(*) as n from versions") == 1


def test_a_complete_capture_takes_the_place_of_a_failed_one(desk, tmp_path):
    with open(tmp_path / "cut.warc.gz", "wb") as out:
        writer = WARCWriter(out, gzip=True)
        writer.write_record(response(writer, shot("story", 1), **{"WARC-Truncated": "length"}))
    write_warc(tmp_path / "whole.warc.gz", [shot("story", 1)])
    load(desk, tmp_path / "cut.warc.gz")
    load(desk, tmp_path / "whole.warc.gz")
    (look,) = ask(desk, "select failure, decision from observations")
    assert look == {"failure": None, "decision": "new"}


def test_chunked_and_gzip_payloads_as_crawlers_keep_them(desk, tmp_path):
    coded = gzip.compress(page())
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (coded[:70], coded[70:])) + b"0\r\n\r\n"
    with open(tmp_path / "x.warc.gz", "wb") as out:
        writer = WARCWriter(out, gzip=True)
        for name, body, more in (("wire", chunked, [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
                                 ("kept", page(), [("Content-Encoding", "gzip"), ("Content-Length", "200")]),
                                 ("short", page()[:-200], [("Content-Length", str(len(page())))])):  # fmt: skip
            record = response(writer, shot(name, 1, body))
            record.http_headers.headers += more
            record.http_headers.compute_headers_buffer()
            writer.write_record(record)
    load(desk, tmp_path / "x.warc.gz")
    looks = {r["url"].rsplit("/", 1)[1]: r["failure"] for r in ask(desk, "select url, failure from observations")}
    assert looks == {"wire": None, "kept": None, "short": "incomplete"}


def test_command_line(desk, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", desk.settings.database_url)
    monkeypatch.setenv("COPYDESK_WORKERS", "1")
    monkeypatch.setenv("COPYDESK_BACKFILL_NICE", "0")
    write_warc(tmp_path / "papers.warc.gz", shots())
    said = ["--from", "2026-01-01", "--to", "2026-01-07", "--json"]
    assert main(["backfill", str(tmp_path / "papers.warc.gz"), *said, "--dry-run"]) == 0
    planned = json.loads(capsys.readouterr().out)["total"]
    assert planned["captures"] == len(shots())
    assert one_of(desk, "select count(*) as n from backfill_slices") == 0
    assert main(["backfill", str(tmp_path / "papers.warc.gz"), *said]) == 0
    total = json.loads(capsys.readouterr().out)["total"]
    assert (total["captures"], total["done"]) == (planned["captures"], planned["slices"])
    for of in ([], ["warc"], [str(tmp_path / "papers.warc.gz")]):
        assert main(["backfill", *of, "--status"]) == 0
        assert capsys.readouterr().out.count("done") == planned["slices"]
    assert main(["backfill", "wayback", "--status"]) == 0
    assert "done" not in capsys.readouterr().out
    for wrong in (["backfill"], ["backfill", "what"], ["backfill", "nowhere.warc.gz"],
                  ["backfill", "x.warc", "--from", "2026-02-01", "--to", "2026-01-01"]):  # fmt: skip
        assert main(wrong) == 2
    (tmp_path / "bad.warc.gz").write_bytes(b"a,b\n")
    assert main(["backfill", str(tmp_path / "bad.warc.gz")]) == 1
    assert "not_warc" in capsys.readouterr().err


def test_a_stopped_slice_refuses_its_worker_and_goes_on_where_it_was(desk, tmp_path, monkeypatch):
    monkeypatch.setattr("copydesk.stages.backfill.BATCH", 5)
    write_warc(tmp_path / "papers.warc.gz", shots())
    request = Request([str(tmp_path / "papers.warc.gz")], SPAN, 6 * DAY)
    ids = enlist(desk.pool, request, plan(desk.pool, desk.settings, request))

    def stop(piece, counts):
        if counts["captures"] == 15:
            with desk.pool.connection() as conn:
                assert ledger.stop(conn) == 1

    backfill(desk, ids, stop)
    with desk.pool.connection() as conn:
        (row,) = ledger.listing(conn, ids)
        assert (row["state"], row["captures"]) == ("stopped", 15)
        assert ledger.reopen(conn) == ids
    backfill(desk, ids)
    with desk.pool.connection() as conn:
        (row,) = ledger.listing(conn, ids)
    assert (row["state"], row["captures"]) == ("done", len(shots()))


def test_hosts_and_limit(desk, tmp_path):
    write_warc(tmp_path / "papers.warc.gz", shots())
    load(desk, tmp_path / "papers.warc.gz", hosts=["morning-ledger.example"])
    assert {r["host"] for r in ask(desk, "select host from articles")} == {"morning-ledger.example"}
    slices = load(desk, tmp_path / "papers.warc.gz", limit=3)
    assert {s["captures"] for s in slices if s["expected"] >= 3} == {3}


def one_of(desk, query):
    with desk.pool.connection() as conn:
        return one(conn, query)["n"]


def counted(desk):
    tables = ("entries", "entry_sightings", "articles", "observations", "versions", "snapshots", "notices",
              "corrections", "applications", "revisions", "changes", "feeds")  # fmt: skip
    return {table: one_of(desk, f"select count(*) as n from {table}") for table in tables}


def relength(data: bytes, places: list[int], which: int, length: int) -> bytes:
    """Let one record lie about its length."""
    begin, end = places[which], places[which + 1]
    member = gzip.decompress(data[begin:end])
    head, _, rest = member.partition(b"\r\n\r\n")
    said = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    lie = head.replace(said, b"Content-Length: %d" % length) + b"\r\n\r\n" + rest
    return data[:begin] + gzip.compress(lie) + data[end:]


def flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def test_times_are_those_of_the_captures(desk, tmp_path):
    write_warc(tmp_path / "x.warc.gz", [shot("story", 5)])
    load(desk, tmp_path / "x.warc.gz")
    (version,) = ask(desk, "select observed_at, recorded_at from versions")
    assert version["observed_at"] == at(5)
    assert version["recorded_at"] > datetime(2026, 1, 2, tzinfo=UTC)
