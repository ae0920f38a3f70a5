"""The way of a story, in order. Read this first.

::

    feeds due ──collect──▶ snapshots, entries, pages due      stages/collect.py, stages/poll.py
    pages due ──collect──▶ snapshots, observations
    observations new ──load──▶ documents ─▶ versions, revisions   stages/load.py
    articles to work out ──correct──▶ clusters, notices,          stages/correct.py
                                      corrections, applications ─▶ derived versions

Every step finds its work by state in PostgreSQL, does a batch and may be killed at
any instruction: what was claimed is claimed again when its lease has run out. The
steps are what Airflow's tasks, ``copydesk run`` and the tests call; they differ
only in who calls and when.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from copydesk.articles.pool import Extractors
from copydesk.settings import Settings
from copydesk.stages import backfill as backfilling
from copydesk.stages import collect as collecting
from copydesk.stages import erase, keep
from copydesk.stages import learn as learning
from copydesk.stages.correct import correct
from copydesk.stages.deliver import deliver
from copydesk.stages.load import load
from copydesk.store import articles, corrections, hosts, maintenance, status
from copydesk.store import backfill as ledger
from copydesk.store.db import Pool, open_pool
from copydesk.store.places import POSTGRES
from copydesk.web.client import Client

Progress = Callable[[str, Counter[str]], None]


@dataclass
class Desk:
    """What a run needs: settings, a pool of connections and, once wanted, extraction processes."""

    settings: Settings
    pool: Pool
    _extractors: Extractors | None = field(default=None, repr=False)

    @property
    def extractors(self) -> Extractors:
        """The processes that read pages; started at the first page."""
        if self._extractors is None:
            self._extractors = Extractors(self.settings.workers, self.settings.limits)
        return self._extractors

    def close(self) -> None:
        """End the processes and give the connections back."""
        if self._extractors is not None:
            self._extractors.close()
        self.pool.close()


@contextmanager
def open_desk(settings: Settings, dsn: str, *, connections: int = 16) -> Iterator[Desk]:
    """Open everything that a run needs, and close it whatever happens."""
    desk = Desk(settings, open_pool(dsn, connections))
    try:
        yield desk
    finally:
        desk.close()


def collect(desk: Desk, *, until: float = float("inf"), as_of: datetime | None = None) -> Counter[str]:
    """Poll every feed and look at every page that is due now (was, at ``as_of``), politely; gives the counts."""

    async def run() -> Counter[str]:
        async with Client(desk.settings) as client:
            return await collecting.Collector(desk.pool, desk.settings, client).drain(until, as_of)

    return asyncio.run(run())


def load_articles(desk: Desk, *, until: float = float("inf")) -> Counter[str]:
    """Read waiting observations until none waits, or until that monotonic time."""
    return _drain(lambda: load(desk.pool, desk.extractors, desk.settings), until)


def correct_articles(desk: Desk, *, until: float = float("inf")) -> Counter[str]:
    """Work out clusters and corrections until nothing waits, or until that monotonic time."""
    return _drain(lambda: correct(desk.pool, desk.settings), until)


def run_once(desk: Desk, progress: Progress = lambda stage, counts: None) -> Counter[str]:
    """Take everything that is due now the whole way. New entries make pages due, so: until nothing moves."""
    total: Counter[str] = Counter()
    as_of = datetime.now(UTC)
    while True:
        step: Counter[str] = Counter()
        for name, stage in (
            ("collect", partial(collect, as_of=as_of)),
            ("load", load_articles),
            ("correct", correct_articles),
            ("offload", offload),
            ("deliver", deliver_changes),
        ):
            done = stage(desk)
            progress(name, done)
            step += done
        total += step
        if step["new_entries"]:
            as_of = datetime.now(UTC)
        elif not step:
            pause = _gap_left(desk, as_of)
            if pause is None:
                return total
            time.sleep(min(pause, 5.0))


def _gap_left(desk: Desk, as_of: datetime) -> float | None:
    with desk.pool.connection() as conn:
        return hosts.pending(conn, as_of)


def run_forever(desk: Desk, progress: Progress = lambda stage, counts: None) -> None:
    """Do what is due, learn once an hour, sleep until something is due, and so on until interrupted."""
    learned = time.monotonic()
    while True:
        run_once(desk, progress)
        if time.monotonic() - learned > 3600:
            learned = time.monotonic()
            progress("learn", learn_habits(desk))
        with desk.pool.connection() as conn:
            pause = status.seconds_to_next(conn)
        time.sleep(min(max(pause, 0.2), 30.0))


def deliver_changes(desk: Desk, *, until: float = float("inf")) -> Counter[str]:
    """Send what happened to every webhook that may be served now."""
    return deliver(desk.pool, desk.settings, until=until)


def offload(desk: Desk, *, until: float = float("inf")) -> Counter[str]:
    """Move raw bytes to the store of the settings, where that is not PostgreSQL."""
    if desk.settings.snapshots == POSTGRES:
        return Counter()
    return keep.move(desk.pool, desk.settings.snapshots, until=until)


def learn_habits(desk: Desk) -> Counter[str]:
    """Work out when each host's articles are worth another look, from what they did."""
    return learning.learn(desk.pool, desk.settings)


def report_revisits(desk: Desk, *, days: int = learning.WINDOW) -> dict[str, Any]:
    """Say what the looks of so many days caught: edits by age, signals, budgets."""
    with desk.pool.connection() as conn:
        return learning.report(conn, desk.settings, days=days)


def tidy(desk: Desk, *, days: int = 90) -> Counter[str]:
    """Forget old poll records, erase what retention rules and takedowns ask for, refresh statistics.

    Without a rule every text, byte and decision stays.
    """
    erased = erase.sweep_takedowns(desk.pool) + erase.apply_retention(desk.pool)
    with desk.pool.connection() as conn:
        counts = maintenance.tidy(conn, days) + erased
    return counts + Counter(sealed=erase.seal_waiting(desk.pool))


def waiting(desk: Desk) -> int:
    """How many observations and articles wait to be read or worked out."""
    with desk.pool.connection() as conn:
        return articles.waiting(conn) + corrections.waiting(conn)


def backfill(
    desk: Desk,
    ids: Sequence[int],
    report: backfilling.Report = lambda piece, counts: None,
    wait: Callable[[float], None] = time.sleep,
    *,
    take_over: bool = False,
) -> Counter[str]:
    """Read slices of archives and work out what they brought, until none is open; gives the counts.

    ``wait`` is asked to let seconds pass where every open slice has to wait.
    """
    total: Counter[str] = Counter()
    while True:
        total += backfilling.run(desk.pool, desk.extractors, desk.settings, ids, take_over=take_over, report=report)
        total += correct_articles(desk)
        with desk.pool.connection() as conn:
            pause = ledger.wait_left(conn, ids, take_over=take_over)
        if pause is None:
            return total
        wait(pause + 0.05)


def _drain(step: Callable[[], Counter[str]], until: float) -> Counter[str]:
    total: Counter[str] = Counter()
    while time.monotonic() < until:
        done = step()
        if not done or not done.total() - done["failed"]:
            break  # nothing waited, or all that waits failed and will be tried again later
        total += done
    return total
