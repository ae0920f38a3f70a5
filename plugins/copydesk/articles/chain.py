"""The chain of an article's texts, built from all its looks: the same whatever came in which order.

A version is a run of looks at one text, in the order in which it stood on the web; the same
text again after another one is a run of its own (A, B, A are three). A text that looks like a
stub or a wall waits until a second look confirms it. Nothing here reads a clock or a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from copydesk.articles.looks import Look

State = Literal["new", "live", "suspect", "gone", "withdrawn", "moved", "no_article"]

SHRUNK = 0.4
"""Below this share of the text before, a page is more likely a wall, a stub or an error than an edit."""
ALTERNATIONS = 3
"""So many changes to and fro between two texts are flapping (an A/B test), no editing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before believing. Shorter for hosts with local manners."""

    confirm: timedelta = timedelta(minutes=10)
    """A suspect text counts once looks at least so much apart saw the same and nothing else between."""
    gone: timedelta = timedelta(hours=48)
    """Not-found answers over so long ..."""
    gone_answers: int = 3
    """... and at least so many make an article gone; a 410 does at once."""


@dataclass(frozen=True, slots=True)
class Run:
    """The looks that saw one text without another between them."""

    looks: tuple[Look, ...]

    @property
    def content_hash(self) -> bytes:
        """Of the text that stood."""
        return self.looks[0].content_hash


@dataclass(frozen=True, slots=True)
class Chain:
    """What all looks together say of one article."""

    runs: tuple[Run, ...]
    waiting: tuple[Look, ...]
    """Suspect looks that nothing confirmed."""
    state: State
    reason: str
    flapping: bool


def build(looks: Iterable[Look], patience: Patience = Patience()) -> Chain:
    """Build the chain from every look, in any order; the same look twice counts once."""
    ordered = sorted(set(looks), key=lambda look: look.order)
    runs: list[list[Look]] = []
    waiting: list[Look] = []
    streak: list[Look] = []
    for look in ordered:
        if look.sign != "text":
            continue
        if runs and _is_shrunk(runs[-1][0], look):
            if streak and streak[-1].content_hash != look.content_hash:
                waiting, streak = waiting + streak, []
            streak.append(look)
            if _confirmed(streak, patience):
                runs.append(streak)
                streak = []
            continue
        waiting, streak = waiting + streak, []
        if runs and runs[-1][0].content_hash == look.content_hash:
            runs[-1].append(look)
        else:
            runs.append([look])
    waiting += streak
    made = tuple(Run(tuple(run)) for run in runs)
    state, reason = _state(ordered, frozenset(waiting), bool(made), patience)
    return Chain(made, tuple(waiting), state, reason, alternations(made) >= ALTERNATIONS)


def alternations(runs: Sequence[Run]) -> int:
    """How often the last texts changed to and fro between two."""
    count = 0
    for n in range(len(runs) - 1, 0, -1):
        if n + 1 < len(runs) and runs[n + 1].content_hash != runs[n - 1].content_hash:
            break
        count += 1
    return count


def _is_shrunk(before: Look, look: Look) -> bool:
    if look.content_hash == before.content_hash:
        return False
    if look.walled and not before.walled:
        return look.body_length < before.body_length
    return not look.explained and look.body_length < SHRUNK * before.body_length


def _confirmed(streak: Sequence[Look], patience: Patience) -> bool:
    """A wall confirms nothing, however often it is seen."""
    seen = streak[-1].observed_at - streak[0].observed_at
    return len(streak) > 1 and seen >= patience.confirm and not any(look.walled for look in streak)


def _state(ordered: Sequence[Look], waiting: frozenset[Look], has_text: bool, patience: Patience) -> tuple[State, str]:
    """Go back from the last look; a failed one says nothing, a few not-found answers not enough."""
    missing: list[Look] = []
    for look in reversed(ordered):
        if look.sign == "missing":
            missing.append(look)
            if len(missing) >= patience.gone_answers and missing[0].observed_at - look.observed_at >= patience.gone:
                return "gone", look.reason
        elif look.sign in ("gone", "moved"):
            return ("gone", look.reason) if look.sign == "gone" else ("moved", look.reason)
        elif look.sign == "wall":
            return ("withdrawn" if look.withdrawn else "suspect" if has_text else "no_article"), look.reason
        elif look.sign == "text":
            if look in waiting:
                return "suspect", "walled" if look.walled else "shrunk"
            return ("withdrawn", "says_so") if look.withdrawn else ("live", "")
    return "new", ""
