"""Records larger than memory: streamed past, named, and nothing beside them is lost."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.archive.loading import ask, load
from tests.archive.papers import START, Shot, write_warc

from copydesk.archive.capture import Interval

HUGE = 2 << 30
SPAN = Interval(START.replace(hour=0), START.replace(hour=0) + timedelta(days=3))


def page(n):
    text = f"The choir sang in hall {n} on Thursday evening, and the hall was full to the last seat. " * 8
    return f"<html><head><title>Choir {n}</title></head><body><article><h1>Choir {n}</h1><p>{text}</p></article></body></html>".encode()


def shots():
    return [
        Shot(f"https://a.example/{n}", START + timedelta(hours=12 * n), 200, "text/html", page(n)) for n in range(5)
    ]


def with_a_hole(tmp_path: Path, kind: str) -> Path:
    """Five pages, and after the second one a record of 2 GB that takes no room on the disk."""
    file = tmp_path / "huge.warc"
    places = write_warc(file, shots(), gzip=False)
    data, middle = file.read_bytes(), places[2]
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode()
    head = (f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>\r\n"
            f"WARC-Target-URI: https://a.example/huge\r\nWARC-Date: 2026-01-02T00:00:00Z\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {HUGE + len(http)}\r\n\r\n")  # fmt: skip
    with open(file, "wb") as out:
        out.write(data[:middle] + head.encode() + http)
        out.seek(HUGE, os.SEEK_CUR)
        out.write(b"\r\n\r\n" + data[middle:])
    return file


@pytest.mark.slow
def test_two_gigabytes_are_streamed_past(desk, tmp_path):
    """By the command in a process of its own, whose memory is what the kernel counted."""
    file = with_a_hole(tmp_path, "text/html")
    command = [sys.executable, "-m", "copydesk", "backfill", str(file), "--from", "2026-01-01", "--to", "2026-01-04"]
    env = os.environ | {"DATABASE_URL": desk.settings.database_url, "COPYDESK_WORKERS": "1",
                        "COPYDESK_BACKFILL_NICE": "0", "COPYDESK_HOME": str(tmp_path / "home")}  # fmt: skip
    said = tmp_path / "said"
    pid = os.posix_spawn(command[0], command, env, file_actions=[(os.POSIX_SPAWN_OPEN, 2, said, os.O_CREAT | os.O_WRONLY, 0o600)])  # fmt: skip
    _, status, used = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 1
    assert f"too_large: https://a.example/huge: {HUGE} bytes" in said.read_text()
    assert used.ru_maxrss < 400_000  # KiB; as much as without the record
    slices = ask(desk, "select since, state, error from backfill_slices order by since")
    assert [(s["since"].day, s["state"], s["error"]) for s in slices] == [
        (1, "done", ""), (2, "failed", "too_large"), (3, "done", "")]  # fmt: skip
    looks = ask(desk, "select url, failure from observations order by url")
    assert [(r["url"][-4:], r["failure"]) for r in looks if r["failure"]] == [("huge", "too_large")]
    assert len(looks) == 6
    assert len(ask(desk, "select 1 from versions")) == 5


def test_a_film_is_none_of_ours(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "HUGE", 30_000_000)
    file = with_a_hole(tmp_path, "video/mp4")
    slices = load(desk, file, interval=SPAN)
    assert {s["state"] for s in slices} == {"done"}
    assert sum(s["reasons"].get("not_a_page", 0) for s in slices) == 1
    assert len(ask(desk, "select 1 from observations")) == 5
