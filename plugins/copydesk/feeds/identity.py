"""What makes two items of a feed the same entry: a policy for each feed, degraded by evidence.

GUIDs are the best key where they hold, and some feeds give one GUID to all items or
a new one at every poll. The policy then steps down for good: going back up by itself
was seen to make duplicates elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter

from copydesk.articles.urls import url_key
from copydesk.model import FeedDocument, Item

POLICIES = ("guid", "link", "link_date", "title", "content")
COLLIDING = 0.05
"""Share of a document's items with a key that another item has, above which the policy steps down."""
MOVING = 0.5
"""Share of items with a known link under a new GUID, above which GUIDs are not trusted."""


def entry_key(item: Item, policy: str) -> str:
    """Give the key of an item: at most 200 characters, or a SHA-256 in hex. An empty GUID is a missing one."""
    parts = _parts(item, policy)
    text = "\0".join(parts)
    return (
        text
        if text and len(text) <= 200 and "\0" not in text
        else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    )


def choose_policy(current: str, document: FeedDocument, moved: float = 0.0) -> str:
    """Give the policy to use from this document on: the current one, or a lower one. Never a higher.

    ``moved`` is the share of items whose link this feed had before under another GUID.
    """
    place = POLICIES.index(current)
    if current == "guid" and moved > MOVING:
        place = 1
    while place < len(POLICIES) - 1 and collisions(document.items, POLICIES[place]) > COLLIDING:
        place += 1
    return POLICIES[place]


def collisions(items: tuple[Item, ...], policy: str) -> float:
    """Give the share of items that share their key with a different item."""
    if not items:
        return 0.0
    distinct = {(entry_key(item, policy), _parts(item, "content")[-1]) for item in items}
    keys = Counter(key for key, _ in distinct)
    return sum(n - 1 for n in keys.values()) / len(items)


def _parts(item: Item, policy: str) -> list[str]:
    link = url_key(item.link) if item.link else ""
    title = " ".join((item.title or "").split())
    if policy == "guid" and item.guid and item.guid.strip():
        return [item.guid.strip()]
    if policy in ("guid", "link") and link:
        return [link]
    parts = [link, item.published.raw or ""]
    if policy in ("title", "content") or not link:
        parts.append(title)
    if policy == "content" or not (link or title):
        parts.append(
            hashlib.sha256(f"{title}\0{link}\0{item.summary}\0{item.content}".encode("utf-8", "replace")).hexdigest()
        )
    return parts
