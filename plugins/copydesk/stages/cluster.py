"""Put an article where its text belongs, at a price that does not depend on how much is stored.

What is written depends on the set of texts and not on the order in which they came
or on how many workers took them: pairs are compared from both sides, groups are
what the pairs close over, and whoever changes a pair holds both groups.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from copydesk.clusters import graph
from copydesk.clusters.assign import ClusterItem, link, origin_of
from copydesk.clusters.fingerprint import without
from copydesk.clusters.match import SHARED
from copydesk.store import clusters, corrections, shingles
from copydesk.store.clusters import Pair
from copydesk.store.db import Connection
from copydesk.store.shingles import Sketch

CANDIDATES = 48
"""Texts that an article is compared with, those that share most first: all copies of a story but the largest,
and of those enough to be in it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an article's pairs: those that it makes now, and of them the new and the former ones."""

    article: int
    now: Sequence[Pair]
    new: Sequence[Pair]
    former: Sequence[Pair]
    """As they were: those that are gone, and those that have other figures now."""


def regroup(conn: Connection, article_id: int) -> list[int]:
    """Group the article with everything that shares its text; gives the members of its cluster.

    Their clusters are this transaction's until it ends. Raises Busy when they cannot be had: try again.
    """
    sketch = shingles.sketches(conn, [article_id]).get(article_id)
    candidates: list[int] = []
    if sketch:
        sketch, candidates = _meet(conn, sketch)
    before, ours = _hold(conn, article_id, candidates)
    change = _compare(conn, sketch, ours, before) if sketch else Change(article_id, [], [], before)
    if change.new or change.former:
        clusters.write_links(conn, change.new, change.former)
        _regroup(conn, change, _recompile(conn, change))
    return _with_origin(conn, article_id)


def _hold(conn: Connection, article_id: int, candidates: Sequence[int]) -> tuple[list[Pair], set[int]]:
    """Hold the clusters of an article, its mates and these; gives its pairs as they then stand, and all of those.

    A mate's worker may have written a pair while this one waited.
    """
    while True:
        before = clusters.linked(conn, article_id)
        ours = {x for pair in before for x in (pair.longer, pair.shorter)} | set(candidates) | {article_id}
        clusters.hold(conn, ours)
        if set(clusters.linked(conn, article_id)) == set(before):
            return before, ours


def _meet(conn: Connection, sketch: Sketch) -> tuple[Sketch, list[int]]:
    """Free the sketch of furniture, learning what is new of it, and find whom it shares the rest with."""
    known = shingles.furniture(conn, sketch.whole.hashes, sketch.site)
    held = [x for x in sketch.whole.hashes if x not in known]
    met = shingles.holders(conn, sketch, held, SHARED)
    mates = {article: row for article, row in met.items() if row["site"] == sketch.site}
    shortened = shingles.learn(conn, sketch, mates)
    if shortened:
        corrections.want(conn, [x for x in shortened if x != sketch.article])
        known |= shingles.furniture(conn, held, sketch.site)
    own = without(sketch.whole, known)
    if own != sketch.own:
        shingles.set_own(conn, sketch, own.hashes)
        sketch = replace(sketch, own=own)
    kept = set(own.hashes)
    shared = {article: sum(h in kept for h in row["hashes"]) for article, row in met.items()}
    close = sorted((a for a, count in shared.items() if count >= SHARED), key=lambda a: (-shared[a], a))
    return sketch, close[:CANDIDATES]


def _compare(conn: Connection, sketch: Sketch, others: Collection[int], before: Sequence[Pair]) -> Change:
    texts = shingles.sketches(conn, others)
    texts[sketch.article] = sketch
    items = {article: _item(text) for article, text in texts.items()}
    articles = {item.id: article for article, item in items.items()}
    mine = items[sketch.article]
    found = (link(mine, item) for article, item in items.items() if article != sketch.article)
    now = [x.named(articles) for x in found if x]
    old, new = set(before), set(now)
    return Change(sketch.article, now, [x for x in now if x not in old], [x for x in before if x not in new])


def _item(sketch: Sketch) -> ClusterItem:
    return ClusterItem(sketch.url, sketch.own, sketch.at)


def _recompile(conn: Connection, change: Change) -> set[int]:
    """See which texts became compilations, or are none any more, by this change; gives those."""
    pairs = (*change.now, *change.former)
    texts = {x.longer for x in pairs if x.size_ratio <= graph.MUCH_SHORTER} | {change.article}
    marked = clusters.compiled(conn, texts)
    flipped = {text for text in texts if _is_compilation(conn, text) != (text in marked)}
    for text in sorted(flipped):
        clusters.set_compiled(conn, text, text not in marked)
    return flipped


def _is_compilation(conn: Connection, text: int) -> bool:
    parts = clusters.parts(conn, text)
    if len(parts) < 2:
        return False
    return graph.is_compilation(parts, clusters.among(conn, [x.shorter for x in parts]))


def _regroup(conn: Connection, change: Change, flipped: set[int]) -> None:
    """Join what new pairs join; work the clusters out anew where a pair was lost or changed, or a compilation found."""
    if not flipped and not change.former:
        compiled = clusters.compiled(conn, {x.longer for x in change.now})
        holding = graph.holding(change.now, compiled)
        if holding:
            _join(conn, change.article, holding)
        return
    touched = {x for pair in (*change.now, *change.former) for x in (pair.longer, pair.shorter)}
    for text in flipped:
        touched |= {x for pair in clusters.linked(conn, text) for x in (pair.longer, pair.shorter)}
    clusters.hold(conn, touched)
    _work_out(conn, clusters.mates(conn, touched), change.article)


def _join(conn: Connection, article: int, holding: Sequence[Pair]) -> None:
    """Bring an article and those that it holds with into one cluster. The work is that of its own pairs."""
    near = {x for pair in holding for x in (pair.longer, pair.shorter)}
    old = clusters.homes(conn, near)
    ids = {row["cluster_id"] for row in old.values()}
    cluster = clusters.largest(conn, ids) or clusters.create(conn, article)
    moved = clusters.merge(conn, cluster, sorted(ids - {cluster}))
    best = graph.best_links(holding)
    for text in sorted(near):
        row = old.get(text)
        if row is None or graph.closeness(text, best[text]) > (row["overlap"], row["shared"], row["relation"]):
            clusters.put(conn, text, cluster, graph.relation_at(text, best[text]), best[text])
    clusters.grow(conn, cluster, len(near) - len(old) + len(moved))


def _with_origin(conn: Connection, article: int) -> list[int]:
    """Name the origin of the article's cluster; gives the members."""
    home = clusters.homes(conn, [article]).get(article)
    if home is None:
        return [article]
    members = clusters.members(conn, article)
    known = clusters.origin(conn, home["cluster_id"])
    asked = members if len(members) <= clusters.MANY else [known, *clusters.newest(conn, home["cluster_id"])]
    _choose_origin(conn, home["cluster_id"], asked)
    return members


def _choose_origin(conn: Connection, cluster: int, asked: Sequence[int]) -> None:
    claims = clusters.claims(conn, asked)
    ids = {claim.id: article for article, claim in claims.items()}
    clusters.set_origin(conn, cluster, ids[origin_of(list(claims.values())).id])


def _work_out(conn: Connection, texts: Collection[int], article: int) -> None:
    """Form the groups of these clusters anew, from all pairs among their members."""
    pairs = graph.holding(clusters.among(conn, texts), clusters.compiled(conn, texts))
    old = clusters.homes(conn, texts)
    groups = graph.components(sorted(texts), ((x.longer, x.shorter) for x in pairs))
    free = {row["cluster_id"] for row in old.values()}
    every = set(free)
    alone = [group[0] for group in groups if len(group) == 1]
    clusters.leave(conn, alone)
    for group in sorted((g for g in groups if len(g) > 1), key=len, reverse=True):
        cluster = _name(conn, group, old, free)
        free.discard(cluster)
        every.add(cluster)
        _write(conn, cluster, group, pairs)
    clusters.drop_empty(conn, every)
    after = clusters.homes(conn, texts)
    corrections.want(conn, [x for x in texts if x != article and _home(old, x) != _home(after, x)])


def _name(conn: Connection, group: Sequence[int], old: Mapping[int, Mapping[str, int]], free: set[int]) -> int:
    """Keep the cluster that most of the group stood in, unless a larger group has it."""
    stood = [old[x]["cluster_id"] for x in group if x in old and old[x]["cluster_id"] in free]
    return max(sorted(set(stood)), key=stood.count) if stood else clusters.create(conn, group[0])


def _write(conn: Connection, cluster: int, group: Sequence[int], pairs: Sequence[Pair]) -> None:
    inside = set(group)
    best = graph.best_links(x for x in pairs if x.longer in inside and x.shorter in inside)
    for text in group:
        clusters.put(conn, text, cluster, graph.relation_at(text, best[text]), best[text])
    _choose_origin(conn, cluster, group)


def _home(rows: Mapping[int, Mapping[str, int]], article: int) -> int | None:
    return rows[article]["cluster_id"] if article in rows else None
