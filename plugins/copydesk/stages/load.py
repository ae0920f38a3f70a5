"""Read what was fetched: observations become versions, revisions and notices.

Every step may be killed and repeated. An observation is claimed with a lease;
its version, its decision and the lease's end commit together.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from copydesk import __version__
from copydesk.articles import extract, rights
from copydesk.articles.chain import Patience
from copydesk.articles.pool import Extractors, Job, Result
from copydesk.model import Document
from copydesk.settings import Settings
from copydesk.stages import chain, erase, looking
from copydesk.stages.chain import Reading
from copydesk.stages.revise import revise
from copydesk.store import (
    articles,
    chains,
    changes,
    corrections,
    hosts,
    ledger,
    quarantine,
    recall,
    reserved,
    shingles,
    snapshots,
    versions,
)
from copydesk.store.db import TRY_AGAIN, Connection, Pool, Row

log = logging.getLogger(__name__)
BATCH = 20
"""Observations to a transaction. Forty cost 0.1 ms less an article, and could outlive their lease in the worst case."""
TRIES = 3
"""So often a batch that met other workers is written anew before its observations are taken one by one."""
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
    for _ in range(TRIES):
        try:
            with pool.connection() as conn:
                return _write_all(conn, readings, settings, extractors)
        except TRY_AGAIN:
            log.info("a batch of %d met other workers", len(readings))
        except Exception:
            log.exception("a batch of %d failed; its observations are taken one by one", len(readings))
            break
    for reading in readings:
        counts.update(_write_alone(pool, reading, settings, extractors))
    return counts


def _read(pool: Pool, extractors: Extractors, claimed: Sequence[Row]) -> Iterator[Reading]:
    jobs: list[Job] = []
    by_id = {row["id"]: row for row in claimed}
    with pool.connection() as conn:
        readable = [row for row in claimed if _has_page(row)]
        yield from (Reading(row) for row in claimed if not _has_page(row))
        before = chains.read_before(conn, [_page(row) for row in readable], extract.EXTRACTOR)
        for row in readable:
            known = before.get(_page(row))
            ready = Reading(row, known=known) if known else _with_bytes(conn, row)
            if isinstance(ready, Job):
                jobs.append(ready)
            else:
                yield ready
    for result in extractors.run(jobs):
        yield _reading(by_id[result.key], result)


def _has_page(row: Row) -> bool:
    return not row["failure"] and row["status"] in (200, 304) and row["size"] is not None


def _page(row: Row) -> tuple[int, bytes]:
    return row["article_id"], row["snapshot"]


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

    def wait_at(row: Row) -> Patience:
        return chain.patience(settings.manners_for(row["host"]))

    counts: Counter[str] = Counter()
    other: set[int] = set()
    versions.lock_articles(conn, {reading.row["article_id"] for reading in readings})
    hosts.lock(conn, {reading.row["host"] for reading in readings})
    for turn in _turns(readings):
        kept = [reading for reading in turn if _is_wanted(conn, reading, counts)]
        looks = chain.place(conn, kept, wait_at, read_again) if kept else []
        _note_rights(conn, kept)
        for reading, placed in zip(kept, looks, strict=True):
            counts[placed.decision.action] += 1
            looking.answer(conn, reading.row, reading.document, placed.decision.action, settings)
            if placed.changed or placed.moved:
                other.add(reading.row["article_id"])
            if placed.changed:
                _plan_visit(conn, reading.row, placed, settings)
    if other:
        revise(conn, sorted(other))
        ledger.seal(conn, sorted(other))
        shingles.index(conn, sorted(other))
        corrections.want(conn, sorted(other))
    return counts


def _turns(readings: Iterable[Reading]) -> list[list[Reading]]:
    """Cut readings into turns, in which each article comes once at most, an earlier look in an earlier turn.

    Of two articles, the second's first look then comes before the first's second: what they signal to each
    other of the same hour may be told in another order.
    """
    turns: list[list[Reading]] = []
    taken: Counter[int] = Counter()
    for reading in sorted(readings, key=lambda r: (r.row["article_id"], r.row["observed_at"])):
        number = taken[reading.row["article_id"]]
        taken[reading.row["article_id"]] += 1
        turns += [[]] if number == len(turns) else []
        turns[number].append(reading)
    return turns


def _is_wanted(conn: Connection, reading: Reading, counts: Counter[str]) -> bool:
    """Set aside what could not be read, and what leads to an article that was taken down."""
    if reading.failure:
        _set_aside(conn, reading.row, "extract", reading.failure, reading.detail)
        counts["failed"] += 1
        return False
    if erase.refuse(conn, reading.row, _leads(reading)):
        counts["taken_down"] += 1
        return False
    return True


def _leads(reading: Reading) -> tuple[str | None, ...]:
    return reading.row["final_url"], reading.document.canonical if reading.document else None


def _note_rights(conn: Connection, readings: Sequence[Reading]) -> None:
    """Keep what publishers reserve by their newest pages, and say so in the stream when that changes.

    Bytes that were read before say what they said then; the headers may say more today.
    """
    said: dict[int, tuple[list[str], datetime]] = {}
    for reading in readings:
        row, read = reading.row, reading.document.flags if reading.document else (reading.known or {}).get("flags")
        if read is not None and row["status"] == 200:
            flags = sorted({*read} & rights.FLAGS | rights.of_headers(row["headers"]))
            said[row["article_id"]] = (flags, row["observed_at"])
    before = reserved.note(conn, [(article, *told) for article, told in said.items()])
    changed = [(article, flags, said[article][0]) for article, flags in before.items() if flags != said[article][0]]
    changes.add_all(conn, [("rights", article, None, {"before": was, "now": now}) for article, was, now in changed])


def _plan_visit(conn: Connection, row: Row, placed: chain.Placed, settings: Settings) -> None:
    """A change makes more of them likely: look again sooner."""
    changed_at = row["observed_at"] if placed.was != "new" else None
    visit = looking.after_change(conn, row, changed_at, settings)
    if changed_at or visit:
        articles.note_change(conn, row["article_id"], changed_at, visit)


def _set_aside(conn: Connection, row: Row, stage: str, reason: str, detail: str) -> None:
    gave_up = row["attempts"] >= ATTEMPTS
    articles.give_back(conn, row, quarantined=gave_up)
    if gave_up:
        quarantine.add(conn, stage, reason, detail, f"observation {row['id']}", row["snapshot"], __version__)
