"""Send the change stream to webhooks: at least once, signed, in order for each article.

An endpoint is leased to one sender. An event counts as sent when the endpoint answered 2xx and
that was committed; a sender that dies in between sends it again under the same ``webhook-id``,
by which the receiver knows it. What an endpoint does not take waits, and later events of the
same article wait behind it; others go on. After a day it becomes a dead letter.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from copydesk.model import Answer
from copydesk.outlets import signing
from copydesk.outlets.lines import dumps
from copydesk.outlets.retrying import TROUBLE, Outcome, judge
from copydesk.settings import Settings
from copydesk.store import changes, webhooks
from copydesk.store.db import Pool, Row, plain
from copydesk.web import caching
from copydesk.web.client import Client

DEADLINE = 15.0
"""Seconds for one message: what standardwebhooks.com asks senders to wait at least."""
PAGE = 100
TURN = 30.0
"""Seconds for which one endpoint is served before others have their turn."""
REFUSED = frozenset(["refused_address", "bad_scheme", "bad_url", "header_error"])


def deliver(pool: Pool, settings: Settings, *, until: float = float("inf")) -> Counter[str]:
    """Serve every endpoint that may be served now, once; gives counts: sent, again, dead."""

    with pool.connection() as conn:
        if not webhooks.servable(conn):
            return Counter()

    async def run() -> Counter[str]:
        counts: Counter[str] = Counter()
        served: list[int] = []
        async with Client(settings) as client:
            while time.monotonic() < until:
                with pool.connection() as conn:
                    webhook = webhooks.claim(conn, served)
                if webhook is None:
                    break
                served.append(webhook["id"])
                try:
                    await _serve(_Sender(pool, client, webhook, counts), min(until, time.monotonic() + TURN))
                finally:
                    with pool.connection() as conn:
                        webhooks.release(conn, webhook)
        return counts

    return asyncio.run(run())


class _Sender:
    """One endpoint under our lease."""

    def __init__(self, pool: Pool, client: Client, webhook: Row, counts: Counter[str]) -> None:
        self.pool, self.client, self.webhook, self.counts = pool, client, webhook, counts
        self.resting = False
        """The endpoint asked for a rest, or is down, or our lease is gone."""

    async def send(self, event: Row, attempts: int, cursor: str | None = None) -> None:
        """Try one event and write what became of it; ``cursor`` is moved in the same transaction."""
        with self.pool.connection() as conn:
            if not webhooks.renew(conn, self.webhook):
                self.resting = True
                return
        body = dumps(plain(event)).encode()
        signed = signing.headers(self.webhook["secret"], event["id"], int(time.time()), body)
        answer = await self.client.post(
            self.webhook["url"], body, content_type="application/json", headers=signed, deadline=DEADLINE
        )
        failures = 0 if _ok(answer) else self.webhook["failures"] + 1
        retry_after = caching.freshness(answer).retry_after if answer.status in (429, 503) else None
        refused = answer.failure in REFUSED or (answer.status or 0) // 100 == 3
        self._settle(event, judge(answer.status if not answer.failure else None, refused, attempts + 1, failures,
                                  retry_after), attempts + 1, failures, _said(answer), cursor)  # fmt: skip

    def has_waiting(self) -> bool:
        """Whether anything waits that could tell whether the endpoint is up again."""
        with self.pool.connection() as conn:
            return webhooks.has_waiting(conn, self.webhook["id"])

    def hold(self, event: Row, cursor: str) -> None:
        """Let an event wait behind an earlier one of its article."""
        with self.pool.connection() as conn:
            if webhooks.advance(conn, self.webhook, cursor):
                webhooks.wait(conn, self.webhook["id"], event, seconds=0.0, attempts=0, answer="behind an earlier one")
            else:
                self.resting = True

    def _settle(
        self, event: Row, outcome: Outcome, attempts: int, failures: int, answer: str, cursor: str | None
    ) -> None:
        key = self.webhook["id"]
        self.webhook["failures"] = failures
        self.resting = outcome.rest > 0 or outcome.fate == "gone"
        with self.pool.connection() as conn:
            if not webhooks.renew(conn, self.webhook):
                self.resting = True
                return
            if outcome.fate == "sent":
                webhooks.delivered(conn, key, event)
            elif outcome.fate == "dead":
                webhooks.bury(conn, key, event, attempts=attempts, answer=answer)
            else:
                webhooks.wait(conn, key, event, seconds=outcome.wait, attempts=attempts, answer=answer)
            if cursor:
                webhooks.advance(conn, self.webhook, cursor)
            webhooks.note(
                conn,
                self.webhook,
                ok=outcome.fate == "sent",
                answer=answer,
                failures=failures,
                rest=outcome.rest,
                gone=outcome.fate == "gone",
            )
        self.counts[outcome.fate] += 1


async def _serve(sender: _Sender, until: float) -> None:
    """First what waits, then what is new in the stream."""
    while not sender.resting and time.monotonic() < until:
        with sender.pool.connection() as conn:
            waiting = webhooks.due(conn, sender.webhook["id"], PAGE)
        for row in waiting:
            if sender.resting or time.monotonic() >= until:
                return
            await sender.send(row["event"], row["attempts"])
        if not waiting:
            break
    if sender.webhook["failures"] < TROUBLE or not sender.has_waiting():
        await _serve_new(sender, until)


async def _serve_new(sender: _Sender, until: float) -> None:
    cursor, wanted = sender.webhook["cursor"], sender.webhook["types"]
    while not sender.resting:
        with sender.pool.connection() as conn:
            events = changes.after(conn, cursor, PAGE)
        if not events:
            return
        for event in events:
            if sender.resting or time.monotonic() >= until:
                return
            cursor = event["cursor"]
            await _offer(sender, event, wanted)


async def _offer(sender: _Sender, event: Row, wanted: list[str]) -> None:
    with sender.pool.connection() as conn:
        behind = webhooks.blocked(conn, sender.webhook["id"], event["article_id"])
        if wanted and event["type"] not in wanted:
            sender.resting = not webhooks.advance(conn, sender.webhook, event["cursor"])
            return
    if behind:
        sender.hold(event, event["cursor"])
    else:
        await sender.send(event, 0, event["cursor"])


def _ok(answer: Answer) -> bool:
    return answer.failure is None and answer.status is not None and 200 <= answer.status < 300


def _said(answer: Answer) -> str:
    return f"{answer.failure}: {answer.detail}"[:300] if answer.failure else str(answer.status)
