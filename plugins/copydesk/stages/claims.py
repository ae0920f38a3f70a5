"""What a worker takes up at a time: leased hosts, each with its due feeds and what is known of their robots.txt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from copydesk.store import feeds, hosts
from copydesk.store.db import Connection, Row
from copydesk.web import robots


@dataclass(frozen=True, slots=True)
class Claim:
    """Leases with their hosts' due feeds, and rows of robots.txt by origin."""

    leases: list[tuple[hosts.Lease, list[Row]]]
    rules: dict[str, Row]


def claim(
    conn: Connection, free: int, as_of: datetime | None, known: Callable[[str], bool], max_age: timedelta
) -> Claim:
    """Lease up to ``free`` hosts. Rules not older than ``max_age`` are read for origins that are not ``known``."""
    leases = hosts.claim(conn, free, as_of)
    if not leases:
        return Claim([], {})
    due = feeds.due(conn, [lease.host for lease in leases])
    origins = {robots.origin_of(feed["url"]) for listed in due.values() for feed in listed}
    wanted = [origin for origin in origins if origin and not known(origin)]
    rules = hosts.robots_rows(conn, wanted, max_age) if wanted else {}
    return Claim([(lease, due[lease.host]) for lease in leases], rules)
