"""A site's furniture: what recurs in texts of one site that are different texts.

The largest single lever on precision (docs/clusters.md). What recurs is counted in
*different* texts, so that a story which one site publishes in five states stays a
story; and what is furniture at two sites is furniture everywhere, so that a small
site of a group is freed of the group's blocks before it has shown them itself.
A cap on how many documents hold a passage would lose the biggest stories instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from xxhash import xxh32_intdigest

from copydesk.clusters.match import containment
from copydesk.model import Fingerprint

TEXTS = 3
"""A passage in so many different texts of a site is its furniture."""
SITES = 2
"""What is furniture at so many sites is furniture everywhere."""
DIFFERENT = 0.8
"""Two texts of a site are different below this containment, furniture and all."""
EVERYWHERE = 0
"""The key that stands for all sites."""


def site_key(publisher: str) -> int:
    """Give a site's number: 1 to 2**31, from its name."""
    return xxh32_intdigest(publisher.encode("utf-8", "surrogatepass")) % ((1 << 31) - 1) + 1


def is_furniture(texts: Iterable[Fingerprint]) -> bool:
    """Whether a passage that stands in these texts of one site is furniture. Give them in a fixed order."""
    seen: list[Fingerprint] = []
    for text in texts:
        if all(containment(text, other) < DIFFERENT for other in seen):
            seen.append(text)
            if len(seen) == TEXTS:
                return True
    return False


def learn(sites: Mapping[str, Sequence[Fingerprint]]) -> Callable[[str], frozenset[int]]:
    """Learn the furniture of many sites from their texts; gives what is furniture at a site."""
    found = {site: _of_site(texts) for site, texts in sites.items()}
    times: dict[int, int] = defaultdict(int)
    for values in found.values():
        for value in values:
            times[value] += 1
    everywhere = frozenset(value for value, count in times.items() if count >= SITES)
    return lambda site: found.get(site, frozenset()) | everywhere


def _of_site(texts: Sequence[Fingerprint]) -> frozenset[int]:
    holders: dict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        for value in text.hashes:
            holders[value].append(place)
    known: dict[tuple[int, ...], bool] = {}
    for places in map(tuple, holders.values()):
        if places not in known:
            known[places] = len(places) >= TEXTS and is_furniture(texts[p] for p in places)
    return frozenset(value for value, places in holders.items() if known[tuple(places)])
