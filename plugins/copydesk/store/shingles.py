"""The index of shingles: which articles hold one, and which are a site's furniture.

Work for an article is bounded by its own sketch: so many probes of a btree, each
giving at most HOLDERS rows from three weeks' pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from copydesk.clusters.assign import WINDOW
from copydesk.clusters.fingerprint import SCHEME, rate, size, without
from copydesk.clusters.furniture import SITES, is_furniture, site_key
from copydesk.model import Fingerprint
from copydesk.store.db import Connection, Row, bigints, columns, rows

HOLDERS = 48
"""Articles that one shingle leads to. A story with more copies is met through any of them; a stock phrase
in more leads nowhere, and needs not: a copy shares many other shingles."""
BITS = 40
"""Of the hash in a key; two of 10**8 shingles of a week fall together by chance in 10**4 cases, which
only makes a candidate more."""
_EPOCH = datetime.fromisoformat("1970-01-05T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Sketch:
    """An article's latest text as the grouping sees it."""

    article: int
    url: str
    site: int
    week: int
    at: datetime
    whole: Fingerprint
    own: Fingerprint


def index(conn: Connection, article_ids: Sequence[int]) -> None:
    """Index the texts of articles: the latest as what is compared, all of them as what their site shows.

    All of them, so that what a site's furniture is does not depend on which version came first. Needs the
    articles' locks. An article that has no text any more is forgotten.
    """
    ids = list(article_ids)
    before = {
        row["article_id"]: row for row in rows(conn, "select * from cluster_sketches where article_id = any(%s)", ids)
    }
    latest = {row["article_id"]: row for row in rows(conn, _LATEST, SCHEME, ids)}
    _forget(conn, [before[article] for article in before.keys() - latest.keys()])
    if not latest:
        return
    sites = {article: site_key(row["publisher"]) for article, row in latest.items()}
    known = _furniture_in(conn, [(article, sites[article], row["held"]) for article, row in latest.items()])
    postings: list[tuple[int, int, int]] = []
    for article, row in latest.items():
        keys = set(_keys([week_of(row["at"])], [h for h in row["held"] if h not in known[article]]))
        _withdraw_postings(conn, before.get(article), sites[article], keys)
        postings += [(key, article, sites[article]) for key in keys]
    conn.execute(
        """insert into cluster_shingles (key, article_id, site)
           select * from unnest(%s::bigint[], %s::bigint[], %s::int[]) on conflict do nothing""",
        columns(sorted(postings)) if postings else ([], [], []),
    )
    _write(conn, [_sketch_row(row, sites[article], known[article]) for article, row in latest.items()])


def _posted(old: Row) -> set[int]:
    return set(_keys([old["week"]], [*old["whole"], *old["past"]]))


def _forget(conn: Connection, gone: Sequence[Row]) -> None:
    for old in gone:
        _remove(conn, sorted(_posted(old)), article=old["article_id"])
    if gone:
        conn.execute("delete from cluster_sketches where article_id = any(%s)", ([row["article_id"] for row in gone],))


def _withdraw_postings(conn: Connection, old: Row | None, site: int, keys: set[int]) -> None:
    """Take out what an article was found by and is no longer."""
    posted = _posted(old) if old else set()
    gone = posted if old and old["site"] != site else posted - keys
    if old and gone:
        _remove(conn, sorted(gone), article=old["article_id"])


def _sketch_row(latest: Row, site: int, known: set[int]) -> tuple[object, ...]:
    whole = Fingerprint(SCHEME, latest["shingles"], tuple(latest["fingerprint"]))
    own, past = without(whole, known), sorted(set(latest["held"]) - set(whole.hashes))
    return (
        latest["article_id"], site, week_of(latest["at"]), latest["at"], latest["agency"], SCHEME, whole.shingles,
        bigints(whole.hashes), bigints(own.hashes), bigints(past), size(own),
    )  # fmt: skip


def _write(conn: Connection, sketches: Sequence[tuple[object, ...]]) -> None:
    conn.execute(
        """insert into cluster_sketches (article_id, site, week, at, agency, scheme, shingles, whole, own, past, size)
           select article, site, week, at, agency, scheme, shingles, whole::bigint[], own::bigint[], past::bigint[],
                  size
           from unnest(%s::bigint[], %s::int[], %s::int[], %s::timestamptz[], %s::text[], %s::smallint[], %s::int[],
                       %s::text[], %s::text[], %s::text[], %s::int[])
                w (article, site, week, at, agency, scheme, shingles, whole, own, past, size)
           on conflict (article_id) do update set site = excluded.site, week = excluded.week, at = excluded.at,
               agency = excluded.agency, scheme = excluded.scheme, shingles = excluded.shingles,
               whole = excluded.whole, own = excluded.own, past = excluded.past, size = excluded.size""",
        columns(sketches),
    )


_LATEST = """
    select a.id as article_id, a.publisher, l.shingles, l.fingerprint, l.facts ->> 'agency' as agency, f.at,
           (select array_agg(distinct h) from versions v, unnest(v.fingerprint) h
            where v.article_id = a.id and v.origin = 'publisher' and v.scheme = l.scheme) as held
    from articles a
    join lateral (select * from versions where article_id = a.id and origin = 'publisher'
                  order by observed_at desc, content_sha desc limit 1) l
         on l.scheme = %s and cardinality(l.fingerprint) > 0
    join lateral (select least(coalesce(published_at, observed_at), observed_at) as at from versions
                  where article_id = a.id and origin = 'publisher' order by observed_at, content_sha limit 1) f on true
    where a.id = any(%s)"""


def week_of(at: datetime) -> int:
    """Number the week of a moment. Two moments within WINDOW are in the same or in neighbouring weeks."""
    return (at - _EPOCH) // WINDOW


def sketches(conn: Connection, articles: Iterable[int]) -> dict[int, Sketch]:
    """Give articles' sketches as they stand now."""
    found = rows(
        conn,
        "select s.*, a.url from cluster_sketches s join articles a on a.id = s.article_id where s.article_id = any(%s)",
        list(articles),
    )
    return {row["article_id"]: _sketch(row) for row in found}


def set_own(conn: Connection, sketch: Sketch, own: Sequence[int]) -> None:
    """Write what is left of an article's sketch without its site's furniture."""
    conn.execute(
        "update cluster_sketches set own = %s, size = %s where article_id = %s",
        (list(own), len(own) * rate(sketch.whole), sketch.article),
    )


def furniture(conn: Connection, hashes: Sequence[int], site: int) -> set[int]:
    """Give those hashes that are furniture at a site: its own, or of so many sites that they are everybody's."""
    return _furniture_in(conn, [(0, site, hashes)])[0]


def _furniture_in(conn: Connection, texts: Sequence[tuple[int, int, Sequence[int]]]) -> dict[int, set[int]]:
    """Give, of each text (article, site, hashes), the hashes that are furniture at its site."""
    found = rows(
        conn,
        """
        select w.article, array_agg(h.hash) as hashes
        from unnest(%s::bigint[], %s::int[], %s::text[]) w (article, site, hashes)
        cross join lateral (
            select hash from site_furniture where hash = any(w.hashes::bigint[])
            group by hash having bool_or(site = w.site) or count(*) >= %s) h
        group by w.article""",
        *columns((article, site, bigints(hashes)) for article, site, hashes in texts),
        SITES,
    )
    return {article: set() for article, _, _ in texts} | {row["article"]: set(row["hashes"]) for row in found}


def holders(conn: Connection, sketch: Sketch, hashes: Sequence[int], least: int) -> dict[int, Row]:
    """Give the articles around that week which hold ``least`` of the hashes, or one of them on the same site.

    Each with its ``site`` and the ``hashes`` that it holds.
    """
    weeks = _around(sketch.week)
    found = rows(
        conn,
        """
        select p.article_id, p.site, array_agg(k.hash) as hashes
        from unnest(%s::bigint[], %s::bigint[]) as k (key, hash)
        cross join lateral (select article_id, site from cluster_shingles where key = k.key
                             order by article_id limit %s) p
        where p.article_id <> %s
        group by p.article_id, p.site having count(*) >= %s or p.site = %s""",
        _keys(weeks, hashes),
        list(hashes) * len(weeks),
        HOLDERS,
        sketch.article,
        least,
        sketch.site,
    )
    return {row["article_id"]: row for row in found}


def learn(conn: Connection, sketch: Sketch, mates: dict[int, Row]) -> set[int]:
    """Learn furniture from the other texts of the site; gives the articles whose sketches it shortens.

    ``mates`` are the site's articles that share a hash, as :func:`holders` gives them.
    """
    together: dict[tuple[int, ...], list[int]] = defaultdict(list)
    holding: dict[int, list[int]] = defaultdict(list)
    for article, row in sorted(mates.items()):
        for value in row["hashes"]:
            holding[value].append(article)
    for value, articles in holding.items():
        if len(articles) > 1:
            together[tuple(articles)].append(value)
    if not together:
        return set()
    texts = {**sketches(conn, {a for group in together for a in group}), sketch.article: sketch}
    new = [h for group, values in together.items() if _recurs(texts, (*group, sketch.article)) for h in values]
    return _write_furniture(conn, sketch, new) if new else set()


def _recurs(texts: dict[int, Sketch], group: Iterable[int]) -> bool:
    ordered = sorted((texts[a] for a in group if a in texts), key=lambda s: s.url)
    return is_furniture(s.whole for s in ordered)


def _write_furniture(conn: Connection, sketch: Sketch, new: Sequence[int]) -> set[int]:
    """One writer at a time, so that the second site sees the first; it is rare once a site is known."""
    conn.execute("select pg_advisory_xact_lock(2, 0)")
    conn.execute(
        "insert into site_furniture (hash, site) select h, %s from unnest(%s::bigint[]) h on conflict do nothing",
        (sketch.site, sorted(new)),
    )
    everywhere = rows(
        conn,
        "select hash from site_furniture where hash = any(%s::bigint[]) group by hash having count(*) >= %s",
        sorted(new),
        SITES,
    )
    weeks = _around(sketch.week)
    touched = _remove(conn, _keys(weeks, new), site=sketch.site)
    return touched | _remove(conn, _keys(weeks, [row["hash"] for row in everywhere]))


def _remove(conn: Connection, keys: Sequence[int], *, article: int | None = None, site: int | None = None) -> set[int]:
    gone = conn.execute(
        """delete from cluster_shingles where key = any(%s::bigint[])
           and article_id = coalesce(%s, article_id) and site = coalesce(%s, site) returning article_id""",
        (list(keys), article, site),
    )
    return {row["article_id"] for row in gone.fetchall()}


def _around(week: int) -> range:
    return range(week - 1, week + 2)


def _keys(weeks: Iterable[int], hashes: Sequence[int]) -> list[int]:
    return [(week << BITS) | (value & ((1 << BITS) - 1)) for week in weeks for value in hashes]


def _sketch(row: Row) -> Sketch:
    whole = Fingerprint(row["scheme"], row["shingles"], tuple(row["whole"]))
    own = Fingerprint(row["scheme"], row["shingles"], tuple(row["own"]))
    return Sketch(row["article_id"], row["url"], row["site"], row["week"], row["at"], whole, own)
