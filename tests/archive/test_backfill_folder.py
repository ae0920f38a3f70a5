"""Folders, boxes and record files: what says where and when it stood is loaded, the rest is named."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from tests.archive.loading import ask, load

from copydesk.archive.capture import Interval
from copydesk.archive.records import read_time
from copydesk.cli import main

SPAN = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC))
WEEK = timedelta(days=7)


def page(n=1, url=""):
    link = f'<link rel="canonical" href="{url}">' if url else ""
    text = f"The ferry left pier {n} at noon with all its passengers and came back in the evening. " * 8
    return f"<html><head><title>Ferry {n}</title>{link}</head><body><article><h1>Ferry {n}</h1><p>{text}</p></article></body></html>"


def looks(desk):
    found = ask(desk, "select url, observed_at, decision from observations order by url, observed_at")
    return [(r["url"], r["observed_at"].strftime("%m-%d %H:%M"), r["decision"]) for r in found]


def test_records_with_a_mapping(desk, tmp_path):
    rows = [
        {"u": "https://a.example/1", "when": "2026-01-02T10:00:00Z", "src": page(1)},
        {"u": "https://a.example/2", "when": 1767434400, "src": page(2)},
        {"u": "https://a.example/3", "src": page(3)},
        {"u": "https://a.example/late", "when": "2027-01-02T10:00:00Z", "src": page(4)},
    ]
    (tmp_path / "x.ndjson").write_text("\n".join(json.dumps(r) for r in rows) + "\n{broken\n")
    slices = load(desk, f"folder:{tmp_path / 'x.ndjson'}", interval=SPAN, step=WEEK,
                  map={"url": "u", "time": "when", "body": "src"})  # fmt: skip
    assert looks(desk) == [("https://a.example/1", "01-02 10:00", "new"), ("https://a.example/2", "01-03 10:00", "new")]
    (piece,) = slices
    assert piece["state"] == "failed"
    assert piece["error"] == "no_time"
    assert "name its field with --map time=FIELD" in piece["detail"]


def test_usual_names_need_no_mapping_and_text_is_a_page(desk, tmp_path):
    text = "The market hall burned down on Friday night, and nobody was hurt in the fire. " * 6
    rows = [{"url": "https://a.example/fire", "title": "A hall burns", "text": text, "fetched_at": "2026-01-03 04:00"}]
    (tmp_path / "x.json").write_text(json.dumps(rows))
    assert [s["state"] for s in load(desk, f"folder:{tmp_path / 'x.json'}", interval=SPAN)] == ["done"]
    (version,) = ask(desk, "select title, body from versions")
    assert version["title"] == "A hall burns"
    assert version["body"].startswith("The market hall burned down")


def test_a_manifest_places_the_files(desk, tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "one.html.gz").write_bytes(gzip.compress(page(1).encode()))
    (tmp_path / "pages" / "two.html").write_text(page(2))
    rows = [{"id": "one", "url": "https://a.example/1", "captured": "2026-01-02"},
            {"id": "none", "url": "https://a.example/9", "captured": "2026-01-02"}]  # fmt: skip
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (piece,) = load(desk, f"folder:{tmp_path}", interval=SPAN, map={"file": "pages/{id}.html.gz"})
    assert looks(desk) == [("https://a.example/1", "01-02 00:00", "new")]
    assert (piece["state"], piece["error"]) == ("failed", "no_such_file")


def test_a_damaged_file_costs_only_its_own_row(desk, tmp_path):
    (tmp_path / "one.html.gz").write_bytes(gzip.compress(page(1).encode())[:-20])
    (tmp_path / "two.html").write_text(page(2))
    rows = [{"url": f"https://a.example/{n}", "captured": "2026-01-02", "file": name}
            for n, name in enumerate(("one.html.gz", "two.html"), 1)]  # fmt: skip
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (piece,) = load(desk, f"folder:{tmp_path}", interval=SPAN, step=WEEK)
    assert looks(desk) == [("https://a.example/2", "01-02 00:00", "new")]
    assert (piece["state"], piece["error"]) == ("failed", "unreadable_file")


def test_pages_by_their_paths_and_links(desk, tmp_path):
    (tmp_path / "news.example" / "2026-01-04").mkdir(parents=True)
    (tmp_path / "news.example" / "2026-01-04" / "ferry.html").write_text(page(1))
    (tmp_path / "20260105083000-saved.html").write_text(page(2, "https://other.example/ferry"))
    (tmp_path / "undated.html").write_text(page(3, "https://other.example/undated"))
    slices = load(desk, f"folder:{tmp_path}", interval=SPAN, step=WEEK)
    assert looks(desk) == [("https://news.example/2026-01-04/ferry.html", "01-04 00:00", "new"),
                           ("https://other.example/ferry", "01-05 08:30", "new")]  # fmt: skip
    assert slices[0]["error"] == "no_time"
    assert "undated.html" in slices[0]["detail"]


def zipped(tmp_path, names):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as box:
        for name, body in names:
            box.writestr(name, body)
    return tmp_path / "x.zip"


def tarred(tmp_path, names):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as box:
        for name, body in names:
            info = tarfile.TarInfo(name)
            info.size = len(body)
            if name == "2026-01-06/link.html":
                info.type, info.linkname, info.size = tarfile.SYMTYPE, "/etc/hostname", 0
            box.addfile(info, io.BytesIO(body))
    return tmp_path / "x.tar.gz"


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [("../../2026-01-06/out.html", page(9), "traversal"), ("/2026-01-06/out.html", page(9), "traversal"),
     ("2026-01-06/big.html", " " * 30_000_000, "too_large")],
)  # fmt: skip
def test_a_box_is_read_safely(desk, tmp_path, pack, name, body, reason):
    good = ("news.example/2026-01-03/ferry.html", page(1).encode())
    place = pack(tmp_path, [good, (name, body.encode())])
    (piece,) = [s for s in load(desk, f"folder:{place}", interval=SPAN, step=WEEK) if s["captures"]]
    assert piece["state"] == "failed"
    assert piece["error"] == reason or (reason == "too_large" and piece["error"] == "bomb")
    assert name.rsplit("/", 1)[1] in piece["detail"]
    assert looks(desk) == [("https://news.example/2026-01-03/ferry.html", "01-03 00:00", "new")]
    assert not (tmp_path.parent / "2026-01-06").exists()


def test_a_link_in_a_tar_is_refused(desk, tmp_path):
    place = tarred(tmp_path, [("news.example/2026-01-03/ferry.html", page(1).encode()), ("2026-01-06/link.html", b"")])
    (piece,) = load(desk, f"folder:{place}", interval=SPAN, step=WEEK)
    assert piece["error"] == "link"
    assert len(looks(desk)) == 1


def test_a_dump_of_feeds(desk, tmp_path):
    rss = """<?xml version="1.0"?><rss version="2.0"><channel><title>Daily</title><link>https://d.example/</link>
             <item><title>{}</title><link>https://d.example/1</link><guid>1</guid></item></channel></rss>"""
    messages = []
    for day, title in ((2, "Ferry late"), (3, "Ferry late"), (4, "Ferry on time")):
        mail = EmailMessage()
        mail["Date"] = datetime(2026, 1, day, 9, tzinfo=UTC)
        mail["X-Feed-URL"] = "https://d.example/feed"
        mail.set_content(rss.format(title), subtype="xml")
        messages.append(b"From dump@localhost\n" + mail.as_bytes() + b"\n")
    (tmp_path / "feeds.mbox").write_bytes(b"".join(messages))
    assert {s["state"] for s in load(desk, tmp_path / "feeds.mbox", interval=SPAN)} == {"done"}
    said = ask(desk, "select s.observed_at, s.item ->> 'title' as title from entry_sightings s order by 1")
    assert [(r["observed_at"].day, r["title"]) for r in said] == [(2, "Ferry late"), (4, "Ferry on time")]
    (entry,) = ask(desk, "select title, first_seen_at, last_seen_at from entries")
    assert (entry["title"], entry["first_seen_at"].day, entry["last_seen_at"].day) == ("Ferry on time", 2, 4)


@pytest.mark.parametrize(
    "said", ["2026-01-02T03:04:05Z", "20260102030405", "Fri, 02 Jan 2026 03:04:05 GMT", 1767323045, "1767323045000",
             "2026-01-02 03:04:05", "2026-01-02T04:04:05+01:00"],
)  # fmt: skip
def test_times_in_many_spellings(said):
    assert read_time(said) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_no_time_is_guessed():
    assert [read_time(x) for x in (None, "", "yesterday", "20261399000000", "9" * 40)] == [None] * 5


def test_what_holds_nothing_is_named(desk, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", desk.settings.database_url)
    monkeypatch.setenv("COPYDESK_BACKFILL_NICE", "0")
    assert main(["backfill", f"folder:{tmp_path / 'none'}"]) == 2
    assert "no such file or folder" in capsys.readouterr().err
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and then nothing")
    assert main(["backfill", f"folder:{tmp_path / 'bad.zip'}"]) == 1
    assert "damaged_archive" in capsys.readouterr().err
