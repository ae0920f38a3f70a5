"""Backfill: captures of an archive become looks, as if we had been there.

::

    source ──slices──▶ ledger ──claim──▶ captures ──one transaction a batch──▶ snapshots, looks, sightings,
                                                     checkpoint, counts
    then the same way as live: load ─▶ versions, correct ─▶ clusters, corrections

A batch checks the slice's fence first and writes its checkpoint with its looks, so a
worker may die anywhere: whoever goes on finds the checkpoint where the looks end.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from copydesk.archive.asking import Asker
from copydesk.archive.capture import ArchiveError, Capture, Interval, Slice, TryLater
from copydesk.archive.payload import kind_of
from copydesk.archive.sources import Tools, open_source
from copydesk.articles.pool import Extractors
from copydesk.articles.urls import host_of, registrable
from copydesk.errors import CopydeskError, FeedUnreadable, Fenced
from copydesk.feeds.parse import read_feed
from copydesk.settings import Settings
from copydesk.stages.asking import NetworkAsker
from copydesk.stages.load import load
from copydesk.store import backfill as ledger
from copydesk.store import late, late_entries, snapshots, takedowns
from copydesk.store.db import Connection, Pool, Row
from copydesk.store.feeds import sha

log = logging.getLogger(__name__)

BATCH = 40
"""Captures to a transaction."""
BATCH_BYTES = 8_000_000
BATCH_SECONDS = 5.0
"""A slow archive commits at least so often."""
TRIES = 3
"""A batch that met a deadlock is written again so often."""

ATTEMPTS = 20
"""So often in a row an archive may put off a slice without giving anything."""

Report = Callable[[Row, Counter[str]], None]
"""Told after every batch: the slice, and its counts so far."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for: sources, an interval cut into slices, and what of it."""

    sources: Sequence[str]
    interval: Interval
    step: timedelta = timedelta(days=1)
    options: Mapping[str, Any] = field(default_factory=dict)
    """hosts and feeds (lists) to keep, limit (captures a slice), map (of a folder's fields)."""
    again: str = ""
    """A wish to read done slices once more; the same words are heard once."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Slices as they would be read, before anything is written."""

    source: str
    pieces: list[Slice]


def plan(pool: Pool, settings: Settings, request: Request, *, count: bool = False) -> list[Planned]:
    """List what a request has: slices, captures and bytes as far as they can be told. Writes nothing but surveys.

    ``count`` asks archives in the network too, which takes a request a page of their index.
    """
    found = []
    with NetworkAsker(pool, settings) as asker:
        for named in request.sources:
            source = open_source(named, tools(pool, settings, asker), request.options)
            pieces = [piece for part in request.interval.cut(request.step) for piece in source.slices(part)]
            found.append(Planned(source.name, [source.count(p) for p in pieces] if count else pieces))
    return found


def enlist(pool: Pool, request: Request, planned: Sequence[Planned]) -> list[int]:
    """Write what was planned into the ledger; gives the ids of the slices."""
    with pool.connection() as conn:
        return [
            number
            for part in planned
            for number in ledger.enlist(conn, part.source, part.pieces, request.options, again=request.again)
        ]


def run(
    pool: Pool,
    extractors: Extractors,
    settings: Settings,
    ids: Sequence[int],
    *,
    take_over: bool = False,
    report: Report = lambda piece, counts: None,
) -> Counter[str]:
    """Read the slices that may be read now, one after the other; gives the counts.

    A slice whose archive asks for a pause is left waiting (:func:`copydesk.store.backfill.wait_left`).
    """
    total: Counter[str] = Counter()
    while True:
        with pool.connection() as conn:
            piece = ledger.claim(conn, ids, take_over=take_over)
        if piece is None:
            return total
        total += Reader(pool, extractors, settings, piece, report).read()


@dataclass
class Reader:
    """Reads one slice whose fence it holds."""

    pool: Pool
    extractors: Extractors
    settings: Settings
    piece: Row
    report: Report
    counts: Counter[str] = field(default_factory=Counter)

    def read(self) -> Counter[str]:
        """Read to the end, or to what stops it: that is written into the ledger and counted by its name."""
        try:
            self._read_all()
            self.drain()
            with self.pool.connection() as conn:
                state = ledger.finish(conn, self.piece)
        except TryLater as error:
            tired = self.piece["attempts"] >= ATTEMPTS and self.counts["captures"] == 0
            state = self._let_go("failed" if tired else "waiting", error.reason, error.detail, wait=error.seconds)
        except Fenced as error:
            log.warning("%s", error)
            state = "fenced"
        except ArchiveError as error:
            state = self._let_go("failed", error.reason, error.detail)
        except CopydeskError as error:
            state = self._let_go("failed", type(error).__name__, str(error))
        self.counts[f"slices_{state}"] += 1
        return self.counts

    def _let_go(self, state: str, reason: str, detail: str, *, wait: float = 0.0) -> str:
        self.drain()
        with self.pool.connection() as conn:
            ledger.give_back(conn, self.piece, state, reason, detail, wait=wait)
        return state

    def _read_all(self) -> None:
        piece, limit = self.piece, self.piece["options"].get("limit")
        asked = Slice(piece["place"], Interval(piece["since"], piece["until"]), piece["mark"])
        left = limit - piece["captures"] if limit else None
        with NetworkAsker(self.pool, self.settings) as asker:
            named = f"{piece['source']}:{piece['place']}"
            source = open_source(named, tools(self.pool, self.settings, asker), piece["options"])
            for batch in batches(source.read(asked, piece["checkpoint"]), left):
                self._store(batch)
                self.drain()
                self.report(piece, self.counts)

    def _store(self, batch: Sequence[Capture]) -> None:
        for attempt in range(TRIES):
            try:
                with self.pool.connection() as conn:
                    self.counts += save(conn, self.piece, batch)
                return
            except psycopg.errors.DeadlockDetected:
                if attempt == TRIES - 1:
                    raise

    def drain(self) -> None:
        """Read what waits of archives' looks, this slice's among them: no more piles up than one batch a worker."""
        while True:
            done = load(self.pool, self.extractors, self.settings, late=True)
            with self.pool.connection() as conn:
                ledger.prolong(conn, self.piece)
            self.counts.update({f"looks_{name}": n for name, n in done.items()})
            if not done or done.total() == done["failed"]:
                return


def batches(captures: Iterator[Capture], limit: int | None = None) -> Iterator[list[Capture]]:
    """Cut a stream of captures into batches, by number, bytes and time; ``limit`` captures in all."""
    batch: list[Capture] = []
    size, started = 0, time.monotonic()
    try:
        for number, capture in enumerate(captures, 1):
            if limit is not None and number > limit:
                break
            batch.append(capture)
            size += len(capture.body)
            if len(batch) >= BATCH or size >= BATCH_BYTES or time.monotonic() - started > BATCH_SECONDS:
                yield batch
                batch, size, started = [], 0, time.monotonic()
    except CopydeskError:
        if batch:
            yield batch  # what came before the trouble is kept
        raise
    if batch:
        yield batch


def save(conn: Connection, piece: Row, batch: Sequence[Capture]) -> Counter[str]:
    """Write one batch with its checkpoint, under the slice's fence; gives the counts."""
    ledger.hold(conn, piece)
    kept, reasons = [], Counter[str]()
    wanted, down = _wanted(conn, piece["options"]), takedowns.among(conn, (c.url for c in batch if host_of(c.url)))
    counts: Counter[str] = Counter(captures=len(batch), bytes=sum(len(c.body) for c in batch))
    for capture in batch:
        if capture.note:
            ledger.note(conn, piece, *capture.note.split(": ", 1))
        if capture.skip:
            reasons[capture.skip] += 1
        elif not wanted(capture.url):
            reasons["not_wanted"] += 1
        elif sha(capture.url) in down:
            reasons["taken_down"] += 1
        elif _is_feed(capture):
            counts["entries"] += _entries(conn, capture, reasons)
        else:
            kept.append(capture)
            reasons.update([capture.failure] if capture.failure else [])
    done = late.save(conn, late.ready(kept, piece["source"]))
    reasons["known"] += done["known"]
    counts["stored"] = done["stored"]
    ledger.advance(conn, piece, batch[-1].checkpoint, counts, +reasons)
    return counts


def _is_feed(capture: Capture) -> bool:
    return (
        not capture.failure and capture.status == 200 and kind_of(capture.url, capture.headers, capture.body) == "feed"
    )


def _entries(conn: Connection, capture: Capture, reasons: Counter[str]) -> int:
    try:
        document = read_feed(capture.body, url=capture.url, headers=dict(capture.headers), now=capture.captured_at)
    except FeedUnreadable as error:
        reasons[error.reason] += 1
        return 0
    key = snapshots.digest(capture.body)
    late.keep_bodies(conn, [(key, capture.body)])
    feed = late_entries.feed_of(conn, capture.url, document)
    reasons["feeds"] += 1
    return late_entries.save(conn, feed, document, capture.captured_at, key)


def _wanted(conn: Connection, options: Mapping[str, Any]) -> Callable[[str], bool]:
    hosts = {registrable(host) for host in options.get("hosts", ())}
    if feeds := options.get("feeds"):
        hosts |= late_entries.publishers_of_feeds(conn, feeds) | {registrable(host_of(url)) for url in feeds}
    if not hosts:
        return lambda url: True
    return lambda url: registrable(host_of(url)) in hosts


def tools(pool: Pool, settings: Settings, asker: Asker) -> Tools:
    """Give sources what they may use: what we have stored, and surveys made once for all."""

    def recall(url: str, at: Any, digest: str) -> bytes | None:
        with pool.connection() as conn:
            return late.body_of(conn, url, at)

    def surveyed(place: str, mark: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with pool.connection() as conn:
            return ledger.surveyed(conn, place, mark, make)

    return Tools(settings, recall, surveyed, asker)
