"""Where the raw bytes lie: move them between stores, verify them all, sweep what no row names.

A body is written to its new store, read back and checked there, and only then does its row
say so; it leaves the old store last. Killed at any instant, a body lies in at least one store.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from copydesk import __version__
from copydesk.store import quarantine, snapshots
from copydesk.store.db import Connection, Pool, Row
from copydesk.store.places import POSTGRES, Place, place

log = logging.getLogger(__name__)
BATCH = 50
GRACE = 3600.0
"""Seconds for which a body that no row names may lie in a store: it may be on its way."""

Progress = Callable[[int, int], None]


def move(
    pool: Pool, url: str, *, until: float = float("inf"), progress: Progress = lambda done, total: None
) -> Counter[str]:
    """Move every body to a store (``postgres``, or a URL), batch by batch; run it again to go on."""
    counts: Counter[str] = Counter()
    with pool.connection() as conn:
        target = snapshots.place_id(conn, url)
        total = snapshots.left(conn, target)
    skipped: set[bytes] = set()
    while time.monotonic() < until:
        with pool.connection() as conn:
            batch = [r for r in snapshots.elsewhere(conn, target, BATCH + len(skipped)) if r["sha256"] not in skipped]
            gone = [row for row in batch if _move_one(conn, row, target, url, counts)]
        skipped |= {row["sha256"] for row in batch} - {row["sha256"] for row in gone}
        with pool.connection() as conn:
            snapshots.remove(conn, gone)
        if not batch:
            break
        progress(counts.total(), total)
    return counts


def _move_one(conn: Connection, row: Row, target: int | None, url: str, counts: Counter[str]) -> bool:
    """Bring one body to the target; False where its bytes are damaged or missing: they stay where they are."""
    sha = row["sha256"]
    try:
        packed = row["packed"] or snapshots.place_of(conn, row["place"]).read(sha)
        snapshots.unpack(packed, row["size"], sha)
        if target is not None:
            place(url).write(sha, packed)
            snapshots.unpack(place(url).read(sha), row["size"], sha)
    except (snapshots.Damaged, LookupError) as error:
        _set_aside(conn, sha, error)
        counts["damaged"] += 1
        return False
    snapshots.moved(conn, sha, target, packed)
    counts["moved"] += 1
    return True


def verify(pool: Pool, *, progress: Progress = lambda done, total: None) -> Counter[str]:
    """Read every body and check it against its hash; what is damaged or missing is named in quarantine."""
    counts: Counter[str] = Counter()
    after = b""
    while True:
        with pool.connection() as conn:
            batch = snapshots.batch(conn, after, BATCH)
            for row in batch:
                counts["good" if _is_good(conn, row) else "damaged"] += 1
        if not batch:
            return counts
        after = batch[-1]["sha256"]
        progress(counts.total(), 0)


def _is_good(conn: Connection, row: Row) -> bool:
    try:
        snapshots.body_of(conn, row["sha256"], row)
    except (snapshots.Damaged, LookupError) as error:
        _set_aside(conn, row["sha256"], error)
        return False
    quarantine.resolve(conn, "snapshot", f"snapshot {row['sha256'].hex()}")
    return True


def sweep(pool: Pool, url: str, *, grace: float = GRACE) -> Counter[str]:
    """Remove from a store what no row says lies there: left by a crash, or erased since."""
    if url == POSTGRES:
        return Counter()
    with pool.connection() as conn:
        target = snapshots.place_id(conn, url)
    assert target is not None
    counts: Counter[str] = Counter()
    batch: list[bytes] = []
    for sha in place(url).names(grace):
        batch.append(sha)
        if len(batch) == 1000:
            counts.update(_sweep(pool, place(url), target, batch))
            batch = []
    return counts + _sweep(pool, place(url), target, batch)


def _sweep(pool: Pool, store: Place, target: int, batch: list[bytes]) -> Counter[str]:
    with pool.connection() as conn:
        known = snapshots.at_place(conn, target, batch)
    for sha in set(batch) - known:
        store.delete(sha)
    return Counter(kept=len(known), swept=len(set(batch) - known))


def _set_aside(conn: Connection, sha: bytes, error: Exception) -> None:
    reason = "damaged" if isinstance(error, snapshots.Damaged) else "missing"
    log.error("%s", error)
    quarantine.add(conn, "snapshot", reason, str(error), f"snapshot {sha.hex()}", sha, __version__)
