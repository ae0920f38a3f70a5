"""The change stream: nothing skipped behind late commits, nothing twice, and a word when it is held back."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.newsroom import edition

from copydesk.errors import UsageError
from copydesk.stages.stream import wait_after
from copydesk.store import changes
from copydesk.store.db import connect, one, open_pool, rows


def everything(dsn: str, page: int = 7) -> list[dict]:
    cursor, found = "", []
    with connect(dsn) as conn:
        while events := changes.after(conn, cursor, page):
            found += events
            cursor = events[-1]["cursor"]
    return found


def test_r29_a_hundred_transactions_that_commit_late(dsn):
    """A reader at work all the time; 100 transactions are open at once and end in random order, some not at all."""
    rng = random.Random(29)
    conns = [psycopg.connect(dsn, row_factory=dict_row) for _ in range(50)]
    seen: list[dict] = []
    stop = threading.Event()

    def read() -> None:
        cursor = ""
        with connect(dsn) as conn:
            conn.autocommit = True
            while True:
                last_round = stop.is_set()
                events = changes.after(conn, cursor, 10)
                seen.extend(events)
                if events:
                    cursor = events[-1]["cursor"]
                elif last_round:
                    return

    reader = threading.Thread(target=read)
    reader.start()
    committed = set()
    for half in range(2):
        for number, conn in enumerate(conns):
            for step in range(3):
                changes.add(conn, "version", None, None, {"n": f"{half}.{number}.{step}"})
        order = list(range(50))
        rng.shuffle(order)
        for number in order:
            if rng.random() < 0.1:
                conns[number].rollback()
            else:
                conns[number].commit()
                committed |= {f"{half}.{number}.{step}" for step in range(3)}
    stop.set()
    reader.join(20)
    for conn in conns:
        conn.close()
    assert [e["data"]["n"] for e in everything(dsn)] == [e["data"]["n"] for e in seen]
    assert len(seen) == len(committed)
    assert {e["data"]["n"] for e in seen} == committed
    ids = [e["id"] for e in seen]
    assert len(set(ids)) == len(ids)


def test_a_naive_reader_would_have_skipped(dsn):
    with connect(dsn) as early, connect(dsn) as late:
        changes.add(early, "version", None, None, {"n": 1})
        changes.add(late, "version", None, None, {"n": 2})
        late.commit()
        assert one(late, "select data->>'n' as n from changes where id > 0 order by id limit 1")["n"] == "2"
        assert everything(dsn) == []  # 2 must wait for 1
        early.commit()
    assert [e["data"]["n"] for e in everything(dsn)] == [1, 2]


def test_the_shape_of_an_event(desk, site, dsn):
    edition(desk, site, 1)
    edition(desk, site, 2)
    events = everything(dsn)
    assert {e["schema"] for e in events} == {changes.SCHEMA}
    assert {e["type"] for e in events} <= set(changes.TYPES)
    created = [e["article_id"] for e in events if e["type"] == "created"]
    assert len(created) == len(set(created)) > 5
    first = next(e for e in events if e["type"] == "created")
    assert set(first) == {
        "schema",
        "id",
        "cursor",
        "type",
        "at",
        "article_id",
        "version_id",
        "url",
        "publisher",
        "data",
        "text_sha256",
        "chain",
    }
    assert first["url"].startswith("http")
    assert everything(dsn) == events


def test_who_follows_the_stream_knows_every_family(desk, site, dsn):
    for number in (1, 2, 3):
        edition(desk, site, number)
    with connect(dsn) as conn:
        conn.execute("delete from cluster_members where article_id = (select max(article_id) from cluster_members)")
        stands = {r["article_id"]: r["cluster_id"] for r in rows(conn, "select * from cluster_members")}
    told = {}
    for event in everything(dsn):
        if event["type"] == "clustered":
            assert event["data"]["was"] == told.get(event["article_id"])
            told[event["article_id"]] = event["data"]["cluster"]
    assert stands
    assert {article: cluster for article, cluster in told.items() if cluster} == stands


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1-2-3", "-1-2", "1-", f"{2**64}-1", f"1-{2**63}", "1-2; drop table changes"]
)
def test_a_cursor_that_is_none_is_named(dsn, cursor):
    with connect(dsn) as conn, pytest.raises(UsageError, match="is no cursor"):
        changes.after(conn, cursor, 1)


def test_wait_after_returns_when_something_happens_and_when_nothing_does(dsn):
    pool = open_pool(dsn, 2)
    try:
        assert wait_after(pool, "", 0.05) == []
        later = threading.Timer(0.3, add_one, [dsn])
        later.start()
        started = time.monotonic()
        (event,) = wait_after(pool, "", 20)
        assert time.monotonic() - started < 10
        assert event["type"] == "version"
        later.join()
    finally:
        pool.close()


def add_one(dsn: str, n: int = 1) -> None:
    with connect(dsn) as conn:
        changes.add(conn, "version", None, None, {"n": n})


def test_who_holds_the_stream_back_is_named(dsn):
    with connect(dsn, name="a long job") as busy:
        changes.add(busy, "version", None, None, {"n": 1})
        add_one(dsn)
        with connect(dsn) as conn:
            blocked = changes.held_back(conn, 0.0)
            assert changes.held_back(conn, 3600.0) is None
        assert blocked is not None
        assert blocked["application"] == "a long job"
        assert blocked["pid"] == busy.info.backend_pid
        assert blocked["events"] == 1


@pytest.fixture
def cli(dsn, tmp_path):
    env = os.environ | {"DATABASE_URL": dsn, "COPYDESK_HOME": str(tmp_path)}
    running: list[subprocess.Popen] = []

    def start(*args: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "copydesk", "changes", *args]
        running.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_following_prints_each_event_at_once_and_ends_on_a_signal(cli, dsn):
    add_one(dsn, 1)
    following = cli("--follow", "--held-back", "0.2")
    assert json.loads(following.stdout.readline())["data"] == {"n": 1}
    add_one(dsn, 2)
    assert json.loads(following.stdout.readline())["data"] == {"n": 2}
    with connect(dsn, name="a long job") as busy:
        changes.add(busy, "version", None, None, {"n": 3})
        add_one(dsn, 4)
        assert "a long job" in following.stderr.readline()
    assert [json.loads(following.stdout.readline())["data"]["n"] for _ in range(2)] == [3, 4]
    following.send_signal(signal.SIGINT)
    assert following.wait(10) == 0
    assert following.stderr.read() == ""


def test_following_ends_when_its_reader_leaves_although_nothing_happens(cli, dsn):
    add_one(dsn)
    following = cli("--follow")
    following.stdout.readline()
    following.stdout.close()
    assert following.wait(10) == 0


def test_limit_and_after(cli, dsn):
    for n in range(5):
        add_one(dsn, n)
    two = [json.loads(line) for line in cli("--limit", "2").communicate()[0].splitlines()]
    rest = [json.loads(line) for line in cli("--after", two[-1]["cursor"]).communicate()[0].splitlines()]
    assert [e["data"]["n"] for e in two + rest] == [0, 1, 2, 3, 4]
    assert cli("--after", "now").communicate()[0] == ""
    wrong = cli("--after", "yesterday")
    assert "'yesterday' is no cursor" in wrong.communicate()[1]
    assert wrong.returncode == 2


def test_events_written_together_keep_their_order(dsn):
    with connect(dsn) as conn:
        changes.add_all(conn, [("version", None, None, {"n": n, "said": '"\\'}) for n in range(200)])
    assert [event["data"] for event in everything(dsn)] == [{"n": n, "said": '"\\'} for n in range(200)]
