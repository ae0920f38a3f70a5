"""What makes two items of a feed the same entry: a policy for each feed, degraded by evidence.

GUIDs are the best key where they hold, and some feeds give one GUID to all items or
a new one at every poll. The policy then steps down for good: going back up by itself
was seen to make duplicates elsewhere. A few items that share a key by mistake are told
apart by their links, so that none is lost while the policy stays.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

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


def split_key(item: Item, key: str) -> str:
    """Give the key of an item whose own key belongs to an entry with another link."""
    said = f"{key}\0{url_key(item.link) if item.link else ''}\0{'' if item.link else item.title}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def keyed(items: Sequence[Item], policy: str, known: Mapping[str, str | None]) -> list[tuple[str, Item]]:
    """Give every item with its key. ``known``: the link of each stored entry, by key (plain and split keys).

    Items with one key and one link are one entry, told twice. Of items with one key
    and several links, the one whose link the stored entry has keeps the key (without a
    stored entry the last, which is the oldest as feeds are written); the others get a key
    of their own, and keep it when they stand alone later.
    """
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[entry_key(item, policy)].append(item)
    given: dict[int, str] = {}
    for key, group in groups.items():
        owner = _owner(key, group, known)
        for item in group:
            given[id(item)] = key if _mark(item) == owner else split_key(item, key)
    return [(given[id(item)], item) for item in items]


def _owner(key: str, group: list[Item], known: Mapping[str, str | None]) -> str:
    """Give the mark (link, else title) of the items that keep the key."""
    marks = [_mark(item) for item in group]
    stored = known.get(key)
    if stored is not None and stored in marks:
        return stored
    free = [_mark(item) for item in group if split_key(item, key) not in known]
    return (free or [""])[-1]


def _mark(item: Item) -> str:
    return url_key(item.link) if item.link else (item.title or "-")


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
