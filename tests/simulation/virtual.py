"""Time that the test turns: PostgreSQL's clock, the poller's and the scripted servers' are one number."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg

_SETUP = """
    create schema virtual;
    create table virtual.clock (at timestamptz not null);
    insert into virtual.clock values (pg_catalog.now());
    create function virtual.now() returns timestamptz stable language sql as 'select at from virtual.clock';
    create function virtual.clock_timestamp() returns timestamptz stable language sql as 'select at from virtual.clock';
"""


class Clock:
    """The virtual time of one database: every ``now()`` and ``clock_timestamp()`` in it gives ``now``."""

    def __init__(self, dsn: str, start: datetime) -> None:
        self._conn = psycopg.connect(dsn, autocommit=True)
        self._conn.execute(_SETUP)
        name = self._conn.info.dbname
        # Before pg_catalog, so that these two names mean ours in every statement of the product.
        self._conn.execute(f'alter database "{name}" set search_path = virtual, pg_catalog, public')
        self.now = start
        self.set(start)

    def set(self, at: datetime) -> None:
        """Turn the clock forward."""
        assert at >= self.now
        self.now = at
        self._conn.execute("update virtual.clock set at = %s", (at,))

    def pass_(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.set(self.now + timedelta(seconds=seconds))

    def close(self) -> None:
        """Give the connection back."""
        self._conn.close()


class AtOnce(ThreadPoolExecutor):
    """Does in the loop's own thread what is given to a thread: nothing runs beside the virtual clock."""

    def submit(self, fn, /, *args, **kwargs):
        done = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done
