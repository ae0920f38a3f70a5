"""The chain of hashes behind an article's texts: append-only, and kept when a text is erased.

Each text (a version, our corrected text, a better reading of a version) is one entry in the
order in which it was recorded. ``text_sha`` is SHA-256 of title, an empty line, body, in UTF-8.
``link`` is SHA-256 of the link before (32 zero bytes at first) and the entry's statement::

    copydesk 1|seq|url|version id|origin|recorded at|text_sha

so that nobody can slip in, drop or exchange an entry without changing every link after
it. The links stand in the change stream, where consumers keep them: they are the witnesses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from copydesk.outlets.lines import stamp
from copydesk.store.db import Connection, Row, by_article, columns, rows
from copydesk.store.versions import lock_articles

GENESIS = bytes(32)


_ENTRY = ("article_id", "seq", "version_id", "origin", "extractor", "recorded_at", "text_sha", "link")


def seal(conn: Connection, article_ids: Sequence[int]) -> None:
    """Append the texts of articles that are not in their chains yet."""
    lock_articles(conn, article_ids)
    fresh = by_article(
        rows(
            conn,
            """
            select v.article_id, v.id as version_id, v.origin, coalesce(v.read_at, v.recorded_at) as recorded_at,
                   v.extractor, a.url, t.text_sha
            from versions v join articles a on a.id = v.article_id
            cross join lateral (
                select sha256(convert_to(v.title || e'\\n\\n' || v.body, 'UTF8')) as text_sha offset 0) t
            where v.article_id = any(%s) and v.erased_at is null
              and not exists (select 1 from ledger l where l.version_id = v.id and l.text_sha = t.text_sha)
            order by coalesce(v.read_at, v.recorded_at), v.id""",
            list(article_ids),
        )
    )
    if not fresh:
        return
    last = rows(
        conn,
        """select distinct on (article_id) article_id, seq, link from ledger where article_id = any(%s)
           order by article_id, seq desc""",
        list(fresh),
    )
    ends = {row["article_id"]: (row["seq"], row["link"]) for row in last}
    made = [entry for article, texts in fresh.items() for entry in _linked(texts, *ends.get(article, (0, GENESIS)))]
    conn.execute(
        """
        insert into ledger (article_id, seq, version_id, origin, extractor, recorded_at, text_sha, link)
        select * from unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[],
                             %s::bytea[], %s::bytea[])""",
        columns([entry[name] for name in _ENTRY] for entry in made),
    )


def _linked(texts: Iterable[Row], last: int, link: bytes) -> Iterator[Row]:
    """Number and link the texts of one article after its last entry."""
    for seq, entry in enumerate(texts, last + 1):
        link = next_link(link, statement({**entry, "seq": seq}))
        yield {**entry, "seq": seq, "link": link}


def unsealed(conn: Connection, limit: int) -> list[int]:
    """Give articles with texts that are not in their chain yet (our corrected ones are sealed by the clock)."""
    found = rows(
        conn,
        """
        select distinct v.article_id from versions v
        where v.erased_at is null and not exists (select 1 from ledger l where l.version_id = v.id) limit %s""",
        limit,
    )
    return [row["article_id"] for row in found]


def entries(conn: Connection, article_id: int) -> list[Row]:
    """Give an article's chain, oldest first, with the hash that each stored text has now (null: erased)."""
    return rows(
        conn,
        """
        select l.seq, a.url, l.version_id, l.origin, l.recorded_at, l.extractor, l.text_sha, l.link,
               v.observed_at, v.erased_at, v.erased_why,
               case when v.erased_at is null and coalesce(v.read_at, v.recorded_at) = l.recorded_at
                    then sha256(convert_to(v.title || e'\\n\\n' || v.body, 'UTF8')) end as stored_sha
        from ledger l join versions v on v.id = l.version_id join articles a on a.id = l.article_id
        where l.article_id = %s order by l.seq""",
        article_id,
    )


def statement(entry: Row) -> str:
    """Give the line that an entry's link covers."""
    return "|".join(
        (
            "copydesk 1",
            str(entry["seq"]),
            entry["url"],
            str(entry["version_id"]),
            entry["origin"],
            stamp(entry["recorded_at"]),
            bytes(entry["text_sha"]).hex(),
        )
    )


def next_link(before: bytes, said: str) -> bytes:
    """Give the link of an entry after that of the one before."""
    return hashlib.sha256(before + said.encode()).digest()


def faults(chain: list[Row]) -> list[str]:
    """Say what is wrong with a chain: a broken link, a stored text that is not the one of its entry."""
    found, before = [], GENESIS
    for place, entry in enumerate(chain, 1):
        if entry["seq"] != place:
            found.append(f"entry {place} is missing")
        if next_link(before, statement(entry)) != bytes(entry["link"]):
            found.append(f"entry {entry['seq']}: the link does not follow from the one before")
        if entry["stored_sha"] is not None and entry["stored_sha"] != entry["text_sha"]:
            found.append(f"entry {entry['seq']}: the stored text of version {entry['version_id']} is another")
        before = bytes(entry["link"])
    return found
