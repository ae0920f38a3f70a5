"""The local server survives kill -9; migrations apply once and are never edited."""

import os
import signal
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.errors import SetupError
from copydesk.store.db import bigints, columns, connect, jsonb, rows
from copydesk.store.migrate import migrate, sql_folder
from copydesk.store.server import LocalServer


def test_data_survives_kill_9(open_home):
    server = LocalServer(open_home).start()
    try:
        server.ensure_database("copydesk")
        with psycopg.connect(server.dsn()) as conn:
            conn.execute("create table t (n int)")
            conn.execute("insert into t values (7)")
        pid = int((open_home / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        server.start()
        with psycopg.connect(server.dsn()) as conn:
            assert conn.execute("select n from t").fetchone() == (7,)
    finally:
        server.stop("immediate")


def test_starting_twice_is_starting_once(pg_server):
    assert pg_server.start().alive()


def test_migrations_apply_once(dsn):
    assert migrate(dsn, log=lambda said: None) == []


def test_an_edited_migration_is_refused(dsn, tmp_path):
    for file in sql_folder().glob("0*.sql"):
        (tmp_path / file.name).write_text(file.read_text() + "\n-- later thought\n")
    with pytest.raises(SetupError, match="edited after it was applied"):
        migrate(dsn, tmp_path)


def test_point_in_time(dsn):
    with psycopg.connect(dsn) as conn:
        assert conn.execute("select * from article_as_of('http://x.example/none', now())").fetchall() == []
        assert conn.execute("select * from current_articles").fetchall() == []


texts = st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=texts, others=st.lists(st.binary(max_size=9), max_size=5))
def test_lists_come_back_as_they_went(dsn, words, others):
    """Quotation marks, backslashes, braces, the word NULL, nothing at all: a list is many rows on their way."""
    words = [*words, 'a "b" \\ {c},d', "NULL", "", None]
    documents = [jsonb({"said": word}) for word in words]
    with connect(dsn) as conn:
        found = conn.execute(
            "select %s::text[] as words, %s::jsonb[] as documents, %s::bytea[] as others, %s::timestamptz[] as times",
            (words, documents, others, [datetime(2026, 1, 2, tzinfo=UTC), None]),
        ).fetchone()
    assert found["words"] == words
    assert found["documents"] == [document.obj for document in documents]
    assert found["others"] == others
    assert found["times"] == [datetime(2026, 1, 2, tzinfo=UTC), None]


def test_rows_reach_one_statement_as_columns(dsn):
    table = [(2**62, "b", [1, -2]), (-7, "a", [])]
    with connect(dsn) as conn:
        found = rows(
            conn,
            """select id, name, hashes::bigint[] as hashes
               from unnest(%s::bigint[], %s::text[], %s::text[]) w (id, name, hashes)""",
            *columns((key, name, bigints(hashes)) for key, name, hashes in table),
        )
    assert [tuple(row.values()) for row in found] == table
