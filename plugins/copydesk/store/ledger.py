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

from copydesk.outlets.lines import stamp
from copydesk.store.db import Connection, Row, rows

GENESIS = bytes(32)


def seal(conn: Connection, article_id: int) -> None:
    """Append the texts of an article that are not in its chain yet."""
    conn.execute("select pg_advisory_xact_lock(1, %s::int)", (article_id % 2_147_483_647,))  # its chain's own lock
    fresh = rows(
        conn,
        """
        select v.id as version_id, v.origin, coalesce(v.read_at, v.recorded_at) as recorded_at, v.extractor, a.url,
               sha256(convert_to(v.title || e'\\n\\n' || v.body, 'UTF8')) as text_sha
        from versions v join articles a on a.id = v.article_id
        where v.article_id = %s and v.erased_at is null
          and not exists (select 1 from ledger l where l.version_id = v.id
                          and l.text_sha = sha256(convert_to(v.title || e'\\n\\n' || v.body, 'UTF8')))
        order by coalesce(v.read_at, v.recorded_at), v.id""",
        article_id,
    )
    if not fresh:
        return
    last = conn.execute(
        "select seq, link from ledger where article_id = %s order by seq desc limit 1", (article_id,)
    ).fetchone()
    seq, link = (last["seq"], last["link"]) if last else (0, GENESIS)
    for entry in fresh:
        seq += 1
        entry["seq"] = seq
        link = next_link(link, statement(entry))
        conn.execute(
            """
            insert into ledger (article_id, seq, version_id, origin, extractor, recorded_at, text_sha, link)
            values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                article_id,
                seq,
                entry["version_id"],
                entry["origin"],
                entry["extractor"],
                entry["recorded_at"],
                entry["text_sha"],
                link,
            ),
        )


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
