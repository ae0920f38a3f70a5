"""Read what was fetched: observations become versions, revisions and notices.

Every step may be killed and repeated. An observation is claimed with a lease;
its version, its decision and the lease's end commit together.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from copydesk import __version__
from copydesk.articles import revisions, revisit, text
from copydesk.articles.extract import EXTRACTOR
from copydesk.articles.pool import Extractors, Job, Result
from copydesk.articles.versions import Decision, Look, decide, place
from copydesk.clusters.fingerprint import fingerprint
from copydesk.errors import Fenced
from copydesk.model import Document
from copydesk.settings import Settings
from copydesk.store import articles, changes, clusters, corrections, quarantine, recall, snapshots, versions
from copydesk.store.db import Connection, Pool, Row

log = logging.getLogger(__name__)
BATCH = 20
"""Observations to a transaction: commits then cost a tenth of one each (reference/postgres: upserts)."""
ATTEMPTS = 3
"""A page that failed so often goes to quarantine."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An observation with what its bytes gave: a document, a known text's hash, or the reason for neither."""

    row: Row
    document: Document | None = None
    known: Row | None = None
    failure: str | None = None
    detail: str = ""


def load(pool: Pool, extractors: Extractors, settings: Settings, *, batch: int = BATCH) -> Counter[str]:
    """Read one batch of waiting observations; gives counts by decision, empty when nothing waited."""
    with pool.connection() as conn:
        claimed = articles.claim(conn, batch)
    counts: Counter[str] = Counter()
    if not claimed:
        return counts
    readings = list(_read(pool, extractors, claimed))
    try:
        with pool.connection() as conn:
            counts.update(_write_all(conn, readings, settings))
    except Exception:
        log.exception("a batch of %d failed; its observations are taken one by one", len(readings))
        for reading in readings:
            counts.update(_write_alone(pool, reading, settings))
    return counts


def _read(pool: Pool, extractors: Extractors, claimed: Sequence[Row]) -> Iterator[Reading]:
    jobs: list[Job] = []
    by_id = {row["id"]: row for row in claimed}
    with pool.connection() as conn:
        for row in claimed:
            ready = _without_reading(conn, row)
            if ready:
                yield ready
            else:
                jobs.append(_job(row))
    for result in extractors.run(jobs):
        yield _reading(by_id[result.key], result)


def _without_reading(conn: Connection, row: Row) -> Reading | None:
    if row["failure"] or row["status"] not in (200, 304) or row["packed"] is None:
        return Reading(row)
    known = versions.read_before(conn, row["article_id"], row["snapshot"], EXTRACTOR)
    return Reading(row, known=known) if known else None


def _job(row: Row) -> Job:
    body = snapshots.unpack(row["packed"], row["size"], row["snapshot"])
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


def _write_alone(pool: Pool, reading: Reading, settings: Settings) -> Counter[str]:
    try:
        with pool.connection() as conn:
            return _write_all(conn, [reading], settings)
    except Exception as error:
        log.exception("observation %s", reading.row["id"])
        with pool.connection() as conn:
            _set_aside(conn, reading.row, "store", type(error).__name__, str(error)[:500])
        return Counter(failed=1)


def _write_all(conn: Connection, readings: Sequence[Reading], settings: Settings) -> Counter[str]:
    counts: Counter[str] = Counter()
    for reading in sorted(readings, key=lambda r: (r.row["article_id"], r.row["observed_at"])):
        counts[_write(conn, reading, settings)] += 1
    return counts


def _write(conn: Connection, reading: Reading, settings: Settings) -> str:
    row = reading.row
    versions.lock_article(conn, row["article_id"])
    if reading.failure:
        _set_aside(conn, row, "extract", reading.failure, reading.detail)
        return "failed"
    manners = settings.manners_for(row["host"])
    confirm = timedelta(seconds=revisit.CONFIRM * revisit.scale(manners))
    chain = versions.chain(conn, row["article_id"])
    decision = _decide(reading, chain, confirm)
    version = _act(conn, reading, decision)
    if not articles.settle(conn, row, decision.action, version):
        raise Fenced(f"observation {row['id']}")
    if decision.action == "new":
        _after_change(conn, reading, settings)
    elif decision.action in ("gone", "suspect", "not_article", "failed"):
        _note_state(conn, row, decision)
    return decision.action


def _decide(reading: Reading, chain: list[Any], confirm: timedelta) -> Decision:
    row = reading.row
    if reading.known:
        look = Look(row["observed_at"], reading.known["content_sha"], reading.known["length"])
        return place(chain, look, confirm_after=confirm)
    if reading.document is None:
        nothing = Document(row["url"], "empty")
        status = row["status"] or 0
        decision = decide(chain, nothing, observed_at=row["observed_at"], status=status if status != 200 else 0)
        return replace(decision, reason=row["failure"] or decision.reason)
    return decide(chain, reading.document, observed_at=row["observed_at"], status=200, confirm_after=confirm)


def _act(conn: Connection, reading: Reading, decision: Decision) -> int | None:
    row = reading.row
    if decision.action == "suspect":
        length = len(text.collapse(reading.document.text)) if reading.document else 0
        versions.mark_suspect(conn, row["id"], decision, length)
        return None
    if decision.action == "extend_back" and decision.link:
        versions.extend_back(conn, decision.link, row["observed_at"])
    if decision.action != "new":
        return decision.link
    if decision.resumes:
        before = [x for x in versions.chain(conn, row["article_id"]) if x.state == "live"]
        versions.resume(conn, before[decision.position - 1].id, decision.resumes)
    return _insert(conn, reading, decision)


def _insert(conn: Connection, reading: Reading, decision: Decision) -> int:
    row = reading.row
    if reading.document is None:  # known bytes whose text stood before another: A, B, A
        assert reading.known is not None
        return versions.copy_by_hash(conn, row["article_id"], reading.known["content_sha"], row["observed_at"])
    observed_at = row["observed_at"]
    if decision.confirms:
        observed_at = min(observed_at, versions.suspect_time(conn, -decision.confirms))
    new = versions.NewVersion(
        row["article_id"],
        observed_at,
        decision.hash,
        reading.document,
        fingerprint(reading.document.text),
        row["snapshot"],
    )
    version = versions.insert(conn, new)
    if decision.confirms:
        versions.confirm_suspect(conn, -decision.confirms, version)
    changes.add(conn, "version", row["article_id"], version, {"url": row["url"]})
    return version


def _after_change(conn: Connection, reading: Reading, settings: Settings) -> None:
    """Work out what depends on the chain: revisions, notices, the fingerprint, the next look."""
    row = reading.row
    refresh_chain(conn, row["article_id"])
    clusters.index(conn, row["article_id"])
    corrections.want(conn, [row["article_id"]])
    again = None
    if row["source"] in ("live", "push", "revisit"):
        again = revisit.plan(
            first_seen=row["first_seen_at"],
            visits=row["visits"],
            last_change=row["observed_at"] if row["article_state"] != "new" else None,
            now=row["observed_at"],
            manners=settings.manners_for(row["host"]),
        )
    articles.update(
        conn,
        row["article_id"],
        {
            "state": "live",
            "why": "",
            "next_visit_at": again,
            "last_change_at": row["observed_at"] if row["article_state"] != "new" else None,
        },
    )


def refresh_chain(conn: Connection, article_id: int) -> None:
    """Write an article's revisions and notices anew from its chain: the same whatever came in which order."""
    chain = versions.texts(conn, article_id)
    steps: list[tuple[int, int | None, Any]] = []
    for place_, version in enumerate(chain):
        assert version.id is not None
        before = chain[place_ - 1] if place_ else None
        revision = (
            revisions.classify(before, version, earlier=chain[: place_ - 1]) if before else revisions.first(version)
        )
        steps.append((version.id, before.id if before else None, revision))
    versions.replace_revisions(conn, article_id, steps)


def _note_state(conn: Connection, row: Row, decision: Decision) -> None:
    state = {"gone": "gone", "suspect": "suspect", "not_article": "no_article"}.get(decision.action)
    if row["article_state"] == "live" and decision.action == "not_article":
        state = "suspect"  # it was an article yesterday; a wall or an error today makes it none
    if state and state != row["article_state"]:
        articles.update(
            conn,
            row["article_id"],
            {"state": state, "why": decision.reason, "next_visit_at": None, "last_change_at": None},
        )
        changes.add(conn, state, row["article_id"], None, {"reason": decision.reason, "url": row["url"]})


def _set_aside(conn: Connection, row: Row, stage: str, reason: str, detail: str) -> None:
    gave_up = row["attempts"] >= ATTEMPTS
    articles.give_back(conn, row, quarantined=gave_up)
    if gave_up:
        quarantine.add(conn, stage, reason, detail, f"observation {row['id']}", row["snapshot"], __version__)
