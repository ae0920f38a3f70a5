"""Endpoints, how far each has come in the change stream, and what it did not take yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from copydesk.store.db import Connection, Row, clean, jsonb, maybe, one, rows

LEASE = timedelta(minutes=3)
"""Of an endpoint that one sender serves; renewed with every event."""


def add(conn: Connection, url: str, secret: str, types: Sequence[str], cursor: str) -> int:
    """Add an endpoint that gets what comes after a cursor; gives its id."""
    row = one(
        conn,
        "insert into webhooks (url, secret, types, cursor) values (%s, %s, %s, %s) returning id",
        url,
        secret,
        list(types),
        cursor,
    )
    return int(row["id"])


def remove(conn: Connection, webhook_id: int) -> bool:
    """Forget an endpoint with all that waits for it; False: there is none."""
    return maybe(conn, "delete from webhooks where id = %s returning id", webhook_id) is not None


def set_state(conn: Connection, webhook_id: int, state: str) -> bool:
    """Pause an endpoint, or let it be served again at once; False: there is none."""
    return (
        maybe(
            conn,
            """update webhooks set state = %s, next_at = '-infinity', failures = 0 where id = %s returning id""",
            state,
            webhook_id,
        )
        is not None
    )


def listing(conn: Connection) -> list[Row]:
    """Give every endpoint with how many events wait and how many are dead. Never its secret."""
    return rows(
        conn,
        """
        select w.id, w.url, w.state, w.types, w.cursor, w.failures, w.last_answer, w.last_ok_at,
               nullif(w.next_at, '-infinity') as next_at,
               count(d.change_id) filter (where d.state = 'waiting') as waiting,
               count(d.change_id) filter (where d.state = 'dead') as dead
        from webhooks w left join deliveries d on d.webhook_id = w.id group by w.id order by w.id""",
    )


def claim(conn: Connection, served: Sequence[int] = ()) -> Row | None:
    """Lease an endpoint that may be served now, other than those ``served`` already; None: there is none."""
    return maybe(
        conn,
        """
        update webhooks w set lease_token = nextval('fence'), lease_until = clock_timestamp() + %s
        from (select id from webhooks
              where state = 'active' and next_at <= clock_timestamp() and lease_until < clock_timestamp()
                and not id = any(%s)
              order by next_at, id limit 1 for update skip locked) due
        where w.id = due.id
        returning w.id, w.url, w.secret, w.types, w.cursor, w.failures, w.lease_token""",
        LEASE,
        list(served),
    )


def servable(conn: Connection) -> bool:
    """Whether any endpoint may be served now."""
    query = "select 1 from webhooks where state = 'active' and next_at <= clock_timestamp() limit 1"
    return maybe(conn, query) is not None


def renew(conn: Connection, webhook: Row) -> bool:
    """Hold the lease for longer; False when it went to another sender or the endpoint was removed or paused."""
    return (
        maybe(
            conn,
            """
            update webhooks set lease_until = clock_timestamp() + %s
            where id = %s and lease_token = %s and state = 'active' returning id""",
            LEASE,
            webhook["id"],
            webhook["lease_token"],
        )
        is not None
    )


def release(conn: Connection, webhook: Row) -> None:
    """Give the endpoint back."""
    conn.execute(
        "update webhooks set lease_token = null, lease_until = '-infinity' where id = %s and lease_token = %s",
        (webhook["id"], webhook["lease_token"]),
    )


def due(conn: Connection, webhook_id: int, limit: int) -> list[Row]:
    """Give waiting events that may be tried now: of each article only its oldest."""
    return rows(
        conn,
        """
        select d.change_id, d.article_id, d.event, d.attempts from deliveries d
        where d.webhook_id = %s and d.state = 'waiting' and d.next_at <= clock_timestamp()
          and not exists (select 1 from deliveries e where e.webhook_id = d.webhook_id and e.state = 'waiting'
                            and e.article_id = d.article_id and e.change_id < d.change_id)
        order by d.change_id limit %s""",
        webhook_id,
        limit,
    )


def blocked(conn: Connection, webhook_id: int, article_id: int | None) -> bool:
    """Whether an earlier event of the same article still waits."""
    return (
        maybe(
            conn,
            "select 1 from deliveries where webhook_id = %s and article_id = %s and state = 'waiting' limit 1",
            webhook_id,
            article_id,
        )
        is not None
    )


def has_waiting(conn: Connection, webhook_id: int) -> bool:
    """Whether any event waits for another try."""
    query = "select 1 from deliveries where webhook_id = %s and state = 'waiting' limit 1"
    return maybe(conn, query, webhook_id) is not None


def wait(conn: Connection, webhook_id: int, event: Row, *, seconds: float, attempts: int, answer: str) -> None:
    """Keep an event for another try."""
    conn.execute(
        """
        insert into deliveries (webhook_id, change_id, article_id, event, attempts, first_at, next_at, last_answer)
        values (%s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp() + make_interval(secs => %s), %s)
        on conflict (webhook_id, change_id) do update set attempts = excluded.attempts, state = 'waiting',
            next_at = excluded.next_at, last_answer = excluded.last_answer""",
        (webhook_id, change_id(event), event["article_id"], jsonb(event), attempts, seconds, clean(answer)),
    )


def bury(conn: Connection, webhook_id: int, event: Row, *, attempts: int, answer: str) -> None:
    """Give an event up: a dead letter, kept until somebody sends it again or drops it."""
    wait(conn, webhook_id, event, seconds=0.0, attempts=attempts, answer=answer)
    conn.execute(
        "update deliveries set state = 'dead' where webhook_id = %s and change_id = %s", (webhook_id, change_id(event))
    )


def delivered(conn: Connection, webhook_id: int, event: Row) -> None:
    """The endpoint took it."""
    conn.execute("delete from deliveries where webhook_id = %s and change_id = %s", (webhook_id, change_id(event)))


def advance(conn: Connection, webhook: Row, cursor: str) -> bool:
    """Move an endpoint's cursor; False when the lease was lost: then nothing of this was ours to write."""
    return (
        maybe(
            conn,
            "update webhooks set cursor = %s where id = %s and lease_token = %s returning id",
            cursor,
            webhook["id"],
            webhook["lease_token"],
        )
        is not None
    )


def note(conn: Connection, webhook: Row, *, ok: bool, answer: str, failures: int, rest: float, gone: bool) -> None:
    """Remember how the endpoint answered, and for how long it rests."""
    conn.execute(
        """
        update webhooks set failures = %s, last_answer = %s,
               last_ok_at = case when %s then clock_timestamp() else last_ok_at end,
               next_at = clock_timestamp() + make_interval(secs => %s),
               state = case when %s then 'gone' else state end
        where id = %s and lease_token = %s""",
        (failures, clean(answer), ok, rest, gone, webhook["id"], webhook["lease_token"]),
    )


def dead(conn: Connection, webhook_id: int | None = None, limit: int = 100) -> list[Row]:
    """Give dead letters, newest first."""
    return rows(
        conn,
        """
        select d.webhook_id, w.url, d.event ->> 'id' as event, d.event ->> 'type' as type, d.event ->> 'url' as article,
               d.attempts, d.first_at, d.last_answer
        from deliveries d join webhooks w on w.id = d.webhook_id
        where d.state = 'dead' and (%s::bigint is null or d.webhook_id = %s) order by d.change_id desc limit %s""",
        webhook_id,
        webhook_id,
        limit,
    )


def revive(conn: Connection, webhook_id: int, event: str | None) -> int:
    """Let dead letters (one, or all of an endpoint) be tried again from the start; gives how many."""
    return conn.execute(
        """
        update deliveries set state = 'waiting', attempts = 0, next_at = '-infinity'
        where webhook_id = %s and state = 'dead' and (%s::text is null or event ->> 'id' = %s)""",
        (webhook_id, event, event),
    ).rowcount


def change_id(event: Row) -> int:
    """Give the number within a stable event id."""
    return int(event["id"].removeprefix("evt_"))
