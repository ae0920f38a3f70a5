"""What the articles of one host do: how often they are edited, and which signals there tell the truth. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

QUIET_AFTER = 500
"""Articles without a single edit after which a host is looked at twice an article (reference: re-visit rules)."""
DOUBT = 20.0
"""Expected edits that one's own count must outweigh: twenty of each move the scale half of the way."""
SLOWEST, FASTEST = 2.0, 0.5
TRUST = {"entry": (3.0, 4.0), "push": (3.0, 4.0), "updated": (2.0, 4.0), "sitemap": (2.0, 4.0), "date": (2.0, 4.0),
         "copy": (2.0, 4.0), "correction": (2.0, 4.0), "deleted": (3.0, 4.0)}  # fmt: skip
"""Right and told, as if seen before anything was: a new host's signals are believed at these rates."""
KINDS = tuple(TRUST)


@dataclass(frozen=True, slots=True)
class Habits:
    """Counts of one host. ``expected`` is how many edited articles the edit model foresees for as many looks."""

    articles: int = 0
    edited: int = 0
    expected: float = 0.0
    signals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By kind: (signals that a look answered, of them followed by a new version)."""

    @property
    def quiet(self) -> bool:
        """Whether so many articles went without one edit that two looks at each are enough."""
        return self.edited == 0 and self.articles >= QUIET_AFTER

    @property
    def scale(self) -> float:
        """The factor for the base ages, 0.5 to 2.

        The gaps that find most changes with a given number of looks shrink with the square
        root of the rate of change (Cho and Garcia-Molina, 2003); the rate is drawn towards 1.
        """
        rate = (self.edited + DOUBT) / (self.expected + DOUBT)
        return float(min(max(rate**-0.5, FASTEST), SLOWEST))

    def precision(self, kind: str) -> float:
        """The share of signals of this kind that a new version followed, drawn towards the usual."""
        told, right = self.signals.get(kind, (0, 0))
        usual_right, usual_told = TRUST.get(kind, (1.0, 4.0))
        return (right + usual_right) / (told + usual_told)

    def to_json(self) -> dict[str, Any]:
        """Give plain types for the host's row."""
        return {
            "articles": self.articles,
            "edited": self.edited,
            "expected": round(self.expected, 3),
            "signals": {kind: list(counts) for kind, counts in self.signals.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Habits:
        """Read a host's row; what is missing counts as not known yet."""
        data = data or {}
        signals = {kind: (int(told), int(right)) for kind, (told, right) in (data.get("signals") or {}).items()}
        return cls(data.get("articles", 0), data.get("edited", 0), data.get("expected", 0.0), signals)


UNKNOWN = Habits()
"""A host of which nothing was learned yet: the ages as they are, signals at their usual worth."""
