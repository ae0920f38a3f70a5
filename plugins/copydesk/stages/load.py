"""Read what was fetched: observations become versions, revisions and notices.

Every step may be killed and repeated. An observation is claimed with a lease;
its version, its decision and the lease's end commit together.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence

from copydesk import __version__
from copydesk.articles import extract, rights
from copydesk.articles.pool import Extractors, Job, Result
from copydesk.model import Document
from copydesk.settings import Settings
from copydesk.stages import chain, erase, looking
from copydesk.stages.chain import Reading
from copydesk.store import (
    articles,
    chains,
    changes,
    corrections,
    ledger,
    quarantine,
    recall,
    reserved,
    shingles,
    snapshots,
)
from copydesk.store.db import Connection, Pool, Row

log = logging.getLogger(__name__)
BATCH = 20
"""Observations to a transaction: commits then cost a tenth of one each (reference/postgres: upserts)."""
ATTEMPTS = 3
"""A page that failed so often goes to quarantine."""


def load(
    pool: Pool, extractors: Extractors, settings: Settings, *, batch: int = BATCH, late: bool = False
) -> Counter[str]:
    """Read one batch of waiting observations (only an archive's, if ``late``); gives counts by decision.

    They are empty when nothing waited.
    """
    with pool.connection() as conn:
        claimed = articles.claim(conn, batch, late=late)
    counts: Counter[str] = Counter()
    if not claimed:
        return counts
    readings = list(_read(pool, extractors, claimed))
    try:
        with pool.connection() as conn:
            counts.update(_write_all(conn, readings, settings, extractors))
    except Exception:
        log.exception("a batch of %d failed; its observations are taken one by one", len(readings))
        for reading in readings:
            counts.update(_write_alone(pool, reading, settings, extractors))
    return counts


def _read(pool: Pool, extractors: Extractors, claimed: Sequence[Row]) -> Iterator[Reading]:
    jobs: list[Job] = []
    by_id = {row["id"]: row for row in claimed}
    with pool.connection() as conn:
        for row in claimed:
            ready = _without_reading(conn, row) or _with_bytes(conn, row)
            if isinstance(ready, Job):
                jobs.append(ready)
            else:
                yield ready
    for result in extractors.run(jobs):
        yield _reading(by_id[result.key], result)


def _without_reading(conn: Connection, row: Row) -> Reading | None:
    if row["failure"] or row["status"] not in (200, 304) or row["size"] is None:
        return Reading(row)
    known = chains.read_before(conn, row["article_id"], row["snapshot"], extract.EXTRACTOR)
    return Reading(row, known=known) if known else None


def _with_bytes(conn: Connection, row: Row) -> Job | Reading:
    try:
        return _job(row, snapshots.body_of(conn, row["snapshot"], row))
    except (snapshots.Damaged, LookupError) as error:  # one torn body must not cost its batch
        return Reading(row, failure="no_bytes", detail=str(error))


def _job(row: Row, body: bytes) -> Job:
    return Job(
        row["id"],
        body,
        row["url"],
        tuple(row["headers"].items()),
        recall.item(row["item"]),
        row["observed_at"],
    )


def _reading(row: Row, result: Result) -> Reading:
    return Reading(row, result.document, failure=result.failure, detail=result.detail)


def _write_alone(pool: Pool, reading: Reading, settings: Settings, extractors: Extractors) -> Counter[str]:
    try:
        with pool.connection() as conn:
            return _write_all(conn, [reading], settings, extractors)
    except Exception as error:
        log.exception("observation %s", reading.row["id"])
        with pool.connection() as conn:
            _set_aside(conn, reading.row, "store", type(error).__name__, str(error)[:500])
        return Counter(failed=1)


def _write_all(
    conn: Connection, readings: Sequence[Reading], settings: Settings, extractors: Extractors
) -> Counter[str]:
    def read_again(row: Row, body: bytes) -> Document | None:
        return next(extractors.run([_job(row, body)])).document

    counts: Counter[str] = Counter()
    other: set[int] = set()
    for reading in sorted(readings, key=lambda r: (r.row["article_id"], r.row["observed_at"])):
        if reading.failure:
            _set_aside(conn, reading.row, "extract", reading.failure, reading.detail)
            counts["failed"] += 1
            continue
        if erase.refuse(conn, reading.row, _leads(reading)):
            counts["taken_down"] += 1
            continue
        placed = chain.place(conn, reading, chain.patience(settings.manners_for(reading.row["host"])), read_again)
        counts[placed.decision.action] += 1
        _note_rights(conn, reading)
        looking.answer(conn, reading.row, reading.document, placed.decision.action, settings)
        if placed.changed or placed.moved:
            other.add(reading.row["article_id"])
        if placed.changed:
            _plan_visit(conn, reading.row, placed, settings)
    for article_id in sorted(other):
        chain.refresh(conn, article_id)
        ledger.seal(conn, article_id)
        shingles.index(conn, article_id)
        corrections.want(conn, [article_id])
    return counts


def _leads(reading: Reading) -> tuple[str | None, ...]:
    return reading.row["final_url"], reading.document.canonical if reading.document else None


def _note_rights(conn: Connection, reading: Reading) -> None:
    """Keep what the publisher reserves by its newest page, and say so in the stream when that changes.

    Bytes that were read before say what they said then; the headers may say more today.
    """
    row, read = reading.row, reading.document.flags if reading.document else (reading.known or {}).get("flags")
    if read is None or row["status"] != 200:
        return
    flags = sorted({*read} & rights.FLAGS | rights.of_headers(row["headers"]))
    before = reserved.note(conn, row["article_id"], flags, row["observed_at"])
    if before is not None and before != flags:
        changes.add(conn, "rights", row["article_id"], None, {"before": before, "now": flags})


def _plan_visit(conn: Connection, row: Row, placed: chain.Placed, settings: Settings) -> None:
    """A change makes more of them likely: look again sooner."""
    changed_at = row["observed_at"] if placed.was != "new" else None
    visit = looking.after_change(conn, row, changed_at, settings)
    articles.note_change(conn, row["article_id"], changed_at, visit)


def _set_aside(conn: Connection, row: Row, stage: str, reason: str, detail: str) -> None:
    gave_up = row["attempts"] >= ATTEMPTS
    articles.give_back(conn, row, quarantined=gave_up)
    if gave_up:
        quarantine.add(conn, stage, reason, detail, f"observation {row['id']}", row["snapshot"], __version__)
