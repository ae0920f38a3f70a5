"""One article as its page shows it: the chain of texts, what was said of them, the copies, the stored bytes."""

from __future__ import annotations

from datetime import datetime

from copydesk.model import VersionText
from copydesk.store import articles, versions
from copydesk.store.db import Connection, Row, maybe, rows


def article(conn: Connection, article_id: int) -> Row | None:
    """Give an article with its URL, the first at which it was found, publisher, state and cluster."""
    return maybe(
        conn,
        """
        select a.id, a.url, a.publisher, a.state, a.pub_status, a.flapping, a.why, a.first_seen_at, a.last_change_at,
               a.next_visit_at, a.visits, m.cluster_id, m.relation,
               (select u.url from article_urls u where u.article_id = a.id
                order by u.added_at, u.url limit 1) as first_url
        from articles a left join cluster_members m on m.article_id = a.id where a.id = %s""",
        article_id,
    )


def chain(conn: Connection, article_id: int, known: datetime | None = None) -> list[Row]:
    """Give the publisher's versions in order, without their bodies, each with what the step to it was, and the
    corrected text that stands beside it. ``known``: only what was recorded by then.

    A change was made after ``changed_after`` (the last look that saw the text before) and not after ``observed_at``.
    """
    return rows(
        conn,
        """
        select v.id, v.observed_at, v.recorded_at, v.title, v.byline, v.lang, v.words, v.extractor, v.published_at,
               encode(v.snapshot, 'hex') as snapshot, encode(v.content_sha, 'hex') as content_sha,
               r.kind as revision, r.material, r.summary, t.changed_after, d.id as corrected_id,
               row_number() over (order by v.observed_at, v.content_sha)::int as ordinal,
               lead(v.observed_at) over (order by v.observed_at, v.content_sha) as until
        from versions v left join revisions r on r.version_id = v.id
        left join revision_times t on t.version_id = v.id
        left join lateral (select id from versions d where d.based_on = v.id and d.origin = 'correction'
                           and d.withdrawn_at is null order by id desc limit 1) d on true
        where v.article_id = %s and v.origin = 'publisher' and (%s::timestamptz is null or v.recorded_at <= %s)
        order by v.observed_at, v.content_sha""",
        article_id,
        known,
        known,
    )


def standing_at(conn: Connection, url: str, seen: datetime | None = None, known: datetime | None = None) -> int | None:
    """Give the version that stood at a URL at ``seen`` as far as it was known at ``known`` (each by default now)."""
    row = maybe(
        conn,
        """
        select version_id
        from article_as_of(%s, coalesce(%s, statement_timestamp()), coalesce(%s, statement_timestamp()))""",
        url,
        seen,
        known,
    )
    return row["version_id"] if row else None


def text(conn: Connection, version_id: int) -> Row | None:
    """Give one version with its whole text: the publisher's or a corrected one."""
    return maybe(
        conn,
        """
        select v.id, v.article_id, v.origin, v.observed_at, v.recorded_at, v.title, v.byline, v.body, v.lang, v.words,
               v.published_at, v.extractor, v.based_on, v.withdrawn_at, v.withdrawn_why,
               v.erased_at, v.erased_why,
               encode(v.content_sha, 'hex') as content_sha, encode(v.snapshot, 'hex') as snapshot,
               v.facts -> 'standfirst' ->> 'value' as standfirst, v.facts ->> 'agency' as agency
        from versions v where v.id = %s""",
        version_id,
    )


def pair(conn: Connection, a: Row, b: Row) -> tuple[VersionText, VersionText]:
    """Give two versions (:func:`text`) to be compared: where two extractors read them, as one of them reads both,
    if the bytes were read again, so that a better extractor is no change of the publisher's."""
    return versions.comparable(conn, _words(a), _words(b))


def _words(row: Row) -> VersionText:
    return VersionText(row["title"], row["body"], tuple(row["byline"]), observed_at=row["observed_at"], id=row["id"])


def notices(conn: Connection, article_id: int) -> list[Row]:
    """Give the notices that speak of an article or of the text that it carries, wherever they stand, with what they
    say was wrong and right."""
    return rows(
        conn,
        """
        select n.id, n.kind, n.text, n.headed, n.placement, n.lang, n.confidence, n.observed_at, n.first_version_id,
               n.last_version_id, n.article_id, c.id as correction_id, c.wrong, c."right", c.field, c.claims, c.dated,
               s.publisher, s.url
        from notices n left join corrections c on c.notice_id = n.id join articles s on s.id = n.article_id
        where n.id in (select id from notices where article_id = %s
                       union select notice_id from corrections where target_id = %s
                       union select k.notice_id from applications p join corrections k on k.id = p.correction_id
                             where p.article_id = %s and p.superseded_at is null)
        order by n.observed_at, n.id""",
        article_id,
        article_id,
        article_id,
    )


def decisions(conn: Connection, article_id: int) -> list[Row]:
    """Give the decisions that stand about an article's versions, newest first."""
    return rows(
        conn,
        """
        select p.id, p.correction_id, p.version_id, p.outcome, p.reason, p.edits, p.candidates, p.evidence,
               p.decided_by, p.decided_at, p.result_id, p.fixed_by_id, c.kind, c.wrong, c."right", n.text as notice,
               s.publisher as source
        from applications p join corrections c on c.id = p.correction_id join notices n on n.id = c.notice_id
        join articles s on s.id = n.article_id
        where p.article_id = %s and p.superseded_at is null order by p.id desc""",
        article_id,
    )


def copies(conn: Connection, cluster_id: int, limit: int = 100) -> list[Row]:
    """Give the members of a cluster, the origin first, each with its headline and how many errors it still carries."""
    return rows(
        conn,
        """
        select m.article_id, m.article_id = c.origin_id as is_origin, m.relation, m.overlap,
               a.url, a.publisher, a.state, a.pub_status, v.title, v.observed_at,
               wrong.n as still_wrong, wrong.corrected_id, fixed.n as fixed
        from cluster_members m join clusters c on c.id = m.cluster_id join articles a on a.id = m.article_id
        join latest_versions l on l.article_id = m.article_id join versions v on v.id = l.version_id
        cross join lateral (select count(*) as n, max(p.result_id) as corrected_id from applications p
            where p.article_id = m.article_id and p.version_id = l.version_id and p.superseded_at is null
              and p.outcome in ('applied', 'review', 'contradicted')) wrong
        cross join lateral (select count(*) as n from applications p
            where p.article_id = m.article_id and p.version_id = l.version_id and p.superseded_at is null
              and p.outcome = 'already_corrected') fixed
        where m.cluster_id = %s order by is_origin desc, v.observed_at, m.article_id limit %s""",
        cluster_id,
        limit,
    )


def cluster(conn: Connection, cluster_id: int) -> Row | None:
    """Give a cluster with its origin and size."""
    return maybe(
        conn,
        """
        select c.id, c.origin_id, c.created_at,
               (select count(*) from cluster_members m where m.cluster_id = c.id) as size
        from clusters c where c.id = %s""",
        cluster_id,
    )


def looks(conn: Connection, article_id: int, version_id: int, limit: int = 50) -> list[Row]:
    """Give the looks that showed a version, newest first, with the bytes they brought."""
    return rows(
        conn,
        """
        select o.id, o.url, o.observed_at, o.recorded_at, o.source, o.status, o.final_url, o.headers, o.decision,
               encode(o.snapshot, 'hex') as snapshot, s.size, s.stored_at, s.erased_at,
               length(s.bytes) as packed
        from observations o left join snapshots s on s.sha256 = o.snapshot
        where o.article_id = %s and o.version_id = %s order by o.observed_at desc, o.id desc limit %s""",
        article_id,
        version_id,
        limit,
    )


def by_url(conn: Connection, url: str) -> int | None:
    """Give the article that a URL in its normal form belongs to."""
    row = articles.find(conn, url)
    return row["id"] if row else None
