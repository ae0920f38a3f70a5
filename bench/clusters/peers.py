"""The peers: MinHash with LSH as datasketch and rensa have it, each at the settings that serve it best here.

Their settings (bands and rows, and from which estimated likeness a candidate counts) are
chosen on the tuning sets by the adjusted Rand index, like ours, and then left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xxhash import xxh3_64_intdigest

from bench.clusters.build import Row
from copydesk.articles.text import words
from copydesk.clusters import furniture, graph
from copydesk.clusters.fingerprint import SCHEME
from copydesk.model import Fingerprint

PERMUTATIONS = 128
BANDS = ((32, 4), (42, 3), (64, 2))
LIKENESS = (("J", 0.2), ("J", 0.3), ("J", 0.4), ("J", 0.5), ("C", 0.5), ("C", 0.6), ("C", 0.7))
"""J: estimated Jaccard; C: containment of the shorter text, worked out from J and the two sizes."""
Likeness = tuple[str, float]


@dataclass(frozen=True)
class Signed:
    """A set of shingles with its signature."""

    id: str
    size: int
    signature: Any


Library = Callable[[Sequence[set[str]], tuple[int, int]], tuple[list[Any], Iterator[tuple[int, int]]]]


def libraries() -> dict[str, Library]:
    """Give the peers that are installed."""
    found: dict[str, Library] = {}
    for name, make in (("datasketch", _datasketch), ("rensa", _rensa)):
        try:
            __import__(name)
        except ImportError:
            continue
        found[name] = make
    return found


def shingles(rows: Sequence[Row], *, site_filter: bool) -> list[set[str]]:
    """Give every row's 5-word shingles; with ``site_filter`` without its site's furniture, as ours learns it."""
    sets = [set(map(" ".join, zip(*(t[n:] for n in range(5)), strict=False))) for t in map(_words, rows)]
    if not site_filter:
        return sets
    sites: dict[str, list[Fingerprint]] = {}
    for row, held in zip(rows, sets, strict=True):
        sites.setdefault(row.publisher, []).append(Fingerprint(SCHEME, 0, tuple(sorted(map(_hash, held)))))
    at = furniture.learn(sites)
    return [{s for s in held if _hash(s) not in at(row.publisher)} for row, held in zip(rows, sets, strict=True)]


def pairs(
    library: Library, rows: Sequence[Row], sets: Sequence[set[str]], bands: tuple[int, int]
) -> list[tuple[Any, ...]]:
    """Give the candidate pairs of a library: the two ids, the estimated Jaccard and containment."""
    signatures, candidates = library(sets, bands)
    out = []
    for a, b in {tuple(sorted(p)) for p in candidates if p[0] != p[1]}:
        alike = signatures[a].jaccard(signatures[b])
        shorter = max(1, min(len(sets[a]), len(sets[b])))
        contained = min(1.0, alike * (len(sets[a]) + len(sets[b])) / ((1 + alike) * shorter))
        out.append((rows[a].id, rows[b].id, alike, contained))
    return out


def grouping(rows: Sequence[Row], found: Sequence[tuple[Any, ...]], likeness: Likeness) -> Mapping[str, str]:
    """Close over the pairs that are alike enough."""
    kind, least = likeness
    close = ((a, b) for a, b, alike, contained in found if (alike if kind == "J" else contained) >= least)
    return {x: group[0] for group in graph.components([r.id for r in rows], close) for x in group}


def _hash(shingle: str) -> int:
    return xxh3_64_intdigest(shingle.encode()) >> 5  # below every rate's threshold: none is left out


def _words(row: Row) -> list[str]:
    return words(f"{row.title}\n{row.text}")


def _datasketch(sets: Sequence[set[str]], bands: tuple[int, int]) -> tuple[list[Any], Iterator[tuple[int, int]]]:
    from datasketch import MinHash, MinHashLSH

    signatures = list(MinHash.generator(([s.encode() for s in held] for held in sets), num_perm=PERMUTATIONS))
    index = MinHashLSH(num_perm=PERMUTATIONS, params=bands)
    for place, signature in enumerate(signatures):
        index.insert(place, signature)
    return signatures, ((place, other) for place, s in enumerate(signatures) for other in index.query(s))


def _rensa(sets: Sequence[set[str]], bands: tuple[int, int]) -> tuple[list[Any], Iterator[tuple[int, int]]]:
    from rensa import RMinHash, RMinHashLSH

    signatures = []
    for held in sets:
        signature = RMinHash(num_perm=PERMUTATIONS, seed=42)
        signature.update(sorted(held))
        signatures.append(signature)
    # Its bands must divide the permutations: 42 becomes 64, whose extra candidates the likeness sorts out.
    index = RMinHashLSH(threshold=0.1, num_perm=PERMUTATIONS, num_bands=bands[0] if 128 % bands[0] == 0 else 64)
    for place, signature in enumerate(signatures):
        index.insert(place, signature)
    return signatures, ((place, other) for place, s in enumerate(signatures) for other in index.query(s))
