"""The ledger of backfill: slices, their checkpoints and their fences.

A slice is claimed with a fencing token. Every batch writes its looks, its checkpoint
and its counts in one transaction that first checks the token, so that a worker that
was killed, stopped or overtaken leaves nothing half-stored and nothing twice.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from copydesk.archive.capture import Checkpoint, Slice
from copydesk.errors import Fenced
from copydesk.store.db import Connection, Row, clean, jsonb, maybe, one, plain, rows

LEASE = timedelta(seconds=120)
"""Longer than any batch takes; renewed by each."""
_TALLY = ("captures", "stored", "bytes", "entries")


def key_of(source: str, piece: Slice, options: Mapping[str, Any]) -> bytes:
    """Give what tells one slice from another."""
    said = [source, piece.place, piece.interval.since, piece.interval.until, dict(options)]
    return hashlib.sha256(json.dumps(plain(said), sort_keys=True).encode()).digest()


def enlist(
    conn: Connection, source: str, pieces: Iterable[Slice], options: Mapping[str, Any], *, again: str = ""
) -> list[int]:
    """Write slices into the ledger and give their ids; one that is known stays as it is.

    A slice whose place changed since (its mark), or that is wanted ``again`` by a wish not
    heard before, is read from its beginning; what is stored already is not stored twice.
    """
    return [_enlist(conn, source, piece, options, again) for piece in pieces]


def _enlist(conn: Connection, source: str, piece: Slice, options: Mapping[str, Any], again: str) -> int:
    row = one(
        conn,
        """
        insert into backfill_slices as b (key, source, place, since, until, options, mark, asked, expected,
                                          expected_bytes)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (key) do update set expected = excluded.expected, expected_bytes = excluded.expected_bytes,
            mark = excluded.mark, asked = case when excluded.asked = '' then b.asked else excluded.asked end
        returning id, (xmax <> 0) as known, state,
                  (select o.mark <> b.mark or (b.asked <> '' and o.asked <> b.asked)
                   from backfill_slices o where o.id = b.id) as stale""",
        key_of(source, piece, options),
        source,
        piece.place,
        piece.interval.since,
        piece.interval.until,
        jsonb(options),
        piece.mark,
        again,
        piece.captures,
        piece.size,
    )
    if row["known"] and row["stale"] and row["state"] != "running":
        restart(conn, [row["id"]])
    return int(row["id"])


def restart(conn: Connection, ids: Sequence[int]) -> None:
    """Read these slices once more from their beginning."""
    conn.execute(
        """
        update backfill_slices set state = 'waiting', checkpoint = '{}', captures = 0, stored = 0, bytes = 0,
               entries = 0, reasons = '{}', error = '', detail = '', attempts = 0, ended_at = null
        where id = any(%s)""",
        (list(ids),),
    )


def claim(conn: Connection, ids: Sequence[int], *, take_over: bool = False) -> Row | None:
    """Lease one of these slices that may be read now, oldest interval first.

    ``take_over`` takes a running slice from whoever had it: for a retry that knows that the
    other is dead. If it is not, its next write is refused (:func:`hold`).
    """
    return maybe(
        conn,
        """
        update backfill_slices b set state = 'running', fence = nextval('fence'), error = '', detail = '',
               lease_until = clock_timestamp() + %s, attempts = attempts + 1,
               started_at = coalesce(started_at, clock_timestamp()), ended_at = null
        from (select id from backfill_slices
              where id = any(%s) and not_before <= clock_timestamp()
                and (state = 'waiting' or (state = 'running' and (%s or lease_until < clock_timestamp())))
              order by array_position(%s, id) limit 1 for update skip locked) due
        where b.id = due.id returning b.*""",
        LEASE,
        list(ids),
        take_over,
        list(ids),
    )


def hold(conn: Connection, piece: Row) -> None:
    """Lock the slice's row and check that it is still ours; raises Fenced."""
    if not maybe(
        conn,
        "select 1 as ours from backfill_slices where id = %s and fence = %s and state = 'running' for update",
        piece["id"],
        piece["fence"],
    ):
        raise Fenced(f"slice {piece['id']} was stopped, or went to another worker")


def advance(conn: Connection, piece: Row, checkpoint: Checkpoint, counts: Counter[str], reasons: Counter[str]) -> None:
    """Write how far the slice was read, in the transaction that stores what was read; prolongs the lease."""
    conn.execute(
        """
        update backfill_slices set checkpoint = %s, attempts = 1, captures = captures + %s, stored = stored + %s,
               bytes = bytes + %s, entries = entries + %s, lease_until = clock_timestamp() + %s,
               reasons = (select coalesce(jsonb_object_agg(key, n), '{}') from (
                    select key, sum(value::bigint) as n
                    from (select * from jsonb_each_text(reasons) union all select * from jsonb_each_text(%s)) said
                    group by key) summed)
        where id = %s and fence = %s""",
        (
            jsonb(checkpoint),
            *(counts[name] for name in _TALLY),
            LEASE,
            jsonb(reasons),
            piece["id"],
            piece["fence"],
        ),
    )


def note(conn: Connection, piece: Row, error: str, detail: str) -> None:
    """Keep the first fault of an archive that is read on all the same."""
    conn.execute(
        "update backfill_slices set error = %s, detail = %s where id = %s and fence = %s and error = ''",
        (error, clean(detail[:500]), piece["id"], piece["fence"]),
    )


def prolong(conn: Connection, piece: Row) -> None:
    """Keep the lease while what was stored is worked out; raises Fenced."""
    hold(conn, piece)
    conn.execute("update backfill_slices set lease_until = clock_timestamp() + %s where id = %s", (LEASE, piece["id"]))


def finish(conn: Connection, piece: Row) -> str:
    """Close a slice that was read to its end: done, or failed where a fault was noted (it starts anew then)."""
    row = maybe(
        conn,
        """
        update backfill_slices set state = case when error = '' then 'done' else 'failed' end, fence = null,
               checkpoint = case when error = '' then checkpoint else '{}' end, ended_at = clock_timestamp()
        where id = %s and fence = %s returning state""",
        piece["id"],
        piece["fence"],
    )
    return str(row["state"]) if row else "fenced"


def give_back(conn: Connection, piece: Row, state: str, error: str, detail: str, *, wait: float = 0.0) -> None:
    """Let go of a slice that was not read to its end: failed, or waiting for ``wait`` seconds (429)."""
    conn.execute(
        """
        update backfill_slices set state = %s, error = %s, detail = %s, fence = null,
               not_before = clock_timestamp() + %s * interval '1 second',
               ended_at = case when %s = 'failed' then clock_timestamp() end
        where id = %s and fence = %s""",
        (state, error, clean(detail[:500]), wait, state, piece["id"], piece["fence"]),
    )


def stop(conn: Connection, source: str | None = None) -> int:
    """Stop every open slice (of a source): whoever reads one is refused at its next write."""
    return conn.execute(
        """
        update backfill_slices set state = 'stopped', fence = null, ended_at = clock_timestamp()
        where state in ('waiting', 'running') and (%s::text is null or source = %s)""",
        (source, source),
    ).rowcount


def reopen(conn: Connection, source: str | None = None) -> list[int]:
    """Let stopped and failed slices go on from their checkpoints; gives the ids of all that are open then."""
    conn.execute(
        """
        update backfill_slices set state = 'waiting', not_before = now(), ended_at = null
        where state in ('stopped', 'failed') and (%s::text is null or source = %s)""",
        (source, source),
    )
    found = rows(
        conn,
        """select id from backfill_slices where state in ('waiting', 'running')
           and (%s::text is null or source = %s) order by since, id""",
        source,
        source,
    )
    return [row["id"] for row in found]


def listing(conn: Connection, ids: Sequence[int] | None = None, *, source: str | None = None) -> list[Row]:
    """Give slices with their state and counts, oldest interval first."""
    return rows(
        conn,
        """
        select id, source, place, since, until, state, captures, expected, stored, entries, bytes, expected_bytes,
               reasons, error, detail, attempts, started_at, ended_at,
               case when not_before > clock_timestamp() then not_before end as not_before,
               extract(epoch from coalesce(ended_at, clock_timestamp()) - started_at)::float8 as seconds
        from backfill_slices
        where (%s::bigint[] is null or id = any(%s)) and (%s::text is null or source = %s)
        order by since, id""",
        ids,
        ids,
        source,
        source,
    )


def wait_left(conn: Connection, ids: Sequence[int], *, take_over: bool = False) -> float | None:
    """Seconds until one of these slices may be claimed; None when none is open."""
    row = one(
        conn,
        """
        select extract(epoch from min(greatest(not_before, case when state = 'running' and not %s
                                               then lease_until else '-infinity' end)) - clock_timestamp())::float8 as s
        from backfill_slices where id = any(%s) and state in ('waiting', 'running')""",
        take_over,
        list(ids),
    )
    return None if row["s"] is None else max(0.0, row["s"])


def surveyed(conn: Connection, place: str, mark: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give the survey of a place in this state; the first that asks makes it and the others wait for it."""
    query = "select found from backfill_surveys where place = %s and mark = %s"
    known = maybe(conn, query, place, mark)
    if known is None:
        conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 14))", (place,))
        known = maybe(conn, query, place, mark)
    if known is not None:
        found: dict[str, Any] = known["found"]
        return found
    made = make()
    conn.execute(
        """
        insert into backfill_surveys (place, mark, found) values (%s, %s, %s)
        on conflict (place) do update set mark = excluded.mark, found = excluded.found, made_at = now()""",
        (place, mark, jsonb(made)),
    )
    return made
