"""What a look that was read means for the looks to come: signals answered, told anew, the burst after a change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from copydesk.articles import revisit
from copydesk.articles.habits import Habits
from copydesk.model import Document
from copydesk.settings import Settings
from copydesk.store import clusters, revisits
from copydesk.store.db import Connection, Row

LIVE = ("live", "push", "revisit")
"""Sources of looks that are made now; what an archive brings says nothing about when to look."""
RECENT = timedelta(days=2)
"""A correction that we learn of later than that (a backfill) brings no look forward."""


def answer(conn: Connection, row: Row, document: Document | None, action: str, settings: Settings) -> None:
    """Settle the signals told before a decided observation; a dateModified that moved alone is a signal itself."""
    if row["source"] not in LIVE:
        return
    article, at = row["article_id"], row["observed_at"]
    if action in ("new", "unchanged", "extend_back", "gone"):
        revisits.settle(conn, article, at, changed=action in ("new", "gone"))
    modified = document.modified.value if document and document.modified else None
    moved = modified is not None and revisits.moved_date(conn, article, modified, at)
    if moved and action == "unchanged":  # the text will follow, or stood behind a cache
        revisits.signal(conn, [article], "date", at, settings.manners_for)


def still_wrong(conn: Connection, article: int, noticed_at: datetime, settings: Settings) -> None:
    """A copy carries an error that another publisher has just corrected: its own publisher may do the same."""
    now = datetime.now(UTC)
    if now - noticed_at < RECENT:
        revisits.signal(conn, [article], "correction", now, settings.manners_for)


def after_change(conn: Connection, row: Row, changed_at: datetime | None, settings: Settings) -> revisit.Visit | None:
    """Tell the other copies of the story that this one changed, and plan its own burst. None: its first text."""
    if row["source"] not in LIVE:
        return None
    if changed_at:
        mates = set(clusters.members(conn, row["article_id"])) - {row["article_id"]}
        revisits.signal(conn, mates, "copy", row["observed_at"], settings.manners_for)
    history = revisit.History(row["first_seen_at"], row["visits"], changed_at)
    return revisit.plan(history, row["observed_at"], settings.manners_for(row["host"]), Habits.from_json(row["habits"]))
