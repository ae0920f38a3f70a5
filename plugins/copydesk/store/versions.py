"""Versions: append-only texts in the order in which they stood on the web.

The chain itself is written in store/chains.py. A late look may move a version's
``observed_at`` back, split its run in two or take a stub out of the chain; no text
is ever altered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from copydesk.model import Document, Fingerprint, Notice, Revision, VersionField, VersionText
from copydesk.store import recall
from copydesk.store.db import Connection, Row, bigints, by_article, clean, columns, jsonb, maybe, one, plain, rows


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A publisher's text about to be stored."""

    article_id: int
    observed_at: datetime
    content_sha: bytes
    document: Document
    fingerprint: Fingerprint
    snapshot: bytes | None
    origin: Literal["publisher", "suspect"] = "publisher"


def lock_article(conn: Connection, article_id: int) -> None:
    """Serialise the writers of one article's chain until the end of the transaction."""
    lock_articles(conn, [article_id])


def lock_articles(conn: Connection, article_ids: Collection[int]) -> None:
    """Serialise the writers of these articles' chains until the end of the transaction; taken in one order."""
    conn.execute(
        "select pg_advisory_xact_lock(1, key) from (select unnest(%s::int[]) as key order by key offset 0) k",
        (sorted({article % 2_147_483_647 for article in article_ids}),),
    )


def insert(conn: Connection, new: Sequence[NewVersion]) -> list[int]:
    """Store publishers' texts and give their ids, in that order."""
    if not new:
        return []
    made = rows(
        conn,
        """
        insert into versions (article_id, origin, observed_at, content_sha, title, byline, body, facts, lang,
                              published_at, words, scheme, shingles, fingerprint, extractor, snapshot)
        select article, origin, observed, content, title, array(select jsonb_array_elements_text(byline)), body, facts,
               lang, published, words, scheme, shingles, fingerprint::bigint[], extractor, snapshot
        from unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bytea[], %s::text[], %s::jsonb[], %b::text[],
                    %b::jsonb[], %s::text[], %s::timestamptz[], %s::int[], %s::smallint[], %s::int[], %s::text[],
                    %s::text[], %s::bytea[])
             with ordinality w (article, origin, observed, content, title, byline, body, facts, lang, published, words,
                                scheme, shingles, fingerprint, extractor, snapshot, n)
        order by n returning id""",
        *columns(map(_columns, new)),
    )
    return sorted(row["id"] for row in made)  # they were drawn in the order of n


def _columns(new: NewVersion) -> tuple[Any, ...]:
    document = new.document
    published = document.published.value if document.published else None
    return (
        new.article_id,
        new.origin,
        new.observed_at,
        new.content_sha,
        clean(title_of(document)),
        jsonb(document.byline),
        clean(document.text),
        jsonb(document),
        document.lang.value if document.lang else None,
        published if isinstance(published, datetime) else None,
        len(document.text.split()),
        new.fingerprint.scheme,
        new.fingerprint.shingles,
        bigints(new.fingerprint.hashes),
        document.extractor,
        new.snapshot,
    )


def texts(conn: Connection, article_id: int) -> list[VersionText]:
    """Give an article's publisher versions, in order, as the rules see them."""
    return texts_of(conn, [article_id])[article_id]


def texts_of(conn: Connection, article_ids: Sequence[int]) -> dict[int, list[VersionText]]:
    """Give each article's publisher versions, in order, as the rules see them."""
    found = by_article(
        rows(
            conn,
            """
            select v.id, v.article_id, v.title, v.body, v.byline, v.facts, v.observed_at, v.lang, a.publisher
            from versions v join articles a on a.id = v.article_id
            where v.article_id = any(%s) and v.origin = 'publisher' order by v.observed_at, v.content_sha""",
            list(article_ids),
        )
    )
    return {article: list(map(text_of, found[article])) for article in article_ids}


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
        tuple(sorted(_claims(row["facts"]).items())),
    )


def comparable(conn: Connection, before: VersionText, after: VersionText) -> tuple[VersionText, VersionText]:
    """Give two versions as one extractor reads them, where the bytes of one were read again with the other's."""
    found = rows(
        conn,
        """
        select r.version_id, r.title, r.byline, r.body, r.facts from readings r
        join versions b on b.id = %s join versions a on a.id = %s
        where b.extractor <> a.extractor and ((r.version_id = b.id and r.extractor = a.extractor)
                                           or (r.version_id = a.id and r.extractor = b.extractor))
        order by r.version_id = b.id desc limit 1""",
        before.id,
        after.id,
    )
    for row in found:
        old = before if row["version_id"] == before.id else after
        again = replace(
            old,
            title=row["title"],
            byline=tuple(row["byline"]),
            body=row["body"],
            notices=notices_of(row),
            more=tuple(sorted(_claims(row["facts"]).items())),
        )
        return (again, after) if old is before else (before, again)
    return before, after


def claims(conn: Connection, version_id: int) -> dict[VersionField, str]:
    """Give what a version's page claims beside its text: see :func:`claims_of`."""
    return _claims(one(conn, "select facts from versions where id = %s", version_id)["facts"])


def claims_of(document: Document) -> dict[VersionField, str]:
    """Give standfirst, image, section and dates as text: compared apart, no part of what makes a version."""
    return _claims(plain(document))


def _claims(facts: Mapping[str, Any]) -> dict[VersionField, str]:
    stated: dict[VersionField, Any] = {"image": facts.get("image")}
    names: tuple[VersionField, ...] = ("standfirst", "section", "published", "modified")
    stated |= {name: (facts.get(name) or {}).get("value") for name in names}
    return {name: str(value) for name, value in stated.items() if value}


def notices_of(row: Row) -> tuple[Notice, ...]:
    """Give the notices that a stored version shows."""
    return tuple(recall.notice(item) for item in row["facts"].get("notices", ()))


def listing(conn: Connection, article_id: int) -> list[Row]:
    """Give all texts of an article, derived ones after the publisher's that they are based on.

    A change was made after ``changed_after`` (the last look that saw the text before) and not
    after ``observed_at``. Suspect texts have no ordinal.
    """
    return rows(
        conn,
        """
        select v.id, v.origin, v.observed_at, v.recorded_at, v.title, v.byline, v.body, v.based_on, v.withdrawn_at,
               v.withdrawn_why, v.extractor, encode(v.snapshot, 'hex') as snapshot, v.words,
               v.erased_at, v.erased_why,
               r.kind as revision, r.material, r.summary, r.fields, r.facts as changed_facts, t.changed_after,
               v.facts -> 'notices' as notices,
               case when v.origin = 'publisher' then
                   row_number() over (partition by v.origin order by v.observed_at, v.content_sha) end as ordinal
        from versions v left join revisions r on r.version_id = v.id left join revision_times t on t.version_id = v.id
        where v.article_id = %s
        order by coalesce((select b.observed_at from versions b where b.id = v.based_on), v.observed_at),
                 v.origin desc, v.id""",
        article_id,
    )


def as_of(conn: Connection, url: str, seen: datetime, known: datetime) -> Row | None:
    """Give the text that stood at a URL at ``seen`` as far as it was known at ``known``."""
    return maybe(conn, "select * from article_as_of(%s, %s, %s)", url, seen, known)


Step = tuple[int, int, int | None, Revision]
"""Article, version, the version before, and what the step was."""


def replace_revisions(conn: Connection, article_ids: Sequence[int], steps: Sequence[Step]) -> None:
    """Write the revisions of articles anew: ``steps`` are all that they have."""
    conn.execute(
        "delete from revisions where article_id = any(%s) and not version_id = any(%s)",
        (list(article_ids), [version for _, version, _, _ in steps]),
    )
    if steps:
        conn.execute(
            """
            insert into revisions (article_id, version_id, previous_id, kind, material, edits, summary, fields, facts)
            select * from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::boolean[], %s::jsonb[],
                                 %s::text[], %s::jsonb[], %s::jsonb[])
            on conflict (version_id) do update set previous_id = excluded.previous_id, kind = excluded.kind,
                material = excluded.material, edits = excluded.edits, summary = excluded.summary,
                fields = excluded.fields, facts = excluded.facts, decided_at = excluded.decided_at
            where (revisions.previous_id, revisions.kind, revisions.edits, revisions.fields, revisions.facts)
                  is distinct from (excluded.previous_id, excluded.kind, excluded.edits, excluded.fields,
                                    excluded.facts)
              and not exists (select from versions e where e.erased_at is not null
                                and e.id in (excluded.version_id, excluded.previous_id))""",
            columns(
                (
                    article,
                    version,
                    previous,
                    revision.kind,
                    revision.material,
                    jsonb(revision.edits),
                    clean(revision.summary),
                    jsonb(revision.fields),
                    jsonb(revision.facts),
                )
                for article, version, previous, revision in steps
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
