"""What an edit did to the facts of a text: which dates, numbers, names, quotations, negations are others now.

The unit is a sentence and what it became. A fact that only went to the next sentence (one
was split, two were joined) did not change. Doubt counts as a change: no class of revision
may hide one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from copydesk.articles.diff import Pair, align, word_edits
from copydesk.articles.facts import Stated, capitalised, lower_words, spoken, stated, turned
from copydesk.articles.text import straight
from copydesk.model import FactChange, FactKind, VersionField

Key = tuple[FactKind, str]

MOST = 60
"""Changed facts that are listed for one text; the count of a rewritten story would help nobody."""
_TIMES = frozenset({"date", "number", "unit"})
_KINDS: tuple[FactKind, ...] = ("negation", "quotation", "date", "number", "unit", "name")
_VISIBLE = re.compile(r"\w+|[^\w\s.,;:!?'\"()\[\]-]")


@dataclass(slots=True)
class Comparison:
    """How one text became another. Words are counted in characters of changed stretches."""

    facts: list[FactChange] = field(default_factory=list)
    """Of sentences that stayed and now state something else."""
    adrift: list[FactChange] = field(default_factory=list)
    """Of sentences that were added or taken out."""
    added: int = 0
    removed: int = 0
    sentences_added: int = 0
    sentences_removed: int = 0
    moved: int = 0

    @property
    def replaces(self) -> bool:
        """A standing sentence lost a fact, has another one for it, or denies what it stated."""
        return any(f.old or f.kind in ("negation", "quotation") for f in self.facts)


def compare(old: str, new: str, lang: str | None = None, where: VersionField = "body", context: str = "") -> Comparison:
    """Compare two texts by the facts of their sentences. ``context``: more text that shows what is lower case."""
    if old == new:
        return Comparison()
    common = lower_words(f"{old}\n{new}\n{context}")
    found = Comparison()
    region: list[Pair] = []
    for pair in [*align(old, new), None]:
        if pair is None or (pair.fate == "stays" and _cut(old, pair.old) == _cut(new, pair.new)):
            _measure(found, region, (old, new), lang, common, where)
            region = []
        else:
            region.append(pair)
    del found.facts[MOST:], found.adrift[MOST:]
    return found


def same_words(old: str, new: str, *, case: bool) -> bool:
    """Whether both texts have the same words and signs in the same order, whatever their punctuation."""
    left, right = straight(old), straight(new)
    return _VISIBLE.findall(left if case else left.casefold()) == _VISIBLE.findall(right if case else right.casefold())


def _measure(
    found: Comparison,
    region: Sequence[Pair],
    texts: tuple[str, str],
    lang: str | None,
    common: frozenset[str],
    where: VersionField,
) -> None:
    """Add what a run of changed sentences did."""
    old, new = texts
    gone = [fact for p in region if p.fate == "deleted" for fact in stated(_cut(old, p.old), lang, common)]
    come = [fact for p in region if p.fate == "inserted" for fact in stated(_cut(new, p.new), lang, common)]
    for pair in region:
        if pair.fate == "stays":
            _sentence(found, (_cut(old, pair.old), _cut(new, pair.new)), (gone, come), (lang, common, where))
        found.moved += pair.fate == "moved_in"
        found.sentences_added += pair.fate == "inserted"
        found.sentences_removed += pair.fate == "deleted"
        found.added += len(_cut(new, pair.new)) if pair.fate == "inserted" else 0
        found.removed += len(_cut(old, pair.old)) if pair.fate == "deleted" else 0
    found.adrift += _matched(*_differences(gone, come), where)


def _sentence(
    found: Comparison,
    pair: tuple[str, str],
    beside: tuple[list[Stated], list[Stated]],
    how: tuple[str | None, frozenset[str], VersionField],
) -> None:
    (before, after), (gone, come), (lang, common, where) = pair, beside, how
    old, new = stated(before, lang, common), stated(after, lang, common)
    lost, won = _differences(old, new)
    lost, won = (_other_words(side, before, after) for side in (_without(lost, come), _without(won, gone)))
    edits = [(before[a:b], after[c:d]) for a, b, c, d in word_edits(before, after)]
    found.facts += (_in_place_of(fact, edits, lang) for fact in _matched(lost, won, where))
    if not lost and not won:
        found.facts += _swapped(old, new, where)
    for ours, theirs in edits:
        found.removed += len(ours.strip())
        found.added += len(theirs.strip())
        found.facts += _unsaid(ours, theirs, lang, where)


def _in_place_of(fact: FactChange, edits: Sequence[tuple[str, str]], lang: str | None) -> FactChange:
    """A new name with what gave way to it: a capitalised word that the text also has in lower case ("White")."""
    if fact.kind != "name" or fact.old:
        return fact
    gave_way = (capitalised(ours, lang) for ours, theirs in edits if fact.new in theirs)
    return replace(fact, old=next(gave_way, ""))


def _other_words(facts: Sequence[Stated], before: str, after: str) -> list[Stated]:
    """Without names that are only written in another case now ("LAW")."""
    ours, theirs = spoken(before), spoken(after)
    return [f for f in facts if f.kind != "name" or ours[f.value] != theirs[f.value]]


def _unsaid(ours: str, theirs: str, lang: str | None, where: VersionField) -> Iterator[FactChange]:
    """What the lists do not know: words with a denying prefix, and scripts without capitals."""
    if turned(ours.strip(), theirs.strip(), lang):
        yield FactChange("negation", where, ours.strip(), theirs.strip())
    elif _caseless(ours) or _caseless(theirs):
        yield FactChange("name", where, ours.strip(), theirs.strip())


def _caseless(text: str) -> bool:
    """Whether it has letters of a script without capitals, in which names look like other words (hiragana: none)."""
    return any(unicodedata.category(c) == "Lo" and not "\u3040" <= c <= "\u309f" for c in text)


def _swapped(old: Sequence[Stated], new: Sequence[Stated], where: VersionField) -> Iterator[FactChange]:
    """The same facts in another order: who did what to whom."""
    for kind in _KINDS:
        ours, theirs = ([f for f in side if f.kind == kind] for side in (old, new))
        values = [[f.value for f in side] for side in (ours, theirs)]
        if values[0] != values[1] and sorted(values[0]) == sorted(values[1]):
            yield FactChange(kind, where, ", ".join(f.words for f in ours), ", ".join(f.words for f in theirs))


def _differences(old: Sequence[Stated], new: Sequence[Stated]) -> tuple[list[Stated], list[Stated]]:
    return _without(old, new), _without(new, old)


def _without(facts: Sequence[Stated], others: Sequence[Stated]) -> list[Stated]:
    left = Counter[Key]((f.kind, f.value) for f in others)
    out = []
    for fact in facts:
        key = (fact.kind, fact.value)
        if left[key]:
            left[key] -= 1
        else:
            out.append(fact)
    return out


def _matched(lost: Sequence[Stated], won: Sequence[Stated], where: VersionField) -> Iterator[FactChange]:
    """Lay lost and new facts of a kind side by side, in order; dates, numbers and units stand for each other."""
    for kinds in (("negation",), ("quotation",), _TIMES, ("name",)):
        ours, theirs = ([f for f in side if f.kind in kinds] for side in (lost, won))
        for n in range(max(len(ours), len(theirs))):
            a, b = ours[n : n + 1], theirs[n : n + 1]
            yield FactChange((a or b)[0].kind, where, a[0].words if a else "", b[0].words if b else "")


def _cut(text: str, span: tuple[int, int] | None) -> str:
    return text[slice(*span)] if span else ""
