"""Clusters: find the texts that share with a new one, and write the groups that the rules form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from copydesk.clusters.assign import Assignment, ClusterItem
from copydesk.model import Fingerprint
from copydesk.store.db import Connection, Row, one, rows

WINDOW = timedelta(hours=96)
"""Copies of a wire story appear within four days (anchors, 3.5)."""
SAMPLE = (1 << 64) // 32
"""The index holds one shingle in 32, and always a text's eight smallest: enough to meet, cheap to keep."""
SMALLEST = 8
COMPONENT = 400
"""Texts that are grouped at once; a larger component is a template, not a story."""


def lock(conn: Connection) -> None:
    """One writer of clusters at a time; the work under it is a few index probes."""
    conn.execute("select pg_advisory_xact_lock(2, 0)")


def index(conn: Connection, article_id: int) -> None:
    """Index the latest fingerprint of an article in place of what was there."""
    row = one(
        conn,
        """select fingerprint, observed_at from versions where article_id = %s and origin = 'publisher'
                       order by observed_at desc limit 1""",
        article_id,
    )
    hashes = sorted(row["fingerprint"])
    sample = sorted({h for h in hashes if h < SAMPLE} | set(hashes[:SMALLEST]))
    conn.execute("delete from fingerprint_index where article_id = %s and not hash = any(%s)", (article_id, sample))
    conn.execute(
        """insert into fingerprint_index (hash, article_id, seen_at)
                    select h, %s, %s from unnest(%s::bigint[]) h
                    on conflict (hash, article_id) do update set seen_at = excluded.seen_at""",
        (article_id, row["observed_at"], sample),
    )


def near(conn: Connection, article_ids: Sequence[int]) -> set[int]:
    """Give the articles that share an indexed hash with any of these, within the window, and their old clusters."""
    found = rows(
        conn,
        """
        select distinct b.article_id from fingerprint_index a
        join fingerprint_index b on b.hash = a.hash
             and b.seen_at between a.seen_at - %s and a.seen_at + %s
        where a.article_id = any(%s)
        union
        select o.article_id from cluster_members m join cluster_members o using (cluster_id)
        where m.article_id = any(%s) limit %s""",
        WINDOW,
        WINDOW,
        list(article_ids),
        list(article_ids),
        COMPONENT + 1,
    )
    return {row["article_id"] for row in found}


def items(conn: Connection, article_ids: Iterable[int]) -> dict[int, ClusterItem]:
    """Give articles' latest texts as the rules take them; named by URL, so that no id order matters."""
    found = rows(
        conn,
        """
        select a.id, a.url, a.publisher, v.scheme, v.shingles, v.fingerprint, v.facts ->> 'agency' as agency,
               coalesce(f.published_at, f.observed_at) as published_at
        from articles a
        join lateral (select * from versions where article_id = a.id and origin = 'publisher'
                      order by observed_at desc limit 1) v on true
        join lateral (select published_at, observed_at from versions where article_id = a.id and origin = 'publisher'
                      order by observed_at limit 1) f on true
        where a.id = any(%s)""",
        list(article_ids),
    )
    return {r["id"]: _item(r) for r in found}


def write(conn: Connection, members: dict[int, ClusterItem], assignments: Sequence[Assignment]) -> list[int]:
    """Write the groups of two and more among these articles; gives the articles whose place changed."""
    ids = {item.id: article for article, item in members.items()}
    before = {
        r["article_id"]: r
        for r in rows(conn, "select * from cluster_members where article_id = any(%s)", list(members))
    }
    groups: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        groups.setdefault(assignment.cluster, []).append(assignment)
    changed: list[int] = []
    for group in (g for g in groups.values()):
        changed += _write_group(conn, group, ids, before)
    return changed


def members(conn: Connection, article_id: int) -> list[int]:
    """Give the articles of an article's cluster, itself included, in order of id."""
    found = rows(
        conn,
        """
        select o.article_id from cluster_members m join cluster_members o using (cluster_id)
        where m.article_id = %s order by 1""",
        article_id,
    )
    return [row["article_id"] for row in found] or [article_id]


def _write_group(
    conn: Connection, group: Sequence[Assignment], ids: dict[str, int], before: dict[int, Row]
) -> list[int]:
    articles = sorted(ids[a.id] for a in group)
    if len(articles) < 2:
        gone = conn.execute("delete from cluster_members where article_id = %s returning article_id", (articles[0],))
        return [r["article_id"] for r in gone.fetchall()]
    origin = ids[group[0].origin]
    cluster = min((before[a]["cluster_id"] for a in articles if a in before), default=None)
    if cluster is None or _claimed(conn, cluster, articles):
        cluster = one(conn, "insert into clusters (origin_id) values (%s) returning id", origin)["id"]
    conn.execute("update clusters set origin_id = %s where id = %s and origin_id <> %s", (origin, cluster, origin))
    changed = []
    for assignment in group:
        article = ids[assignment.id]
        relation = "origin" if article == origin else assignment.relation
        row = conn.execute(
            """
            insert into cluster_members (article_id, cluster_id, relation, overlap) values (%s, %s, %s, %s)
            on conflict (article_id) do update set cluster_id = excluded.cluster_id, relation = excluded.relation,
                overlap = excluded.overlap
            where (cluster_members.cluster_id, cluster_members.relation, cluster_members.overlap)
                  is distinct from (excluded.cluster_id, excluded.relation, excluded.overlap)
            returning article_id""",
            (article, cluster, relation, assignment.overlap),
        ).fetchone()
        if row:
            changed.append(article)
    return changed


def _claimed(conn: Connection, cluster: int, articles: Sequence[int]) -> bool:
    """Whether the cluster's row now belongs to a group that was written before this one."""
    return (
        one(
            conn,
            """select exists(select 1 from cluster_members where cluster_id = %s
                        and not article_id = any(%s)) as yes""",
            cluster,
            list(articles),
        )["yes"]
        is True
    )


def _item(row: Row) -> ClusterItem:
    sketch = Fingerprint(row["scheme"], row["shingles"], tuple(row["fingerprint"]))
    return ClusterItem(row["url"], sketch, row["published_at"], row["publisher"], row["agency"])


def with_row(conn: Connection, candidates: Sequence[int], found: Sequence[int]) -> list[int]:
    """Give those candidates that still stand in a cluster with one of these: their place must be worked out too."""
    mates = rows(
        conn,
        """
        select distinct o.article_id from cluster_members m join cluster_members o using (cluster_id)
        where m.article_id = any(%s) and o.article_id = any(%s)""",
        list(found),
        list(candidates),
    )
    return [row["article_id"] for row in mates]


def shown(conn: Connection, article_id: int) -> list[Row]:
    """Give the members of an article's cluster for people: origin first."""
    return rows(
        conn,
        """
        select o.cluster_id, o.article_id, o.relation, o.overlap, a.url, a.publisher
        from cluster_members m join cluster_members o using (cluster_id) join articles a on a.id = o.article_id
        where m.article_id = %s order by o.relation <> 'origin', a.url""",
        article_id,
    )
