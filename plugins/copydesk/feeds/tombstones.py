"""Which deletions a feed document tells of (RFC 6721). Pure."""

from __future__ import annotations

from datetime import datetime

from copydesk.model import FeedDocument


def deletions(document: FeedDocument) -> list[tuple[str, datetime | None]]:
    """Give (entry's id, when) of the tombstones that no later update of the same entry takes back."""
    updated = {item.guid: item.updated.value or item.published.value for item in document.items if item.guid}
    found = []
    for ref, when in document.tombstones:
        later = updated.get(ref)
        if not (later and when.value and later > when.value):
            found.append((ref, when.value))
    return found
