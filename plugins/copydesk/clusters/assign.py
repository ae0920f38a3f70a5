"""Group the copies of a story. The result depends on the set of texts, never on their order.

A text joins the longest text that it shares enough with, not everything that it
touches: closing transitively chains unrelated stories through one page of
round-ups. So the texts are taken longest first; each joins the leader with which
it shares most, or leads a cluster of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from copydesk.clusters.fingerprint import fingerprint, site_boilerplate, site_counts, size, without
from copydesk.clusters.match import overlap
from copydesk.model import Fingerprint, Overlap


@dataclass(frozen=True, slots=True)
class ClusterItem:
    """One text to group: its sketch, when it was first seen or published, whose it is.

    ``agency`` is the agency that the text credits; ``is_agency`` says that the publisher is it.
    """

    id: str
    fingerprint: Fingerprint
    published_at: datetime | None = None
    publisher: str | None = None
    agency: str | None = None
    is_agency: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where one text belongs: its cluster (named by the leader's id), the origin, its overlap with the leader.

    A text alone is its own cluster, leader and origin, with a relation of "same".
    """

    id: str
    cluster: str
    origin: str
    overlap: float
    relation: Literal["same", "contained", "contains", "none"] = "same"
    shared: int = 0


def cluster(items: Iterable[ClusterItem]) -> list[Assignment]:
    """Group a batch: learn every site's furniture from it, leave it out, then group. Sorted by id."""
    return recluster(_cleaned(list(items)))


def recluster(items: Iterable[ClusterItem]) -> list[Assignment]:
    """Group texts whose sketches are free of furniture. Deterministic over the set; sorted by id.

    Given the connected component of a new text (all that overlap with it, and
    what overlaps with those), the result is the same as over everything.
    """
    ranked = sorted(items, key=_rank)
    index = _Index(ranked)
    leader: dict[int, int] = {}
    link: dict[int, Overlap] = {}
    for place, item in enumerate(ranked):
        best = _best_leader(item, place, ranked, index.candidates(place), leader)
        leader[place], link[place] = best or (place, Overlap(1.0, "same", len(item.fingerprint.hashes)))
    return sorted(_assignments(ranked, leader, link), key=lambda x: x.id)


def assign_one(new: ClusterItem, candidates: Sequence[ClusterItem]) -> list[Assignment]:
    """Group a new text with its connected component; gives the (possibly changed) places of all of them."""
    return recluster([new, *(x for x in candidates if x.id != new.id)])


def item(
    id: str,
    text: str,
    *,
    published_at: datetime | None = None,
    publisher: str | None = None,
    boilerplate: frozenset[int] = frozenset(),
) -> ClusterItem:
    """Make an item of a text."""
    return ClusterItem(id, fingerprint(text, boilerplate=boilerplate), published_at, publisher)


class _Index:
    """Which texts hold a hash: an inverted list over one batch."""

    def __init__(self, ranked: Sequence[ClusterItem]) -> None:
        self._ranked = ranked
        self._places: dict[int, list[int]] = defaultdict(list)
        for place, item in enumerate(ranked):
            for value in item.fingerprint.hashes:
                self._places[value].append(place)

    def candidates(self, place: int) -> set[int]:
        """Give the places of all texts that share a hash with the one at that place."""
        return {other for value in self._ranked[place].fingerprint.hashes for other in self._places[value]} - {place}


def _best_leader(
    item: ClusterItem,
    place: int,
    ranked: Sequence[ClusterItem],
    candidates: Iterable[int],
    leader: dict[int, int],
) -> tuple[int, Overlap] | None:
    """Give the leader with which the text shares most of itself (the longer one where equal), or None."""
    found = [
        (other, overlap(item.fingerprint, ranked[other].fingerprint))
        for other in sorted(candidates)
        if other < place and leader[other] == other
    ]
    related = [x for x in found if x[1].relation != "none"]
    return max(related, key=lambda x: (x[1].containment, x[1].shared, -x[0]), default=None)


def _assignments(
    ranked: Sequence[ClusterItem], leader: dict[int, int], link: dict[int, Overlap]
) -> Iterator[Assignment]:
    members: dict[int, list[int]] = defaultdict(list)
    for place, head in leader.items():
        members[head].append(place)
    for head, places in members.items():
        origin = origin_of([ranked[x] for x in places])
        for place in places:
            seen = link[place]
            yield Assignment(ranked[place].id, ranked[head].id, origin.id, seen.containment, seen.relation, seen.shared)


def origin_of(members: Sequence[ClusterItem]) -> ClusterItem:
    """Give the member from which the others come: the agency itself, else the earliest, else the longest."""
    return min(
        members,
        key=lambda x: (
            not x.is_agency,
            x.published_at is None,
            x.published_at.timestamp() if x.published_at else 0.0,
            -size(x.fingerprint),
            x.id,
        ),
    )


def _rank(item: ClusterItem) -> tuple[float, str]:
    return (-size(item.fingerprint), item.id)


def _cleaned(items: Sequence[ClusterItem]) -> list[ClusterItem]:
    """Free every item of the shingles that recur on its own site."""
    sites: dict[str, list[ClusterItem]] = defaultdict(list)
    for entry in items:
        sites[entry.publisher or f"\0{entry.id}"].append(entry)
    return [cleaned for site in sites.values() for cleaned in _cleaned_site(site)]


def _cleaned_site(site: Sequence[ClusterItem]) -> Iterator[ClusterItem]:
    furniture = site_boilerplate(site_counts(x.fingerprint for x in site))
    for entry in site:
        sketch = without(entry.fingerprint, furniture)
        yield ClusterItem(entry.id, sketch, entry.published_at, entry.publisher, entry.agency, entry.is_agency)
