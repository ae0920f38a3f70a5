"""Which database: DATABASE_URL if set, else the local server."""

from __future__ import annotations

import psycopg

from copydesk.errors import SetupError
from copydesk.settings import Settings
from copydesk.store import binaries
from copydesk.store.server import LocalServer


def connect_url(settings: Settings, *, start: bool) -> str:
    """Give the connection string of the database: DATABASE_URL if set, else the local server (started if asked)."""
    if settings.database_url:
        _check_version(settings.database_url)
        return settings.database_url
    server = LocalServer(settings.home)
    if start:
        server.start()
        server.ensure_database("copydesk")
    elif not server.alive():
        raise SetupError("the local database does not run; start it with 'copydesk up' or 'make run'")
    return server.dsn()


def _check_version(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as conn:
            version = conn.info.server_version
    except psycopg.OperationalError as error:
        first = str(error).strip().splitlines()[0]
        raise SetupError(f"DATABASE_URL: cannot connect: {first}") from None
    except psycopg.ProgrammingError:
        raise SetupError(
            "DATABASE_URL is no connection string; write postgresql://user:password@host/database"
        ) from None
    if version < binaries.FLOOR * 10_000:
        raise SetupError(f"DATABASE_URL names PostgreSQL {version // 10_000}; copydesk needs {binaries.FLOOR} or newer")
