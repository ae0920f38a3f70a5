"""Hosts: who may ask which server now, and how fast, for all workers together.

The unit of work at the network is a host. A worker leases a host, asks for what
is due there with the gap between requests, and gives the lease back; ten workers
are therefore as polite as one. The lease's token is a fence: whatever a worker
stores, it stores only while its token is the host's (:func:`hold`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from copydesk.errors import Fenced
from copydesk.model import Answer
from copydesk.store.db import Connection, Row, jsonb, maybe, rows

LEASE = timedelta(seconds=150)
"""Longer than the deadline of one request (60 s) and its write together."""
OVERLOADED = 600.0
"""Seconds for which a host is left alone whose URLs answer 503 one after the other."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to talk to a host until ``until``, known by its token."""

    host: str
    token: int
    last_seconds: float | None = None
    backoff: float = 1.0
    manners: Mapping[str, Any] = field(default_factory=dict)
    """This host's own manners, for :func:`copydesk.settings.own_manners`."""


def register(conn: Connection, hosts: Iterable[str]) -> None:
    """Make sure that rows exist, in one order so that concurrent writers cannot deadlock."""
    conn.execute(
        "insert into hosts (host) select * from unnest(%s::text[]) on conflict do nothing", (sorted(set(hosts)),)
    )


def claim(conn: Connection, limit: int, as_of: datetime | None = None) -> list[Lease]:
    """Lease up to ``limit`` hosts where something is due (was, at ``as_of``) and whose gap is over.

    A claim empties ``due_at``; whoever adds work meanwhile lowers it again, and
    :func:`release` keeps the lower of the two. A host whose worker died keeps its
    token and is claimed again when the lease has run out.
    """
    # now(), not clock_timestamp(): a volatile function would keep the index from being used.
    found = rows(
        conn,
        """
        with due as (select host from hosts
                     where due_at <= coalesce(%s, now()) and next_at <= now()
                       and lease_until < now() and lease_token is null
                     order by due_at limit %s for update skip locked),
             left_behind as (select host from hosts
                             where lease_token is not null and lease_until < now() and next_at <= now()
                             order by lease_until limit %s for update skip locked)
        update hosts h set lease_token = nextval('fence'), lease_until = clock_timestamp() + %s, due_at = 'infinity'
        from (select host from due union all select host from left_behind limit %s) taken
        where h.host = taken.host
        returning h.host, h.lease_token, h.last_seconds, h.backoff, h.manners""",
        as_of,
        limit,
        limit,
        LEASE,
        limit,
    )
    return [_lease(row) for row in found]


def claim_one(conn: Connection, host: str) -> Lease | None:
    """Lease this host for a request beside its polls (a hub's); None while another holds it or its gap lasts."""
    register(conn, [host])
    row = maybe(
        conn,
        """
        update hosts set lease_token = nextval('fence'), lease_until = clock_timestamp() + %s
        where host = %s and next_at <= clock_timestamp() and lease_until < clock_timestamp()
        returning host, lease_token, last_seconds, backoff, manners""",
        LEASE,
        host,
    )
    return _lease(row) if row else None


def _lease(row: Row) -> Lease:
    return Lease(row["host"], row["lease_token"], row["last_seconds"], row["backoff"], row["manners"] or {})


def lock(conn: Connection, hosts: Iterable[str]) -> None:
    """Let nobody else write these hosts' rows until the transaction ends.

    Whoever writes articles and their hosts locks the hosts first, as the collector does: PostgreSQL itself looks
    at the host when a transaction writes an article's row twice.
    """
    conn.execute("select 1 from hosts where host = any(%s) order by host for no key update", (sorted(set(hosts)),))


def hold(conn: Connection, lease: Lease) -> None:
    """Lock the host's row and check that the lease is still ours; raises Fenced."""
    if (
        maybe(
            conn,
            "select 1 from hosts where host = %s and lease_token = %s for update",
            lease.host,
            lease.token,
        )
        is None
    ):
        raise Fenced(f"the lease of {lease.host} went to another worker")


def note_answer(conn: Connection, lease: Lease, answer: Answer, gap: float) -> None:
    """Record how long the host took and when it may be asked again; prolongs the lease.

    An answer that served wins back a tenth of the rate that a 429 had halved. The third
    URL that says 503 within ten minutes speaks for the whole host.
    """
    served = answer.status is not None and answer.status < 400
    conn.execute(
        """
        update hosts set last_seconds = %s, next_at = clock_timestamp() + %s * interval '1 second',
                         lease_until = clock_timestamp() + %s,
                         backoff = case when %s then greatest(1, backoff * 0.9) else backoff end
        where host = %s and lease_token = %s""",
        (answer.seconds, gap, LEASE, served, lease.host, lease.token),
    )
    if answer.status == 503 and _overloaded(conn, lease.host):
        hold_off(conn, lease, OVERLOADED)


def rest(conn: Connection, lease: Lease, gap: float) -> None:
    """Keep the gap after a request that left nothing to write (robots.txt)."""
    conn.execute(
        "update hosts set next_at = clock_timestamp() + %s * interval '1 second' where host = %s and lease_token = %s",
        (gap, lease.host, lease.token),
    )


def _overloaded(conn: Connection, host: str) -> bool:
    row = maybe(
        conn,
        """
        select count(distinct url) as n from (
            select f.url from feed_polls p join feeds f on f.id = p.feed_id
            where p.observed_at > clock_timestamp() - interval '10 minutes' and p.status = 503 and f.host = %s
            union all
            select o.url from observations o join articles a on a.id = o.article_id
            where o.recorded_at > clock_timestamp() - interval '10 minutes' and o.status = 503 and a.host = %s) said""",
        host,
        host,
    )
    return row is not None and row["n"] >= 3


def set_manners(conn: Connection, host: str, manners: Mapping[str, Any] | None, reason: str | None) -> None:
    """Give a host manners of its own with the written reason for it, or (None) the usual ones again."""
    register(conn, [host])
    conn.execute(
        "update hosts set manners = %s, manners_reason = %s where host = %s",
        (jsonb(manners) if manners else None, reason if manners else None, host),
    )


def own_manners(conn: Connection) -> list[Row]:
    """Give the hosts that have manners of their own, with the reasons."""
    return rows(conn, "select host, manners, manners_reason from hosts where manners is not null order by host")


def hold_off(conn: Connection, lease: Lease, seconds: float) -> None:
    """Leave the whole host alone for so long (429, Retry-After) and halve its rate."""
    conn.execute(
        """
        update hosts set next_at = greatest(next_at, clock_timestamp() + %s * interval '1 second'),
                         backoff = least(backoff * 2, 64)
        where host = %s and lease_token = %s""",
        (seconds, lease.host, lease.token),
    )


def release(conn: Connection, lease: Lease) -> None:
    """Give the lease back and work out when the host is due next: known pages not before its budget has a look left."""
    conn.execute(
        """
        update hosts h set lease_token = null, lease_until = '-infinity', due_at = least(
            h.due_at, (select min(next_poll_at) from feeds f where f.host = h.host and f.status = 'active'),
            (select min(next_visit_at) from articles a
             where a.host = h.host and a.visits = 0 and a.next_visit_at is not null),
            (select greatest(h.revisit_at, next_visit_at) from articles a
             where a.host = h.host and a.visits > 0 and a.next_visit_at is not null order by next_visit_at limit 1))
        where host = %s and lease_token = %s""",
        (lease.host, lease.token),
    )


def wake(conn: Connection, host: str, at: datetime) -> None:
    """Something at this host is due at ``at`` at the latest."""
    conn.execute("update hosts set due_at = least(due_at, %s) where host = %s", (at, host))


def wake_all(conn: Connection, hosts: Iterable[str]) -> None:
    """Something at each of these hosts is due now. Rows are locked in one order, so that writers cannot deadlock."""
    conn.execute(
        """
        with locked as (select host from hosts where host = any(%s) order by host for update)
        update hosts h set due_at = least(due_at, clock_timestamp()) from locked where h.host = locked.host""",
        (sorted(set(hosts)),),
    )


def next_due(conn: Connection) -> datetime | None:
    """When the next host becomes due (for a loop that would rather sleep)."""
    row = maybe(
        conn,
        """
        select min(greatest(next_at, lease_until, case when lease_token is null then due_at end)) as at
        from hosts where due_at < 'infinity' or lease_token is not null""",
    )
    return row["at"] if row else None


def pending(conn: Connection, as_of: datetime) -> float | None:
    """Seconds until a host that had work at ``as_of`` may be asked again; None when none had work."""
    row = maybe(
        conn,
        """
        select extract(epoch from min(greatest(next_at, lease_until)) - clock_timestamp())::float8 as seconds
        from hosts where due_at <= %s or lease_token is not null""",
        as_of,
    )
    return max(0.0, row["seconds"]) if row and row["seconds"] is not None else None


def robots_row(conn: Connection, origin: str, max_age: timedelta) -> Row | None:
    """Give the cached robots.txt of an origin unless it is older than ``max_age``."""
    return robots_rows(conn, [origin], max_age).get(origin)


def robots_rows(conn: Connection, origins: Collection[str], max_age: timedelta) -> dict[str, Row]:
    """Give the cached robots.txt of origins, those that are not older than ``max_age``."""
    found = rows(
        conn,
        "select * from robots where origin = any(%s) and fetched_at > clock_timestamp() - %s",
        list(origins),
        max_age,
    )
    return {row["origin"]: row for row in found}


def save_robots(conn: Connection, origin: str, status: int | None, failure: str | None, body: bytes) -> None:
    """Cache one answer for robots.txt."""
    conn.execute(
        """
        insert into robots (origin, status, failure, body, fetched_at)
        values (%s, %s, %s, %s, clock_timestamp())
        on conflict (origin) do update set status = excluded.status, failure = excluded.failure,
            body = excluded.body, fetched_at = excluded.fetched_at""",
        (origin, status, failure, body),
    )
