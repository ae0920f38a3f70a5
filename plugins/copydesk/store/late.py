"""Looks that an archive made long ago, stored in batches; live polling never notices.

Beside :func:`copydesk.store.articles.save_look`, which counts a visit and plans the next:
a late look does neither. It is stored once, whichever archives hold it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import zstandard

from copydesk.archive.capture import Capture
from copydesk.articles.urls import host_of, url_key
from copydesk.store import addresses, hosts
from copydesk.store.articles import KEPT_HEADERS
from copydesk.store.db import Connection, clean, columns, maybe, rows
from copydesk.store.feeds import sha
from copydesk.store.snapshots import LEVEL, digest
from copydesk.store.snapshots import body_of as body_of_row


@dataclass(frozen=True, slots=True)
class Late:
    """One capture ready to be stored."""

    capture: Capture
    source: str
    url: str
    url_sha: bytes
    snapshot: bytes | None

    @property
    def at(self) -> datetime:
        """When the text stood on the web."""
        return self.capture.captured_at


def ready(captures: Iterable[Capture], source: str) -> list[Late]:
    """Give the captures that can be stored, each look once, a complete one before a failed one."""
    found: dict[tuple[bytes, datetime], Late] = {}
    for capture in captures:
        if not host_of(capture.url):
            continue
        snapshot = digest(capture.body) if capture.body else None
        late = Late(capture, source, url_key(capture.url), sha(capture.url), snapshot)
        known = found.get((late.url_sha, late.at))
        if known is None or (known.capture.failure and not capture.failure):
            found[late.url_sha, late.at] = late
    return [found[key] for key in sorted(found)]


def save(conn: Connection, looks: Sequence[Late]) -> Counter[str]:
    """Store looks that are not known yet; gives how many were ``stored`` and how many ``known``.

    Rows are written in one order, so that two workers cannot deadlock.
    """
    keep_bodies(conn, ((look.snapshot, look.capture.body) for look in looks))
    fresh = _not_yet(conn, looks)
    owners = ensure(conn, [(look.url, look.at) for look in fresh])
    stored = _insert(conn, [(look, owners[look.url_sha]) for look in fresh])
    return Counter(stored=stored, known=len(looks) - stored)


def keep_bodies(conn: Connection, bodies: Iterable[tuple[bytes | None, bytes]]) -> None:
    """Store bodies under their SHA-256, those that are not there yet."""
    wanted = {key: body for key, body in bodies if key is not None}
    found = rows(conn, "select sha256 from snapshots where sha256 = any(%s) and erased_at is null", list(wanted))
    have = {row["sha256"] for row in found}
    packer = zstandard.ZstdCompressor(level=LEVEL)
    new = [(key, len(wanted[key]), packer.compress(wanted[key])) for key in sorted(wanted.keys() - have)]
    if new:
        conn.execute(
            """insert into snapshots (sha256, size, bytes)
               select * from unnest(%b::bytea[], %b::int[], %b::bytea[])
               on conflict (sha256) do update set bytes = excluded.bytes, erased_at = null
               where snapshots.erased_at is not null""",
            columns(new),
        )


def ensure(conn: Connection, urls: Iterable[tuple[str, datetime]]) -> dict[bytes, int]:
    """Give the article of each URL (in its normal form) by its hash; those that are missing are made, due never.

    An article was first seen when the earliest capture saw it, whichever is stored first.
    """
    seen: dict[bytes, datetime] = {}
    urls = list(urls)
    for url, at in urls:
        seen[sha(url)] = min(at, seen.get(sha(url), at))
    found = addresses.ensure(conn, urls, evidence="backfill", due=False)
    earlier = [(article, seen[key]) for key, (article, first_seen) in found.items() if seen[key] < first_seen]
    if earlier:
        conn.execute(
            """update articles a set first_seen_at = least(a.first_seen_at, w.seen)
               from (select id, min(at) as seen from unnest(%s::bigint[], %s::timestamptz[]) w(id, at) group by id) w
               where a.id = w.id""",
            columns(earlier),
        )
    return {key: article for key, (article, _) in found.items()}


def _not_yet(conn: Connection, looks: Sequence[Late]) -> list[Late]:
    """Leave out what is known: the same moment, or the same bytes within the same second (archives cut fractions)."""
    near = rows(
        conn,
        """
        select o.url_sha, o.observed_at, o.snapshot, o.failure
        from unnest(%s::bytea[], %s::timestamptz[]) w(sha, at)
        join observations o on o.url_sha = w.sha and o.observed_at >= date_trunc('second', w.at)
                           and o.observed_at < date_trunc('second', w.at) + interval '1 second' """,
        [look.url_sha for look in looks],
        [look.at for look in looks],
    )
    moments = {(row["url_sha"], row["observed_at"]): row["failure"] for row in near}
    bodies = {(r["url_sha"], r["observed_at"].replace(microsecond=0), r["snapshot"]) for r in near if not r["failure"]}
    fresh = []
    for look in looks:
        body = (look.url_sha, look.at.replace(microsecond=0), look.snapshot)
        failed_before = moments.get((look.url_sha, look.at), "") is not None
        exact = (look.url_sha, look.at) in moments
        if (exact and not (failed_before and not look.capture.failure)) or (look.snapshot and body in bodies):
            continue
        if not look.capture.failure:
            bodies.add(body)
        fresh.append(look)
    return fresh


def _insert(conn: Connection, looks: Sequence[tuple[Late, int]]) -> int:
    if not looks:
        return 0
    done = conn.execute(
        """
        insert into observations (url, url_sha, article_id, entry_id, observed_at, source, status, final_url, headers,
                                  failure, detail, snapshot)
        select w.url, w.sha, w.article, (select max(e.id) from entries e where e.article_id = w.article), w.at,
               w.source, w.status, w.url, w.headers::jsonb, w.failure, w.detail, w.snapshot
        from unnest(%s::text[], %s::bytea[], %s::bigint[], %s::timestamptz[], %s::text[], %s::int[], %s::text[],
                    %s::text[], %s::text[], %s::bytea[])
             w(url, sha, article, at, source, status, headers, failure, detail, snapshot)
        on conflict (url_sha, observed_at) do update set source = excluded.source, status = excluded.status,
            headers = excluded.headers, failure = null, detail = '', snapshot = excluded.snapshot, state = 'new',
            decision = '', attempts = 0, lease_until = '-infinity', lease_token = null, sign = null, reason = '',
            flags = '{}', content_sha = null, read_sha = null, extractor = null, claims = null
        where observations.failure is not null and excluded.failure is null""",
        columns(_columns(look, article) for look, article in looks),
    )
    return done.rowcount


def _columns(look: Late, article: int) -> tuple[object, ...]:
    capture = look.capture
    headers = {k: clean(v) for k, v in capture.headers if k in KEPT_HEADERS}
    return (
        look.url,
        look.url_sha,
        article,
        look.at,
        look.source,
        capture.status,
        json.dumps(headers),
        capture.failure,
        clean(capture.detail) or "",
        look.snapshot,
    )


def body_of(conn: Connection, url: str, at: datetime | None) -> bytes | None:
    """Give the body that a URL had at a time (within that second), if we have it; no time, no body."""
    if at is None:
        return None
    row = maybe(
        conn,
        """
        select s.bytes as packed, s.place, s.size, s.sha256
        from observations o join snapshots s on s.sha256 = o.snapshot
        where o.url_sha = %s and o.failure is null and s.erased_at is null
          and o.observed_at >= date_trunc('second', %s::timestamptz)
          and o.observed_at < date_trunc('second', %s::timestamptz) + interval '1 second' limit 1""",
        sha(url),
        at,
        at,
    )
    return body_of_row(conn, row["sha256"], row) if row else None


def look_at_unseen(conn: Connection, article_ids: Sequence[int], by: datetime) -> None:
    """A live feed tells of these: those known only from archives are due now, as a new entry's page is."""
    unseen = rows(
        conn,
        """
        update articles set next_visit_at = %s where id = any(%s) and visits = 0 and next_visit_at is null
        returning host""",
        by,
        article_ids,
    )
    for host in sorted({row["host"] for row in unseen}):
        hosts.wake(conn, host, by)
