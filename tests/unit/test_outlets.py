"""Formats and profiles on records that a hostile page could make: valid, lossless, and harmless where they are printed."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.articles import rights
from copydesk.outlets import jsonfeed, lines, ninjs, profiles, record, warc
from copydesk.outlets.record import Record

AT = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
SCHEMA = json.loads((Path(__file__).parents[1] / "golden" / "ninjs" / "ninjs-schema_3.1.json").read_text())
FORMATS = jsonschema.FormatChecker(())
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")  # RFC 3986
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")  # RFC 3339


@FORMATS.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or bool(URI.fullmatch(value))


@FORMATS.checks("date-time")
def is_moment(value):
    return not isinstance(value, str) or bool(MOMENT.fullmatch(value) and datetime.fromisoformat(value))


NINJS = jsonschema.Draft202012Validator(SCHEMA, format_checker=FORMATS)


def made(**changed) -> Record:
    usual = {
        "version_id": 7, "article_id": 3, "url": "https://news.example/a?b=1", "publisher": "news.example", "ordinal": 2,
        "origin": "publisher", "title": "A title", "byline": ("Ada Example",), "body": "First.\n\nSecond.", "lang": "en",
        "published_at": AT, "modified_at": None, "observed_at": AT, "recorded_at": AT, "first_seen_at": AT,
        "text_sha256": "0" * 64, "snapshot_sha256": "1" * 64, "words": 2, "extractor": "x", "rights": (),
    }  # fmt: skip
    return Record(**{**usual, **changed})


HOSTILE = made(
    title='=cmd|"/c calc"!A1\n[ERROR] <script>alert(1)</script>\x1b]0;owned\x07\x9b31m\u202e',
    byline=("@SUM(A1)", "\x1b[2J"),
    body="\u2028<img src=x onerror=alert(1)>\r\n" + "x" * 10,
    section="]]>", dateline="\x85", standfirst='"', agency="A\nB", lang="en_GB\n",
    notices=({"kind": "correction", "text": "-2+3\x1b[0m"},), instruments=({"scheme": "isin", "value": "X"},),
    url="https://news.example/ü x|y^`{}\\<>\"", image="https://img.example/ü.jpg", pub_status="withheld",
)  # fmt: skip


def test_the_schema_is_no_rubber_stamp():
    good = ninjs.news_object(made())
    NINJS.validate(good)
    for wrong in ({"uri": None}, {"pubStatus": "gone"}, {"byline": "x"}, {"version": 2}, {"firstCreated": "yesterday"},
                  {"uri": "no uri"}, {"bodies": [{"text": "x"}]}):  # fmt: skip
        assert not NINJS.is_valid({**good, **wrong}), wrong


@pytest.mark.parametrize("profile", profiles.PROFILES)
@pytest.mark.parametrize("one", [made(), HOSTILE, made(title="", byline=(), body="", lang=None, published_at=None)])
def test_ninjs_is_valid_by_its_schema(one, profile):
    NINJS.validate(json.loads(lines.dumps(ninjs.news_object(profiles.fit(one, profile)))))


@given(
    st.text(),
    st.text(),
    st.lists(st.text(), max_size=2),
    st.text(),
    st.sampled_from(["en", "pt_BR", "", "zh-Hant-TW", "x"]),
)
def test_ninjs_and_lines_of_any_text(title, body, byline, path, lang):
    title, body = title.encode("utf-8", "replace").decode(), body.encode("utf-8", "replace").decode()
    one = made(title=title, body=body, byline=tuple(byline), url=f"https://news.example/{path}", lang=lang)
    NINJS.validate(json.loads(lines.dumps(ninjs.news_object(one))))
    said = lines.line(one)
    assert all(c.isprintable() or c == "\u3000" or not c.isascii() for c in said)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", said)
    assert json.loads(said).get("title", "") == title
    assert json.loads(said).get("body", "") == body


def test_what_is_printed_starts_no_terminal_sequence_and_no_second_line():
    for text in (
        lines.line(HOSTILE),
        lines.dumps(ninjs.news_object(HOSTILE)),
        "".join(jsonfeed.pieces([HOSTILE], title="t")),
    ):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", text)
    assert "\n" not in lines.line(HOSTILE)
    assert json.loads(lines.line(HOSTILE))["title"] == HOSTILE.title  # nobody is misquoted


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "//x/y",
        "http://",
        "https://[",
        "",
        None,
        "ftp://x/y",
    ],
)
def test_only_web_addresses_reach_link_fields(url):
    assert record.link(url) is None


def test_json_feed_is_what_its_standard_asks():
    feed = json.loads(
        "".join(
            jsonfeed.pieces([made(), made(url="https://news.example/2")], title="t", next_url="https://x.example/2")
        )
    )
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["next_url"] == "https://x.example/2"
    first = feed["items"][0]
    assert isinstance(first["id"], str)
    assert first["content_text"] == "First.\n\nSecond."
    assert first["authors"] == [{"name": "Ada Example"}]
    assert MOMENT.fullmatch(first["date_published"])
    assert MOMENT.fullmatch(first["date_modified"])
    assert len({item["id"] for item in feed["items"]}) == 2
    assert json.loads("".join(jsonfeed.pieces([], title="t")))["items"] == []


EDITS = (
    {"start": 3, "end": 7, "old": "Monday" * 60, "new": "Friday"},
    {"start": 9, "end": 9, "old": "", "new": "later"},
)


def test_the_public_profile_shows_no_text():
    said = lines.line(
        profiles.fit(made(body="SECRET", standfirst="SECRET", edits=EDITS, notices=({"text": "SECRET"},)), "public")
    )
    assert "SECRET" not in said
    edits = json.loads(said)["edits"]
    assert sum(len(e["old"]) + len(e["new"]) for e in edits) <= profiles.EXCERPT
    assert json.loads(said)["text_sha256"] == "0" * 64
    assert "edits" not in json.loads(lines.line(profiles.fit(made(edits=EDITS, rights=("noarchive",)), "public")))


@pytest.mark.parametrize(("flags", "owner", "public", "training"), [
    ((), True, True, True), (("tdm_reserved",), True, True, False), (("noai",), True, True, False),
    (("no_training",), True, True, False), (("noarchive",), True, True, False), (("noindex",), True, False, False),
    (("nosnippet",), True, True, True),
])  # fmt: skip
def test_who_gets_what(flags, owner, public, training):
    one = made(rights=flags)
    assert [profiles.fit(one, p) is not None for p in profiles.PROFILES] == [owner, public, training]


@pytest.mark.parametrize(("headers", "flags"), [
    ({"x-robots-tag": "noarchive, nosnippet"}, {"noarchive", "nosnippet"}),
    ({"x-robots-tag": "googlebot: noindex"}, {"noindex"}),
    ({"x-robots-tag": "none"}, {"noindex"}),
    ({"x-robots-tag": "max-image-preview:none, max-snippet:-1"}, set()),
    ({"x-robots-tag": "unavailable_after: 25 Jun 2026 15:00:00 PST"}, set()),
    ({"x-robots-tag": "noai, noimageai"}, {"noai", "noimageai"}),
    ({"tdm-reservation": "1"}, {"tdm_reserved"}), ({"tdm-reservation": "0"}, set()),
    ({"content-usage": "train-ai=n"}, {"no_training"}), ({"content-usage": "search=y, train-ai=n"}, {"no_training"}),
    ({"content-usage": "train-ai=y"}, set()), ({"content-usage": "search=n"}, set()),
])  # fmt: skip
def test_reservations_in_headers(headers, flags):
    assert rights.of_headers(headers) == flags


def test_a_header_cannot_break_out_of_its_warc_record():
    out = io.BytesIO()
    capture = warc.Capture(1, "https://news.example/\r\nWARC-Type: x", AT, 299, {"etag": 'a\r\n\r\nWARC/1.1\r\nWARC-Type: response'},
                           b"body", b"\0" * 32, {"article": "a\r\nb: c"})  # fmt: skip
    warc.WarcFile(out, "x\r\ny", "s", gzip=False).write(capture)
    assert out.getvalue().count(b"\r\nWARC-Type: ") == 3  # warcinfo, response, metadata
    assert b"\r\nb: c" not in out.getvalue()


def test_the_words_of_a_record_are_kept_whole_for_the_owner():
    assert profiles.fit(HOSTILE, "owner") is HOSTILE
    assert lines.fields(replace(HOSTILE, body=None)).keys() == lines.fields(HOSTILE).keys() - {"body"}
