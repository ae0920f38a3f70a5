"""Clusters: the pairs that share a text, the groups that they form, and who is working on which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from copydesk.clusters.assign import Member
from copydesk.clusters.furniture import SITES
from copydesk.clusters.graph import ENOUGH_PARTS, MUCH_SHORTER, Link
from copydesk.clusters.match import SHARED
from copydesk.errors import Busy
from copydesk.store.db import Connection, Row, one, rows
from copydesk.store.shingles import BITS, HOLDERS

Pair = Link[int]
MANY = 200
"""A cluster of more members has its origin compared with the new ones only, not chosen anew among all."""


def hold(conn: Connection, article_ids: Iterable[int]) -> None:
    """Be the only one who works on these articles' clusters until the transaction ends.

    A lock for each cluster, or for the article where it stands alone, taken in order. If a cluster
    changes meanwhile and the new one cannot be had at once, Busy is raised: try the transaction again.
    """
    held: set[int] = set()
    while wanted := _homes(conn, article_ids) - held:
        for key in sorted(wanted):
            if not held or key > max(held):
                conn.execute("select pg_advisory_xact_lock(3, %s)", (key,))
            elif not one(conn, "select pg_try_advisory_xact_lock(3, %s) as had", key)["had"]:
                raise Busy(f"cluster lock {key}")
            held.add(key)


def _homes(conn: Connection, article_ids: Iterable[int]) -> set[int]:
    found = rows(
        conn,
        """select coalesce(m.cluster_id * 2 + 1, a.id * 2) %% 2147483647 as key
           from unnest(%s::bigint[]) a (id) left join cluster_members m on m.article_id = a.id""",
        sorted(set(article_ids)),
    )
    return {row["key"] for row in found}


def linked(conn: Connection, article_id: int, limit: int = 200) -> list[Pair]:
    """Give the pairs that an article makes with others."""
    found = rows(
        conn,
        """(select * from cluster_links where longer = %s limit %s)
           union all (select * from cluster_links where shorter = %s limit %s)""",
        article_id,
        limit,
        article_id,
        limit,
    )
    return [_pair(row) for row in found]


def among(conn: Connection, article_ids: Collection[int]) -> list[Pair]:
    """Give the pairs among these articles."""
    ids = list(article_ids)
    found = rows(conn, "select * from cluster_links where longer = any(%s) and shorter = any(%s)", ids, ids)
    return [_pair(row) for row in found]


def parts(conn: Connection, article_id: int) -> list[Pair]:
    """Give an article's pairs with much shorter ones: the first few."""
    found = rows(
        conn,
        "select * from cluster_links where longer = %s and size_ratio <= %s order by shorter limit %s",
        article_id,
        MUCH_SHORTER,
        ENOUGH_PARTS,
    )
    return [_pair(row) for row in found]


def solitary(conn: Connection, article_ids: Collection[int]) -> set[int]:
    """Give those articles that stand alone and for which grouping has nothing to do.

    They are in no pair and no cluster, all of their furniture is known, and nobody whose text is indexed
    shares enough with them to be compared, or to learn furniture from (:func:`copydesk.store.shingles.holders`).
    Two that came at the same time do not miss each other: each is asked for after both were indexed.
    Whom another worker holds (:func:`hold`) may be joined this moment, and is left out.
    """
    free = rows(
        conn,
        """select id from unnest(%s::bigint[]) a (id)
           where pg_try_advisory_xact_lock(3, (a.id * 2 %% 2147483647)::int)""",
        sorted(article_ids),
    )
    found = rows(
        conn,
        """
        select s.article_id
        from cluster_sketches s
        cross join lateral (
            select array(select hash from site_furniture where hash = any(s.whole)
                         group by hash having bool_or(site = s.site) or count(*) >= %s) as furniture) f
        where s.article_id = any(%s) and not s.own && f.furniture
          and not exists (select from cluster_members m where m.article_id = s.article_id)
          and not exists (select from cluster_links l where l.longer = s.article_id)
          and not exists (select from cluster_links l where l.shorter = s.article_id)
          and not exists (
              select from unnest(s.whole) h (hash)
              cross join generate_series(s.week - 1, s.week + 1) w (week)
              cross join lateral (select article_id, site from cluster_shingles
                                  where key = ((w.week::bigint << %s) | (h.hash & ((1::bigint << %s) - 1)))
                                  order by article_id limit %s) p
              where p.article_id <> s.article_id and h.hash <> all (f.furniture)
              group by p.article_id, p.site having count(*) >= %s or p.site = s.site)""",
        SITES,
        [row["id"] for row in free],
        BITS,
        BITS,
        HOLDERS,
        SHARED,
    )
    return {row["article_id"] for row in found}


def write_links(conn: Connection, new: Iterable[Pair], gone: Iterable[Pair]) -> None:
    """Write pairs, and forget those that no longer share enough."""
    for pair in gone:
        conn.execute("delete from cluster_links where longer = %s and shorter = %s", (pair.longer, pair.shorter))
    for pair in new:
        conn.execute(
            """insert into cluster_links (longer, shorter, containment, share, shared, size_ratio, relation, first)
               values (%s, %s, %s, %s, %s, %s, %s, %s)
               on conflict (longer, shorter) do update set containment = excluded.containment,
                   share = excluded.share, shared = excluded.shared, size_ratio = excluded.size_ratio,
                   relation = excluded.relation, first = excluded.first""",
            (
                pair.longer, pair.shorter, pair.containment, pair.share, pair.shared, pair.size_ratio, pair.relation,
                pair.first,
            ),
        )  # fmt: skip


def compiled(conn: Connection, article_ids: Iterable[int]) -> set[int]:
    """Give those articles that are compilations."""
    found = rows(
        conn, "select article_id from cluster_sketches where article_id = any(%s) and compiled", list(article_ids)
    )
    return {row["article_id"] for row in found}


def set_compiled(conn: Connection, article_id: int, yes: bool) -> None:
    """Mark an article as a compilation, or not."""
    conn.execute("update cluster_sketches set compiled = %s where article_id = %s", (yes, article_id))


def homes(conn: Connection, article_ids: Collection[int]) -> dict[int, Row]:
    """Give the cluster rows (with ``cluster_id``, ``relation``, ``overlap``, ``shared``) of those that have one."""
    found = rows(conn, "select * from cluster_members where article_id = any(%s)", list(article_ids))
    return {row["article_id"]: row for row in found}


def mates(conn: Connection, article_ids: Collection[int]) -> set[int]:
    """Give these articles and everything that stands in a cluster with one of them."""
    found = rows(
        conn,
        """select o.article_id from cluster_members o where o.cluster_id in
           (select cluster_id from cluster_members where article_id = any(%s))""",
        list(article_ids),
    )
    return {row["article_id"] for row in found} | set(article_ids)


def members(conn: Connection, article_id: int) -> list[int]:
    """Give the articles of an article's cluster, itself included, in order of id."""
    return sorted(mates(conn, [article_id]))


def newest(conn: Connection, cluster: int, count: int = 10) -> list[int]:
    """Give the members that joined a cluster last."""
    found = rows(
        conn,
        "select article_id from cluster_members where cluster_id = %s order by since desc, article_id desc limit %s",
        cluster,
        count,
    )
    return [row["article_id"] for row in found]


def largest(conn: Connection, cluster_ids: Collection[int]) -> int | None:
    """Give the cluster with most members of these, the oldest where equal; None of none."""
    found = rows(
        conn, "select id from clusters where id = any(%s) order by members desc, id limit 1", list(cluster_ids)
    )
    return found[0]["id"] if found else None


def create(conn: Connection, origin: int) -> int:
    """Make an empty cluster."""
    return int(one(conn, "insert into clusters (origin_id) values (%s) returning id", origin)["id"])


def merge(conn: Connection, into: int, others: Collection[int]) -> list[int]:
    """Move all members of other clusters into one; gives who moved."""
    if not others:
        return []
    moved = rows(
        conn,
        """update cluster_members set cluster_id = %s, since = now() where cluster_id = any(%s)
           returning article_id""",
        into,
        list(others),
    )
    conn.execute("delete from clusters where id = any(%s)", (list(others),))
    return [row["article_id"] for row in moved]


def put(conn: Connection, article_id: int, cluster: int, relation: str, closest: Pair) -> None:
    """Write a member with what ties it to the cluster."""
    conn.execute(
        """
        insert into cluster_members (article_id, cluster_id, relation, overlap, shared) values (%s, %s, %s, %s, %s)
        on conflict (article_id) do update set relation = excluded.relation, overlap = excluded.overlap,
            shared = excluded.shared, cluster_id = excluded.cluster_id,
            since = case when cluster_members.cluster_id = excluded.cluster_id then cluster_members.since
                         else now() end
        where (cluster_members.cluster_id, cluster_members.relation, cluster_members.overlap, cluster_members.shared)
              is distinct from (excluded.cluster_id, excluded.relation, excluded.overlap, excluded.shared)""",
        (article_id, cluster, relation, closest.containment, closest.shared),
    )


def leave(conn: Connection, article_ids: Collection[int]) -> None:
    """Let articles stand alone."""
    conn.execute("delete from cluster_members where article_id = any(%s)", (list(article_ids),))


def drop_empty(conn: Connection, cluster_ids: Collection[int]) -> None:
    """Forget clusters without members; count the members of the others."""
    conn.execute(
        """update clusters c set members = n.count from (select k, count(m.article_id) as count
               from unnest(%s::bigint[]) k left join cluster_members m on m.cluster_id = k group by k) n
           where c.id = n.k""",
        (list(cluster_ids),),
    )
    conn.execute("delete from clusters where id = any(%s) and members = 0", (list(cluster_ids),))


def grow(conn: Connection, cluster: int, by: int) -> None:
    """Count new members."""
    conn.execute("update clusters set members = members + %s where id = %s and %s <> 0", (by, cluster, by))


def claims(conn: Connection, article_ids: Collection[int]) -> Mapping[int, Member]:
    """Give what the choice of an origin looks at, by article; named by URL, so that no id order matters."""
    found = rows(
        conn,
        """select s.article_id, a.url, s.size, s.at, a.publisher, s.agency
           from cluster_sketches s join articles a on a.id = s.article_id where s.article_id = any(%s)""",
        list(article_ids),
    )
    return {r["article_id"]: Member(r["url"], r["size"], r["at"], r["publisher"], r["agency"]) for r in found}


def origin(conn: Connection, cluster: int) -> int:
    """Give the origin of a cluster."""
    return int(one(conn, "select origin_id from clusters where id = %s", cluster)["origin_id"])


def set_origin(conn: Connection, cluster: int, article_id: int) -> None:
    """Name the origin of a cluster."""
    conn.execute(
        "update clusters set origin_id = %s where id = %s and origin_id <> %s", (article_id, cluster, article_id)
    )


def shown(conn: Connection, article_id: int) -> list[Row]:
    """Give the members of an article's cluster for people: origin first."""
    return rows(
        conn,
        """
        select o.cluster_id, o.article_id, case when c.origin_id = o.article_id then 'origin' else o.relation end
               as relation, o.overlap, a.url, a.publisher
        from cluster_members m join cluster_members o using (cluster_id) join clusters c on c.id = o.cluster_id
        join articles a on a.id = o.article_id
        where m.article_id = %s order by c.origin_id <> o.article_id, a.url""",
        article_id,
    )


def _pair(row: Row) -> Pair:
    return Link(
        row["longer"], row["shorter"], row["containment"], row["share"], row["shared"], row["size_ratio"],
        row["relation"], row["first"],
    )  # fmt: skip
