"""A containment sketch of a text: which word runs it has, thinned by a fixed rule.

FracMinHash (Irber et al. 2022) over 5-word shingles: a shingle is kept when its
64-bit hash is below a fixed share of the range, so two sketches hold the same
shingles of what the texts share, and containment can be read off them however
different the lengths are (MinHash cannot: docs/clusters.md). The thresholds are
nested, so a short text's finer sketch compares with a long text's coarser one.
Hashes stand in the order of the text: where a passage stood can be read off too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from xxhash import xxh3_64_intdigest

from copydesk.articles.text import words
from copydesk.model import Fingerprint

SCHEME = 2
"""Sketches of different schemes never compare. Change it with anything that changes a hash."""
SHINGLE = 5
"""Words to a shingle (characters in scripts without spaces, where a word is about two)."""
RATES = ((400, 2), (800, 4), (1600, 8), (1 << 62, 16))
"""Below so many different shingles one in N is kept: 70 to 200 hashes whatever the length, so that
what was cut to a seventh still shares ten. Half as many lose 1 to 2 points of recall (docs/clusters.md)."""

_RANGE = 1 << 64


def fingerprint(text: str) -> Fingerprint:
    """Sketch a text. Hashes are below 2**63, so they fit a signed bigint. About 0.6 ms for 900 words."""
    hashes = dict.fromkeys(xxh3_64_intdigest(shingle.encode("utf-8", "surrogatepass")) for shingle in _shingles(text))
    limit = _RANGE // _rate(len(hashes))
    return Fingerprint(SCHEME, len(hashes), tuple(value for value in hashes if value < limit))


def rate(sketch: Fingerprint) -> int:
    """Give the N of "one shingle in N was kept"."""
    return _rate(sketch.shingles)


def at_rate(sketch: Fingerprint, coarser: int) -> list[int]:
    """Give the hashes that the sketch would hold at a coarser rate, in the order of the text."""
    if coarser == rate(sketch):
        return list(sketch.hashes)
    limit = _RANGE // coarser
    return [value for value in sketch.hashes if value < limit]


def without(sketch: Fingerprint, furniture: Collection[int]) -> Fingerprint:
    """Give the sketch freed of its site's furniture, as learnt after it was made."""
    return Fingerprint(sketch.scheme, sketch.shingles, tuple(x for x in sketch.hashes if x not in furniture))


def size(sketch: Fingerprint) -> int:
    """Estimate the shingles that are the text's own: what is kept, times the rate."""
    return len(sketch.hashes) * rate(sketch)


def _shingles(text: str) -> Iterable[str]:
    tokens = words(text)
    return map(" ".join, zip(*(islice(tokens, start, None) for start in range(SHINGLE)), strict=False))


def _rate(shingles: int) -> int:
    return next(every for below, every in RATES if shingles < below)
