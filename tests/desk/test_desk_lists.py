"""What the lists stand on: the latest text of each article, words anywhere, cursors, exports, errors that are told."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.desk_app import BASE, token

from copydesk.errors import UsageError
from copydesk.store import desk_feeds, desk_search, feeds, keyset, search
from copydesk.store.db import connect
from copydesk_airflow.api import exports

AT = datetime(2026, 11, 20, tzinfo=UTC)
TITLES = "".join(chr(0x10000 + 37 * n) for n in range(200))
"""As long as it is wide, and no two letters are alike: what an index can hold least of."""


def article(conn, number: int, *bodies: str) -> list[int]:
    """An article with a version an hour; gives the versions' ids."""
    conn.execute("insert into hosts (host) values ('h.example') on conflict do nothing")
    (key,) = (
        conn.execute(
            """insert into articles (host, url, publisher, state, first_seen_at)
           values ('h.example', %s, 'h.example', 'live', now())
           returning id""",
            (f"http://h.example/{number}",),
        )
        .fetchone()
        .values()
    )
    made = []
    for hour, body in enumerate(bodies):
        row = conn.execute(
            """insert into versions (article_id, origin, observed_at, content_sha, title, body, facts, words, scheme,
                                     shingles, fingerprint, extractor)
               values (%s, 'publisher', %s, %s, 'A title', %s, '{}', 1, 1, 0, '{}', 'test') returning id""",
            (key, AT + timedelta(hours=hour), f"{number} {hour}".encode(), body),
        ).fetchone()
        made.append(row["id"])
    return made


def latest(conn) -> list[int]:
    return [row["version_id"] for row in desk_search.find(conn, desk_search.Search()).rows]


@pytest.fixture
def conn(dsn):
    with connect(dsn) as made:
        yield made


def test_a_text_that_is_set_aside_leaves_the_list_and_may_come_back(conn):
    first, second = article(conn, 1, "The bridge opens.", "Subscribe to read on.")
    assert latest(conn) == [second]
    conn.execute("update versions set origin = 'suspect' where id = %s", (second,))
    assert latest(conn) == [first]
    conn.execute("update versions set origin = 'suspect' where id = %s", (first,))
    assert latest(conn) == []
    conn.execute("update versions set origin = 'publisher' where id = %s", (second,))
    assert latest(conn) == [second]
    conn.execute("update versions set origin = 'publisher', observed_at = %s where id = %s",
                 (AT + timedelta(days=1), first))  # fmt: skip
    assert latest(conn) == [first]
    conn.execute("delete from versions where id = %s", (first,))
    assert latest(conn) == [second]


def test_words_are_found_at_the_end_of_a_long_text(conn):
    (long,) = article(conn, 1, "The harbour board met. " * 2_000 + "The letter was dated Wednesday.")
    found = desk_search.find(conn, desk_search.Search(words='"dated wednesday"'))
    assert [row["version_id"] for row in found.rows] == [long]


def test_the_command_seeks_in_latest_texts(conn):
    _, now = article(conn, 1, "The letter was dated Tuesday.", "The letter was dated Wednesday.")
    assert [row["version_id"] for row in search.find(conn, search.Query(words="wednesday"))] == [now]
    assert search.find(conn, search.Query(words="tuesday")) == []
    assert [row["version_id"] for row in search.find(conn, search.Query(publisher="h.example"))] == [now]
    assert search.find(conn, search.Query(publisher="other.example")) == []
    assert search.find(conn, search.Query(since=AT + timedelta(days=1))) == []


def test_the_longest_text_of_the_widest_letters_can_be_indexed(conn):
    body = " ".join(chr(0x20000 + n % 40_000) + chr(0x20000 + n // 7) for n in range(200_000))
    assert article(conn, 1, body)


def test_counts_are_exact_wherever_the_page_begins(conn):
    for number in range(7):
        article(conn, number, "The same words.")
    first = desk_search.find(conn, desk_search.Search(words="same", limit=3))
    last = desk_search.find(conn, desk_search.Search(words="same", limit=3, after=first.next))
    assert (first.about, first.exact, last.about, last.exact) == (7, True, 7, True)


@pytest.mark.parametrize("key", [("Ünïcode\u2028 \t title", 4), ("", 1)])
def test_any_title_can_end_a_page(key):
    assert tuple(keyset.unpack(keyset.pack(*key), str, int)) == key


@pytest.mark.parametrize("key", [("a\x00b", 4), ("\ud800", 1), (4, "a"), ("a", 1 << 63), ("a", True)])
def test_a_key_that_the_database_cannot_hold_is_no_cursor(key):
    with pytest.raises(UsageError):
        keyset.unpack(keyset.pack(*key), str, int)


def streamed(asked, **query):
    return asked.client.get(f"{BASE}/api/v1/export", params=query, headers=asked.as_("viewer"))


def test_feeds_are_listed_by_name_and_none_is_missed_however_long_its_title(conn):
    for number in range(9):  # three have one name as far as the order goes, three are told apart by their URL alone
        title = None if number % 3 == 0 else f"{number} {TITLES * 50}" if number % 3 == 1 else TITLES * 50 + str(number)
        feeds.add(conn, f"http://h.example/{number}", title=title)
    every, rest = desk_feeds.listing(conn)
    assert len(every) == 9
    assert rest is None
    seen, after = [], ""
    while after is not None:
        part, after = desk_feeds.listing(conn, limit=2, after=after)
        seen += part
    assert [row["id"] for row in seen] == [row["id"] for row in every]
    conn.execute("update feeds set last_failure = 'timeout' where id = any(%s)", ([row["id"] for row in seen[:4]],))
    feeds.set_status(conn, seen[0]["id"], "paused")
    assert desk_feeds.counts(conn) == {"active": 8, "paused": 1, "trouble": 3}
    assert len(desk_feeds.listing(conn, state="trouble")[0]) == 3


def test_an_export_is_the_whole_archive_as_a_stream(asked):
    with psycopg.connect(asked.dsn) as conn:
        (count,) = conn.execute("select count(*) from versions where origin = 'publisher'").fetchone()
    answer = streamed(asked, format="ndjson")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == count > 25
    feed = streamed(asked, format="jsonfeed", publisher="127.0.11.2").json()
    assert feed["version"].startswith("https://jsonfeed.org/")
    assert len(feed["items"]) == len(asked.get("/articles", params={"publisher": "127.0.11.2", "limit": 100})["items"])
    public = [json.loads(line) for line in streamed(asked, profile="public").text.splitlines()]
    assert all(not line.get("body") for line in public)
    assert streamed(asked, format="warc").status_code == 422
    assert streamed(asked, since="soon").status_code == 400


def test_more_exports_than_places_are_told_to_come_again(asked):
    for _ in range(exports.AT_ONCE + 2):
        assert streamed(asked).status_code == 200, "a finished export gives its place back"
        assert streamed(asked, since="2999-01-01").text == ""
    with exports._places, exports._places:
        busy = streamed(asked)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "30")
    assert streamed(asked).status_code == 200


def test_a_site_that_does_not_answer_is_named(asked):
    answer = asked.client.post(f"{BASE}/api/v1/feeds", headers=asked.as_("op"), json={"url": "http://127.0.0.1:9/feed"})
    assert answer.status_code in (400, 502)
    assert "127.0.0.1:9" in answer.json()["detail"]
    assert "database" not in answer.json()["detail"]


def test_erased_bytes_are_said_to_be_erased(asked):
    chain = asked.get("/articles/1/versions")
    with psycopg.connect(asked.dsn) as conn:
        conn.execute("update snapshots set bytes = null, place = null, erased_at = now() where sha256 = %s",
                     (bytes.fromhex(chain[0]["snapshot"]),))  # fmt: skip
        conn.execute("update versions set body = '', title = '', erased_at = now(), erased_why = 'takedown' where id = %s",
                     (chain[0]["id"],))  # fmt: skip
    headers = asked.as_("viewer")
    assert asked.client.get(f"{BASE}/snapshots/{chain[0]['snapshot']}", headers=headers).status_code == 410
    page = asked.client.get(f"{BASE}/articles/1?version={chain[0]['id']}", headers=headers)
    assert page.status_code == 200
    assert "This text was erased" in page.text
    assert "bytes erased" in page.text


def test_a_text_that_is_no_version_is_shown_as_such(asked):
    chain = asked.get("/articles/1/versions")
    with psycopg.connect(asked.dsn) as conn:
        conn.execute("update versions set origin = 'suspect' where id = %s", (chain[-1]["id"],))
    page = asked.client.get(f"{BASE}/articles/1?version={chain[-1]['id']}", headers=asked.as_("viewer"))
    assert page.status_code == 200
    assert "looks like a stub or a wall" in page.text


def test_only_words_of_ours_are_shown_as_done(asked):
    session = {"cookie": f"_token={token('op')}", "sec-fetch-site": "same-origin"}
    for query in ("done=Your+session+ended", "done=Your+session+ended&mark=00", "done=x&mark=%C3%A9"):
        assert "Your session ended" not in asked.client.get(f"{BASE}/?{query}", headers=session).text
