"""Notices, corrections and applications; what people see and say of them is in :mod:`.decisions`.

``applications`` keeps one standing row per correction and version; a new
decision supersedes the row before it, which stays for the record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from copydesk.model import Notice, Verdict
from copydesk.store.db import Connection, Row, clean, columns, jsonb, maybe, one, plain, rows


def want(conn: Connection, article_ids: Sequence[int]) -> None:
    """Ask for these articles' clusters and corrections to be worked out again."""
    if article_ids:
        conn.execute(
            """insert into correction_work (article_id) select unnest(%s::bigint[])
               on conflict (article_id) do update set wanted_at = clock_timestamp(), lease_until = '-infinity',
                   lease_token = null""",
            (sorted(set(article_ids)),),
        )


def claim(conn: Connection, limit: int) -> list[Row]:
    """Lease articles whose corrections are to be worked out, longest waiting first."""
    return rows(
        conn,
        """
        update correction_work w set lease_token = nextval('fence'), lease_until = clock_timestamp() + '2 min'
        from (select article_id from correction_work where lease_until < clock_timestamp()
              order by wanted_at limit %s for update skip locked) due
        where w.article_id = due.article_id returning w.article_id, w.lease_token""",
        limit,
    )


def done(conn: Connection, work: Sequence[Row]) -> None:
    """Strike out pieces of work, but none that was asked for again meanwhile."""
    if work:
        conn.execute(
            """delete from correction_work c using unnest(%s::bigint[], %s::bigint[]) w (article, token)
               where c.article_id = w.article and c.lease_token = w.token""",
            columns((piece["article_id"], piece["lease_token"]) for piece in work),
        )


def waiting(conn: Connection) -> int:
    """How many articles wait for their corrections to be worked out."""
    return int(one(conn, "select count(*) as n from correction_work")["n"])


def save_notice(conn: Connection, article_id: int, notice: Notice, first: int, last: int, observed_at: datetime) -> int:
    """Store a notice of a page with the first and last version that show it."""
    row = one(
        conn,
        """
        insert into notices (article_id, text_sha, kind, text, headed, placement, style, lang, confidence, rule,
                             first_version_id, last_version_id, observed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (article_id, text_sha) do update set first_version_id = excluded.first_version_id,
            last_version_id = excluded.last_version_id, observed_at = excluded.observed_at
        returning id""",
        article_id,
        hashlib.sha256(notice.text.encode("utf-8", "replace")).digest(),
        notice.kind,
        clean(notice.text),
        clean(notice.headed),
        notice.placement,
        notice.publisher_style,
        notice.lang,
        notice.confidence,
        notice.rule,
        first,
        last,
        observed_at,
    )
    return int(row["id"])


def save_correction(conn: Connection, notice_id: int, notice: Notice, target: int | None, actionable: bool) -> int:
    """Store (or bring up to date) the reading of a notice."""
    row = one(
        conn,
        """
        insert into corrections (notice_id, target_id, kind, claims, wrong, "right", field, paragraph, dated,
                                 confidence, actionable, reading)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (notice_id) do update set target_id = excluded.target_id, kind = excluded.kind,
            claims = excluded.claims, wrong = excluded.wrong, "right" = excluded."right", field = excluded.field,
            actionable = excluded.actionable, reading = excluded.reading
        returning id""",
        notice_id,
        target,
        notice.kind,
        jsonb(notice.claims),
        clean(notice.wrong),
        clean(notice.right),
        notice.field,
        notice.paragraph,
        notice.dated,
        notice.confidence,
        actionable,
        jsonb(notice),
    )
    return int(row["id"])


def drop_stale_notices(conn: Connection, article_id: int, kept: Sequence[int]) -> None:
    """Forget readings of notices that no version shows any more (an extractor changed its mind); history stays."""
    conn.execute(
        """
        delete from corrections c using notices n where n.id = c.notice_id and n.article_id = %s
          and not n.id = any(%s) and not exists (select 1 from applications a where a.correction_id = c.id)""",
        (article_id, list(kept)),
    )


def standing(conn: Connection, correction_id: int, version_id: int) -> Row | None:
    """Give the decision that stands for a correction at a version."""
    return maybe(
        conn,
        """select * from applications where correction_id = %s and version_id = %s
                          and superseded_at is null""",
        correction_id,
        version_id,
    )


def standing_for_article(conn: Connection, correction_id: int, article_id: int) -> list[Row]:
    """Give every standing decision of a correction about an article's versions."""
    return rows(
        conn,
        """select * from applications where correction_id = %s and article_id = %s
                         and superseded_at is null""",
        correction_id,
        article_id,
    )


def decide(
    conn: Connection,
    correction_id: int,
    version_id: int,
    article_id: int,
    verdict: Verdict,
    *,
    decided_by: str = "policy",
    fixed_by: int | None = None,
    result: int | None = None,
) -> int | None:
    """Let a verdict stand; None when the same one stood already."""
    old = standing(conn, correction_id, version_id)
    if old and _same(old, verdict, decided_by, fixed_by):
        return None
    if old:
        conn.execute("update applications set superseded_at = clock_timestamp() where id = %s", (old["id"],))
    row = one(
        conn,
        """
        insert into applications (correction_id, version_id, article_id, outcome, reason, edits, candidates,
                                  evidence, decided_by, fixed_by_id, result_id)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id""",
        correction_id,
        version_id,
        article_id,
        verdict.outcome,
        verdict.reason,
        jsonb(verdict.edits),
        jsonb(verdict.candidates),
        jsonb(verdict.evidence),
        decided_by,
        fixed_by,
        result,
    )
    return int(row["id"])


def set_result(conn: Connection, version_id: int, result: int | None) -> None:
    """Point all applied decisions about a publisher's version at the derived version that carries them."""
    conn.execute(
        """update applications set result_id = %s where version_id = %s and outcome = 'applied'
                    and superseded_at is null and result_id is distinct from %s""",
        (result, version_id, result),
    )


def applied_to(conn: Connection, version_id: int) -> list[Row]:
    """Give the applied decisions that stand for a publisher's version."""
    return rows(
        conn,
        """select * from applications where version_id = %s and outcome = 'applied'
                         and superseded_at is null order by id""",
        version_id,
    )


def _same(old: Row, verdict: Verdict, decided_by: str, fixed_by: int | None) -> bool:
    edits = [{"new": "", "old": "", **plain(asdict(e))} for e in verdict.edits]
    stored = [{"new": "", "old": "", **e} for e in old["edits"]]
    return bool(
        (old["outcome"], old["reason"], stored, old["fixed_by_id"], old["decided_by"])
        == (verdict.outcome, verdict.reason, edits, fixed_by, decided_by)
    )


def touching(conn: Connection, article_ids: Sequence[int]) -> list[Row]:
    """Give the corrections whose notices stand at these articles or speak of them, in order of observation."""
    return rows(
        conn,
        """
        select c.*, n.article_id as source_id, n.first_version_id, n.observed_at as noticed_at
        from corrections c join notices n on n.id = c.notice_id
        where n.article_id = any(%s) or c.target_id = any(%s) order by n.observed_at, n.text_sha""",
        list(article_ids),
        list(article_ids),
    )


def noticed_at(conn: Connection, correction_id: int) -> datetime:
    """When the notice of a correction was first seen."""
    at = one(
        conn,
        "select n.observed_at from corrections c join notices n on n.id = c.notice_id where c.id = %s",
        correction_id,
    )["observed_at"]
    assert isinstance(at, datetime)
    return at


def concerned(conn: Connection, article_ids: Sequence[int]) -> set[int]:
    """Give those of these articles that a notice, correction, decision or retraction touches."""
    found = rows(
        conn,
        """
        select a.id from unnest(%s::bigint[]) a (id)
        where exists (select from notices where article_id = a.id)
           or exists (select from versions where article_id = a.id and facts -> 'notices' <> '[]')
           or exists (select from corrections where target_id = a.id)
           or exists (select from applications where article_id = a.id and superseded_at is null)
           or exists (select from articles where id = a.id and pub_status <> 'usable')""",
        list(article_ids),
    )
    return {row["id"] for row in found}


def of_strangers(conn: Connection, article_ids: Sequence[int]) -> list[Row]:
    """Give policy's standing decisions at these articles by notices that neither stand at one nor speak of one."""
    ids = list(article_ids)
    return rows(
        conn,
        """
        select p.* from applications p join corrections c on c.id = p.correction_id
        join notices n on n.id = c.notice_id
        where p.article_id = any(%s) and p.superseded_at is null and p.decided_by = 'policy'
          and p.outcome <> 'withdrawn' and not n.article_id = any(%s)
          and (c.target_id is null or not c.target_id = any(%s))""",
        ids,
        ids,
        ids,
    )
