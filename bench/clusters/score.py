"""How well a grouping agrees with the labels: over pairs, and corrected for chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.clusters.build import Row


@dataclass(frozen=True)
class Score:
    """Pairs found and true; ARI after Hubert and Arabie (1985)."""

    precision: float
    recall: float
    ari: float
    short: float
    """Recall over pairs with a copy cut to 40 % or less."""
    biggest: float
    """Recall over pairs of the two stories with most copies."""


def score(rows: Sequence[Row], group: Mapping[str, str]) -> Score:
    """Compare the groups (id to group) with the labels."""
    truth, found = Counter(r.label for r in rows), Counter(group[r.id] for r in rows)
    both = Counter((r.label, group[r.id]) for r in rows)
    hits, true, given = _pairs(both.values()), _pairs(truth.values()), _pairs(found.values())
    chance = true * given / _pairs([len(rows)])
    ari = (hits - chance) / ((true + given) / 2 - chance)
    return Score(
        hits / max(1, given),
        hits / true,
        ari,
        _recall(rows, group, lambda a, b: "short:" in a.kind or "short:" in b.kind),
        _recall(rows, group, lambda a, b: a.label.startswith("big")),
    )


def mean(scores: Sequence[Score]) -> Score:
    """Average over sets."""
    names = Score.__dataclass_fields__
    return Score(**{name: sum(getattr(s, name) for s in scores) / len(scores) for name in names})


def errors(rows: Sequence[Row], group: Mapping[str, str]) -> tuple[Counter[str], Counter[str]]:
    """Count, by kind of article, the pairs that are missing and the pairs that are wrong."""
    missing: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for at, a in enumerate(rows):
        for b in rows[at + 1 :]:
            together = group[a.id] == group[b.id]
            if together != (a.label == b.label):
                (wrong if together else missing).update({" + ".join(sorted((a.kind, b.kind))): 1})
    return missing, wrong


def _pairs(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)


def _recall(rows: Sequence[Row], group: Mapping[str, str], wanted: Callable[[Row, Row], bool]) -> float:
    labels: dict[str, list[Row]] = {}
    for row in rows:
        labels.setdefault(row.label, []).append(row)
    pairs = [(a, b) for same in labels.values() for i, a in enumerate(same) for b in same[i + 1 :] if wanted(a, b)]
    return sum(group[a.id] == group[b.id] for a, b in pairs) / max(1, len(pairs))
