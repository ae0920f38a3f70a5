"""Where the labelled sets take their text: real stories, and passages that are used only once.

A set never holds a passage in two unrelated places unless the set's maker put it
there, so that its labels are true.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from copydesk.articles.text import words

LEAST = 220
"""Words of a story that is copied: cut to 15 % it still has a sentence or two."""


@dataclass
class Material:
    """Stories to copy, and passages of other stories to write everything else from."""

    stories: list[tuple[str, list[str]]]
    """Title and paragraphs."""
    titles: list[str]
    """Headlines of stories outside the set."""
    passages: Iterator[str] = field(repr=False)

    def take(self, least: int) -> list[str]:
        """Give paragraphs that nothing else in the set has: at least so many words (StopIteration when spent)."""
        taken: list[str] = []
        while sum(len(words(p)) for p in taken) < least:
            taken.append(next(self.passages))
        return taken


def read(folder: Path) -> list[tuple[str, list[str]]]:
    """Read title and paragraphs of every page of a manifest; a paragraph that another page has too is left out."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").open(encoding="utf-8")]
    seen: set[str] = set()
    out = []
    for row in rows:
        body = [p for p in row["expected"]["body"] if p and p not in seen]
        seen.update(body)
        out.append((row["expected"]["title"] or "", body))
    return out


def draw(pages: list[tuple[str, list[str]]], chance: random.Random, *, stories: int) -> Material:
    """Draw the stories of a set; the pages left over are its passages."""
    pages = list(pages)
    chance.shuffle(pages)
    long = [p for p in pages if LEAST <= sum(len(words(x)) for x in p[1]) <= 2500]
    chosen = long[:stories]
    rest = [p for p in pages if p not in chosen]
    passages = [p for _, body in rest for p in body if len(words(p)) >= 12]
    return Material(chosen, [title for title, _ in rest if title], iter(passages))
