"""The ordered stream of what happened, for consumers with a cursor.

A cursor is the pair (transaction, id). Only rows of transactions older than every
transaction still running are given, so one that commits late is never skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from copydesk.errors import UsageError
from copydesk.store.db import Connection, Row, jsonb, rows


def add(conn: Connection, kind: str, article_id: int | None, version_id: int | None, data: Mapping[str, Any]) -> None:
    """Append one event in the transaction that makes it true."""
    conn.execute(
        "insert into changes (kind, article_id, version_id, data) values (%s, %s, %s, %s)",
        (kind, article_id, version_id, jsonb(data)),
    )


def after(conn: Connection, cursor: str, limit: int) -> list[Row]:
    """Give the events after a cursor ("" for the beginning), each with its own ``cursor``."""
    x, last = parse(cursor)
    return rows(
        conn,
        """
        select x::text || '-' || id as cursor, at, kind, article_id, version_id, data from changes
        where x < pg_snapshot_xmin(pg_current_snapshot()) and (x, id) > (%s::text::xid8, %s)
        order by x, id limit %s""",
        str(x),
        last,
        limit,
    )


def parse(cursor: str) -> tuple[int, int]:
    """Read a cursor; raises UsageError naming it."""
    try:
        x, last = (cursor or "0-0").split("-")
        return int(x), int(last)
    except ValueError:
        raise UsageError(f"{cursor!r} is no cursor; take one from a row's 'cursor'") from None
