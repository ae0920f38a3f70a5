"""Raw bytes, content-addressed: stored before anything reads them.

They are written to PostgreSQL, in the transaction that names them, and from there moved to
another store where one is set (COPYDESK_SNAPSHOTS): they are durable there, and
verified, before the row says so. What is read is checked against its hash wherever it lay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import zstandard

from copydesk.errors import CopydeskError
from copydesk.store.db import Connection, Row, maybe, one, rows
from copydesk.store.places import POSTGRES, Place, place

LEVEL = 3
"""zstd 3: about 5:1 on news pages at 200 MB/s; higher levels cost more than the disk they save."""


class Damaged(CopydeskError, ValueError):
    """Stored bytes are not what their hash says (bit rot, a torn file)."""


class Erased(CopydeskError, LookupError):
    """The bytes were erased on purpose (takedown, retention); their hash and size are known still."""


def digest(body: bytes) -> bytes:
    """Give the key under which a body is stored."""
    return hashlib.sha256(body).digest()


def put(conn: Connection, body: bytes) -> bytes:
    """Store a body once and give its SHA-256. Bytes that were erased and are served again are kept again."""
    sha = digest(body)
    conn.execute(
        """
        insert into snapshots (sha256, size, bytes) values (%s, %s, %s)
        on conflict (sha256) do update set bytes = excluded.bytes, erased_at = null
        where snapshots.erased_at is not null""",
        (sha, len(body), zstandard.ZstdCompressor(level=LEVEL).compress(body)),
    )
    return sha


def get(conn: Connection, sha: bytes) -> bytes:
    """Give the body back, checked against its hash; raises LookupError, Erased or Damaged."""
    row = maybe(conn, "select size, bytes as packed, place, erased_at from snapshots where sha256 = %s", sha)
    if row is None:
        raise LookupError(f"no snapshot {sha.hex()}")
    if row["erased_at"]:
        raise Erased(f"snapshot {sha.hex()} was erased")
    return body_of(conn, sha, row)


def body_of(conn: Connection, sha: bytes, row: Row) -> bytes:
    """Give the body of a row with ``size``, ``packed`` and ``place``, from wherever it lies."""
    packed = row["packed"]
    if packed is None:
        if row["place"] is None:
            raise Erased(f"snapshot {sha.hex()} was erased")
        packed = place_of(conn, row["place"]).read(sha)
    return unpack(packed, row["size"], sha)


def unpack(packed: bytes, size: int, sha: bytes) -> bytes:
    """Decompress and verify; raises Damaged."""
    try:
        body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=max(size, 1))
    except zstandard.ZstdError:
        raise Damaged(f"snapshot {sha.hex()} is damaged: it does not unpack") from None
    if hashlib.sha256(body).digest() != sha:
        raise Damaged(f"snapshot {sha.hex()} is damaged: it hashes to something else")
    return body


def erase(conn: Connection, shas: Iterable[bytes]) -> list[Row]:
    """Erase bodies; gives what :func:`remove` is to remove from other stores once this is committed."""
    return rows(
        conn,
        """
        with old as (select sha256, place from snapshots where sha256 = any(%s) and erased_at is null for no key update)
        update snapshots s set bytes = null, place = null, erased_at = clock_timestamp()
        from old where s.sha256 = old.sha256 returning s.sha256, old.place""",
        sorted(shas),
    )


def remove(conn: Connection, gone: Iterable[Row]) -> None:
    """Remove bodies from the stores in which they lay. What a crash leaves there is found by a sweep."""
    for row in gone:
        if row["place"] is not None:
            place_of(conn, row["place"]).delete(row["sha256"])


def place_of(conn: Connection, place_id: int) -> Place:
    """Open the store that a row names."""
    return place(one(conn, "select url from snapshot_places where id = %s", place_id)["url"])


def place_id(conn: Connection, url: str) -> int | None:
    """Give the id of a store, known from now on; None for PostgreSQL itself."""
    if url == POSTGRES:
        return None
    row = one(
        conn,
        """
        insert into snapshot_places (url) values (%s) on conflict (url) do update set url = excluded.url
        returning id""",
        place(url).url,
    )
    return int(row["id"])


def elsewhere(conn: Connection, target: int | None, limit: int) -> list[Row]:
    """Lock some bodies that do not lie in the target store (None: PostgreSQL), packed if they are here.

    Inserting rows that refer to them goes on meanwhile (no key update).
    """
    return conn.execute(
        """
        select sha256, size, bytes as packed, place from snapshots
        where erased_at is null and place is distinct from %(target)s
        order by stored_at limit %(limit)s for no key update skip locked""",
        {"target": target, "limit": limit},
    ).fetchall()


def moved(conn: Connection, sha: bytes, target: int | None, packed: bytes | None) -> None:
    """Say where a body lies now: in a store, or (``packed``) here."""
    conn.execute(
        "update snapshots set place = %s, bytes = %s where sha256 = %s", (target, None if target else packed, sha)
    )


def left(conn: Connection, target: int | None) -> int:
    """How many bodies do not lie in the target store."""
    return int(
        one(
            conn,
            "select count(*) as n from snapshots where erased_at is null and place is distinct from %s",
            target,
        )["n"]
    )


def at_place(conn: Connection, target: int, shas: list[bytes]) -> set[bytes]:
    """Give those of these bodies that lie in that store by the rows' word."""
    found = rows(conn, "select sha256 from snapshots where place = %s and sha256 = any(%s)", target, shas)
    return {row["sha256"] for row in found}


def places(conn: Connection) -> list[Row]:
    """Give every store with how many bodies lie there and how many bytes they are unpacked."""
    return rows(
        conn,
        """
        select coalesce(p.url, case when s.erased_at is null then 'postgres' else 'erased' end) as store,
               count(*) as bodies, sum(s.size)::bigint as bytes
        from snapshots s left join snapshot_places p on p.id = s.place group by 1 order by 1""",
    )


def batch(conn: Connection, after: bytes, limit: int) -> list[Row]:
    """Give bodies in the order of their hashes, for verifying them all."""
    return rows(
        conn,
        """
        select sha256, size, bytes as packed, place from snapshots
        where sha256 > %s and erased_at is null order by sha256 limit %s""",
        after,
        limit,
    )
