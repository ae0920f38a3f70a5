"""What could not be read or stored after several tries: kept with its bytes until somebody looks."""

from __future__ import annotations

from copydesk.store.db import Connection, Row, clean, rows


def add(conn: Connection, stage: str, reason: str, detail: str, ref: str, snapshot: bytes | None, code: str) -> None:
    """Set an item aside; a second time counts up its attempts."""
    conn.execute(
        """
        insert into quarantine (stage, reason, detail, ref, snapshot, code) values (%s, %s, %s, %s, %s, %s)
        on conflict (stage, ref) do update set reason = excluded.reason, detail = excluded.detail,
            snapshot = excluded.snapshot, code = excluded.code, attempts = quarantine.attempts + 1,
            last_at = now(), resolved_at = null""",
        (stage, reason, clean(detail), ref, snapshot, code),
    )


def resolve(conn: Connection, stage: str, ref: str) -> None:
    """The item was read after all."""
    conn.execute(
        "update quarantine set resolved_at = now() where stage = %s and ref = %s and resolved_at is null",
        (stage, ref),
    )


def listing(conn: Connection, limit: int = 100) -> list[Row]:
    """Give what waits in quarantine, newest first, without the bytes."""
    return rows(
        conn,
        """select id, stage, reason, detail, ref, code, attempts, first_at, last_at,
                         encode(snapshot, 'hex') as snapshot from quarantine
                         where resolved_at is null order by last_at desc limit %s""",
        limit,
    )
