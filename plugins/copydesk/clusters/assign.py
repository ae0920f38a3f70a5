"""Group the copies of a story. The result depends on the set of texts, never on their order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from copydesk.articles.people import agency_of
from copydesk.clusters import furniture, graph
from copydesk.clusters.fingerprint import fingerprint, size, without
from copydesk.clusters.match import SHARED, overlap
from copydesk.model import Fingerprint

WINDOW = timedelta(days=7)
"""Copies of a wire story appear within four days (measured on daily sites); weekly papers take the week's."""


@dataclass(frozen=True, slots=True)
class ClusterItem:
    """One text to group: its sketch, when it was first seen or published, whose it is.

    ``agency`` is the agency that the text credits.
    """

    id: str
    fingerprint: Fingerprint
    published_at: datetime | None = None
    publisher: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """What the choice of an origin looks at. ``size`` in shingles."""

    id: str
    size: int
    published_at: datetime | None
    publisher: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one text belongs: its cluster (named by the longest text's id), the origin, its overlap.

    ``overlap`` is the containment of the closest pair that the text makes with another of the cluster. A
    text alone is its own cluster and origin, with an overlap of 1 and a relation of "same".
    """

    id: str
    cluster: str
    origin: str
    overlap: float
    relation: graph.Relation = "same"


def cluster(items: Iterable[ClusterItem]) -> list[Assignment]:
    """Group a batch: learn every site's furniture from it, leave it out, then group. Sorted by id."""
    texts = {entry.id: entry for entry in _cleaned(sorted(items, key=lambda x: x.id))}
    links = list(_links(texts))
    links = graph.holding(links, graph.compilations(links))
    groups = graph.components(texts, ((x.longer, x.shorter) for x in links))
    best = graph.best_links(links)
    return sorted((a for g in groups for a in _assign([texts[x] for x in g], best)), key=lambda a: a.id)


def item(
    id: str,
    text: str,
    *,
    published_at: datetime | None = None,
    publisher: str | None = None,
    agency: str | None = None,
) -> ClusterItem:
    """Make an item of a text."""
    return ClusterItem(id, fingerprint(text), published_at, publisher, agency)


def link(a: ClusterItem, b: ClusterItem) -> graph.Link[str] | None:
    """Compare two texts whose sketches are free of furniture; None when they are not the same story."""
    if a.published_at and b.published_at and abs(a.published_at - b.published_at) > WINDOW:
        return None  # in the store every text has a time: its own, or that of the first look
    longer, shorter = sorted((a, b), key=rank)
    found = overlap(longer.fingerprint, shorter.fingerprint)
    if found.relation == "none":
        return None
    ratio = size(shorter.fingerprint) / max(1, size(longer.fingerprint))
    return graph.Link(
        longer.id, shorter.id, found.containment, found.share, found.shared, ratio, found.relation, found.first
    )


def origin_of(members: Sequence[Member]) -> Member:
    """Give the member from which the others come.

    The agency that the members credit, if it is among them; else the earliest; of two that came at the
    same moment the one that does not credit somebody else, then the longer.
    """
    credited = {m.agency for m in members if m.agency}
    return min(
        members,
        key=lambda x: (
            agency_at(x.publisher) not in credited,
            x.published_at is None,
            x.published_at.timestamp() if x.published_at else 0.0,
            x.agency is not None,
            -x.size,
            x.id,
        ),
    )


def agency_at(publisher: str | None) -> str | None:
    """Give the agency whose own site a publisher's host is, if it is one's."""
    labels = (publisher or "").casefold().split(".")
    return next(filter(None, (agency_of(x) or agency_of(x.removesuffix("news")) for x in labels if x != "news")), None)


def rank(entry: ClusterItem) -> tuple[int, str]:
    """Give the key by which the longest text comes first."""
    return (-size(entry.fingerprint), entry.id)


def _links(texts: Mapping[str, ClusterItem]) -> Iterator[graph.Link[str]]:
    holders: dict[int, list[str]] = defaultdict(list)
    for entry in texts.values():
        met = Counter(other for value in entry.fingerprint.hashes for other in holders[value])
        for other, shared in met.items():
            if shared >= SHARED and (found := link(entry, texts[other])):
                yield found
        for value in entry.fingerprint.hashes:
            holders[value].append(entry.id)


def _assign(members: Sequence[ClusterItem], best: Mapping[str, graph.Link[str]]) -> Iterator[Assignment]:
    name, origin = min(members, key=rank).id, origin_of([_member(x) for x in members]).id
    for member in members:
        if member.id not in best:
            yield Assignment(member.id, name, origin, 1.0)
            continue
        closest = best[member.id]
        yield Assignment(member.id, name, origin, closest.containment, graph.relation_at(member.id, closest))


def _member(entry: ClusterItem) -> Member:
    return Member(entry.id, size(entry.fingerprint), entry.published_at, entry.publisher, entry.agency)


def _cleaned(items: Sequence[ClusterItem]) -> list[ClusterItem]:
    """Free every item of its site's furniture."""
    sites: dict[str, list[Fingerprint]] = defaultdict(list)
    for entry in items:
        sites[entry.publisher or f"\0{entry.id}"].append(entry.fingerprint)
    at = furniture.learn(sites)
    return [replace(x, fingerprint=without(x.fingerprint, at(x.publisher or f"\0{x.id}"))) for x in items]
