"""Decisions as people see them, and what people decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from copydesk.store.db import Connection, Row, clean, jsonb, maybe, one, rows


def listing(conn: Connection, *, outcome: str | None = None, limit: int = 100) -> list[Row]:
    """Give standing decisions with what they are about, newest first."""
    return rows(
        conn,
        """
        select p.id, p.outcome, p.reason, p.decided_by, p.decided_at, c.id as correction_id, c.kind, c.wrong,
               c."right", a.url, a.publisher, n.text as notice, n.observed_at as noticed_at, p.result_id
        from applications p join corrections c on c.id = p.correction_id join notices n on n.id = c.notice_id
        join articles a on a.id = p.article_id
        where p.superseded_at is null and (%s::text is null or p.outcome = %s)
        order by p.id desc limit %s""",
        outcome,
        outcome,
        limit,
    )


def show(conn: Connection, application_id: int) -> Row | None:
    """Give one decision with its whole evidence."""
    return maybe(
        conn,
        """
        select p.*, c.kind, c.wrong, c."right", c.reading, n.text as notice, a.url, a.publisher, v.body, v.title
        from applications p join corrections c on c.id = p.correction_id join notices n on n.id = c.notice_id
        join articles a on a.id = p.article_id join versions v on v.id = p.version_id where p.id = %s""",
        application_id,
    )


def save_review(
    conn: Connection,
    application_id: int,
    action: str,
    reviewer: str,
    note: str,
    edits: Sequence[Mapping[str, Any]] | None,
) -> int:
    """Write down what a person decided."""
    row = one(
        conn,
        """insert into reviews (application_id, action, reviewer, note, edits)
                       values (%s, %s, %s, %s, %s) returning id""",
        application_id,
        action,
        clean(reviewer),
        clean(note),
        jsonb(edits) if edits is not None else None,
    )
    return int(row["id"])


def reviews(conn: Connection, application_id: int) -> list[Row]:
    """Give the reviews of a decision, oldest first."""
    return rows(conn, "select * from reviews where application_id = %s order by id", application_id)


def still_wrong(conn: Connection, correction_id: int | None = None) -> list[Row]:
    """Give the copies that still carry an error, and since when the publisher of the notice knows."""
    return rows(
        conn,
        "select * from still_wrong where %s::bigint is null or correction_id = %s order by since desc",
        correction_id,
        correction_id,
    )
