"""WARC files at URLs: only the parts that a slice needs are asked for, and a server that has none fails alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests.archive.loading import ask, load
from tests.archive.papers import START, shots, write_warc
from tests.archive.serving import Served

from copydesk.archive.capture import Interval

SPAN = Interval(START.replace(hour=0), START.replace(hour=0) + timedelta(days=6))


class Files(Served):
    """One file at every path but /gone; ``ranges`` says whether parts of it can be had."""

    def __init__(self, data, *, ranges):
        self.data, self.ranges, self.parts = data, ranges, []

    def answer(self, path, asked):
        if path.startswith("/gone"):
            return 404, {}, b""
        wanted = re.match(r"bytes=(\d+)-(\d+)", asked.get("range", "")) if self.ranges else None
        if not wanted:
            self.parts.append(len(self.data))
            return 200, {"accept-ranges": "bytes"} if self.ranges else {}, self.data
        part = self.data[int(wanted[1]) : int(wanted[2]) + 1]
        self.parts.append(len(part))
        return 206, {"content-range": f"bytes {wanted[1]}-{wanted[2]}/{len(self.data)}"}, part


@pytest.fixture
def data(tmp_path):
    write_warc(tmp_path / "papers.warc.gz", shots())
    return (tmp_path / "papers.warc.gz").read_bytes()


def test_a_file_at_a_url(desk, data):
    with Files(data, ranges=True) as files:
        slices = load(desk, f"{files.url}/papers.warc.gz", interval=SPAN)
    assert {s["state"] for s in slices} == {"done"}
    assert sum(s["captures"] for s in slices) == len(shots())


@pytest.mark.parametrize(("path", "ranges", "reason"), [("papers", False, "no_ranges"), ("gone", True, "unreachable")])
def test_a_server_that_gives_no_part_fails_alone(desk, data, tmp_path, path, ranges, reason):
    with Files(data, ranges=ranges) as files:
        slices = load(
            desk, f"{files.url}/{path}.warc.gz", tmp_path / "papers.warc.gz", interval=SPAN, step=timedelta(6)
        )
    assert [(s["state"], s["error"]) for s in slices] == [("failed", reason), ("done", "")]
    assert len(ask(desk, "select 1 from observations")) == sum(not s.url.endswith("/feed") for s in shots())


def test_an_address_in_a_private_network_is_refused(desk):
    (piece,) = load(desk, "http://10.0.0.7/papers.warc.gz", interval=SPAN, step=timedelta(6))
    assert (piece["state"], piece["error"]) == ("failed", "unreachable")
