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

SENTENCE = 20
"""Shingles, as estimated from the sketch: what is shorter and has furniture on both sides is furniture too.
On twelve tuning sets recall of copies cut to 40 % or less rises from .963 to .980 (16 to 32 do the same)."""
HARDLY = 0.33
"""Of what is not known as furniture: where less would be left, short pieces stay."""

_RANGE = 1 << 64


def fingerprint(text: str) -> Fingerprint:
    """Sketch a text. Hashes are below 2**63, so they fit a signed bigint. About 0.5 ms for 900 words."""
    hashes = dict.fromkeys(map(xxh3_64_intdigest, _shingles(text)))
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
    """Give the sketch freed of its site's furniture, as learnt after it was made.

    So is what stands between two pieces of furniture and is shorter than :data:`SENTENCE`: the words at their
    seams, a headline of a list that changes with every page. Unless hardly anything would be left: then the
    site puts something between all sentences.
    """
    kept = [x for x in sketch.hashes if x not in furniture]
    if len(kept) == len(sketch.hashes):
        return sketch
    runs: list[list[int]] = [[]]
    for value in sketch.hashes:
        if value in furniture:
            runs.append([])
        else:
            runs[-1].append(value)
    long = [x for run in runs if len(run) * rate(sketch) >= SENTENCE for x in run]
    return Fingerprint(sketch.scheme, sketch.shingles, tuple(long if len(long) >= HARDLY * len(kept) else kept))


def size(sketch: Fingerprint) -> int:
    """Estimate the shingles that are the text's own: what is kept, times the rate."""
    return len(sketch.hashes) * rate(sketch)


def _shingles(text: str) -> Iterable[bytes]:
    """Give every run of words, joined by spaces, in UTF-8. The text is encoded once, and C does the rest."""
    tokens = " ".join(words(text)).encode("utf-8", "surrogatepass").split(b" ")
    return map(b" ".join, zip(*(islice(tokens, start, None) for start in range(SHINGLE)), strict=False))


def _rate(shingles: int) -> int:
    return next(every for below, every in RATES if shingles < below)
