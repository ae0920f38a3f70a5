"""The review queue, the ledger of decisions, and how each publisher corrects."""

from __future__ import annotations

from typing import Any, LiteralString

from copydesk.store import keyset
from copydesk.store.db import Connection, Row, jsonb, maybe, one, rows

_DECISION: LiteralString = """
    select p.id, p.correction_id, p.version_id, p.article_id, p.outcome, p.reason, p.edits, p.candidates, p.evidence,
           p.decided_by, p.decided_at, p.result_id, p.fixed_by_id, p.superseded_at, c.kind, c.wrong, c."right",
           c.field, c.paragraph, c.claims, c.confidence, n.text as notice, n.headed, n.placement,
           n.observed_at as noticed_at, n.article_id as source_id, s.publisher as source, s.url as source_url,
           a.url, a.publisher, v.title
    from applications p join corrections c on c.id = p.correction_id join notices n on n.id = c.notice_id
    join articles s on s.id = n.article_id join articles a on a.id = p.article_id
    join versions v on v.id = p.version_id """


def queue(conn: Connection, *, after: str = "", limit: int = 20) -> tuple[list[Row], str | None]:
    """Give decisions that wait for a person, longest waiting first, each with the text in question."""
    (last,) = keyset.unpack(after, int) if after else (0,)
    found = rows(
        conn,
        _DECISION.replace("v.title", "v.title, v.body")
        + "where p.superseded_at is null and p.outcome = 'review' and p.id > %s order by p.id limit %s",
        last,
        limit + 1,
    )
    return found[:limit], keyset.pack(found[limit - 1]["id"]) if len(found) > limit else None


def ledger(
    conn: Connection, *, outcome: str | None = None, publisher: str | None = None, after: str = "", limit: int = 50
) -> tuple[list[Row], str | None]:
    """Give the decisions that stand, newest first."""
    (last,) = keyset.unpack(after, int) if after else (None,)
    wanted: list[LiteralString] = ["p.superseded_at is null"]
    if outcome:
        wanted.append("p.outcome = %(outcome)s")
    if publisher:
        wanted.append("a.publisher = %(publisher)s")
    if last is not None:
        wanted.append("p.id < %(last)s")
    values = {"outcome": outcome, "publisher": publisher, "last": last, "fetch": limit + 1}
    found = conn.execute(
        _DECISION + "where " + " and ".join(wanted) + " order by p.id desc limit %(fetch)s", values, prepare=False
    ).fetchall()
    return found[:limit], keyset.pack(found[limit - 1]["id"]) if len(found) > limit else None


def decision(conn: Connection, application_id: int) -> Row | None:
    """Give one decision with the text in question."""
    return maybe(conn, _DECISION.replace("v.title", "v.title, v.body") + "where p.id = %s", application_id)


def standing(conn: Connection, application_id: int) -> int | None:
    """Give the decision that stands now where this one stood."""
    row = maybe(
        conn,
        """
        select n.id from applications o join applications n using (correction_id, version_id)
        where o.id = %s and n.superseded_at is null""",
        application_id,
    )
    return row["id"] if row else None


def history(conn: Connection, correction_id: int, version_id: int) -> list[Row]:
    """Give everything that was decided about a correction at a version, with who and when, oldest first."""
    return rows(
        conn,
        """
        select p.id, p.outcome, p.reason, p.decided_by, p.decided_at, p.superseded_at,
               r.action, r.reviewer, r.note, r.at
        from applications p left join lateral (
            select * from reviews r where r.application_id = p.id order by r.id desc limit 1) r on true
        where p.correction_id = %s and p.version_id = %s order by p.id""",
        correction_id,
        version_id,
    )


def reviews(conn: Connection, *, after: str = "", limit: int = 50) -> tuple[list[Row], str | None]:
    """Give what people decided, newest first."""
    (last,) = keyset.unpack(after, int) if after else (None,)
    found = rows(
        conn,
        """
        select r.id, r.application_id, r.action, r.reviewer, r.note, r.edits, r.at
        from reviews r where %s::bigint is null or r.id < %s order by r.id desc limit %s""",
        last,
        last,
        limit + 1,
    )
    return found[:limit], keyset.pack(found[limit - 1]["id"]) if len(found) > limit else None


_SCORES: LiteralString = """
    with sizes as (
        select publisher, count(*) as articles from latest_versions group by 1),
    noticed as (
        select a.publisher, count(*) as corrections,
               count(*) filter (where c.target_id = n.article_id) as own,
               percentile_cont(0.5) within group (order by extract(epoch from n.observed_at - a.first_seen_at)::float8)
                   filter (where c.target_id = n.article_id) as seconds_to_correct
        from corrections c join notices n on n.id = c.notice_id join articles a on a.id = c.target_id
        where c.kind in ('correction', 'retraction', 'clarification', 'editors_note', 'amplification') group by 1),
    corrected as (
        select a.publisher, count(distinct c.target_id) as corrected_articles
        from corrections c join articles a on a.id = c.target_id group by 1),
    edits as (
        select a.publisher, count(*) as material_edits,
               count(*) filter (where r.kind in ('noticed_correction', 'retraction')) as announced
        from revisions r join articles a on a.id = r.article_id
        where r.material and r.previous_id is not null
          and r.kind in ('silent_correction', 'silent_edit', 'noticed_correction', 'retraction') group by 1),
    carried as (
        select a.publisher, count(*) as errors_carried
        from still_wrong w join articles a on a.id = w.article_id group by 1)
    select publisher, articles, coalesce(corrections, 0) as corrections, coalesce(own, 0) as timed,
           coalesce(corrected_articles, 0) as corrected_articles, seconds_to_correct,
           coalesce(material_edits, 0) as material_edits, coalesce(announced, 0) as announced,
           coalesce(errors_carried, 0) as errors_carried
    from sizes left join noticed using (publisher) left join corrected using (publisher)
    left join edits using (publisher) left join carried using (publisher) order by articles desc, publisher"""


def count_scores(conn: Connection) -> int:
    """Count every publisher's scorecard anew; gives how many publishers."""
    found = rows(conn, _SCORES)
    conn.execute("delete from scorecards")
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into scorecards (publisher, counted_at, figures) values (%s, clock_timestamp(), %s)",
            [(row["publisher"], jsonb({k: v for k, v in row.items() if k != "publisher"})) for row in found],
        )
    return len(found)


def counted_at(conn: Connection) -> Any:
    """When the scorecards were counted last; None when they never were."""
    return one(conn, "select min(counted_at) as at from scorecards")["at"]


def scorecard(conn: Connection) -> tuple[list[Row], Any]:
    """Give (scorecards, when they were counted): now where the archive is small, else as `maintain` left them."""
    small = "select count(*) <= 20000 as small from (select from latest_versions limit 20001) few"
    if one(conn, small)["small"]:
        return rows(conn, _SCORES), one(conn, "select clock_timestamp() as at")["at"]
    kept = rows(conn, "select publisher, counted_at, figures from scorecards")
    found = [{"publisher": row["publisher"], **row["figures"]} for row in kept]
    found.sort(key=lambda row: (-row["articles"], row["publisher"]))
    return found, min((row["counted_at"] for row in kept), default=None)
