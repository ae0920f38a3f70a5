"""Articles that were taken down, and every place where their words stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import LiteralString

from copydesk.store.db import Connection, Row, clean, maybe, one, rows
from copydesk.store.feeds import sha


def record(conn: Connection, article_id: int, reason: str, by: str) -> None:
    """Write down that an article was taken down; a second time changes nothing. No look is planned any more."""
    conn.execute(
        """insert into takedowns (article_id, reason, decided_by) values (%s, %s, %s) on conflict do nothing""",
        (article_id, clean(reason), clean(by)),
    )
    conn.execute(
        """
        update articles set next_visit_at = null, state = 'withdrawn', why = 'takedown', etag = null,
               last_modified = null where id = %s""",
        (article_id,),
    )


def of(conn: Connection, article_id: int) -> Row | None:
    """Give the takedown of an article, or None."""
    return maybe(conn, "select reason, decided_by, decided_at from takedowns where article_id = %s", article_id)


def listing(conn: Connection) -> list[Row]:
    """Give all takedowns, newest first."""
    return rows(
        conn,
        """
        select a.url, t.reason, t.decided_by, t.decided_at, t.swept_at
        from takedowns t join articles a on a.id = t.article_id order by t.decided_at desc""",
    )


TABLES = (
    "versions", "readings", "revisions", "reviews", "applications", "corrections", "notices", "entries",
    "entry_sightings", "observations", "changes", "deliveries", "quarantine", "replay_slices", "snapshots", "articles",
    "latest_versions",
)  # fmt: skip
"""Every table in which an article's words may stand."""

_ERASE: tuple[tuple[str, LiteralString], ...] = (
    (
        "versions",
        """update versions set title = '', byline = '{}', body = '', facts = '{}', fingerprint = '{}', shingles = 0,
               erased_at = clock_timestamp(), erased_why = 'takedown'
           where article_id = %(id)s and (erased_at is null or erased_why <> 'takedown')""",
    ),
    ("readings", "delete from readings where version_id in (select id from versions where article_id = %(id)s)"),
    ("claims", "update observations set claims = null, reason = '' where article_id = %(id)s"),
    ("signals", "delete from revisit_signals where article_id = %(id)s and looked_at is null"),
    (
        "revisions",
        "update revisions set edits = '[]', summary = '', fields = '[]', facts = '[]' where article_id = %(id)s",
    ),
    (
        "reviews",
        """update reviews set note = '', edits = null where application_id in (
               select p.id from applications p join corrections c on c.id = p.correction_id
               join notices n on n.id = c.notice_id where p.article_id = %(id)s or n.article_id = %(id)s)""",
    ),
    (
        "applications",
        """update applications set edits = '[]', candidates = '[]', evidence = '{}' where id in (
               select p.id from applications p join corrections c on c.id = p.correction_id
               join notices n on n.id = c.notice_id where p.article_id = %(id)s or n.article_id = %(id)s)""",
    ),
    (
        "corrections",
        """update corrections set claims = '[]', wrong = null, "right" = null, paragraph = null,
               actionable = false, target_id = null, reading = jsonb_build_object('kind', reading -> 'kind')
           where notice_id in (select id from notices where article_id = %(id)s)""",
    ),
    ("notices", "update notices set text = '', headed = null where article_id = %(id)s"),
    ("entries", "update entries set title = null where article_id = %(id)s"),
    (
        "sightings",
        """update entry_sightings set item = '{}'
           where entry_id in (select id from entries where article_id = %(id)s)""",
    ),
    (
        "observations",
        """update observations set headers = '{}', detail = '',
               state = case when state = 'new' then 'done' else state end,
               decision = case when state = 'new' then 'failed' else decision end
           where article_id = %(id)s""",
    ),
    ("changes", "update changes set data = '{}' where article_id = %(id)s and kind <> 'takedown'"),
    (
        "deliveries",
        """update deliveries set event = event || '{"data": {}}' where article_id = %(id)s
             and event ->> 'type' <> 'takedown'""",
    ),
    (
        "quarantine",
        """update quarantine set detail = '' where ref in (
               select 'observation ' || id from observations where article_id = %(id)s)""",
    ),
    (
        "samples",
        """update replay_slices set report = report || '{"samples": []}'
           where observations && array(select id from observations where article_id = %(id)s) and report is not null""",
    ),
)


def erase(conn: Connection, article_id: int) -> Counter[str]:
    """Erase an article's words from every row that holds them; gives rows by table. Hashes, dates and URLs stay."""
    return Counter({name: conn.execute(query, {"id": article_id}).rowcount for name, query in _ERASE})


def copies_corrected_by(conn: Connection, article_id: int) -> list[Row]:
    """Give the corrected texts of other articles that say what this article's notices said."""
    return rows(
        conn,
        """
        select distinct v.id, v.article_id from applications p join corrections c on c.id = p.correction_id
        join notices n on n.id = c.notice_id join versions v on v.id = p.result_id
        where n.article_id = %s and v.article_id <> %s""",
        article_id,
        article_id,
    )


def led_to(conn: Connection, article_id: int, urls: Sequence[str]) -> str | None:
    """Give which of these URLs belongs to another article that was taken down, if one does."""
    found = maybe(
        conn,
        """
        select u.url from takedowns t join article_urls u using (article_id)
        where u.url_sha = any(%s) and u.article_id <> %s limit 1""",
        [sha(url) for url in urls],
        article_id,
    )
    return found["url"] if found else None


def among(conn: Connection, urls: Iterable[str]) -> set[bytes]:
    """Give the hashes (:func:`copydesk.store.feeds.sha`) of those URLs whose article was taken down."""
    found = rows(
        conn,
        "select u.url_sha from takedowns t join article_urls u using (article_id) where u.url_sha = any(%s)",
        [sha(url) for url in urls],
    )
    return {bytes(row["url_sha"]) for row in found}


def has_text(conn: Connection, article_id: int) -> bool:
    """Whether an article ever had a text."""
    return maybe(conn, "select 1 from versions where article_id = %s limit 1", article_id) is not None


def erase_look(conn: Connection, article_id: int, observation_id: int) -> None:
    """Leave of one look that there was one; its page is not asked for again."""
    conn.execute("update articles set next_visit_at = null where id = %s", (article_id,))
    conn.execute(
        """
        update observations set headers = '{}', detail = '', claims = null, reason = 'taken_down', state = 'done',
               decision = 'failed', lease_token = null where id = %s""",
        (observation_id,),
    )


def erase_version(conn: Connection, version_id: int) -> None:
    """Erase one corrected text, and take it out of use."""
    conn.execute(
        """
        update versions set title = '', byline = '{}', body = '', facts = '{}', erased_at = clock_timestamp(),
               erased_why = 'takedown', withdrawn_at = coalesce(withdrawn_at, clock_timestamp()),
               withdrawn_why = 'takedown' where id = %s""",
        (version_id,),
    )


def withdraw_applications(conn: Connection, article_id: int) -> None:
    """No decision that rests on a notice of this article stands any more."""
    conn.execute(
        """
        update applications set superseded_at = clock_timestamp() where superseded_at is null and id in (
            select p.id from applications p join corrections c on c.id = p.correction_id
            join notices n on n.id = c.notice_id where n.article_id = %s or p.article_id = %s)""",
        (article_id, article_id),
    )


def page_snapshots(conn: Connection, article_id: int, only: bytes | None = None) -> list[bytes]:
    """Give the hashes of an article's pages (of this one), but not of bytes that others show too (a consent wall)."""
    found = rows(
        conn,
        """
        select distinct o.snapshot from observations o where o.article_id = %s and o.snapshot = coalesce(%s, o.snapshot)
          and not exists (select from observations p where p.snapshot = o.snapshot and p.article_id <> o.article_id
                            and p.article_id not in (select article_id from takedowns))""",
        article_id,
        only,
    )
    return [row["snapshot"] for row in found]


def feed_snapshots(conn: Connection, article_id: int) -> list[Row]:
    """Give the bodies of the feeds that carried an article, since they were last searched: sha256, observed_at,
    ``within``: polled while the article stood in the feed."""
    return rows(
        conn,
        """
        select p.snapshot as sha256, min(p.observed_at) as observed_at,
               bool_or(p.observed_at between e.first_seen_at and e.last_seen_at) as within
        from takedowns t join entries e on e.article_id = t.article_id join feed_polls p on p.feed_id = e.feed_id
        join snapshots s on s.sha256 = p.snapshot
        where t.article_id = %s and s.erased_at is null
          and p.recorded_at > coalesce(t.swept_at, '-infinity') - interval '1 hour'
        group by p.snapshot
        union
        select s.snapshot, min(s.observed_at), true from entry_sightings s join entries e on e.id = s.entry_id
        join snapshots b on b.sha256 = s.snapshot
        where e.article_id = %s and b.erased_at is null group by s.snapshot""",
        article_id,
        article_id,
    )


def marks(conn: Connection, article_id: int) -> list[str]:
    """Give what tells that a feed's body speaks of an article: its URLs and the ids and links of its entries."""
    found = one(
        conn,
        """
        select array(select url from article_urls where article_id = %s union
                     select link from entries where article_id = %s union
                     select guid from entries where article_id = %s) as marks""",
        article_id,
        article_id,
        article_id,
    )
    return [mark for mark in found["marks"] if mark and len(mark) > 3]


def swept(conn: Connection, article_id: int, at: datetime) -> None:
    """Remember that everything fetched until then was searched."""
    conn.execute("update takedowns set swept_at = %s where article_id = %s", (at, article_id))


def to_sweep(conn: Connection) -> Sequence[int]:
    """Give the taken-down articles whose feeds brought new bodies since they were searched."""
    found = rows(
        conn,
        """
        select t.article_id from takedowns t where exists (
            select 1 from entries e join feed_polls p on p.feed_id = e.feed_id
            where e.article_id = t.article_id and p.recorded_at > coalesce(t.swept_at, '-infinity'))""",
    )
    return [row["article_id"] for row in found]


def nothing_to_work_out(conn: Connection, article_id: int) -> None:
    """No correction can concern an article without a text."""
    conn.execute("delete from correction_work where article_id = %s", (article_id,))
