"""Common subsequences in bounded time: what two sequences share, in order.

Items that occur once on each side anchor the rest (patience diff, B. Cohen); between anchors
Myers' greedy algorithm (1986) works until a fixed number of differences. Beyond it a stretch
counts as different throughout: a coarser answer, never a wrong one and never a slow one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

Match = tuple[int, int]

DEEPEST = 24
"""Rounds of anchoring; each costs the length of what is left."""
MOST_DIFFERENCES = 240
"""Of one stretch between anchors. 240 differences cost about 30 ms however long the stretch is."""
MOST_STEPS = 400_000
"""Items times differences of one stretch."""


def matching(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Match]:
    """List the index pairs of a common subsequence, ascending; not always the longest one."""
    return sorted(_match(a, b, (0, len(a)), (0, len(b)), 0))


def _match(
    a: Sequence[Hashable], b: Sequence[Hashable], left: tuple[int, int], right: tuple[int, int], depth: int
) -> Iterator[Match]:
    (i, i_end), (j, j_end) = left, right
    while i < i_end and j < j_end and a[i] == b[j]:
        yield i, j
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and a[i_end - 1] == b[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
        yield i_end, j_end
    if i == i_end or j == j_end:
        return
    anchors = _anchors(a, b, (i, i_end), (j, j_end)) if depth < DEEPEST else []
    if not anchors:
        yield from _greedy(a[i:i_end], b[j:j_end], i, j)
        return
    for x, y in [*anchors, (i_end, j_end)]:
        yield from _match(a, b, (i, x), (j, y), depth + 1)
        if x < i_end:
            yield x, y
        i, j = x + 1, y + 1


def _anchors(
    a: Sequence[Hashable], b: Sequence[Hashable], left: tuple[int, int], right: tuple[int, int]
) -> list[Match]:
    """The items that stand once on each side, as far as they stand in the same order."""
    ours, theirs = Counter(a[slice(*left)]), Counter(b[slice(*right)])
    where = {b[j]: j for j in range(*right) if theirs[b[j]] == 1}
    pairs = [(i, where[a[i]]) for i in range(*left) if ours[a[i]] == 1 and a[i] in where]
    return increasing(pairs)


def increasing(pairs: Sequence[Match]) -> list[Match]:
    """The longest run of pairs (ascending in the first) that ascends in the second too."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for n, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        before.append(last[at - 1] if at else -1)
        tails[at : at + 1] = [j]
        last[at : at + 1] = [n]
    chain: list[Match] = []
    n = last[-1] if last else -1
    while n >= 0:
        chain.append(pairs[n])
        n = before[n]
    return chain[::-1]


def _greedy(a: Sequence[Hashable], b: Sequence[Hashable], i: int, j: int) -> Iterator[Match]:
    """Myers' shortest edit script of one stretch, given up after so many differences."""
    limit = min(len(a) + len(b), MOST_DIFFERENCES, max(1, MOST_STEPS // (len(a) + len(b))))
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for d in range(limit + 1):
        trace.append(dict(reach))
        for k in range(-d, d + 1, 2):
            down = k == -d or (k != d and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            while x < len(a) and x - k < len(b) and x - k >= 0 and a[x] == b[x - k]:
                x += 1
            reach[k] = x
            if x >= len(a) and x - k >= len(b):
                yield from ((i + p, j + q) for p, q in _walk_back(trace, len(a), len(b)))
                return


def _walk_back(trace: Sequence[dict[int, int]], x: int, y: int) -> Iterator[Match]:
    for d in range(len(trace) - 1, -1, -1):
        reach, k = trace[d], x - y
        down = k == -d or (k != d and reach[k - 1] < reach[k + 1])
        k_before = k + 1 if down else k - 1
        x_before = reach[k_before] if d else 0
        y_before = x_before - k_before if d else 0
        while x > max(x_before, 0) and y > max(y_before, 0) and (x, y) != (x_before + (not down), y_before + down):
            x, y = x - 1, y - 1
            yield x, y
        x, y = x_before, y_before
