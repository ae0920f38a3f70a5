"""kill -9 twice in a backfill, then another run: the archive of an undisturbed one; a run more: no row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from tests.archive.papers import shots, write_warc
from tests.integration.test_arrival_order import standing
from tests.newsroom import archive, time_passes

from copydesk.cli import main
from copydesk.store.db import connect, one, rows

MOMENTS = (("observations", 25), ("versions", 30))
"""A table, and how many rows it has when everything is killed: while captures are stored, while they are read."""
TABLES = ("articles", "article_urls", "observations", "versions", "revisions", "snapshots", "entries",
          "entry_sightings", "notices", "corrections", "applications", "changes", "attributions")  # fmt: skip


@pytest.fixture
def command(tmp_path, monkeypatch):
    write_warc(tmp_path / "papers.warc.gz", shots())
    monkeypatch.setenv("COPYDESK_WORKERS", "1")
    monkeypatch.setenv("COPYDESK_BACKFILL_NICE", "0")
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path / "home"))
    return ["backfill", str(tmp_path / "papers.warc.gz"), "--from", "2026-01-01", "--to", "2026-01-07"]


@pytest.mark.slow
def test_killed_twice_and_run_again(command, dsn, pg_server, template, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", dsn)
    for table, number in MOMENTS:
        kill_at(command, dsn, table, number)
    assert main(command) == 0
    with connect(dsn) as conn:
        seen = archived(conn)
        before = counted(conn)
        looks = rows(conn, "select url, observed_at from observations")
    assert len(looks) == len({tuple(look.values()) for look in looks})
    assert len(looks) == sum(not shot.url.endswith("/feed") for shot in shots())
    assert main([*command, "--again"]) == 0
    with connect(dsn) as conn:
        assert (counted(conn), archived(conn)) == (before, seen)
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute(f"create database undisturbed_backfill template {template} strategy file_copy")
    other = pg_server.dsn("undisturbed_backfill")
    monkeypatch.setenv("DATABASE_URL", other)
    assert main(command) == 0
    with connect(other) as conn:
        assert archived(conn) == seen


def kill_at(command, dsn, table, number):
    """Run the command in a process group of its own, kill all of it at that moment, and let its leases run out."""
    run = subprocess.Popen([sys.executable, "-m", "copydesk", *command], start_new_session=True)
    with connect(dsn) as conn:
        conn.autocommit = True
        while one(conn, f"select count(*) as n from {table}")["n"] < number:
            assert run.poll() is None, f"it ended before there were {number} {table}"
            time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    with connect(dsn) as conn:
        time_passes(conn)
        conn.execute("update backfill_slices set lease_until = '-infinity'")


def archived(conn):
    looks = rows(conn, "select url, observed_at, failure, snapshot, source from observations order by url, observed_at")
    chains = rows(conn, """select a.url, v.observed_at, v.content_sha from versions v join articles a on a.id = v.article_id
                           where v.origin = 'publisher' order by 1, 2""")  # fmt: skip
    return standing(archive(conn)), looks, chains


def counted(conn):
    return {table: one(conn, f"select count(*) as n from {table}")["n"] for table in TABLES}
