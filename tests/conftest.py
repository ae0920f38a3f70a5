"""One real PostgreSQL for each test process; every test that asks gets a database of its own."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

from copydesk.commands.feeds import load_list
from copydesk.pipeline import open_desk
from copydesk.sample import SampleServer
from copydesk.settings import Settings
from copydesk.store.db import connect
from copydesk.store.migrate import migrate
from copydesk.store.server import LocalServer

# A busy machine is no failure: time is measured in bench/, never in a test.
hypothesis_settings.register_profile("copydesk", deadline=None)
hypothesis_settings.load_profile("copydesk")

TEMPLATE = "copydesk_template"
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--renew-schema``: write sql/schema.sql and docs/desk-roles.md instead of comparing them."""
    parser.addoption("--renew-schema", action="store_true", help="write sql/schema.sql and docs/desk-roles.md")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test by binary data: gzip's holds the time of day, and workers must agree on the names."""
    return argname if isinstance(val, bytes) and not val.isascii() else None


def pytest_terminal_summary(terminalreporter) -> None:
    """Add up what the shards of the thirty days say, so that every run shows it."""
    told = [
        dict(report.user_properties)["thirty days"]
        for kind in ("passed", "failed")
        for report in terminalreporter.getreports(kind)
        if "thirty days" in dict(report.user_properties)
    ]
    if told:
        total = sum((Counter({k: v for k, v in one.items() if isinstance(v, int)}) for one in told), Counter())
        terminalreporter.write_sep("-", f"thirty days, {len(told)} shards")
        terminalreporter.write_line(", ".join(f"{name}: {count}" for name, count in sorted(total.items())))


def open_folder(name: str) -> Path:
    """Make a folder that root's server, which runs as an unprivileged account, can reach."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-"))
    folder.chmod(0o755)
    return folder / name


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A folder for a server of the test's own."""
    home = open_folder("a home with spaces")
    yield home
    shutil.rmtree(home.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[LocalServer]:
    """A server with durability off: a test that needs it starts its own."""
    home = open_folder("server home")  # with a space, on purpose
    server = LocalServer(home, {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template(pg_server: LocalServer) -> str:
    """The name of a migrated, empty database."""
    pg_server.ensure_database(TEMPLATE)
    migrate(pg_server.dsn(TEMPLATE), log=lambda said: None)
    return TEMPLATE


@pytest.fixture
def dsn(pg_server: LocalServer, template: str) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute(f"create database {name} template {template} strategy file_copy")
    yield pg_server.dsn(name)
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute(f"drop database {name} with (force)")


@pytest.fixture
def settings(tmp_path, dsn) -> Settings:
    """Settings that let loopback through and use the test's database."""
    return Settings(home=tmp_path / "home", database_url=dsn, allow=("127.0.0.0/8",), workers=1)


@pytest.fixture
def site():
    with SampleServer(port=0, edition=1) as server:
        yield server


@pytest.fixture
def desk(settings: Settings, site: SampleServer):
    assert settings.database_url is not None
    with connect(settings.database_url) as conn:
        load_list(conn, site.opml().encode())
    with open_desk(settings, settings.database_url) as opened:
        yield opened
