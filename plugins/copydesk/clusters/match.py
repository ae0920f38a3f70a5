"""Compare two sketches: how much of the shorter text stands in the longer one."""

from __future__ import annotations

from copydesk.clusters.fingerprint import at_rate, rate, size
from copydesk.model import Fingerprint, Overlap

ENOUGH = 0.5
"""Containment from which two texts are the same story (measured: bench/clusters)."""
SHARED = 3
"""Fewer shared hashes are chance: three stand for some 24 to 48 shared word runs."""
SAME = 0.8
"""Containment in both directions from which the two are called the same text."""

NONE = Overlap(0.0, "none", 0)


def overlap(a: Fingerprint, b: Fingerprint) -> Overlap:
    """Say how much the two share, of the shorter one, and which contains which.

    ``contained`` means that ``a`` stands in ``b``. The relation is ``none`` below
    the thresholds; ``containment`` and ``shared`` are always as measured.
    """
    if a.scheme != b.scheme or not a.hashes or not b.hashes:
        return NONE
    coarser = max(rate(a), rate(b))
    ours, theirs = at_rate(a, coarser), at_rate(b, coarser)
    shared = len(ours & theirs)
    if not shared:
        return NONE
    containment = shared / min(len(ours), len(theirs))
    if containment < ENOUGH or shared < SHARED:
        return Overlap(containment, "none", shared)
    if shared >= SAME * max(len(ours), len(theirs)):
        return Overlap(containment, "same", shared)
    return Overlap(containment, "contained" if size(a) < size(b) else "contains", shared)
