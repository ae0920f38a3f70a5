"""Put a feed on the list as ``copydesk feeds add`` does: what was read to know it is its first poll."""

from __future__ import annotations

from copydesk.commands.feed_add import find_feed, save_first
from copydesk.store import feeds
from copydesk_airflow.office import office


def enlist(url: str, folder: str) -> tuple[int, bool]:
    """Add a feed by its URL, or by that of a site which names its feeds; gives (id, whether it is new).

    A feed that is known is not asked for. Raises UsageError or CopydeskError naming the URL.
    """
    with office.reading() as conn:
        known = feeds.known(conn, url)
    if known and known["status"] != "removed":
        return known["id"], False
    answer = find_feed(url, office.settings)
    with office.writing() as conn:
        key, fresh = feeds.add(conn, answer.url, folder=folder)
        if fresh:
            save_first(conn, key, answer, office.settings)
    return key, fresh
