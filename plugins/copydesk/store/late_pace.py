"""The pace of backfill: budgets of archives' services, and the room that live work leaves at publishers."""

from __future__ import annotations

from copydesk.store.db import Connection, maybe, one
from copydesk.store.hosts import LEASE, Lease, register


def turn(conn: Connection, budget: str, gap: float) -> float:
    """Take a turn of a budget that all workers share; gives 0 when it is ours, else the seconds to wait before asking.

    For services with a rate of their own (an archive's index): turns are ``gap`` seconds apart. A turn
    is taken when the request is made and not before, so that a slow worker shortens no one's gap.
    """
    register(conn, [budget])
    taken = maybe(
        conn,
        """
        update hosts set next_at = clock_timestamp() + %s * interval '1 second'
        where host = %s and next_at <= clock_timestamp() returning host""",
        gap,
        budget,
    )
    if taken:
        return 0.0
    # A statement of its own: within the first, whoever came second in the same moment saw the time as it stood before.
    row = one(
        conn,
        "select extract(epoch from next_at - clock_timestamp())::float8 as seconds from hosts where host = %s",
        budget,
    )
    return max(0.001, float(row["seconds"]))


def postpone(conn: Connection, budget: str, seconds: float) -> None:
    """Give nobody a turn of this budget for so long (429)."""
    conn.execute(
        "update hosts set next_at = greatest(next_at, clock_timestamp() + %s * interval '1 second') where host = %s",
        (seconds, budget),
    )


def spare(conn: Connection, host: str, margin: float, daily: int) -> Lease | None:
    """Lease a host for one request of a backfill, if live work leaves room for it; else None.

    Room means that nobody talks to it, its gap is over, nothing is due there for ``margin`` seconds, and
    fewer than ``daily`` requests of backfill were made there today (UTC).
    """
    register(conn, [host])
    row = maybe(
        conn,
        """
        update hosts h set lease_token = nextval('fence'), lease_until = clock_timestamp() + %s,
               late_requests = case when late_day = current_date then late_requests + 1 else 1 end,
               late_day = current_date
        where host = %s and next_at <= clock_timestamp() and lease_until < clock_timestamp()
          and due_at > clock_timestamp() + %s * interval '1 second'
          and (late_day is distinct from current_date or late_requests < %s)
        returning host, lease_token, last_seconds, backoff, manners""",
        LEASE,
        host,
        margin,
        daily,
    )
    if row is None:
        return None
    return Lease(row["host"], row["lease_token"], row["last_seconds"], row["backoff"], row["manners"] or {})


def late_budget_left(conn: Connection, host: str, daily: int) -> bool:
    """Whether a backfill may still ask this host today."""
    row = maybe(
        conn, "select late_requests < %s as free from hosts where host = %s and late_day = current_date", daily, host
    )
    return row is None or bool(row["free"])
