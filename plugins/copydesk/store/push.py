"""WebSub subscriptions: one for each feed that names a hub."""

from __future__ import annotations

import dataclasses
import secrets
from datetime import datetime

from copydesk.feeds.push import Subscription
from copydesk.store.db import Connection, Row, clean, maybe, one, rows

_FIELDS = tuple(field.name for field in dataclasses.fields(Subscription))


def find(conn: Connection, token: str) -> Subscription | None:
    """Give the subscription with this token."""
    return read(maybe(conn, "select * from push_subscriptions where token = %s", clean(token)))


def read(row: Row | None) -> Subscription | None:
    """Give the subscription that a row of ``push_subscriptions``, or one of :func:`wanted`, holds."""
    return Subscription(**{name: row[name] for name in _FIELDS}) if row and row["token"] else None


def save(conn: Connection, before: Subscription, after: Subscription) -> bool:
    """Write ``after`` if ``before`` is still what is stored; says whether it was."""
    done = conn.execute(
        """
        update push_subscriptions set secret = %s, confirmed_at = %s, lease_until = %s,
               pending = %s, pending_secret = %s, pending_since = %s, attempts = %s, retry_at = %s
        where token = %s and pending is not distinct from %s and pending_secret is not distinct from %s
          and secret is not distinct from %s""",
        (
            after.secret,
            after.confirmed_at,
            after.lease_until,
            after.pending,
            after.pending_secret,
            after.pending_since,
            after.attempts,
            after.retry_at,
            before.token,
            before.pending,
            before.pending_secret,
            before.secret,
        ),
    )
    return done.rowcount == 1


def note_push(conn: Connection, token: str, at: datetime) -> int | None:
    """Count a genuine push; gives the feed that it is about."""
    row = maybe(
        conn,
        "update push_subscriptions set pushes = pushes + 1, last_push_at = %s where token = %s returning feed_id",
        at,
        token,
    )
    return row["feed_id"] if row else None


def note_answer(conn: Connection, token: str, said: str) -> None:
    """Write down what the hub answered to our last request."""
    conn.execute("update push_subscriptions set last_answer = %s where token = %s", (clean(said), token))


def wanted(conn: Connection, now: datetime) -> list[Row]:
    """Give the feeds whose subscription may need a request: new, at half of its lease, unanswered, or to be ended.

    Each with ``wanted_hubs`` (none: nothing is wanted any more), ``wanted_topic`` and the columns of what there is.
    """
    return rows(
        conn,
        """
        select s.*, f.id, coalesce(f.topic, f.url) as wanted_topic,
               case when f.status = 'active' then f.hubs else '{}' end as wanted_hubs
        from feeds f left join push_subscriptions s on s.feed_id = f.id
        where case when f.status = 'active' and f.hubs <> '{}'
              then s.token is null or s.topic <> coalesce(f.topic, f.url) or not s.hub = any (f.hubs)
                   or (coalesce(s.retry_at, '-infinity') <= %s and (s.pending is not null or s.confirmed_at is null
                       or s.confirmed_at + (s.lease_until - s.confirmed_at) / 2 <= %s))
              else s.lease_until > %s or s.pending = 'subscribe' end
        order by s.lease_until nulls last, f.id""",
        now,
        now,
        now,
    )


def of_feed(conn: Connection, feed_id: int, hub: str, topic: str) -> Subscription:
    """Give a feed's subscription at this hub. Another hub or topic than before starts anew, with a new token."""
    row = maybe(
        conn, "select token from push_subscriptions where feed_id = %s and hub = %s and topic = %s", feed_id, hub, topic
    )
    if row is None:
        token = secrets.token_urlsafe(32)
        conn.execute("delete from push_subscriptions where feed_id = %s", (feed_id,))
        conn.execute(
            "insert into push_subscriptions (token, feed_id, hub, topic) values (%s, %s, %s, %s)",
            (token, feed_id, hub, topic),
        )
        return Subscription(token, hub, topic)
    found = find(conn, row["token"])
    assert found is not None
    return found


def state(conn: Connection, feed_id: int) -> Row | None:
    """Give what may be shown of a feed's subscription: no token and no secret."""
    return maybe(
        conn,
        """select hub, topic, confirmed_at, lease_until, pending, pending_since, attempts, retry_at, pushes,
                  last_push_at, last_answer
           from push_subscriptions where feed_id = %s""",
        feed_id,
    )


def total(conn: Connection, now: datetime) -> Row:
    """Count the subscriptions: all, with a running lease, and those that wait for their hub."""
    return one(
        conn,
        """select count(*) as subscriptions, count(*) filter (where lease_until > %s) as running,
                  count(*) filter (where pending is not null) as waiting from push_subscriptions""",
        now,
    )
