"""Versions: append-only texts in the order in which they stood on the web.

Which version a look showed is written on the observation, so "what stood there
at T, as known at K" is one index probe (``article_as_of`` in sql/). A late look
may move a version's ``observed_at`` back or split its run in two; no text is
ever altered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copydesk.articles.versions import ChainLink, Decision
from copydesk.model import Document, Fingerprint, Notice, Revision, VersionText
from copydesk.store import recall
from copydesk.store.db import Connection, Row, clean, jsonb, maybe, one, rows


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A publisher's text about to be stored."""

    article_id: int
    observed_at: datetime
    content_sha: bytes
    document: Document
    fingerprint: Fingerprint
    snapshot: bytes | None


def lock_article(conn: Connection, article_id: int) -> None:
    """Serialise the writers of one article's chain until the end of the transaction."""
    conn.execute("select pg_advisory_xact_lock(1, %s::int)", (article_id % 2_147_483_647,))


def chain(conn: Connection, article_id: int) -> list[ChainLink]:
    """Give an article's publisher versions with every look at each, and the suspect looks that wait."""
    found = rows(
        conn,
        """
        select v.id, v.observed_at, v.content_sha, length(v.body) as length,
               coalesce(array_agg(o.observed_at order by o.observed_at) filter (where o.id is not null), '{}') as looks
        from versions v left join observations o on o.version_id = v.id
        where v.article_id = %s and v.origin = 'publisher' group by v.id""",
        article_id,
    )
    links = [
        ChainLink(r["id"], r["observed_at"], r["content_sha"], r["length"], looks=tuple(r["looks"])) for r in found
    ]
    waiting = rows(
        conn,
        """select id, observed_at, content_sha, body_length from observations
                            where article_id = %s and decision = 'suspect'""",
        article_id,
    )
    return links + [
        ChainLink(-r["id"], r["observed_at"], r["content_sha"], r["body_length"], "suspect") for r in waiting
    ]


def read_before(conn: Connection, article_id: int, snapshot: bytes, extractor: str) -> Row | None:
    """Give the version that the same bytes gave with the same extractor, so that they need no second reading."""
    return maybe(
        conn,
        """
        select v.content_sha, length(v.body) as length from observations o join versions v on v.id = o.version_id
        where o.article_id = %s and o.snapshot = %s and v.extractor = %s limit 1""",
        article_id,
        snapshot,
        extractor,
    )


def insert(conn: Connection, new: NewVersion) -> int:
    """Store a publisher's text and give its id."""
    document = new.document
    published = document.published.value if document.published else None
    row = one(
        conn,
        """
        insert into versions (article_id, origin, observed_at, content_sha, title, byline, body, facts, lang,
                              published_at, words, scheme, shingles, fingerprint, extractor, snapshot)
        values (%s, 'publisher', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (article_id, observed_at) where origin = 'publisher'
            do update set observed_at = excluded.observed_at
        returning id""",
        new.article_id,
        new.observed_at,
        new.content_sha,
        clean(title_of(document)),
        [clean(name) for name in document.byline],
        clean(document.text),
        jsonb(document),
        document.lang.value if document.lang else None,
        published if isinstance(published, datetime) else None,
        len(document.text.split()),
        new.fingerprint.scheme,
        new.fingerprint.shingles,
        list(new.fingerprint.hashes),
        document.extractor,
        new.snapshot,
    )
    return int(row["id"])


def copy_of(conn: Connection, version_id: int, observed_at: datetime) -> int:
    """Store the same text once more where it stood again later (A→B→A)."""
    row = one(
        conn,
        """
        insert into versions (article_id, origin, observed_at, content_sha, title, byline, body, facts, lang,
                              published_at, words, scheme, shingles, fingerprint, extractor, snapshot)
        select article_id, origin, %s, content_sha, title, byline, body, facts, lang, published_at, words, scheme,
               shingles, fingerprint, extractor, snapshot from versions where id = %s
        returning id""",
        observed_at,
        version_id,
    )
    return int(row["id"])


def resume(conn: Connection, version_id: int, at: datetime) -> None:
    """The text of this version stood again from ``at`` on, after another: give those looks a version of their own."""
    again = copy_of(conn, version_id, at)
    conn.execute(
        "update observations set version_id = %s where version_id = %s and observed_at >= %s",
        (again, version_id, at),
    )


def extend_back(conn: Connection, version_id: int, at: datetime) -> None:
    """A late look saw this text earlier than any before."""
    conn.execute("update versions set observed_at = least(observed_at, %s) where id = %s", (at, version_id))


def mark_suspect(conn: Connection, observation_id: int, decision: Decision, length: int) -> None:
    """Keep the hash of a suspect text, for the second look."""
    conn.execute(
        "update observations set content_sha = %s, body_length = %s where id = %s",
        (decision.hash, length, observation_id),
    )


def texts(conn: Connection, article_id: int) -> list[VersionText]:
    """Give an article's publisher versions, in order, as the rules see them."""
    return [
        text_of(row)
        for row in rows(
            conn,
            """
        select v.*, a.publisher from versions v join articles a on a.id = v.article_id
        where v.article_id = %s and v.origin = 'publisher' order by v.observed_at""",
            article_id,
        )
    ]


def text_of(row: Row) -> VersionText:
    """Turn a row (joined with its article's publisher) into the value that the rules take."""
    return VersionText(
        row["title"],
        row["body"],
        tuple(row["byline"]),
        notices_of(row),
        row["observed_at"],
        row["id"],
        row["article_id"],
        row["publisher"],
        row["lang"],
    )


def notices_of(row: Row) -> tuple[Notice, ...]:
    """Give the notices that a stored version shows."""
    return tuple(recall.notice(item) for item in row["facts"].get("notices", ()))


def listing(conn: Connection, article_id: int) -> list[Row]:
    """Give all versions of an article, derived ones after the publisher's that they are based on."""
    return rows(
        conn,
        """
        select v.id, v.origin, v.observed_at, v.recorded_at, v.title, v.byline, v.body, v.based_on, v.withdrawn_at,
               v.withdrawn_why, v.extractor, encode(v.snapshot, 'hex') as snapshot, v.words,
               r.kind as revision, r.material, r.summary, v.facts -> 'notices' as notices,
               case when v.origin = 'publisher' then
                   row_number() over (partition by v.origin order by v.observed_at) end as ordinal
        from versions v left join revisions r on r.version_id = v.id
        where v.article_id = %s
        order by coalesce((select b.observed_at from versions b where b.id = v.based_on), v.observed_at),
                 v.origin desc, v.id""",
        article_id,
    )


def as_of(conn: Connection, url: str, seen: datetime, known: datetime) -> Row | None:
    """Give the text that stood at a URL at ``seen`` as far as it was known at ``known``."""
    return maybe(conn, "select * from article_as_of(%s, %s, %s)", url, seen, known)


def replace_revisions(conn: Connection, article_id: int, steps: Sequence[tuple[int, int | None, Revision]]) -> None:
    """Write an article's revisions anew: (version, the one before, what the step was)."""
    conn.execute(
        "delete from revisions where article_id = %s and not version_id = any(%s)",
        (article_id, [version for version, _, _ in steps]),
    )
    for version, previous, revision in steps:
        conn.execute(
            """
            insert into revisions (version_id, article_id, previous_id, kind, material, edits, summary)
            values (%s, %s, %s, %s, %s, %s, %s)
            on conflict (version_id) do update set previous_id = excluded.previous_id, kind = excluded.kind,
                material = excluded.material, edits = excluded.edits, summary = excluded.summary
            where (revisions.previous_id, revisions.kind, revisions.edits)
                  is distinct from (excluded.previous_id, excluded.kind, excluded.edits)""",
            (
                version,
                article_id,
                previous,
                revision.kind,
                revision.material,
                jsonb(revision.edits),
                clean(revision.summary),
            ),
        )


def insert_derived(
    conn: Connection, base: int, body: str, content_sha: bytes, observed_at: datetime, facts: dict[str, Any]
) -> int:
    """Store a corrected text beside the publisher's version that it is based on."""
    row = one(
        conn,
        """
        insert into versions (article_id, origin, observed_at, content_sha, title, byline, body, facts, lang,
                              published_at, words, scheme, shingles, fingerprint, extractor, snapshot, based_on)
        select article_id, 'correction', %s, %s, title, byline, %s, %s, lang, published_at, words, scheme, shingles,
               fingerprint, extractor, snapshot, id from versions where id = %s
        returning id""",
        observed_at,
        content_sha,
        body,
        jsonb(facts),
        base,
    )
    return int(row["id"])


def standing_derived(conn: Connection, base: int) -> Row | None:
    """Give the corrected text that stands for a publisher's version now, if any."""
    return maybe(
        conn,
        """select id, body, content_sha from versions where based_on = %s and origin = 'correction'
                          and withdrawn_at is null order by id desc limit 1""",
        base,
    )


def withdraw(conn: Connection, version_id: int, why: str) -> None:
    """Mark a derived version as no longer needed; it stays."""
    conn.execute(
        "update versions set withdrawn_at = clock_timestamp(), withdrawn_why = %s where id = %s",
        (why, version_id),
    )


def title_of(document: Document) -> str:
    """The headline as text."""
    return str(document.title.value) if document.title else ""


def copy_by_hash(conn: Connection, article_id: int, content_sha: bytes, observed_at: datetime) -> int:
    """Store a text of this article once more by its hash (the same bytes came back)."""
    row = one(
        conn,
        "select id from versions where article_id = %s and content_sha = %s and origin = 'publisher' limit 1",
        article_id,
        content_sha,
    )
    return copy_of(conn, row["id"], observed_at)


def suspect_time(conn: Connection, observation_id: int) -> datetime:
    """When a suspect text was seen first."""
    at = one(conn, "select observed_at from observations where id = %s", observation_id)["observed_at"]
    assert isinstance(at, datetime)
    return at


def confirm_suspect(conn: Connection, observation_id: int, version_id: int) -> None:
    """A second look saw the same: the suspect look showed this version."""
    conn.execute(
        "update observations set decision = 'new', version_id = %s where id = %s",
        (version_id, observation_id),
    )
