"""Texts without end, of the words, phrases and lengths of real ones."""

from __future__ import annotations

import random
from collections import Counter
from itertools import accumulate
from pathlib import Path

from bench.clusters.material import read
from copydesk.articles.text import words

PHRASE, PHRASED, FURNITURE = 8, 0.04, 60
"""Words to a phrase; how often a phrase of a real text is taken over instead of a word; words of a site's furniture."""


class Words:
    """Vocabulary, phrases and lengths of the pages in a folder."""

    def __init__(self, folder: Path) -> None:
        bodies = [words(" ".join(body)) for _, body in read(folder)]
        counts = Counter(word for body in bodies for word in body)
        self._words = sorted(counts)
        self._weights = list(accumulate(counts[word] for word in self._words))
        self.lengths = sorted(n for body in bodies if 80 <= (n := len(body)) <= 4000)
        self.phrases = [body[at : at + PHRASE] for body in bodies for at in range(0, len(body) - PHRASE, PHRASE)]
        self._furniture: dict[int, list[str]] = {}

    def text(self, rng: random.Random) -> list[str]:
        """Write one text. Phrases follow a power law: the commonest are in a tenth of all texts."""
        length, out = rng.choice(self.lengths), []
        for word in rng.choices(self._words, cum_weights=self._weights, k=length):
            if rng.random() < PHRASED:
                out += self.phrases[min(int(rng.paretovariate(0.5)), len(self.phrases)) - 1]
            out.append(word)
        return out[:length]

    def furniture(self, site: int) -> list[str]:
        """Give the words that stand under every text of a site."""
        if site not in self._furniture:
            rng = random.Random(f"site {site}")
            self._furniture[site] = rng.choices(self._words, cum_weights=self._weights, k=FURNITURE)
        return self._furniture[site]
