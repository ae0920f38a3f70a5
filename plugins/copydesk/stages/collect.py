"""Ask the network for what is due: feeds and pages, host by host, politely.

One asyncio loop serves many hosts. For each leased host it asks for the due feeds
and then the due pages, one at a time with the host's gap, and writes every answer
at once: raw bytes, validators, entries and the time of the next request in one
transaction, so that a crash can never leave a validator ahead of what it vouches for.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from copydesk.articles import revisit
from copydesk.articles.habits import Habits
from copydesk.errors import Fenced
from copydesk.model import Answer
from copydesk.settings import Manners, Settings
from copydesk.stages import claims, poll
from copydesk.stages.rules import RobotsCache
from copydesk.store import articles, feeds, hosts, revisits, snapshots
from copydesk.store.db import TRY_AGAIN, Connection, Pool, Row
from copydesk.web import caching, pace, robots
from copydesk.web.client import Client

log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 48
"""Hosts served at the same time by one worker."""
CLAIM_SHARE = 0.25
"""Free places (of all) at which hosts are claimed again; fewer are filled at the next tick."""
PAGES_A_LEASE = 25
SHORT_GAP = 1.0
"""A gap so short is slept through with the lease in hand; a longer one gives the host back."""
TROUBLE = 60.0
"""Seconds for which a host is left alone whose answer could not be written: else it would be asked again and again."""
TRIES = 2
"""So often an answer whose writing met other workers is written anew: what was fetched is not thrown away."""
TICK = 0.5
"""Seconds between looks for due hosts when there were none."""
PAGE_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
FEED_ACCEPT = (
    "application/atom+xml,application/rss+xml,application/feed+json;q=0.9,application/xml;q=0.8,"
    "text/xml;q=0.8,*/*;q=0.5"
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Collector:
    """Serves due hosts with one guarded client. ``now`` is a clock for tests; leases go by the database's."""

    def __init__(
        self,
        pool: Pool,
        settings: Settings,
        client: Client,
        *,
        at_once: int = AT_ONCE,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._client = client
        self._at_once = at_once
        self._now = now
        self._robots = robots.Remembered(RobotsCache(pool), now=now)
        self._as_of: datetime | None = None
        self._claimed_at = float("-inf")
        self._given_back: set[int] = set()
        self.counts: Counter[str] = Counter()

    async def drain(self, until: float = float("inf"), as_of: datetime | None = None) -> Counter[str]:
        """Serve hosts until none is due (was, at ``as_of``), or until that monotonic time; gives the counts."""
        self._as_of = as_of
        running: set[asyncio.Task[None]] = set()
        while True:
            running |= await self._start(running, until)
            if not running:
                return self.counts
            running = await self._some_done(running)

    async def serve_forever(self) -> None:
        """Serve hosts as they become due, until cancelled; then let the requests under way finish their write."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                running |= await self._start(running, float("inf"))
                if running:
                    running = await self._some_done(running)
                else:
                    await asyncio.sleep(TICK)
        finally:
            await asyncio.gather(*running, return_exceptions=True)

    async def _start(self, running: set[asyncio.Task[None]], until: float) -> set[asyncio.Task[None]]:
        now = time.monotonic()
        free = self._at_once - len(running) if now < until else 0
        if free < self._at_once * CLAIM_SHARE and now - self._claimed_at < TICK:
            return set()  # one claim for a dozen hosts costs hardly more than one for a single host
        self._claimed_at = now
        return {asyncio.create_task(self._serve(lease, due)) for lease, due in await self._claim(free)}

    async def _some_done(self, running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        done, left = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED, timeout=TICK)
        for task in done:
            task.result()
        return left

    async def _claim(self, free: int) -> list[tuple[hosts.Lease, list[Row]]]:
        if free <= 0:
            return []
        known, max_age = self._robots.remembers, RobotsCache.MAX_AGE
        taken = await self.db(lambda conn: claims.claim(conn, free, self._as_of, known, max_age))
        for origin, row in taken.rules.items():
            self._robots.remember(origin, row)
        return taken.leases

    async def db(self, work: Callable[[Connection], T]) -> T:
        """Run a short piece of database work in a thread, in its own transaction; anew if it met other workers."""

        def call() -> T:
            for _ in range(TRIES):
                with suppress(*TRY_AGAIN), self._pool.connection() as conn:
                    return work(conn)
            with self._pool.connection() as conn:
                return work(conn)

        return await asyncio.to_thread(call)

    async def _serve(self, lease: hosts.Lease, due: list[Row]) -> None:
        """Ask one host for what is due there. Trouble at one host never reaches another."""
        given_back = False
        try:
            for feed in due:
                if not await self._turn(lease, self._poll(lease, feed, last=feed is due[-1])):
                    given_back = lease.token in self._given_back
                    break
            else:
                await self._pages(lease)
        except Fenced as error:
            log.warning("%s", error)
        except Exception:
            log.exception("host %s", lease.host)
            self.counts["host_errors"] += 1
            await self.db(lambda conn: hosts.rest(conn, lease, TROUBLE))
        finally:
            self._given_back.discard(lease.token)
            if not given_back:
                await self.db(lambda conn: hosts.release(conn, lease))

    async def _pages(self, lease: hosts.Lease) -> None:
        manners = self._manners(lease)
        for article in await self.db(lambda conn: revisits.due(conn, lease.host, manners, PAGES_A_LEASE)):
            if not await self._turn(lease, self._look(lease, article)):
                return

    async def _turn(self, lease: hosts.Lease, request: asyncio.Future[float] | object) -> bool:
        """Make one request, then keep the gap: sleep through a short one; False asks to give the host back."""
        gap = await request  # type: ignore[misc]
        if gap > SHORT_GAP:
            return False
        await asyncio.sleep(gap)
        return True

    async def _poll(self, lease: hosts.Lease, feed: Row, *, last: bool) -> float:
        later = poll.not_now(feed, self._now())
        if later is not None:
            await self.db(lambda conn: feeds.postpone(conn, feed["id"], later))
            return 0.0
        ask = poll.how_to_ask(feed, self._now())
        answer, gap = await self._ask(lease, feed["url"], ask.headers, self._settings.limits.feed_bytes, FEED_ACCEPT)
        if answer is None:
            return gap
        # Without a body there is nothing to parse that could keep the loop.
        reading = await asyncio.to_thread(poll.read, feed, answer, ask) if answer.body else poll.read(feed, answer, ask)
        manners_for, wait = self._settings.manners_for, max(gap, reading.hold_off)

        def save(conn: Connection) -> Counter[str]:
            with nullcontext() if answer.body else conn.pipeline():
                counts = poll.save(conn, lease, feed, reading, manners_for, gap)
                if last and (wait > SHORT_GAP or not articles.any_due(conn, lease.host)):
                    hosts.release(conn, lease)
                    self._given_back.add(lease.token)
                return counts

        self.counts.update(await self.db(save))
        return float("inf") if lease.token in self._given_back else wait

    async def _look(self, lease: hosts.Lease, article: Row) -> float:
        headers = caching.request_headers(_text(article["etag"]), _text(article["last_modified"]))
        limit = self._settings.limits.page_bytes
        answer, gap = await self._ask(lease, article["url"], headers, limit, PAGE_ACCEPT)
        if answer is None:
            return gap
        hold = caching.freshness(answer).retry_after if answer.status in (429, 503) else None
        await self.db(lambda conn: self._save_look(conn, lease, article, answer, gap, hold))
        self.counts["pages"] += 1
        self.counts[f"pages_{_kind(answer)}"] += 1
        return max(gap, hold or 0.0)

    def _save_look(
        self,
        conn: Connection,
        lease: hosts.Lease,
        article: Row,
        answer: Answer,
        gap: float,
        hold: float | None,
    ) -> None:
        hosts.hold(conn, lease)
        snapshot = snapshots.put(conn, answer.body) if answer.body else None
        manners, gone = self._manners(lease), answer.status in (404, 410)
        history = revisits.history(
            article,
            looks=article["visits"] + 1,
            gone_answers=article["gone_answers"] + 1 if gone else 0,
            failures=article["failures"] + 1 if _kind(answer) in ("failed", "refused") else 0,
        )
        visit = revisit.plan(history, answer.fetched_at, manners, Habits.from_json(article["habits"]))
        again = visit.at if visit else None
        if again and hold:
            again = max(again, answer.fetched_at + timedelta(seconds=hold))
        look = articles.Look(
            article["id"],
            article["url"],
            answer,
            "live" if not article["visits"] else "revisit",
            snapshot,
            article["entry_id"],
        )
        articles.save_look(conn, look, next_visit_at=again, why=visit.why if visit else "")
        if article["visits"]:
            revisits.spend(conn, lease.host, manners, answer.fetched_at)
        hosts.note_answer(conn, lease, answer, gap)
        if answer.status == 429:
            hosts.hold_off(conn, lease, hold or 60.0)

    async def _ask(
        self, lease: hosts.Lease, url: str, headers: dict[str, str], limit: int, accept: str
    ) -> tuple[Answer | None, float]:
        """Ask robots.txt, then the URL; gives the answer and the gap to keep.

        A request for robots.txt counts: where it was made just now and the gap is long, the
        host is given back (None) and the URL's turn comes after the gap.
        """
        manners = self._manners(lease)
        verdict = robots.Verdict(True)
        if manners.robots:
            verdict = await robots.allowed(self._client, self._robots, url, self._now())
        if verdict.asked:
            gap = pace.gap(manners, verdict.crawl_delay, verdict.seconds) * lease.backoff
            if gap > SHORT_GAP:
                await self.db(lambda conn: hosts.rest(conn, lease, gap))
                return None, gap
            await asyncio.sleep(gap)
        if not verdict.allowed:
            return poll.refused_by_robots(url, self._now()), 0.0  # nothing was asked: no gap to keep
        answer = await self._client.get(
            url, headers=headers, limit=limit, accept=accept, deadline=self._settings.limits.deadline
        )
        return answer, pace.gap(manners, verdict.crawl_delay, answer.seconds) * lease.backoff

    def _manners(self, lease: hosts.Lease) -> Manners:
        return self._settings.manners_for(lease.host, lease.manners)


def _text(raw: bytes | None) -> str | None:
    return raw.decode("latin-1") if raw is not None else None


def _kind(answer: Answer) -> str:
    if answer.failure:
        return "failed"
    return "unchanged" if answer.status == 304 else "fetched" if answer.status == 200 else "refused"
