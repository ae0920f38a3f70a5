"""What a publisher reserves, by the newest look at a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from copydesk.store.db import Connection, maybe


def note(conn: Connection, article_id: int, flags: Sequence[str], at: datetime) -> list[str] | None:
    """Keep what a look says is reserved; gives what was known before, or None where a later look said it already."""
    row = maybe(
        conn,
        """
        update articles set rights = %s, rights_at = %s where id = %s and coalesce(rights_at, '-infinity') <= %s
        returning old.rights""",
        list(flags),
        at,
        article_id,
        at,
    )
    return row["rights"] if row else None
