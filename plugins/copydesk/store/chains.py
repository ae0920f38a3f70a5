"""An article's looks and the versions that hold its chain: what the load stage reads and writes under a lock.

Which version a look showed is written on the observation; every change of that is also kept
(``attributions``, filled by a trigger), so an answer about the past stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from copydesk.articles.looks import Look, Sign
from copydesk.articles.versions import Place, Plan, Stored
from copydesk.model import Document, VersionField
from copydesk.store import snapshots, versions
from copydesk.store.db import Connection, Row, by_article, clean, columns, jsonb, maybe, rows

FLAGS = ("explained", "walled", "withdrawn")


@dataclass(frozen=True, slots=True)
class Known:
    """A look that was made and judged before, with what only the store knows of it."""

    look: Look
    version_id: int | None
    extractor: str | None
    read_sha: bytes | None
    snapshot: bytes | None


def known(conn: Connection, article_ids: Sequence[int]) -> dict[int, list[Known]]:
    """Give every judged look at each article, ascending."""
    found = by_article(
        rows(
            conn,
            """
            select article_id, id, observed_at, sign, content_sha, body_length, flags, reason, version_id, extractor,
                   read_sha, snapshot
            from observations where article_id = any(%s) and state = 'done' and sign is not null
            order by observed_at, id""",
            list(article_ids),
        )
    )
    return {article: list(map(_known, found[article])) for article in article_ids}


def _known(row: Row) -> Known:
    return Known(_look(row), row["version_id"], row["extractor"], row["read_sha"], row["snapshot"])


def read_before(conn: Connection, pages: Sequence[tuple[int, bytes]], extractor: str) -> dict[tuple[int, bytes], Row]:
    """Give what bytes gave with the same extractor at the same article, so that they need no second reading.

    ``pages`` are articles and the SHA-256 of bytes. Left out where the text was erased since: to stand in
    the chain again it must be read again.
    """
    if not pages:
        return {}
    found = rows(
        conn,
        """
        select w.article, w.snapshot, l.*
        from unnest(%s::bigint[], %s::bytea[]) w (article, snapshot)
        cross join lateral (
            select id, observed_at, sign, content_sha, body_length, flags, reason, read_sha, extractor, claims
            from observations o where article_id = w.article and snapshot = w.snapshot and extractor = %s
              and sign = 'text'
              and not exists (select from versions v where v.article_id = o.article_id
                                and v.content_sha = o.content_sha and v.erased_at is not null)
            limit 1) l""",
        *columns(pages),
        extractor,
    )
    return {(row["article"], row["snapshot"]): row for row in found}


def look_of(row: Row, observation: Row) -> Look:
    """Give the look of an observation whose bytes were judged in that row before."""
    return _look({**row, "id": observation["id"], "observed_at": observation["observed_at"]})


def stored(conn: Connection, article_ids: Sequence[int]) -> dict[int, list[Stored]]:
    """Give the publisher's texts of each article, standing or suspect, the oldest row first."""
    found = by_article(
        rows(
            conn,
            """select article_id, id, content_sha, observed_at, origin from versions
               where article_id = any(%s) and origin in ('publisher', 'suspect') order by id""",
            list(article_ids),
        )
    )
    return {
        article: [
            Stored(r["id"], r["content_sha"], r["observed_at"], r["origin"] == "publisher") for r in found[article]
        ]
        for article in article_ids
    }


def set_aside(conn: Connection, plan: Plan) -> None:
    """Take these out of the chain: better knowledge makes them suspect. Their texts stay."""
    if not plan.set_aside:
        return
    conn.execute("update versions set origin = 'suspect' where id = any(%s)", (plan.set_aside,))
    conn.execute(
        """update versions set withdrawn_at = clock_timestamp(), withdrawn_why = 'base_set_aside'
           where based_on = any(%s) and withdrawn_at is null""",
        (plan.set_aside,),
    )
    conn.execute("delete from revisions where version_id = any(%s) or previous_id = any(%s)", (plan.set_aside,) * 2)


def stand(conn: Connection, version_id: int, observed_at: datetime) -> None:
    """Put a stored text into the chain where it was first seen to stand."""
    conn.execute(
        """update versions set observed_at = %s, origin = 'publisher'
           where id = %s and (observed_at, origin) is distinct from (%s, 'publisher')""",
        (observed_at, version_id, observed_at),
    )


def copy_by_hash(conn: Connection, article_id: int, content_sha: bytes, observed_at: datetime) -> int | None:
    """Store a text of this article once more where it stood again (A, B, A); None when none has this hash."""
    row = maybe(
        conn,
        """
        insert into versions (article_id, origin, observed_at, content_sha, title, byline, body, facts, lang,
                              published_at, words, scheme, shingles, fingerprint, extractor, snapshot)
        select article_id, 'publisher', %s, content_sha, title, byline, body, facts, lang, published_at, words, scheme,
               shingles, fingerprint, extractor, snapshot
        from versions
        where article_id = %s and content_sha = %s and origin <> 'correction' and erased_at is null order by id limit 1
        returning id""",
        observed_at,
        article_id,
        content_sha,
    )
    return int(row["id"]) if row else None


def attribute(conn: Connection, places: Sequence[tuple[Place, int]], shown: Mapping[int, int | None]) -> None:
    """Write on every look which version it showed, and what it therefore was, where that changed."""
    now = {look.id: (version, n) for place, version in places for n, look in enumerate(place.run.looks)}
    changed = [key for key, before in shown.items() if now.get(key, (None, 0))[0] != before]
    if not changed:
        return
    conn.execute(
        """
        update observations o set version_id = t.version_id, decision = t.decision
        from unnest(%s::bigint[], %s::bigint[], %s::text[]) t (id, version_id, decision) where o.id = t.id""",
        (
            changed,
            [now.get(key, (None, 0))[0] for key in changed],
            ["suspect" if key not in now else "unchanged" if now[key][1] else "new" for key in changed],
        ),
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """What an observation turned out to be."""

    observation: Row
    look: Look
    decision: str
    version_id: int | None
    extractor: str | None
    read_sha: bytes | None


def settle(conn: Connection, decided: Sequence[Settled]) -> set[int]:
    """Mark observations as decided; gives those that are, without any whose lease went to another worker."""
    done = rows(
        conn,
        """
        update observations o
        set state = 'done', decision = w.decision, version_id = w.version, decided_at = clock_timestamp(),
            lease_token = null, sign = w.sign, content_sha = w.content, body_length = w.length,
            flags = string_to_array(w.flags, ','), reason = w.reason, extractor = w.extractor, read_sha = w.read
        from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bytea[], %s::int[],
                    %s::text[], %s::text[], %s::text[], %s::bytea[])
             w (id, token, decision, version, sign, content, length, flags, reason, extractor, read)
        where o.id = w.id and o.lease_token = w.token and o.state = 'new' returning o.id""",
        *columns(map(_settled, decided)),
    )
    return {row["id"] for row in done}


def _settled(one: Settled) -> tuple[object, ...]:
    look = one.look
    return (
        one.observation["id"],
        one.observation["lease_token"],
        one.decision,
        one.version_id,
        look.sign,
        look.content_hash or None,
        look.body_length,
        ",".join(flag for flag in FLAGS if getattr(look, flag)),
        clean(look.reason),
        one.extractor,
        one.read_sha,
    )


def read_again(conn: Connection, observation_id: int, extractor: str, read_sha: bytes) -> None:
    """Note what another extractor read in the bytes of a look; which text it showed stays what it was."""
    conn.execute(
        "update observations set extractor = %s, read_sha = %s where id = %s", (extractor, read_sha, observation_id)
    )


def keep_reading(conn: Connection, version_id: int, document: Document) -> None:
    """Keep what another extractor reads in a version, for comparing it with later ones."""
    conn.execute(
        """
        insert into readings (version_id, extractor, title, byline, body, facts)
        select %s, %s, %s, %s, %s, %s
        where exists (select from versions where id = %s and extractor <> %s)
        on conflict do nothing""",
        (
            version_id,
            document.extractor,
            clean(versions.title_of(document)),
            [clean(name) for name in document.byline],
            clean(document.text),
            jsonb(document),
            version_id,
            document.extractor,
        ),
    )


def page_of(conn: Connection, observation_id: int) -> tuple[Row, bytes] | None:
    """Give an observation with its bytes, or None where they are no longer kept."""
    row = maybe(
        conn,
        """
        select o.id, o.url, o.headers, o.observed_at, o.snapshot,
               s.bytes as packed, s.size, s.place, s.erased_at, t.item
        from observations o join snapshots s on s.sha256 = o.snapshot
        left join lateral (select item from entry_sightings t where t.entry_id = o.entry_id
                           order by observed_at desc limit 1) t on true
        where o.id = %s""",
        observation_id,
    )
    if row is None or row["erased_at"] is not None:
        return None
    try:
        return row, snapshots.body_of(conn, row["snapshot"], row)
    except (snapshots.Damaged, LookupError):
        return None


def keep_claims(conn: Connection, observation_id: int, claims: Mapping[VersionField, str]) -> None:
    """Keep the image and the dates that one look showed, where they differ from its version's."""
    conn.execute("update observations set claims = %s where id = %s", (jsonb(claims), observation_id))


def _look(row: Row) -> Look:
    flags = {flag: flag in row["flags"] for flag in FLAGS}
    return Look(
        row["observed_at"],
        bytes(row["content_sha"] or b""),
        row["body_length"] or 0,
        sign=cast(Sign, row["sign"]),
        reason=row["reason"],
        id=row["id"],
        **flags,
    )
