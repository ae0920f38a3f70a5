"""What several commands do alike: read input, open the database, print JSON and tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copydesk.errors import UsageError
from copydesk.outlets.lines import dumps
from copydesk.settings import Settings
from copydesk.store.address import connect_url
from copydesk.store.db import Connection, connect, plain
from copydesk.store.migrate import migrate

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def read_input(name: str) -> bytes:
    """Read a file, or standard input for "-"; raises UsageError naming it."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None


def when(raw: str) -> datetime:
    """Read a point in time (ISO 8601; UTC when no zone is given) for argparse."""
    try:
        value = datetime.fromisoformat(raw)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{raw!r} is no time; write 2026-11-23 or 2026-11-23T18:30+01:00") from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


@contextmanager
def database(settings: Settings, *, start: bool = True) -> Iterator[Connection]:
    """Open a connection to the migrated database, starting the local server where needed."""
    dsn = ready_dsn(settings, start=start)
    with connect(dsn) as conn:
        yield conn


def ready_dsn(settings: Settings, *, start: bool = True) -> str:
    """Give the address of the database, up and migrated."""
    dsn = connect_url(settings, start=start)
    migrate(dsn, log=lambda _: None)
    return dsn


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print one JSON document."""
    print(dumps(plain(value), indent))


def print_rows(rows: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str]) -> None:
    """Print rows as JSON lines, or as a table with these columns."""
    if as_json:
        for row in rows:
            print_json(row, indent=None)
        return
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    widths = [max([len(name), *(len(line[i]) for line in cells)]) for i, name in enumerate(columns)]
    print("  ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True)).rstrip())
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return printable(value)[:70]


def printable(value: Any) -> str:
    """Give a value as one line without control and direction characters: safe in a terminal and in a log."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(str(value).split()))
