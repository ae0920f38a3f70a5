"""Compare two sketches: how much of the shorter text stands in the longer one, and where."""

from __future__ import annotations

from typing import Literal

from copydesk.clusters.fingerprint import at_rate, rate, size
from copydesk.model import Fingerprint, Overlap

ENOUGH = 0.5
"""Containment from which two texts are the same story. Measured, with what follows: docs/clusters.md."""
SHARED = 3
"""Fewer shared hashes are chance."""
SAME = 0.8
"""Containment in both directions from which the two are called the same text."""
PART = 0.3
"""A shorter text that makes up less of the longer one than this must stand at its beginning: news is cut from
the end, while what stands in the middle of a long text was quoted or collected there."""
BEGINNING = 0.3
"""So far from the beginning, as a share of the longer text, may it stand: new first lines, headers."""

NONE = Overlap(0.0, "none", 0)


def overlap(a: Fingerprint, b: Fingerprint) -> Overlap:
    """Say how much the two share, of the shorter one and of the longer one, and which contains which.

    ``contained`` means that ``a`` stands in ``b``. The relation is ``none`` below
    the thresholds; ``containment`` and ``shared`` are always as measured.
    """
    if a.scheme != b.scheme or not a.hashes or not b.hashes:
        return NONE
    coarser = max(rate(a), rate(b))
    ours, theirs = at_rate(a, coarser), at_rate(b, coarser)
    both = set(ours).intersection(theirs)
    if not both:
        return NONE
    shorter, longer = sorted((ours, theirs), key=len)
    within, share = len(both) / len(shorter), len(both) / len(longer)
    if within < ENOUGH or len(both) < SHARED:
        return Overlap(within, "none", len(both), share)
    if share >= SAME:
        return Overlap(within, "same", len(both), share)
    relation: Literal["contained", "contains"] = (
        "contained" if (size(a), len(ours)) < (size(b), len(theirs)) else "contains"
    )
    return Overlap(within, relation, len(both), share, share >= PART or _stands_first(longer, both))


def containment(a: Fingerprint, b: Fingerprint) -> float:
    """Give only how much of the shorter text stands in the longer one, 0 to 1."""
    if not a.hashes or not b.hashes:
        return 0.0
    coarser = max(rate(a), rate(b))
    ours, theirs = set(at_rate(a, coarser)), set(at_rate(b, coarser))
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def _stands_first(longer: list[int], both: set[int]) -> bool:
    places = [place for place, value in enumerate(longer) if value in both]
    middle = places[len(places) // 2] / len(longer)
    return middle <= len(both) / len(longer) / 2 + BEGINNING
