"""Apply ``sql/NNNN_verb_noun.sql`` in order, once, each file in a transaction of its own.

Two that run at once do the work once (session advisory lock, freed by the server
even after kill -9). A file that was edited, removed or slipped in after it was
applied is refused. A file makes no transaction of its own; one statement that
cannot run in one is marked with a line ``-- no-transaction``.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from copydesk.errors import SetupError

LOCK = 6_300_218_711_027
"""The advisory lock's key: any constant, one for each project."""

_NAME = re.compile(r"(\d{4,})_([a-z0-9_]+)\.sql")
_INERT = re.compile(r"(\$\w*\$).*?\1|--[^\n]*|'(?:[^']|'')*'", re.S)
_TRANSACTION = re.compile(r"(?:^|;)\s*(?:begin|commit|rollback|start\s+transaction)\s*(?:work|transaction)?\s*;", re.I)
_TABLE = """create table if not exists schema_migrations (
    version int primary key, name text not null, sha256 text not null,
    applied_at timestamptz not null default now(), ms int not null)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, text and checksum."""

    version: int
    name: str
    text: str
    sha256: str

    @property
    def label(self) -> str:
        """The name by which messages call it."""
        return f"{self.version:04}_{self.name}"


def migrate(dsn: str, folder: Path | None = None, log: Callable[[str], Any] = print) -> list[int]:
    """Bring a database up to date and give the versions that were applied; raises SetupError."""
    files = read_folder(folder or sql_folder())
    with psycopg.connect(dsn, autocommit=True, application_name="copydesk-migrate") as conn:
        conn.execute("set lock_timeout = '60s'")
        conn.execute("select pg_advisory_lock(%s)", [LOCK])
        conn.execute(_TABLE)
        done: dict[int, str] = dict(conn.execute("select version, sha256 from schema_migrations").fetchall())
        _check(files, done)
        todo = [files[v] for v in sorted(set(files) - set(done))]
        for migration in todo:
            _apply(conn, migration)
            log(f"applied {migration.label}")
    return [m.version for m in todo]


def read_folder(folder: Path) -> dict[int, Migration]:
    """Read every migration of a folder; raises SetupError naming a file that does not fit."""
    found: dict[int, Migration] = {}
    for file in sorted(folder.glob("*.sql")):
        if file.name == "schema.sql":
            continue
        migration = _read(file)
        if migration.version in found:
            raise SetupError(f"{file}: version {migration.version} stands twice")
        found[migration.version] = migration
    return found


def sql_folder() -> Path:
    """Give the folder of our own migrations: of the checkout, or of the installed package."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parents[1] / "sql", package / "_share" / "sql"):
        if folder.is_dir():
            return folder
    raise SetupError("the sql/ folder is missing; install copydesk again")


def _read(file: Path) -> Migration:
    match = _NAME.fullmatch(file.name)
    if not match:
        raise SetupError(f"{file}: the name must be NNNN_verb_noun.sql")
    text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    if _TRANSACTION.search(_INERT.sub("", text)):
        raise SetupError(f"{file}: no begin or commit; the runner makes the transaction")
    return Migration(int(match[1]), match[2], text, hashlib.sha256(text.rstrip().encode()).hexdigest())


def _check(files: Mapping[int, Migration], done: Mapping[int, str]) -> None:
    for version, sha in done.items():
        if version not in files:
            raise SetupError(
                f"migration {version:04} was applied to this database but its file is missing; "
                "this database is newer than this copydesk"
            )
        if files[version].sha256 != sha:
            raise SetupError(f"{files[version].label}: edited after it was applied; write a new migration instead")
    late = [files[v].label for v in files if v not in done and done and v < max(done)]
    if late:
        raise SetupError(f"{late[0]}: lower than the last applied {max(done):04}; give it the next number")


def _apply(conn: psycopg.Connection[Any], migration: Migration) -> None:
    record = """insert into schema_migrations (version, name, sha256, ms)
                values (%s, %s, %s, extract(epoch from clock_timestamp() - %s) * 1000)"""
    started = conn.execute("select clock_timestamp()").fetchone()
    assert started is not None
    row = [migration.version, migration.name, migration.sha256, started[0]]
    text = migration.text.encode()
    if re.search(r"^-- no-transaction$", migration.text, re.M):
        conn.execute(text)
        conn.execute(record, row)
        return
    with conn.transaction():
        conn.execute(text)
        conn.execute(record, row)


if __name__ == "__main__":
    from copydesk.settings import Settings
    from copydesk.store.address import connect_url

    migrate(connect_url(Settings.from_env(), start=True))
    sys.exit(0)
