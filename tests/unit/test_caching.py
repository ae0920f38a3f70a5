"""Validators byte for byte, freshness and Retry-After in every form; the gap between requests."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.model import Answer
from copydesk.settings import LOOPBACK_MANNERS, Manners
from copydesk.web.caching import CAP, freshness, http_date, request_headers, sendable, validators
from copydesk.web.pace import gap

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


def answer(*headers, status=200):
    return Answer("http://a.example/", "http://a.example/", status, headers, b"", NOW, 0.1)


@pytest.mark.parametrize(
    "etag",
    ['"a"', 'W/"a b"', "unquoted", '"tab\there"', '"' + "x" * 4000 + '"', '"gr\u00c3\u00bc\u00c3\u009f"'],
)
def test_validators_go_back_as_they_came(etag):
    assert request_headers(etag, DATE) == {"If-None-Match": etag, "If-Modified-Since": DATE}


@pytest.mark.parametrize("etag", ["", '"a\r\nX: 1"', '"a\nb"', '"nul\0"', '"\x7f"', '"\xe9\xff"', ' "a"', '"\u20ac"'])
def test_validators_that_cannot_go_back_unaltered_are_left_out(etag):
    assert request_headers(etag, None) == {}


@settings(max_examples=300, derandomize=True)
@given(st.binary(max_size=60))
def test_what_is_sendable_is_written_as_the_same_bytes(raw):
    value = raw.decode("latin-1")
    if sendable(value):
        written = value if value.isascii() else value.encode("latin-1").decode("utf-8")
        assert written.encode("utf-8") == raw
        assert b"\r" not in raw
        assert b"\n" not in raw


def test_validators_of_an_answer():
    assert validators(answer(("etag", '"a"'), ("last-modified", DATE))) == ('"a"', DATE)
    assert validators(answer()) == (None, None)
    ahead = "Tue, 01 Jan 2041 00:00:00 GMT"
    assert validators(answer(("last-modified", ahead))) == (None, None)
    assert validators(answer(("last-modified", ahead), ("date", ahead))) == (None, None)
    assert validators(answer(("last-modified", "yesterday"))) == (None, "yesterday")


@pytest.mark.parametrize(
    ("headers", "seconds", "source"),
    [
        ([("cache-control", "public, max-age=600")], 600, "max-age"),
        ([("cache-control", 'Max-Age="60", s-maxage=3600')], 60, "max-age"),
        ([("cache-control", "s-maxage=3600")], 3600, "s-maxage"),
        ([("cache-control", "public"), ("cache-control", "max-age=5")], 5, "max-age"),
        ([("cache-control", "max-age=600"), ("age", "100")], 500, "max-age"),
        ([("cache-control", "max-age=600"), ("age", "900")], 0, "max-age"),
        ([("cache-control", "max-age=600"), ("expires", "Sun, 01 Mar 2026 18:00:00 GMT")], 600, "max-age"),
        ([("expires", "Sun, 01 Mar 2026 13:00:00 GMT"), ("date", DATE)], 3600, "expires"),
        ([("expires", "Sun, 01 Mar 2026 13:00:00 GMT")], 3600, "expires"),
        (
            [("expires", "Sun, 01 Mar 2026 15:00:00 GMT"), ("date", "Sun, 01 Mar 2026 14:00:00 GMT")],
            3600,
            "expires",
        ),
        ([("expires", "Sun, 01 Mar 2026 11:00:00 GMT")], 0, "expires"),
        ([("cache-control", "max-age=99999999999999")], CAP, "max-age"),
        ([("cache-control", "max-age=" + "9" * 5000)], CAP, "max-age"),
        ([("cache-control", "max-age=600, no-cache")], None, ""),
        ([("cache-control", "no-store, max-age=600")], None, ""),
        ([("cache-control", "max-age=-1")], None, ""),
        ([("cache-control", "max-age=\u00b2")], None, ""),
        ([("expires", "0")], None, ""),
        ([("expires", "-1")], None, ""),
        ([], None, ""),
    ],
)
def test_freshness(headers, seconds, source):
    for status in (200, 304):
        found = freshness(answer(*headers, status=status))
        assert (found.max_age, found.source) == (seconds, source)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 120 ", 120), ("0", 0), ("9999999", CAP), ("9" * 6000, CAP),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600), ("Sunday, 01-Mar-26 12:10:00 GMT", 600),
        ("Sun Mar  1 12:10:00 2026", 600), ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("soon", None), ("-5", None), ("1.5", None), ("", None),
    ],
)  # fmt: skip
def test_retry_after_in_both_forms(value, seconds):
    assert freshness(answer(("retry-after", value), status=503)).retry_after == seconds


def test_retry_after_counts_from_the_servers_clock():
    late = [("retry-after", "Sun, 01 Mar 2026 14:10:00 GMT"), ("date", "Sun, 01 Mar 2026 14:00:00 GMT")]
    assert freshness(answer(*late, status=429)).retry_after == 600


@settings(max_examples=300, derandomize=True)
@given(st.text(max_size=70))
def test_no_header_value_raises(value):
    http_date(value)
    names = ("cache-control", "expires", "age", "retry-after", "date", "last-modified", "etag")
    found = freshness(answer(*((name, value) for name in names)))
    assert found.max_age is None or 0 <= found.max_age <= CAP
    validators(answer(*((name, value) for name in names)))


def test_gap_is_the_longest_wish_within_bounds():
    manners = Manners()
    assert gap(manners, None, None) == 5
    assert gap(manners, 10, 1) == 10
    assert gap(manners, 10, 8) == 16
    assert gap(manners, 1e9, None) == 120
    assert gap(manners, None, 500) == 120
    assert gap(LOOPBACK_MANNERS, 3, 2) == 0
