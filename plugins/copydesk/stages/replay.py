"""Read every stored page again with the present extractor: first a report, and only if asked the better readings.

The publisher changed nothing, so no version is made: a version's newer reading takes the place of
the older, which stays in ``readings`` (as-of answers about the time before still give it). Looks that no
extractor could read before go back to the usual way. Slices are claimed with a lease, so a replay
may be killed, run on and be shared by several workers.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from copydesk.articles.extract import EXTRACTOR
from copydesk.articles.pool import Extractors, Job, Result
from copydesk.articles.rereading import differences, excerpt
from copydesk.articles.text import content_hash
from copydesk.clusters.fingerprint import fingerprint
from copydesk.errors import Fenced
from copydesk.model import Document
from copydesk.stages.revise import revise
from copydesk.store import changes, corrections, ledger, recall, replays, shingles, snapshots, versions
from copydesk.store.db import Connection, Pool, Row, plain
from copydesk.store.replays import Scope

log = logging.getLogger(__name__)
SAMPLES = 3
"""Differences that a slice shows for each field."""
SHOWN = 12
"""Differences that a report shows for each field."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Slice:
    """What reading one slice gave: counts, fields, samples, and what a writing replay is to write."""

    counts: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    samples: list[dict[str, Any]] = field(default_factory=list)
    read: list[tuple[Row, str, bytes]] = field(default_factory=list)
    better: list[tuple[Row, Document, dict[str, Any]]] = field(default_factory=list)
    same: list[Row] = field(default_factory=list)
    anew: list[int] = field(default_factory=list)

    def as_report(self) -> dict[str, Any]:
        return {"counts": self.counts, "fields": self.fields, "samples": self.samples}


def replay(
    pool: Pool,
    extractors: Extractors,
    scope: Scope,
    *,
    write: bool = False,
    until: Callable[[], bool] = lambda: False,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Run a replay, or go on with the unfinished one of the same scope, and give its report.

    ``until`` asks between slices whether to stop; what is left is done by the next call.
    """
    with pool.connection() as conn:
        replay_id = replays.begin(conn, EXTRACTOR, scope, writes=write)
    while not until():
        with pool.connection() as conn:
            work = replays.claim(conn, replay_id)
        if work is None:
            break
        _read_slice(pool, extractors, work, write=write)
        with pool.connection() as conn:
            progress(*replays.progress(conn, replay_id))
    with pool.connection() as conn:
        replays.finish(conn, replay_id)
        return summary(replays.show(conn, replay_id))


def summary(found: Row) -> dict[str, Any]:
    """Add up the reports of a replay's slices."""
    counts: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    samples: dict[str, list[dict[str, Any]]] = {}
    for report in found["reports"]:
        counts.update(report["counts"])
        fields.update(report["fields"])
        for sample in report["samples"]:
            samples.setdefault(sample["field"], []).append(sample)
    return {
        "replay": found["id"],
        "extractor": found["extractor"],
        "scope": found["scope"],
        "writes": found["writes"],
        "pages": found["units"],
        "finished": found["done_at"] is not None,
        "counts": dict(sorted(counts.items())),
        "fields": dict(fields.most_common()),
        "samples": [s for name in fields for s in samples.get(name, [])[:SHOWN]],
    }


def _read_slice(pool: Pool, extractors: Extractors, work: Row, *, write: bool) -> None:
    with pool.connection() as conn:
        looks = {row["id"]: row for row in replays.looks(conn, work["observations"])}
        jobs = list(_jobs(conn, looks.values()))
    found = _Slice()
    apart: list[tuple[Row, bytes]] = []
    for result in extractors.run(jobs):
        found.counts["read"] += 1
        _judge(found, looks[result.key], result, apart)
    found.counts["read"] += len(looks) - len(jobs)
    found.counts["bytes_missing"] += len(looks) - len(jobs)
    own = {look["version_id"]: said for look, _, said in found.read if look["own"]}
    for look, said in apart:
        found.counts["as_its_version" if said == own.get(look["version_id"], look["content_sha"]) else "apart"] += 1
    with pool.connection() as conn:
        if write:
            _write(conn, found)
        if not replays.report(conn, work, found.as_report()):
            raise Fenced(f"slice {work['number']} of replay {work['replay_id']}")


def _jobs(conn: Connection, looks: Iterable[Row]) -> Iterable[Job]:
    for look in looks:
        try:
            body = snapshots.body_of(conn, look["snapshot"], look)
        except (snapshots.Damaged, LookupError) as error:
            log.warning("%s", error)
            continue
        headers = tuple(look["headers"].items())
        yield Job(look["id"], body, look["url"], headers, recall.item(look["item"]), look["observed_at"])


def _judge(found: _Slice, look: Row, result: Result, apart: list[tuple[Row, bytes]]) -> None:
    document = result.document
    if document is None:
        found.counts["unreadable"] += 1
        return
    if look["version_id"] is None:
        _judge_unread(found, look, document)
    elif look["erased_at"] is not None:
        found.counts["erased"] += 1
    elif document.page not in ("article", "liveblog") or not document.text:
        found.counts["no_longer_an_article"] += 1  # never a reason to lose a text that was read
    else:
        found.read.append((look, document.extractor, content_hash(document)))
        if look["own"]:
            _compare(found, look, document)
        else:
            apart.append((look, content_hash(document)))


def _judge_unread(found: _Slice, look: Row, document: Document) -> None:
    """A look without a version: only what gave up or was no article then can be better now."""
    stuck = look["state"] == "quarantined" or look["sign"] in ("wall", "failed")
    if stuck and document.page in ("article", "liveblog") and document.text:
        found.counts["readable_now"] += 1
        found.anew.append(look["id"])
    else:
        found.counts["without_version"] += 1


def _compare(found: _Slice, look: Row, document: Document) -> None:
    old = {**look["facts"], "body": look["body"]}
    new = {**plain(document), "body": document.text}
    differ = differences(plain(old), plain(new))
    if not differ:
        found.counts["same"] += 1
        if look["extractor"] != document.extractor:
            found.same.append(look)
        return
    found.counts["differ"] += 1
    found.fields.update(list(differ))
    shown = Counter(s["field"] for s in found.samples)
    for name, (before, after) in differ.items():
        if shown[name] < SAMPLES:
            was, would = excerpt(before, after)
            found.samples.append(
                {"field": name, "url": look["url"], "version_id": look["version_id"], "old": was, "new": would}
            )
    if look["by_person"] and "body" in differ:
        found.counts["kept_for_a_person"] += 1  # an edit that a person decided has offsets in the old body
    else:
        found.better.append((look, document, differ))


def _write(conn: Connection, found: _Slice) -> None:
    touched: set[int] = set()
    for look, document, differ in sorted(found.better, key=lambda x: x[0]["article_id"]):
        versions.lock_article(conn, look["article_id"])
        if replays.reread(conn, look, document, fingerprint(document.text)):
            said = {"fields": sorted(differ), "was": look["extractor"], "is": document.extractor}
            changes.add(conn, "reread", look["article_id"], look["version_id"], said)
            touched.add(look["article_id"])
            found.counts["written"] += 1
    for look, extractor, read_sha in found.read:
        replays.note_read(conn, look, extractor, read_sha)
    for look in found.same:
        replays.note_extractor(conn, look, EXTRACTOR)
    for observation in found.anew:
        replays.read_anew(conn, observation)
    _follow_up(conn, sorted(touched))


def _follow_up(conn: Connection, article_ids: Sequence[int]) -> None:
    if article_ids:
        revise(conn, article_ids)
        ledger.seal(conn, article_ids)
        shingles.index(conn, article_ids)
        corrections.want(conn, article_ids)
