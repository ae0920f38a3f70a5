"""What tests of the whole way share: time that passes at once, and the archive as values that can be compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime

from copydesk.model import Answer
from copydesk.pipeline import Desk, run_once
from copydesk.sample import SampleServer
from copydesk.store import articles, snapshots
from copydesk.store.db import Connection, rows

_TIME_PASSES = (
    "update feeds set next_poll_at = now()",
    "update articles set next_visit_at = now() where next_visit_at is not null",
    "update hosts set due_at = now(), next_at = now(), lease_until = '-infinity'",
    "update observations set lease_until = '-infinity'",
    "update correction_work set lease_until = '-infinity'",
)

_ARCHIVE = """
    select 'version' as what, a.url, v.origin, v.title, v.body, (v.withdrawn_at is not null)::text as more
    from versions v join articles a on a.id = v.article_id
    union all
    select 'application', a.url, p.outcome, p.reason, coalesce(c.wrong, ''), coalesce(c."right", '')
    from applications p join articles a on a.id = p.article_id join corrections c on c.id = p.correction_id
    where p.superseded_at is null
    union all
    select 'revision', a.url, r.kind, '', '', '' from revisions r join articles a on a.id = r.article_id
    union all
    select 'member', a.url, '', '', '', min(b.url)
    from cluster_members m join articles a on a.id = m.article_id
    join cluster_members o on o.cluster_id = m.cluster_id join articles b on b.id = o.article_id
    group by a.url
"""


def time_passes(conn: Connection) -> None:
    """Make everything due and every lease old, as a day would."""
    for statement in _TIME_PASSES:
        conn.execute(statement)


def edition(desk: Desk, site: SampleServer, number: int) -> Counter[str]:
    """Serve that edition, let time pass and take everything the whole way."""
    site.set_edition(number)
    with desk.pool.connection() as conn:
        time_passes(conn)
    return run_once(desk)


def archive(conn: Connection) -> list[tuple[str, ...]]:
    """Everything that a user can ask, without ids and times: equal archives are equal lists."""
    return sorted(
        tuple(hashlib.sha256(str(x).encode()).hexdigest()[:12] if len(str(x)) > 90 else str(x) for x in row.values())
        for row in rows(conn, _ARCHIVE)
    )


def arrive(
    conn: Connection, url: str, seen: datetime, body: bytes, content_type: str = "text/html; charset=utf-8"
) -> None:
    """Put one page into the archive as it was seen then: a look that waits to be read."""
    article = articles.ensure(conn, url, seen, evidence="entry", visit=False)
    assert article is not None
    answer = Answer(url, url, 200, (("content-type", content_type),), body, seen, 0.1)
    articles.save_look(
        conn, articles.Look(article, url, answer, "backfill", snapshots.put(conn, body)), next_visit_at=None
    )
