"""From pairs that share a text to groups. Everything here depends on the set of pairs, never on their order.

Closing over all pairs would chain unrelated stories through one page of
round-ups. So a text that holds several others which have nothing in common with
each other is told apart as a compilation, and a compilation takes in nothing
that is much shorter than itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Key = TypeVar("Key", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)
Relation = Literal["same", "contained", "contains"]
MUCH_SHORTER = 0.6
"""Of the longer text: below it a text may be one of several that a compilation holds."""
MOST_OF_IT = 0.55
"""A text of which one story makes up more than this is that story with additions, not a compilation."""
ENOUGH_PARTS = 40
"""Parts that are looked at; a story with more copies than that is looked at by its first ones."""


@dataclass(frozen=True, slots=True)
class Link(Generic[Key]):
    """Two texts that share enough. ``size_ratio``: the shorter's size over the longer's; ``share``: of the longer."""

    longer: Key
    shorter: Key
    containment: float
    share: float
    shared: int
    size_ratio: float
    relation: Relation
    """As seen from the longer text: "same" or "contains" (or "contained", when its sketch is the smaller)."""
    first: bool = True
    """What they share stands at the longer text's beginning, or makes up enough of it."""

    def named(self, names: Mapping[Key, Other]) -> Link[Other]:
        """Give the same link between the texts' other names."""
        return Link(
            names[self.longer],
            names[self.shorter],
            self.containment,
            self.share,
            self.shared,
            self.size_ratio,
            self.relation,
            self.first,
        )


def is_compilation(parts: Sequence[Link[Key]], among: Iterable[Link[Key]]) -> bool:
    """Whether a text is a round-up: ``parts`` link it to much shorter texts, ``among`` those with one another."""
    parts = parts[:ENOUGH_PARTS]
    if len(parts) < 2:
        return False
    held = {link.shorter: link.share for link in parts}
    stories = components(held, ((x.longer, x.shorter) for x in among if x.longer in held and x.shorter in held))
    return len(stories) > 1 and max(held.values()) <= MOST_OF_IT


def holding(links: Iterable[Link[Key]], compiled: Collection[Key]) -> list[Link[Key]]:
    """Give the links that make their two texts one story; ``compiled`` are the compilations."""
    return [x for x in links if x.first and not (x.longer in compiled and x.size_ratio <= MUCH_SHORTER)]


def compilations(links: Sequence[Link[Key]]) -> set[Key]:
    """Give the texts that are compilations."""
    parts: dict[Key, list[Link[Key]]] = defaultdict(list)
    touching: dict[Key, list[Link[Key]]] = defaultdict(list)
    for link in links:
        if link.size_ratio <= MUCH_SHORTER:
            parts[link.longer].append(link)
        touching[link.longer].append(link)
    return {
        text
        for text, held in parts.items()
        if is_compilation(held, [x for part in held for x in touching[part.shorter]])
    }


def components(texts: Iterable[Key], pairs: Iterable[tuple[Key, Key]]) -> list[list[Key]]:
    """Give the connected groups of the texts, each in the order in which the texts were given."""
    head: dict[Key, Key] = {text: text for text in texts}

    def find(text: Key) -> Key:
        while head[text] != text:
            head[text] = head[head[text]]
            text = head[text]
        return text

    for a, b in pairs:
        head[find(a)] = find(b)
    groups: dict[Key, list[Key]] = defaultdict(list)
    for text in head:
        groups[find(text)].append(text)
    return list(groups.values())


def best_links(links: Iterable[Link[Key]]) -> Mapping[Key, Link[Key]]:
    """Give each text's closest link."""
    best: dict[Key, Link[Key]] = {}
    for link in links:
        for text in (link.longer, link.shorter):
            if text not in best or closeness(text, link) > closeness(text, best[text]):
                best[text] = link
    return best


def closeness(text: Key, link: Link[Key]) -> tuple[float, int, str]:
    """How close a link's texts are, as seen from one of them, for comparing."""
    return (link.containment, link.shared, relation_at(text, link))


def relation_at(text: Key, link: Link[Key]) -> Relation:
    """Give a link's relation as seen from one of its texts."""
    if link.longer == text or link.relation == "same":
        return link.relation
    return "contained" if link.relation == "contains" else "contains"
