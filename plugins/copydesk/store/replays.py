"""Replays: what is to be read again in slices, who reads which, what was found, and the readings that gave way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from copydesk.errors import UsageError
from copydesk.model import Document, Fingerprint
from copydesk.store import quarantine
from copydesk.store.db import Connection, Row, clean, jsonb, maybe, one, rows
from copydesk.store.versions import title_of

SLICE = 100
"""Pages to a slice: some seconds of reading, so a killed worker costs little."""
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which looks: observed in [since, until), of one publisher, of one article."""

    since: datetime | None = None
    until: datetime | None = None
    publisher: str | None = None
    article_id: int | None = None


def begin(conn: Connection, extractor: str, scope: Scope, *, writes: bool) -> int:
    """Start a replay, or find the unfinished one of the same scope and extractor; gives its id."""
    conn.execute("select pg_advisory_xact_lock(4, 0)")
    kept = jsonb({name: value for name, value in asdict(scope).items() if value is not None})
    found = maybe(
        conn,
        "select id from replays where done_at is null and extractor = %s and scope = %s and writes = %s",
        extractor,
        kept,
        writes,
    )
    if found:
        return int(found["id"])
    made = one(
        conn,
        "insert into replays (extractor, scope, writes) values (%s, %s, %s) returning id",
        extractor,
        kept,
        writes,
    )
    _cut(conn, made["id"], scope)
    return int(made["id"])


def _cut(conn: Connection, replay_id: int, scope: Scope) -> None:
    """Cut the scope into slices: one look for each article and its different bytes."""
    conn.execute(
        """
        with units as (
            select min(o.id) as id from observations o join articles a on a.id = o.article_id
            join snapshots s on s.sha256 = o.snapshot
            where o.failure is null and o.status in (200, 304) and o.state <> 'new' and s.erased_at is null
              and (%(since)s::timestamptz is null or o.observed_at >= %(since)s)
              and (%(until)s::timestamptz is null or o.observed_at < %(until)s)
              and (%(publisher)s::text is null or a.publisher = %(publisher)s)
              and (%(article_id)s::bigint is null or a.id = %(article_id)s)
            group by o.article_id, o.snapshot),
        cut as (
            insert into replay_slices (replay_id, number, observations)
            select %(replay)s, n, array_agg(id order by id)
            from (select id, (row_number() over (order by id) - 1) / %(slice)s as n from units) numbered group by n
            returning cardinality(observations) as units)
        update replays set units = (select coalesce(sum(units), 0) from cut) where id = %(replay)s""",
        {**asdict(scope), "replay": replay_id, "slice": SLICE},
    )


def claim(conn: Connection, replay_id: int) -> Row | None:
    """Lease the next slice that nobody has read; None when none waits."""
    return maybe(
        conn,
        """
        update replay_slices r set lease_token = nextval('fence'), lease_until = clock_timestamp() + %s
        from (select number from replay_slices
              where replay_id = %s and report is null and lease_until < clock_timestamp()
              order by number limit 1 for update skip locked) picked
        where r.replay_id = %s and r.number = picked.number
        returning r.replay_id, r.number, r.observations, r.lease_token""",
        LEASE,
        replay_id,
        replay_id,
    )


def looks(conn: Connection, observation_ids: list[int]) -> list[Row]:
    """Give the looks of a slice with their bytes, their entry and the version that each showed."""
    return rows(
        conn,
        """
        select o.id, o.article_id, o.url, o.observed_at, o.headers, o.state, o.sign, o.version_id, o.snapshot,
               s.size, s.bytes as packed, s.place, t.item, v.snapshot = o.snapshot as own, v.content_sha, v.extractor,
               v.title, v.byline, v.body, v.facts, v.erased_at,
               exists (select 1 from applications p where p.version_id = v.id and p.superseded_at is null
                         and p.outcome = 'applied' and p.decided_by <> 'policy') as by_person
        from observations o join snapshots s on s.sha256 = o.snapshot
        left join versions v on v.id = o.version_id
        left join lateral (select item from entry_sightings e where e.entry_id = o.entry_id
                             and e.observed_at <= o.observed_at order by e.observed_at desc limit 1) t on true
        where o.id = any(%s) and s.erased_at is null order by o.article_id, o.observed_at""",
        observation_ids,
    )


def report(conn: Connection, work: Row, found: Mapping[str, Any]) -> bool:
    """Store what a slice gave; False when its lease went to another worker."""
    done = maybe(
        conn,
        """
        update replay_slices set report = %s, lease_token = null
        where replay_id = %s and number = %s and lease_token = %s and report is null returning number""",
        jsonb(found),
        work["replay_id"],
        work["number"],
        work["lease_token"],
    )
    return done is not None


def finish(conn: Connection, replay_id: int) -> None:
    """Mark a replay as done when no slice waits."""
    conn.execute(
        """
        update replays set done_at = clock_timestamp() where id = %s and done_at is null
          and not exists (select 1 from replay_slices where replay_id = %s and report is null)""",
        (replay_id, replay_id),
    )


def progress(conn: Connection, replay_id: int) -> tuple[int, int]:
    """Give how many pages were read, and of how many."""
    found = one(
        conn,
        """
        select r.units, (select coalesce(sum((report -> 'counts' ->> 'read')::bigint), 0) from replay_slices s
                         where s.replay_id = r.id and report is not null)::bigint as read
        from replays r where r.id = %s""",
        replay_id,
    )
    return found["read"], found["units"]


def show(conn: Connection, replay_id: int) -> Row:
    """Give a replay with the reports of its slices; raises UsageError when there is none."""
    found = maybe(
        conn,
        "select id, extractor, scope, writes, units, started_at, done_at from replays where id = %s",
        replay_id,
    )
    if found is None:
        raise UsageError(f"there is no replay {replay_id}")
    slices = rows(
        conn, "select report from replay_slices where replay_id = %s and report is not null order by number", replay_id
    )
    left = one(conn, "select count(*) as n from replay_slices where replay_id = %s and report is null", replay_id)
    return {**found, "reports": [s["report"] for s in slices], "slices_left": left["n"]}


def reread(conn: Connection, look: Row, document: Document, print_: Fingerprint) -> bool:
    """Give a version its better reading and keep the one before; False when it was read again meanwhile.

    A reading that was superseded never comes back (an older extractor was installed again), so each
    stood from when it was stored until it was superseded.
    """
    kept = maybe(
        conn,
        """
        insert into readings (version_id, extractor, title, byline, body, facts, read_at, superseded_at)
        select id, extractor, title, byline, body, facts, coalesce(read_at, recorded_at), clock_timestamp()
        from versions v where id = %s and extractor = %s and erased_at is null
          and not exists (select from readings r where r.version_id = v.id and r.extractor = %s
                            and r.superseded_at is not null)
        on conflict (version_id, extractor) do update set title = excluded.title, byline = excluded.byline,
            body = excluded.body, facts = excluded.facts, read_at = excluded.read_at,
            superseded_at = excluded.superseded_at
        returning superseded_at""",
        look["version_id"],
        look["extractor"],
        document.extractor,
    )
    if kept is None:
        return False
    conn.execute(
        """
        update versions set extractor = %s, title = %s, byline = %s, body = %s, facts = %s, words = %s, scheme = %s,
               shingles = %s, fingerprint = %s, read_at = %s
        where id = %s""",
        (
            document.extractor,
            clean(title_of(document)),
            [clean(name) for name in document.byline],
            clean(document.text),
            jsonb(document),
            len(document.text.split()),
            print_.scheme,
            print_.shingles,
            list(print_.hashes),
            kept["superseded_at"],
            look["version_id"],
        ),
    )
    return True


def note_extractor(conn: Connection, look: Row, extractor: str) -> None:
    """The newer extractor reads the same: remember that it did."""
    conn.execute(
        "update versions set extractor = %s where id = %s and extractor = %s",
        (extractor, look["version_id"], look["extractor"]),
    )


def note_read(conn: Connection, look: Row, extractor: str, read_sha: bytes) -> None:
    """Note on every look at an article that brought these bytes what the present extractor read in them."""
    conn.execute(
        """
        update observations set extractor = %s, read_sha = %s
        where article_id = %s and snapshot = %s and sign = 'text'""",
        (extractor, read_sha, look["article_id"], look["snapshot"]),
    )


def read_anew(conn: Connection, observation_id: int) -> None:
    """Let a look that no extractor could read be read by the present one, the usual way."""
    for stage in ("extract", "store"):
        quarantine.resolve(conn, stage, f"observation {observation_id}")
    conn.execute(
        """
        update observations set state = 'new', decision = '', sign = null, attempts = 0, lease_until = '-infinity'
        where id = %s and version_id is null and state <> 'new'""",
        (observation_id,),
    )
