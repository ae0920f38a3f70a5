"""Connections, and the one place where text is made fit for PostgreSQL.

A text column takes no NUL and no lone surrogate; jsonb takes no ``\\u0000`` and
no NaN. One such character loses the whole batch (SQLSTATE 22021, 22P05), so every
write goes through :func:`clean` or :func:`jsonb`. The raw bytes in ``snapshots``
stay as they came.
"""

from __future__ import annotations

import dataclasses
import math
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, LiteralString
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.array import ListDumper
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from copydesk.errors import Busy

Row = dict[str, Any]
TRY_AGAIN = (Busy, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
"""What another worker's presence causes: the same transaction, begun anew, will do."""
Connection = psycopg.Connection[Row]
Pool = ConnectionPool[Connection]


class _Lists(ListDumper):
    """Lists are how many rows reach one statement (:func:`columns`), so they are written fast.

    Whole numbers at once; of anything else every value in quotes. psycopg asks which values need them and
    escapes each quotation mark of a JSON text by itself: ten times the time.
    """

    def dump(self, obj: list[Any]) -> bytes | bytearray | memoryview | None:
        kinds = set(map(type, obj))
        if kinds == {int}:
            return b"{%b}" % ",".join(map(str, obj)).encode()
        if list in kinds or self.delimiter != b",":
            return super().dump(obj)
        dump = self.sub_dumper.dump if self.sub_dumper else self._dump_item
        return b"{%b}" % b",".join(b"NULL" if item is None else _quoted(dump(item)) for item in obj)


def _quoted(value: bytes | bytearray | memoryview | None) -> bytes:
    if value is None:
        return b"NULL"
    return b'"%b"' % bytes(value).replace(b"\\", b"\\\\").replace(b'"', b'\\"')


psycopg.adapters.register_dumper(list, _Lists)

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


FRESH = 2.0
"""Seconds for which a connection that came back is taken to be alive: to ask costs as much as most of our work."""
_came_back: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()


_known_fields: dict[type[Any], tuple[str, ...]] = {}


def open_pool(dsn: str, size: int = 8, *, name: str = "copydesk") -> Pool:
    """Open a pool of at most ``size`` connections whose rows are dicts."""
    pool: Pool = ConnectionPool(
        dsn,
        min_size=1,
        max_size=size,
        name=name,
        open=True,
        check=_check,
        reset=_note_return,
        kwargs={"row_factory": dict_row, "application_name": name},
    )
    return pool


def _note_return(conn: Connection) -> None:
    _came_back[conn] = time.monotonic()


def _check(conn: Connection) -> None:
    if time.monotonic() - _came_back.get(conn, 0.0) > FRESH:
        ConnectionPool.check_connection(conn)


@contextmanager
def connect(dsn: str, *, name: str = "copydesk") -> Iterator[Connection]:
    """Give one connection in a transaction: committed at the end, rolled back on an error."""
    with psycopg.connect(dsn, row_factory=dict_row, application_name=name) as conn:
        yield conn


def vacuum(dsn: str, tables: Iterable[str]) -> None:
    """Let the server reclaim dead rows of tables, and forget the samples of values that it plans queries by."""
    with psycopg.connect(dsn, autocommit=True, application_name="copydesk-vacuum") as conn:
        for table in tables:
            conn.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(table)))


def clean(text: str | None) -> str | None:
    """Replace what PostgreSQL text cannot hold (NUL, C0 controls, lone surrogates) by U+FFFD."""
    return None if text is None else _UNFIT.sub("\ufffd", text)


def jsonb(value: Any) -> Jsonb:
    """Wrap any of our values for a jsonb column: dataclasses, times, sets; unfit characters replaced."""
    return Jsonb(plain(value))


def plain(value: Any) -> Any:
    """Turn a value into plain JSON types, cleaned, with fields that are empty left out of dataclasses."""
    kind = type(value)
    if kind is str:
        return _UNFIT.sub("\ufffd", value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is float:  # a feed's hours of the week are 168 of them at every poll
        return value if math.isfinite(value) else None
    if kind is tuple or kind is list:
        return [plain(item) for item in value]
    if names := _fields(kind):
        fields = ((name, getattr(value, name)) for name in names)
        return {name: plain(item) for name, item in fields if item or item not in (None, (), "", frozenset())}
    return _rarer(value)


def _fields(kind: type[Any]) -> tuple[str, ...]:
    """The names of a dataclass's fields, looked up once; empty for what is none."""
    if kind not in _known_fields:
        is_one = dataclasses.is_dataclass(kind)
        _known_fields[kind] = tuple(f.name for f in dataclasses.fields(kind)) if is_one else ()
    return _known_fields[kind]


def _rarer(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    return [plain(item) for item in value]


def one(conn: Connection, query: LiteralString, *args: Any) -> Row:
    """Run a query that gives exactly one row."""
    row = conn.execute(query, args).fetchone()
    if row is None:
        raise LookupError(f"no row: {query}")
    return row


def maybe(conn: Connection, query: LiteralString, *args: Any) -> Row | None:
    """Run a query that gives one row or none."""
    return conn.execute(query, args).fetchone()


def rows(conn: Connection, query: LiteralString, *args: Any) -> list[Row]:
    """Run a query and give all its rows."""
    return conn.execute(query, args).fetchall()


def columns(table: Iterable[Sequence[Any]]) -> tuple[list[Any], ...]:
    """Turn rows (at least one) into columns, for a statement that takes them by ``unnest``.

    One statement for many rows costs a tenth of one for each (docs/backfill.md).
    """
    return tuple(map(list, zip(*table, strict=True)))


def bigints(values: Iterable[int]) -> str:
    """Give whole numbers as an array in PostgreSQL's text form: a column of arrays is passed as one of text."""
    return f"{{{','.join(map(str, values))}}}"


def by_article(found: Iterable[Row]) -> dict[int, list[Row]]:
    """Sort rows into lists by their ``article_id``, each in the order in which they came."""
    sorted_in: dict[int, list[Row]] = defaultdict(list)
    for row in found:
        sorted_in[row["article_id"]].append(row)
    return sorted_in
