"""Erase on purpose: an article that was taken down, and what a retention rule says is too old.

What is erased is gone from every row and every body; what stays is that it was there: URLs,
dates, and the chain of hashes (:mod:`copydesk.store.ledger`), which proves which text stood there
to whoever has the text. A taken-down article is never fetched again.
"""

from __future__ import annotations

import html
import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from copydesk.articles.urls import may_merge
from copydesk.errors import UsageError
from copydesk.stages.cluster import regroup
from copydesk.store import (
    articles,
    changes,
    clusters,
    corrections,
    ledger,
    retention,
    shingles,
    snapshots,
    takedowns,
    versions,
)
from copydesk.store.db import TRY_AGAIN, Connection, Pool, Row

Progress = Callable[[str, int], None]
Done = TypeVar("Done")
ATTEMPTS = 25
"""Workers that meet at one cluster begin anew, as in stages/correct.py; an erasure waits some seconds more."""


def _quiet(what: str, done: int) -> None: ...


def take_down(pool: Pool, url: str, reason: str, by: str) -> Counter[str]:
    """Erase an article everywhere; a second time finds nothing left. Raises UsageError for an unknown URL."""
    started = datetime.now(UTC)
    with pool.connection() as conn:
        article = articles.find(conn, url)
    if article is None:
        raise UsageError(f"{url}: no article of this URL")
    counts, gone = _alone(pool, lambda conn: _erase_article(conn, article["id"], reason, by))
    with pool.connection() as conn:
        snapshots.remove(conn, gone)
    counts["feeds"] = _search_feeds(pool, article["id"], started)
    return +counts


def _alone(pool: Pool, act: Callable[[Connection], Done]) -> Done:
    """Do something in one transaction, anew while other workers are at the same clusters."""
    for _ in range(ATTEMPTS - 1):
        try:
            with pool.connection() as conn:
                return act(conn)
        except TRY_AGAIN:
            time.sleep(0.2)
    with pool.connection() as conn:
        return act(conn)


def _erase_article(conn: Connection, article_id: int, reason: str, by: str) -> tuple[Counter[str], list[Row]]:
    clusters.hold(conn, [article_id])
    versions.lock_article(conn, article_id)
    ledger.seal(conn, [article_id])
    fresh = takedowns.of(conn, article_id) is None
    takedowns.record(conn, article_id, reason, by)
    counts = _erase_rows(conn, article_id)
    gone = snapshots.erase(conn, takedowns.page_snapshots(conn, article_id))
    if fresh:
        changes.add(conn, "takedown", article_id, None, {"reason": reason})
    return counts + Counter(pages=len(gone)), gone


def refuse(conn: Connection, row: Row, links: Sequence[str | None]) -> bool:
    """Drop a look at an address that leads (a redirect, a canonical link) to an article that was taken down.

    An article that had no text of its own yet was only another address of it, and shares its fate.
    """
    url, article = row["url"], row["article_id"]
    leads = [x for x in links if x and x != url and may_merge(url, x, evidence="redirect", same_text=True)]
    down = takedowns.led_to(conn, article, leads) if leads else None
    if down is None:
        return False
    versions.lock_article(conn, article)
    if takedowns.has_text(conn, article):
        takedowns.erase_look(conn, article, row["id"])
        gone = snapshots.erase(conn, takedowns.page_snapshots(conn, article, row["snapshot"]))
    else:
        _, gone = _erase_article(conn, article, f"leads to {down}, which was taken down", "policy")
    snapshots.remove(conn, gone)  # at once: whoever has to repeat this erases them again
    return True


def _erase_rows(conn: Connection, article_id: int) -> Counter[str]:
    copies = takedowns.copies_corrected_by(conn, article_id)
    mates = [mate for mate in clusters.members(conn, article_id) if mate != article_id]
    takedowns.withdraw_applications(conn, article_id)
    counts = takedowns.erase(conn, article_id)
    for copy in copies:
        ledger.seal(conn, [copy["article_id"]])
        takedowns.erase_version(conn, copy["id"])
    counts["copies"] = len(copies)
    _leave_cluster(conn, article_id)
    corrections.want(conn, [*mates, *(copy["article_id"] for copy in copies)])
    takedowns.nothing_to_work_out(conn, article_id)
    return counts


def _leave_cluster(conn: Connection, article_id: int) -> None:
    """Take an article out of its family: it has no text any more by which it could be a copy."""
    shingles.index(conn, [article_id])
    while clusters.linked(conn, article_id, 1):
        regroup(conn, article_id)


def sweep_takedowns(pool: Pool) -> Counter[str]:
    """Search what feeds brought since for articles that were taken down, and erase it."""
    with pool.connection() as conn:
        waiting = takedowns.to_sweep(conn)
    return +Counter(feeds=sum(_search_feeds(pool, article, datetime.now(UTC)) for article in waiting))


def _search_feeds(pool: Pool, article_id: int, started: datetime) -> int:
    """Erase the feed bodies that speak of an article; one at a time, for a body may be large."""
    with pool.connection() as conn:
        found = takedowns.feed_snapshots(conn, article_id)
        needles = _needles(takedowns.marks(conn, article_id))
    gone: list[Row] = []
    for feed in found:
        with pool.connection() as conn:
            if feed["within"] or _mentions(conn, feed["sha256"], needles):
                gone += snapshots.erase(conn, [feed["sha256"]])
    with pool.connection() as conn:
        snapshots.remove(conn, gone)
        takedowns.swept(conn, article_id, started)
    return len(gone)


def _needles(marks: list[str]) -> list[bytes]:
    return [form.encode() for mark in marks for form in {mark, html.escape(mark), mark.replace("/", "\\/")}]


def _mentions(conn: Connection, sha: bytes, needles: list[bytes]) -> bool:
    try:
        body = snapshots.get(conn, sha)
    except (LookupError, snapshots.Damaged):
        return True  # what cannot be read cannot be cleared
    return any(needle in body for needle in needles)


def seal_waiting(pool: Pool) -> int:
    """Bring texts into their articles' chains that are not in them yet: our corrected ones, and old archives."""
    sealed = 0
    while True:
        with pool.connection() as conn:
            found = ledger.unsealed(conn, retention.BATCH)
            ledger.seal(conn, found)
        sealed += len(found)
        if not found:
            return sealed


def apply_retention(pool: Pool, *, dry_run: bool = False, progress: Progress = _quiet) -> Counter[str]:
    """Erase what the rules say is too old; ``dry_run`` only counts."""
    counts: Counter[str] = Counter()
    with pool.connection() as conn:
        rules = retention.listing(conn)
    for rule in rules:
        for what, step in (("texts", _old_texts), ("snapshots", _old_snapshots)):
            while rule[what] is not None and (done := step(pool, rule, dry_run)):
                counts[what] += done
                progress(what, counts[what])
                if dry_run:
                    break
    return +counts


def _old_texts(pool: Pool, rule: Row, dry_run: bool) -> int:
    with pool.connection() as conn:
        found = retention.old_texts(conn, rule, None if dry_run else retention.BATCH)
        if dry_run:
            return len(found)
        for article, group in itertools.groupby(found, key=lambda row: row["article_id"]):
            versions.lock_article(conn, article)
            ledger.seal(conn, [article])
            ids = [row["id"] for row in group]
            retention.erase_texts(conn, rule, ids)
            changes.add(conn, "retention", article, None, {"versions": ids, "rule": rule["id"]})
    return len(found)


def _old_snapshots(pool: Pool, rule: Row, dry_run: bool) -> int:
    with pool.connection() as conn:
        found = retention.old_snapshots(conn, rule, None if dry_run else retention.BATCH)
        gone = [] if dry_run else snapshots.erase(conn, found)
    if gone:
        with pool.connection() as conn:
            snapshots.remove(conn, gone)
    return len(found)


def age(text: str) -> timedelta:
    """Read an age such as 90d, 12h or 2y (of 365 days); raises UsageError naming it."""
    units = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.isdigit() or not int(number):
        raise UsageError(f"{text!r} is no age; write 90d, 12h, 8w or 2y")
    return timedelta(hours=int(number) * units[unit])
