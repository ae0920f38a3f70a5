"""Decide what one look at an article means for its chain of versions, and for the rows that hold it.

Both are pure: :func:`decide` says what a look is worth beside those known before,
:func:`reconcile` what must be written so that stored versions say what the chain says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from copydesk.articles.chain import Chain, Patience, Run, build
from copydesk.articles.looks import Look

Action = Literal["new", "unchanged", "extend_back", "suspect", "missing", "gone", "moved", "not_article", "failed"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one look means. ``chain`` is the whole chain with it; ``position`` its run there, if it is in one."""

    action: Action
    reason: str
    chain: Chain
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored text of an article. ``standing``: it is a version; else a suspect text or one set aside."""

    id: int
    content_hash: bytes
    observed_at: datetime
    standing: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run is kept: in that stored text, or (None) in a new row with the text of this hash."""

    run: Run
    version: int | None
    is_news: bool
    """No reader of versions knew it as one before."""


@dataclass(slots=True)
class Plan:
    """What makes stored versions say what the chain says."""

    places: list[Place] = field(default_factory=list)
    set_aside: list[int] = field(default_factory=list)
    """Versions that better knowledge takes out of the chain; their texts stay."""
    unheld: list[Look] = field(default_factory=list)
    """Suspect looks whose text is stored nowhere yet."""


def decide(known: Iterable[Look], look: Look, patience: Patience = Patience()) -> Decision:  # noqa: B008 - frozen
    """Say what one look is worth beside the looks known before it, which may be later ones."""
    before = build(known, patience)
    chain = build([*known, look], patience)
    if look.sign != "text":
        return _without_text(look, chain)
    if look in chain.waiting:
        return Decision("suspect", "walled" if look.walled else "shrunk", chain)
    position = next(n for n, run in enumerate(chain.runs) if look in run.looks)
    run = chain.runs[position]
    stood = {other for r in before.runs for other in r.looks}
    others = [other for other in run.looks if other != look]
    if any(other in stood for other in others):
        late = run.looks[0] == look
        return Decision("extend_back" if late else "unchanged", "same_text", chain, position)
    reason = (
        "confirmed" if others else "first" if not before.runs else "late" if run is not chain.runs[-1] else "changed"
    )
    return Decision("new", reason, chain, position)


def fold(looks: Iterable[Look], patience: Patience = Patience()) -> Chain:  # noqa: B008 - frozen
    """Let looks arrive one by one, each decided when it comes; gives the chain in the end."""
    known: list[Look] = []
    chain = build(())
    for look in looks:
        chain = decide(known, look, patience).chain
        known.append(look)
    return chain


def reconcile(chain: Chain, shown: Mapping[int, int], stored: Sequence[Stored]) -> Plan:
    """Lay the chain over what is stored. ``shown``: which version each look (by id) was said to show so far.

    A version keeps its id as long as any of its looks leads there; of a version whose run was
    cut in two by a late look the earlier half keeps it.
    """
    plan = Plan()
    by_id = {text.id: text for text in stored}
    taken: set[int] = set()
    for run in chain.runs:
        version = _own(run, shown, by_id, taken)
        plan.places.append(Place(run, version, version is None or not by_id[version].standing))
        if version is not None:
            taken.add(version)
    held = {text.content_hash for text in stored}
    plan.set_aside = [text.id for text in stored if text.standing and text.id not in taken]
    plan.unheld = [look for look in chain.waiting if look.content_hash not in held]
    return plan


def neighbours(known: Iterable[Look], observed_at: datetime, patience: Patience = Patience()) -> list[Look]:  # noqa: B008
    """The looks beside which a look of that time would stand: the last before and the first after it, and the
    nearest that wait. A new extractor must read these again before texts are compared."""
    chain = build(known, patience)
    groups = [[look for run in chain.runs for look in run.looks], list(chain.waiting)]
    near: list[Look] = []
    for looks in groups:
        before = [look for look in looks if look.observed_at <= observed_at]
        after = [look for look in looks if look.observed_at > observed_at]
        near += before[-1:] + after[:1]
    return near


def _own(run: Run, shown: Mapping[int, int], by_id: Mapping[int, Stored], taken: set[int]) -> int | None:
    for look in run.looks:
        version = shown.get(look.id)
        if version is None or version in taken or version not in by_id:
            continue
        if by_id[version].content_hash == run.content_hash:
            return version
    spare = (
        t.id for t in by_id.values() if not t.standing and t.id not in taken and t.content_hash == run.content_hash
    )
    return next(spare, None)


def _without_text(look: Look, chain: Chain) -> Decision:
    if look.sign in ("gone", "moved", "failed"):
        return Decision(look.sign, look.reason, chain)
    if look.sign == "missing":
        return Decision("gone" if chain.state == "gone" else "missing", look.reason, chain)
    return Decision("suspect" if chain.runs else "not_article", look.reason, chain)
