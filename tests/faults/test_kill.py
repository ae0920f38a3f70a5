"""kill -9 at any instant of a run, then another run: the archive of an undisturbed one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from tests.newsroom import archive, edition, time_passes

from copydesk.commands.feeds import load_list
from copydesk.pipeline import open_desk
from copydesk.sample import SampleServer
from copydesk.settings import Settings
from copydesk.store.db import connect, one

# A table and how many new rows it has at that moment.
MOMENTS = {
    "while feeds are polled": ("feed_polls", 2),
    "while pages are fetched": ("observations", 8),
    "while pages are read": ("versions", 3),
    "while corrections are worked out": ("corrections", 1),
}


@pytest.fixture(scope="module")
def undisturbed(pg_server, template):
    """The archive after editions 1 and 3 that nothing disturbed."""
    name = "undisturbed"
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute(f"create database {name} template {template} strategy file_copy")
    dsn = pg_server.dsn(name)
    settings = Settings(home=pg_server.home, database_url=dsn, allow=("127.0.0.0/8",), workers=1)
    with SampleServer(port=0, edition=1) as site, open_desk(settings, dsn) as desk, desk.pool.connection() as conn:
        load_list(conn, site.opml().encode())
        conn.commit()
        edition(desk, site, 1)
        edition(desk, site, 3)
        return named(archive(conn), site)


def named(rows, site):
    """The archive with the port taken out of its addresses."""
    return sorted(tuple(x.replace(f":{site.port}/", "/") for x in row) for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "grown"), MOMENTS.values(), ids=MOMENTS.keys())
def test_a_killed_run_loses_and_doubles_nothing(table, grown, undisturbed, desk, site, dsn, tmp_path):
    edition(desk, site, 1)
    with connect(dsn) as conn:
        moment = count(conn, table) + grown
        time_passes(conn)
    site.set_edition(3)
    env = os.environ | {"DATABASE_URL": dsn, "COPYDESK_ALLOW": "127.0.0.0/8", "COPYDESK_HOME": str(tmp_path)}
    run = subprocess.Popen([sys.executable, "-m", "copydesk", "run", "--once"], env=env, start_new_session=True)
    with connect(dsn) as conn:
        conn.autocommit = True
        while count(conn, table) < moment:
            assert run.poll() is None, "the run ended before the moment came"
            time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    edition(desk, site, 3)
    with connect(dsn) as conn:
        assert named(archive(conn), site) == undisturbed


def count(conn, table):
    return one(conn, f"select count(*) as n from {table}")["n"]
