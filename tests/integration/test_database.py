"""The local server survives kill -9; migrations apply once and are never edited."""

import os
import signal

import psycopg
import pytest

from copydesk.errors import SetupError
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
