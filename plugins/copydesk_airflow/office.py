"""What the pages and calls share: settings and two small pools of connections, opened at the first request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.conninfo import make_conninfo

from copydesk.settings import Settings
from copydesk.store.address import connect_url
from copydesk.store.db import Connection, Pool, open_pool

READ_SECONDS, WRITE_SECONDS = 8, 30
"""No page holds a connection longer."""


class Office:
    """Opens the database once for a process; ``close`` lets a test open another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: tuple[Pool, Pool] | None = None
        self.settings = Settings.from_env()

    def _open(self) -> tuple[Pool, Pool]:
        with self._lock:
            if self._pools is None:
                self.settings = Settings.from_env()
                dsn = connect_url(self.settings, start=False)
                self._pools = (
                    open_pool(_bounded(dsn, READ_SECONDS, "on"), 10, name="copydesk-pages"),
                    open_pool(_bounded(dsn, WRITE_SECONDS, "off"), 4, name="copydesk-decisions"),
                )
            return self._pools

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection in a read-only transaction."""
        pools = self._pools or self._open()
        with pools[0].connection(timeout=READ_SECONDS) as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction; committed when the block ends, before the answer goes out."""
        pools = self._pools or self._open()
        with pools[1].connection(timeout=READ_SECONDS) as conn:
            yield conn

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            for pool in self._pools or ():
                pool.close()
            self._pools = None


office = Office()


def _bounded(dsn: str, seconds: int, read_only: str) -> str:
    settings = {
        "statement_timeout": f"{seconds}s",
        "default_transaction_read_only": read_only,
        "timezone": "UTC",
        "max_parallel_workers_per_gather": 0,  # a page is a few probes: starting workers would cost more than they save
    }
    return make_conninfo(dsn, options=" ".join(f"-c {name}={value}" for name, value in settings.items()))
