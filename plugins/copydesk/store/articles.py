"""Articles and their URLs, which pages are due, and every look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copydesk.articles.revisit import Visit
from copydesk.articles.urls import url_key
from copydesk.model import Answer
from copydesk.store import addresses, hosts, revisits
from copydesk.store.db import Connection, Row, clean, columns, jsonb, maybe, one, rows
from copydesk.store.feeds import sha

LEASE = timedelta(minutes=5)
"""Of a batch of observations that one worker reads; longer than any batch takes."""

KEPT_HEADERS = (
    "content-type",
    "content-language",
    "date",
    "etag",
    "last-modified",
    "link",
    "x-robots-tag",
    "tdm-reservation",
    "tdm-policy",
    "content-usage",
    "cache-control",
    "age",
)


_PERMANENT = frozenset({301, 308})
_JUDGED = ("sign", "content_sha", "body_length", "flags", "extractor", "read_sha")
"""What a look was worth: a 304 is worth what the answer was that it vouches for."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a page, from the network or an archive."""

    article_id: int
    url: str
    answer: Answer
    source: str
    snapshot: bytes | None
    entry_id: int | None = None


def ensure(conn: Connection, url: str, seen_at: datetime, *, evidence: str, visit: bool = True) -> int | None:
    """Give the article of a URL; make one, due at once (if ``visit``), when there is none. None: not http(s)."""
    for article, _ in addresses.ensure(conn, [(url, seen_at)], evidence=evidence, due=visit).values():
        return article
    return None


def find(conn: Connection, url: str) -> Row | None:
    """Give the article that a URL belongs to, or None."""
    return maybe(
        conn,
        "select a.* from article_urls u join articles a on a.id = u.article_id where u.url_sha = %s",
        sha(url),
    )


def urls(conn: Connection, article_id: int) -> list[Row]:
    """Give every URL of an article with the evidence for it."""
    return rows(
        conn,
        "select url, evidence, added_at from article_urls where article_id = %s order by added_at",
        article_id,
    )


def any_due(conn: Connection, host: str) -> bool:
    """Whether a page of this host is due."""
    found = maybe(conn, "select 1 as due from articles where host = %s and next_visit_at <= now() limit 1", host)
    return found is not None


def save_look(conn: Connection, look: Look, *, next_visit_at: datetime | None, why: str = "") -> None:
    """Write one observation.

    A 304 stands for the bytes of the last 200, so it carries their snapshot; when those were
    read already and showed a version, there is nothing left to read and it is done at once.
    ``why`` is the reason of the next visit. A signal told after this look keeps its own, earlier one.
    """
    answer = look.answer
    headers = {k: v for k, v in answer.headers if k in KEPT_HEADERS}
    last = _last_complete(conn, look.article_id) if answer.status == 304 else None
    shown = last["version_id"] if last and last["state"] == "done" else None
    conn.execute(
        """
        insert into observations (url, url_sha, article_id, entry_id, observed_at, source, status, final_url,
                                  headers, failure, detail, snapshot, state, decision, version_id, decided_at,
                                  permanent, sign, content_sha, body_length, flags, extractor, read_sha)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, case when %s then clock_timestamp() end,
                %s, %s, %s, %s, %s, %s, %s)
        on conflict (url_sha, observed_at) do nothing""",
        (
            url_key(look.url),
            sha(look.url),
            look.article_id,
            look.entry_id,
            answer.fetched_at,
            look.source,
            answer.status,
            clean(answer.final_url),
            jsonb(headers),
            answer.failure,
            clean(answer.detail),
            last["snapshot"] if last else look.snapshot,
            "done" if shown else "new",
            "unchanged" if shown else "",
            shown,
            shown is not None,
            bool(answer.hops) and all(status in _PERMANENT for status, _ in answer.hops),
            *((last[name] for name in _JUDGED) if shown and last else (None, None, None, [], None, None)),
        ),
    )
    _count_visit(conn, look.article_id, answer, next_visit_at, why)
    if shown is not None:
        revisits.settle(conn, look.article_id, answer.fetched_at, changed=False)


def _last_complete(conn: Connection, article_id: int) -> Row | None:
    """Give the last complete answer of a page: its bytes, and the version that they showed."""
    return maybe(
        conn,
        """
        select snapshot, state, version_id, sign, content_sha, body_length, flags, extractor, read_sha
        from observations
        where article_id = %s and status in (200, 304) and failure is null and snapshot is not null
        order by observed_at desc, id desc limit 1""",
        article_id,
    )


def _count_visit(conn: Connection, article_id: int, answer: Answer, next_visit_at: datetime | None, why: str) -> None:
    etag, modified = answer.header("etag"), answer.header("last-modified")
    bad = answer.failure is not None or (answer.status or 0) >= 400
    wish = revisits.wish(conn, article_id, answer.fetched_at)
    if wish and (next_visit_at is None or wish["visit_by"] < next_visit_at):
        next_visit_at, why = wish["visit_by"], wish["kind"]
    conn.execute(
        """
        update articles set next_visit_at = %s, visit_why = %s, visits = visits + 1,
               last_look_at = case when %s then last_look_at else greatest(last_look_at, %s) end,
               etag = case when %s then %s when %s = 304 then coalesce(%s, etag) else etag end,
               last_modified = case when %s then %s when %s = 304 then coalesce(%s, last_modified)
                                    else last_modified end,
               failures = case when %s then failures + 1 else 0 end,
               gone_answers = case when %s in (404, 410) then gone_answers + 1 else 0 end
        where id = %s""",
        (
            next_visit_at,
            why,
            bad,
            answer.fetched_at,
            *_kept(answer, etag),
            *_kept(answer, modified),
            bad,
            answer.status,
            article_id,
        ),
    )


def _kept(answer: Answer, value: str | None) -> tuple[bool, bytes | None, int | None, bytes | None]:
    raw = value.encode("latin-1", "replace") if value else None
    return answer.status == 200 and answer.failure is None, raw, answer.status, raw


def claim(conn: Connection, limit: int, *, late: bool = False) -> list[Row]:
    """Lease observations that nobody has read yet, live ones first (``late``: none of them), with bytes and entry."""
    return rows(
        conn,
        """
        with picked as (
            select id from observations where state = 'new' and lease_until < clock_timestamp()
                   and (not %s or source not in ('live', 'push', 'revisit'))
            order by (source not in ('live', 'push', 'revisit')), id limit %s for update skip locked),
        leased as (
            update observations o set lease_token = nextval('fence'), lease_until = clock_timestamp() + %s,
                                      attempts = attempts + 1
            from picked where o.id = picked.id returning o.*)
        select l.*, a.host, a.publisher, a.first_seen_at, a.visits, a.last_change_at, a.state as article_state,
               a.gone_answers, a.failures, h.habits, s.bytes as packed, s.size, s.place, t.item
        from leased l
        join articles a on a.id = l.article_id
        join hosts h on h.host = a.host
        left join snapshots s on s.sha256 = l.snapshot
        left join lateral (select item from entry_sightings t where t.entry_id = l.entry_id
                           order by observed_at desc limit 1) t on true
        order by l.article_id, l.observed_at""",
        late,
        limit,
        LEASE,
    )


def waiting(conn: Connection) -> int:
    """How many observations wait to be read."""
    return int(one(conn, "select count(*) as n from observations where state = 'new'")["n"])


def states(conn: Connection, article_ids: Sequence[int]) -> dict[int, Row]:
    """Give the state of each article, and whether it is flapping."""
    found = rows(conn, "select id, state, flapping from articles where id = any(%s)", list(article_ids))
    return {row["id"]: row for row in found}


def set_states(conn: Connection, states: Sequence[tuple[int, str, str]]) -> None:
    """Set what all looks together say of articles: (article, state, why)."""
    if states:
        conn.execute(
            """update articles a set state = w.state, why = w.why
               from unnest(%s::bigint[], %s::text[], %s::text[]) w (article, state, why) where a.id = w.article""",
            columns((article, state, clean(why)) for article, state, why in states),
        )


def set_flapping(conn: Connection, article_id: int, flapping: bool) -> None:
    """Flag an article whose texts alternate between two, or take the flag away."""
    conn.execute("update articles set flapping = %s where id = %s", (flapping, article_id))


def note_change(conn: Connection, article_id: int, changed_at: datetime | None, visit: Visit | None) -> None:
    """Note when a text changed last, and that it is to be looked at again by that visit."""
    at = visit.at if visit else None
    row = conn.execute(
        """
        update articles set last_change_at = greatest(last_change_at, %s), next_visit_at = least(next_visit_at, %s),
                            visit_why = case when %s::timestamptz is null or next_visit_at <= %s
                                             then visit_why else %s end
        where id = %s returning host, next_visit_at""",
        (changed_at, at, at, at, visit.why if visit else "", article_id),
    ).fetchone()
    if row and row["next_visit_at"]:
        hosts.wake(conn, row["host"], row["next_visit_at"])


def alias(conn: Connection, article_id: int, url: str, *, evidence: str) -> int | None:
    """Keep one more URL of an article with its evidence. None: it is kept now; else the article that has it."""
    made = maybe(
        conn,
        """insert into article_urls (url_sha, url, article_id, evidence) values (%s, %s, %s, %s)
           on conflict (url_sha) do nothing returning article_id""",
        sha(url),
        url_key(url),
        article_id,
        evidence,
    )
    found = maybe(conn, "select article_id from article_urls where url_sha = %s", sha(url))
    return None if made or found is None else int(found["article_id"])


def give_back(conn: Connection, observation: Row, *, quarantined: bool) -> None:
    """Return an observation that could not be read: for another try, or for good to quarantine."""
    conn.execute(
        """
        update observations set state = case when %s then 'quarantined' else 'new' end, lease_token = null,
               decision = case when %s then 'failed' else decision end, lease_until = '-infinity'
        where id = %s and lease_token = %s""",
        (quarantined, quarantined, observation["id"], observation["lease_token"]),
    )


def set_pub_status(conn: Connection, article_id: int, status: str) -> None:
    """Set the IPTC pubStatus of an article: usable, withheld or canceled."""
    conn.execute("update articles set pub_status = %s where id = %s and pub_status <> %s", (status, article_id, status))
