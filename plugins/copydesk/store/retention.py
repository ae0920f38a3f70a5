"""Rules by which texts and bytes are erased by age, and what they touch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from copydesk.store.db import Connection, Row, clean, maybe, one, rows

BATCH = 500


def add(
    conn: Connection,
    publisher: str | None,
    rights: str | None,
    texts: timedelta | None,
    snapshots: timedelta | None,
    reason: str,
) -> int:
    """Add a rule; gives its id."""
    row = one(
        conn,
        """insert into retention_rules (publisher, rights, texts, snapshots, reason) values (%s, %s, %s, %s, %s)
           returning id""",
        publisher,
        rights,
        texts,
        snapshots,
        clean(reason),
    )
    return int(row["id"])


def remove(conn: Connection, rule_id: int) -> bool:
    """Remove a rule; what it erased stays erased. False: no such rule."""
    return maybe(conn, "delete from retention_rules where id = %s returning id", rule_id) is not None


def listing(conn: Connection) -> list[Row]:
    """Give every rule."""
    return rows(
        conn, "select id, publisher, rights, texts, snapshots, reason, added_at from retention_rules order by id"
    )


def old_texts(conn: Connection, rule: Row, limit: int | None = BATCH) -> list[Row]:
    """Give versions whose text a rule erases, oldest article first: id and article_id."""
    return conn.execute(
        """
        select v.id, v.article_id from versions v join articles a on a.id = v.article_id
        where v.erased_at is null and v.observed_at < now() - %(texts)s::interval
          and (%(publisher)s::text is null or a.publisher = %(publisher)s)
          and (%(rights)s::text is null or %(rights)s = any(a.rights))
        order by v.article_id, v.id limit %(limit)s""",
        {**rule, "limit": limit},
    ).fetchall()


def old_snapshots(conn: Connection, rule: Row, limit: int | None = BATCH) -> list[bytes]:
    """Give bodies of pages, and by a rule for everybody of feeds, that nothing newer than the rule allows refers to."""
    found = conn.execute(
        """
        select s.sha256 from snapshots s
        where s.erased_at is null and s.stored_at < now() - %(snapshots)s::interval
          and (exists (select 1 from observations o join articles a on a.id = o.article_id where o.snapshot = s.sha256
                         and (%(publisher)s::text is null or a.publisher = %(publisher)s)
                         and (%(rights)s::text is null or %(rights)s = any(a.rights)))
               or %(publisher)s::text is null and %(rights)s::text is null)
          and not exists (select 1 from observations o where o.snapshot = s.sha256
                            and (o.observed_at >= now() - %(snapshots)s::interval or o.state = 'new'))
          and not exists (select 1 from feed_polls p where p.snapshot = s.sha256
                            and p.observed_at >= now() - %(snapshots)s::interval)
        order by s.stored_at limit %(limit)s""",
        {**rule, "limit": limit},
    ).fetchall()
    return [row["sha256"] for row in found]


def erase_texts(conn: Connection, rule: Row, version_ids: Sequence[int]) -> None:
    """Erase bodies of versions and every piece of them, in old feeds' items too. Titles, dates and hashes stay."""
    ids = list(version_ids)
    conn.execute(
        """
        update versions set body = '', erased_at = clock_timestamp(), erased_why = 'retention',
               facts = facts - '{blocks,notices,removed,standfirst,emails,instruments,edits}'::text[]
        where id = any(%s) and erased_at is null""",
        (ids,),
    )
    conn.execute("delete from readings where version_id = any(%s)", (ids,))
    conn.execute(
        """update revisions set edits = '[]', summary = '', fields = '[]', facts = '[]'
           where version_id = any(%s) or previous_id = any(%s)""",
        (ids, ids),
    )
    conn.execute(
        """update applications set edits = '[]', candidates = '[]', evidence = '{}'
           where version_id = any(%s) or result_id = any(%s)""",
        (ids, ids),
    )
    conn.execute(
        """
        update entry_sightings s set item = item - '{summary,content}'::text[]
        from entries e where s.entry_id = e.id and s.observed_at < now() - %s::interval
          and e.article_id in (select article_id from versions where id = any(%s))""",
        (rule["texts"], ids),
    )
