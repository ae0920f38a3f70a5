"""Change one fact in a page's story: a number, a date, a name or a negation, as a silent edit would."""

from __future__ import annotations

import html
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from copydesk.articles.facts import Stated, stated
from copydesk.articles.text import sentence_spans
from copydesk.articles.tree import parse, text_of
from copydesk.model import Document

KINDS = ("number", "date", "name", "negation")
_CONTEXT = 14
_SURNAMES = ("Alder", "Brandt", "Corrigan", "Delacroix", "Eklund", "Farrow", "Gruber", "Hollis", "Ivarsson", "Kessler")
_DATES = {
    "en": ("Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
           "January February March April May June July August September October November December"),
    "de": ("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
           "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "fr": ("lundi mardi mercredi jeudi vendredi samedi dimanche",
           "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "es": ("lunes martes miércoles jueves viernes sábado domingo",
           "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    "it": ("lunedì martedì mercoledì giovedì venerdì sabato domenica",
           "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    "pt": ("segunda terça quarta quinta sexta sábado domingo",
           "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """One planted edit: what stood, what stands now, and the page with it."""

    kind: str
    old: str
    new: str
    page: str


def plant(page: str, document: Document, kind: str, chance: random.Random) -> Edit | None:
    """Change one fact of that kind in a sentence of the story; None where there is none that can be changed.

    The page as readers see it must hold the sentence with the change and no longer the one
    without: a caption or a teaser in the same words is not the story.
    """
    lang = str(document.lang.value)[:2] if document.lang else ""
    places = list(_places(document, kind, lang))
    chance.shuffle(places)
    for sentence, fact, end in places:
        new = _other(kind, fact.words, lang, chance)
        if new is None or new == fact.words:
            continue
        after = sentence[end:] if new else sentence[end:].lstrip(" ")
        old = sentence[fact.start : len(sentence) - len(after)]
        changed = _replaced(page, sentence[max(0, fact.start - _CONTEXT) : fact.start], (old, new), after[:_CONTEXT])
        shown = _shown(changed) if changed != page else ""
        if f"{sentence[: fact.start]}{new}{after}" in shown and sentence not in shown:
            return Edit(kind, old, new, changed)
    return None


def _replaced(page: str, before: str, words: tuple[str, str], after: str) -> str:
    for quoted in (str, partial(html.escape, quote=False)):
        old, new = (quoted(f"{before}{word}{after}") for word in words)
        page = page.replace(old, new)
    return page


def _shown(page: str) -> str:
    """What readers see, in one line."""
    tree, _ = parse(page)
    for element in list(tree.iter("script", "style", "noscript", "template", "head", "textarea")):
        element.drop_tree()
    return text_of(tree)


def _places(document: Document, kind: str, lang: str) -> Iterator[tuple[str, Stated, int]]:
    for block in document.blocks:
        for start, end in sentence_spans(block.text):
            sentence = block.text[start:end].strip()
            for fact in stated(sentence, lang):
                if fact.kind == kind and _is_plain(kind, fact, lang):
                    yield sentence, fact, fact.start + len(fact.words)


def _is_plain(kind: str, fact: Stated, lang: str) -> bool:
    if kind == "number":
        return fact.words.isdigit()
    if kind == "date":
        return any(fact.words.casefold() in row.casefold().split() for row in _DATES.get(lang, ()))
    if kind == "name":
        return fact.start > 0 and len(fact.words) > 3 and re.fullmatch(r"[^\W\d_]+", fact.words) is not None
    return True


def _other(kind: str, words: str, lang: str, chance: random.Random) -> str | None:
    if kind == "negation":
        return ""
    if kind == "name":
        return chance.choice(_SURNAMES)
    if kind == "number":
        at = chance.randrange(len(words))
        others = [d for d in "123456789" if int(d) != unicodedata.digit(words[at])]
        return words[:at] + chance.choice(others) + words[at + 1 :]
    row = next(r.split() for r in _DATES[lang] if words.casefold() in r.casefold().split())
    other = chance.choice([d for d in row if d.casefold() != words.casefold()])
    return (
        other
        if words[0].isupper() == other[0].isupper()
        else other.capitalize()
        if words[0].isupper()
        else other.lower()
    )
