"""What a publisher reserves, by the newest look at a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from copydesk.store.db import Connection, columns, rows


def note(conn: Connection, said: Sequence[tuple[int, Sequence[str], datetime]]) -> dict[int, list[str]]:
    """Keep what looks at different articles say is reserved: (article, flags, moment of the look).

    Gives, by article, what was known before; an article of which a later look said it already is left out.
    """
    if not said:
        return {}
    found = rows(
        conn,
        """
        update articles a set rights = string_to_array(w.flags, ','), rights_at = w.at
        from unnest(%s::bigint[], %s::text[], %s::timestamptz[]) w (article, flags, at)
        where a.id = w.article and coalesce(a.rights_at, '-infinity') <= w.at
        returning a.id, old.rights""",
        *columns((article, ",".join(flags), at) for article, flags, at in said),
    )
    return {row["id"]: row["rights"] for row in found}
