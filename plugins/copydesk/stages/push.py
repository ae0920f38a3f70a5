"""WebSub at work: ask hubs for subscriptions, renew them in time, and make a pushed feed due.

Polling goes on beside it at no more than a day's distance: a hub may be dead and say
yes to everything. What a hub is asked goes through the guarded client like any request,
under the hub's own lease, so that polls of the same host keep their gap from it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from copydesk.articles.urls import host_of
from copydesk.feeds.push import FORM, Subscription, ask, choose_hub, due, request_body, to_end, usable_hub
from copydesk.feeds.push_app import PREFIX
from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.store import feeds, hosts, push
from copydesk.store.db import Pool, Row
from copydesk.web import caching
from copydesk.web.client import Client

log = logging.getLogger(__name__)
REST = 60.0
"""Seconds after a poll in which a push does not make the feed due again; it is due then."""
HUBS_AT_ONCE = 8
TURN = 60.0
"""Seconds for one hub at a time: thousands of feeds at one must not keep a new feed at another waiting."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Inbox:
    """The subscriptions of a database, for :class:`copydesk.feeds.push_app.PushApp`."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings

    async def find(self, token: str) -> Subscription | None:
        """Give the subscription with this token."""
        return await asyncio.to_thread(self._find, token)

    async def save(self, before: Subscription, after: Subscription) -> bool:
        """Write ``after`` if ``before`` is still what is stored; says whether it was."""
        return await asyncio.to_thread(self._save, before, after)

    async def signal(self, subscription: Subscription, at: datetime) -> None:
        """Make the feed of this topic due now."""
        await asyncio.to_thread(self._signal, subscription, at)

    def _find(self, token: str) -> Subscription | None:
        with self._pool.connection() as conn:
            return push.find(conn, token)

    def _save(self, before: Subscription, after: Subscription) -> bool:
        with self._pool.connection() as conn:
            return push.save(conn, before, after)

    def _signal(self, subscription: Subscription, at: datetime) -> None:
        with self._pool.connection() as conn:
            feed = push.note_push(conn, subscription.token, at)
            if feed is not None:
                floor = self._settings.manners_for(feeds.find(conn, str(feed))["host"]).floor_conditional
                feeds.poll_now(conn, feed, why="a push from its hub", rest=min(REST, floor))


class Renewal:
    """Asks the hubs that are due: new feeds, half of the lease over, no answer, feeds no longer wanted.

    ``public_url`` is where hubs reach the receiver. ``now`` is a clock for tests.
    """

    def __init__(
        self,
        pool: Pool,
        settings: Settings,
        client: Client,
        public_url: str,
        *,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._client = client
        self._base = public_url.rstrip("/") + PREFIX
        self._now = now
        self._gate = asyncio.Semaphore(HUBS_AT_ONCE)
        self.counts: Counter[str] = Counter()

    async def run(self) -> Counter[str]:
        """Ask once whoever is due; gives the counts. A hub that fails never costs another its turn."""
        self.counts = Counter()
        waiting: dict[str, list[tuple[Row, str]]] = defaultdict(list)
        for feed in await asyncio.to_thread(self._wanted):
            hub = self._hub(feed)
            if hub is None:
                self.counts["unusable_hubs"] += 1
            else:
                waiting[host_of(hub)].append((feed, hub))
        await asyncio.gather(*(self._host(host, jobs) for host, jobs in waiting.items()))
        return self.counts

    async def _host(self, host: str, jobs: list[tuple[Row, str]]) -> None:
        """Ask one host with its gap between two requests; what a minute does not hold has its turn next time."""
        started = time.monotonic()
        async with self._gate:
            for feed, hub in jobs:
                lease = await asyncio.to_thread(self._take, host)
                if lease is None:
                    self.counts["hosts_busy"] += 1
                    return
                gap = self._settings.manners_for(host, lease.manners).host_gap * lease.backoff
                answer = await self._tried(feed, hub)
                await asyncio.to_thread(self._give_back, lease, answer, gap)
                if time.monotonic() - started > TURN:
                    return
                await asyncio.sleep(gap + 0.01 if answer else 0.0)

    async def _tried(self, feed: Row, hub: str) -> Answer | None:
        try:
            return await self._ask(feed, hub)
        except Exception:
            log.exception("hub %s for feed %s", hub, feed["id"])
            self.counts["errors"] += 1
            return None

    async def _ask(self, feed: Row, hub: str) -> Answer | None:
        waiting = await asyncio.to_thread(self._prepare, feed, hub)
        if waiting is None:
            return None
        answer = await self._client.post(hub, request_body(waiting, self._base + waiting.token), content_type=FORM)
        good = answer.failure is None and answer.status is not None and 200 <= answer.status < 300
        said = f"{waiting.pending}: " + ("accepted" if good else answer.failure or f"status {answer.status}")
        await asyncio.to_thread(self._note, waiting.token, f"{said} {answer.detail}".strip())
        self.counts["hubs_asked" if good else "hubs_failed"] += 1
        return answer

    def _wanted(self) -> list[Row]:
        with self._pool.connection() as conn:
            return push.wanted(conn, self._now())

    def _hub(self, feed: Row) -> str | None:
        """Choose among the hubs that may be told a secret: https both ways, or hosts that the user let through."""
        current = push.read(feed)
        if current and not feed["wanted_hubs"]:
            return current.hub
        return choose_hub([hub for hub in feed["wanted_hubs"] if self._usable(hub)], current, self._now())

    def _usable(self, hub: str) -> bool:
        local = self._settings.is_local(host_of(hub)) and self._settings.is_local(urlsplit(self._base).netloc)
        return local or usable_hub(hub, self._base)

    def _prepare(self, feed: Row, hub: str) -> Subscription | None:
        """Write down that the hub is about to be asked, before it is: it may verify at once."""
        now, secret = self._now(), secrets.token_urlsafe(48)
        with self._pool.connection() as conn:
            if feed["wanted_hubs"]:
                before = push.of_feed(conn, feed["id"], hub, feed["wanted_topic"])
                after = ask(before, "subscribe", secret, now) if due(before, now) else None
            else:
                found = push.find(conn, feed["token"])
                if found is None or not to_end(found, now):
                    return None
                before, after = found, ask(found, "unsubscribe", secret, now)
            return after if after and push.save(conn, before, after) else None

    def _take(self, host: str) -> hosts.Lease | None:
        with self._pool.connection() as conn:
            return hosts.claim_one(conn, host)

    def _give_back(self, lease: hosts.Lease, answer: Answer | None, gap: float) -> None:
        with self._pool.connection() as conn:
            if answer is not None:
                hosts.note_answer(conn, lease, answer, gap)
                if answer.status == 429:
                    hosts.hold_off(conn, lease, caching.freshness(answer).retry_after or REST)
            hosts.release(conn, lease)

    def _note(self, token: str, said: str) -> None:
        with self._pool.connection() as conn:
            push.note_answer(conn, token, said)
