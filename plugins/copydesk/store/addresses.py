"""Which article an address belongs to; articles that are missing are made, however many in a few statements.

A feed may tell of fifty thousand addresses in one document: a round trip for each would
outlast the lease under which they are written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from copydesk.articles.urls import host_of, registrable, url_key
from copydesk.store import hosts
from copydesk.store.db import Connection, Row, columns, rows
from copydesk.store.feeds import sha


def ensure(
    conn: Connection, urls: Iterable[tuple[str, datetime]], *, evidence: str, due: bool
) -> dict[bytes, tuple[int, datetime]]:
    """Give the article of each URL and when it was first seen, by the URL's hash (:func:`sha`).

    ``urls`` come with the moment at which each was seen; of several the earliest counts.
    What is missing is made, its page ``due`` now or never. URLs that are not http(s) are left out.
    """
    first: dict[bytes, tuple[str, datetime]] = {}
    for url, at in urls:
        if host_of(url):
            key = sha(url)
            first[key] = (url_key(url), min(at, first[key][1]) if key in first else at)
    found = _known(conn, first)
    missing = {key: first[key] for key in sorted(first.keys() - found.keys())}
    if missing:
        _make(conn, missing, evidence, due)
        found |= _known(conn, missing)
    return {key: (row["article_id"], row["first_seen_at"]) for key, row in found.items()}


def _known(conn: Connection, keys: Iterable[bytes]) -> dict[bytes, Row]:
    found = rows(
        conn,
        """select u.url_sha, u.article_id, a.first_seen_at from article_urls u join articles a on a.id = u.article_id
           where u.url_sha = any(%s)""",
        list(keys),
    )
    return {row["url_sha"]: row for row in found}


def _make(conn: Connection, missing: dict[bytes, tuple[str, datetime]], evidence: str, due: bool) -> None:
    """Make articles and their URLs, in the order of the hashes, so that two writers cannot deadlock."""
    names = sorted({host_of(url) for url, _ in missing.values()})
    hosts.register(conn, names)
    table = [(key, url, host_of(url), registrable(host_of(url)), at) for key, (url, at) in missing.items()]
    conn.execute(
        """
        with wanted as (
            select * from unnest(%s::bytea[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
                     w(sha, url, host, publisher, seen)),
        made as (
            insert into articles (host, url, publisher, first_seen_at, next_visit_at)
            select host, url, publisher, seen, case when %s then clock_timestamp() end from wanted
            returning id, url)
        insert into article_urls (url_sha, url, article_id, evidence)
        select w.sha, w.url, made.id, %s from made join wanted w using (url) order by w.sha
        on conflict (url_sha) do nothing""",
        (*columns(table), due, evidence),
    )
    conn.execute(  # another worker made them in the same moment
        """
        delete from articles a where a.url = any(%s) and a.host = any(%s)
            and not exists (select 1 from article_urls u where u.article_id = a.id)""",
        ([url for url, _ in missing.values()], names),
    )
    if due:
        hosts.wake_all(conn, names)
