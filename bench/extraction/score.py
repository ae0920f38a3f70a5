"""How well an extraction agrees with what a person or a hand-written parser read.

Body: 4-gram shingle rule of the public article-extraction benchmark (scrapinghub): per page
true positives, false positives and false negatives over the multisets of 4-word shingles,
normalised to the page; precision and recall are means over pages, F1 is of the means.
Title: equal after normal form (letters and digits, case folded). Date: same calendar day as
written. Authors: micro F1 over names in normal form; credits to houses and agencies are left
out on both sides.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from copydesk.articles.people import is_person

_WORD = re.compile(r"\w+")
_SHINGLE = 4


@dataclass(slots=True)
class Tally:
    """What one engine got right over the pages of one source."""

    body: list[tuple[float, float, float]] = field(default_factory=list)
    titles: list[bool] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)
    languages: int = 0
    authors: list[int] = field(default_factory=lambda: [0, 0, 0])
    empty: int = 0
    failed: int = 0

    def row(self) -> dict[str, float | int | None]:
        """Give the figures of the table; None where no page states the truth."""
        precision, recall, f1 = body_f1(self.body)
        return {
            "pages": len(self.body),
            "f1": f1,
            "p": precision,
            "r": recall,
            "title": _mean(self.titles),
            "date": _mean(self.dates),
            "authors": _f1(*self.authors) if any(self.authors) else None,
            "empty": self.empty,
            "failed": self.failed,
        }


def shingle_counts(truth: str, said: str) -> tuple[float, float, float]:
    """Give (true positive, false positive, false negative) shares of one page."""
    wanted, got = _shingles(truth), _shingles(said)
    right = sum((wanted & got).values())
    wrong, missed = sum((got - wanted).values()), sum((wanted - got).values())
    whole = right + wrong + missed
    return (right / whole, wrong / whole, missed / whole) if whole else (0.0, 0.0, 0.0)


def body_f1(pages: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Give (precision, recall, F1) over pages, as the public benchmark computes them."""
    precisions = [tp / (tp + fp) for tp, fp, _ in pages if tp + fp > 0]
    recalls = [tp / (tp + fn) for tp, _, fn in pages if tp + fn > 0]
    precision = statistics.mean(precisions) if precisions else 0.0
    recall = statistics.mean(recalls) if recalls else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def normal(text: str | None) -> str:
    """Give the normal form in which titles and names are compared."""
    return "".join(_WORD.findall(text or "")).casefold()


def author_counts(truth: Iterable[str], said: Iterable[str], house: str) -> tuple[int, int, int] | None:
    """Count names (right, wrong, missed) of people; None for a page that credits no person."""
    wanted = {normal(name) for name in truth if is_person(name, (normal(house),))}
    if not wanted:
        return None
    got = {normal(name) for name in said if is_person(name, (normal(house),))}
    return len(wanted & got), len(got - wanted), len(wanted - got)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text or "")
    count = max(1, len(words) - _SHINGLE + 1)
    return Counter(s for i in range(count) if (s := tuple(words[i : i + _SHINGLE])))


def _f1(right: int, wrong: int, missed: int) -> float:
    whole = 2 * right + wrong + missed
    return 2 * right / whole if whole else 0.0


def _mean(values: Sequence[bool]) -> float | None:
    return statistics.mean(values) if values else None
