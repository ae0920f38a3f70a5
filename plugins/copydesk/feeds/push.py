"""WebSub, the subscriber's decisions: what to ask of a hub, what to acknowledge, which push to believe. Pure.

W3C Recommendation WebSub, 2018. A push is a signal that the feed is due now; its
content is never read as the feed, because it may be forged, old or a fragment.
A hub that goes silent costs nothing but time: polling goes on beside it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})
"""sha1, the Recommendation's oldest, is broken and not accepted."""
LONGEST_LEASE = timedelta(days=10)
"""What hubs commonly give. A longer one is cut, so that a dead hub is noticed."""
SHORTEST_LEASE = timedelta(minutes=10)
PATIENCE = timedelta(hours=1)
"""How long a hub may take to verify before it is asked again; doubled each time, up to a day."""
LONGEST_PATIENCE = timedelta(days=1)
TRIES = 3
"""Requests without an answer after which a feed's next hub is tried, or a subscription left to run out."""

Mode = Literal["subscribe", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed at one hub. ``token`` is the unguessable part of the callback URL."""

    token: str
    hub: str
    topic: str
    secret: str | None = field(default=None, repr=False)
    """The verified secret: only pushes signed with it count."""
    confirmed_at: datetime | None = None
    lease_until: datetime | None = None
    pending: Mode | None = None
    pending_secret: str | None = field(default=None, repr=False)
    """Sent to the hub, not verified yet. It replaces ``secret`` when it is."""
    pending_since: datetime | None = None
    attempts: int = 0
    """Requests in a row that were not verified."""
    retry_at: datetime | None = None
    """Not asked again before."""

    def active(self, now: datetime) -> bool:
        """Whether pushes are expected now."""
        return self.secret is not None and self.lease_until is not None and now < self.lease_until


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer a hub, and the subscription as it stands afterwards (None: nothing to write)."""

    status: int
    body: str = ""
    subscription: Subscription | None = None


def ask(subscription: Subscription, mode: Mode, secret: str, now: datetime) -> Subscription:
    """Note that the hub is about to be asked. The old secret stays valid until the new one is verified.

    ``secret`` must be fresh and random, at most 200 bytes (5.1), for example
    ``secrets.token_urlsafe(48)``; it goes out only in :func:`request_body`. A request that
    repeats one without an answer repeats its secret too: the hub may still verify the first.
    """
    again = subscription.pending == mode
    attempts = subscription.attempts + 1 if again else 1
    return replace(
        subscription,
        pending=mode,
        pending_secret=subscription.pending_secret if again else secret,
        pending_since=now,
        attempts=attempts,
        retry_at=now + min(PATIENCE * 2 ** min(attempts - 1, 8), LONGEST_PATIENCE),
    )


def choose_hub(usable: Sequence[str], current: Subscription | None, now: datetime) -> str | None:
    """Give the hub to ask: the one we are with, or the next that the feed names when that one stays silent."""
    if not usable:
        return None
    if current is None or current.hub not in usable:
        return usable[0]
    silent = current.pending == "subscribe" and current.attempts >= TRIES and not current.active(now)
    return usable[(usable.index(current.hub) + silent) % len(usable)]


def request_body(subscription: Subscription, callback: str) -> bytes:
    """Give the form that asks the hub for what is pending (5.1), for a POST as :data:`FORM`."""
    fields = {
        "hub.mode": subscription.pending or "",
        "hub.topic": subscription.topic,
        "hub.callback": callback,
    }
    if subscription.pending == "subscribe":
        fields["hub.secret"] = subscription.pending_secret or ""
        fields["hub.lease_seconds"] = str(int(LONGEST_LEASE.total_seconds()))
    return urlencode(fields).encode()


def usable_hub(hub: str, callback: str) -> bool:
    """Whether the secret may travel: both URLs must be https."""
    return hub.lower().startswith("https://") and callback.lower().startswith("https://")


def due(subscription: Subscription, now: datetime) -> bool:
    """Whether the hub must be asked (again): at half of the lease, or when a request stays unanswered."""
    if subscription.retry_at is not None and now < subscription.retry_at:
        return False
    since, until = subscription.confirmed_at, subscription.lease_until
    return subscription.pending is not None or since is None or until is None or now >= since + (until - since) / 2


def to_end(subscription: Subscription, now: datetime) -> bool:
    """Whether the hub must be told (again) that we want no more of this topic."""
    if subscription.retry_at is not None and now < subscription.retry_at and subscription.pending == "unsubscribe":
        return False
    running = subscription.active(now) or subscription.pending == "subscribe"
    return running and not (subscription.pending == "unsubscribe" and subscription.attempts >= TRIES)


def verify(subscription: Subscription | None, query: Mapping[str, str], now: datetime) -> Reply:
    """Answer a hub's verification of intent (5.3): only what is pending is acknowledged, all else is 404.

    Anybody can send these requests, and somebody who re-subscribes us with a secret of
    his own must not succeed.
    """
    mode, topic = query.get("hub.mode"), query.get("hub.topic")
    if subscription is None or topic != subscription.topic or subscription.pending is None:
        return Reply(404)
    if mode == "denied":
        return Reply(200, "", replace(_settled(subscription), retry_at=now + LONGEST_PATIENCE))
    challenge = query.get("hub.challenge")
    if mode != subscription.pending or not challenge:
        return Reply(404)
    if mode == "unsubscribe":
        return Reply(200, challenge, Subscription(subscription.token, subscription.hub, subscription.topic))
    return Reply(200, challenge, _confirmed(subscription, query.get("hub.lease_seconds", ""), now))


def genuine(subscription: Subscription | None, signature: str, body: bytes, now: datetime) -> bool:
    """Whether a push was signed with the verified secret of a running lease (7.1).

    Only SHA-256, SHA-384 and SHA-512; the comparison takes the same time wherever it differs.
    """
    if subscription is None or subscription.secret is None or not subscription.active(now):
        return False
    name, _, given = signature.strip().partition("=")
    if name not in ALGORITHMS or not given.isascii():
        return False
    wanted = hmac.new(subscription.secret.encode(), body, getattr(hashlib, name)).hexdigest()
    return hmac.compare_digest(wanted, given.lower())


def _confirmed(subscription: Subscription, lease: str, now: datetime) -> Subscription:
    return replace(
        _settled(subscription),
        secret=subscription.pending_secret,
        confirmed_at=now,
        lease_until=now + _lease(lease),
    )


def _settled(subscription: Subscription) -> Subscription:
    return replace(subscription, pending=None, pending_secret=None, pending_since=None, attempts=0, retry_at=None)


def _lease(stated: str) -> timedelta:
    stated = stated.strip()
    if not stated.isascii() or not stated.isdigit() or len(stated) > 9:
        return LONGEST_LEASE
    return min(max(timedelta(seconds=int(stated)), SHORTEST_LEASE), LONGEST_LEASE)
