"""What differs between two looks at a page that nobody edited.

Each kind changes a page as servers, build tools, advertisers and counters do and leaves the
story alone; :func:`noisy` applies several. Whatever differs in what is read afterwards is the
reader's fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from bench.versions import inserts, markup

MARKUP: dict[str, Callable[[str, random.Random], str]] = {
    "white space": markup.white_space,
    "blocks apart": markup.blocks_apart,
    "attributes": markup.attributes,
    "attribute order": markup.attribute_order,
    "quotation marks": markup.quotation_marks,
    "class names": markup.class_names,
    "states": markup.states,
    "comment nodes": markup.comments,
    "scripts": markup.scripts,
    "time stamps": markup.stamps,
}
INSERTS: dict[str, Callable[[str, random.Random, inserts.Words], str]] = {
    "counters": inserts.counters,
    "times": inserts.times,
    "advertisements": inserts.advertisements,
    "boxes": inserts.boxes,
    "related links": inserts.related,
    "most read": inserts.most_read,
}
NOISES = (*MARKUP, *INSERTS)


def noisy(page: str, lang: str, chance: random.Random) -> tuple[str, list[str]]:
    """Give the page as another look would find it, and the names of what was done to it."""
    kinds = chance.sample(NOISES, k=chance.randint(4, len(NOISES)))
    for kind in kinds:
        page = make(kind, page, lang, chance)
    return page, kinds


def make(kind: str, page: str, lang: str, chance: random.Random) -> str:
    """Make one kind of noise."""
    if kind in MARKUP:
        return MARKUP[kind](page, chance)
    return INSERTS[kind](page, chance, inserts.words_of(lang))
