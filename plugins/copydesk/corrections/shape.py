"""Do two values fit the same place? What must hold of the words of an edit, wherever it is made."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Literal

from copydesk.articles.text import straight
from copydesk.corrections.phrases import LANGUAGES, phrases
from copydesk.model import Edit

Shape = Literal["number", "day", "name", "words"]
LONGEST_VALUE = 9
"""Words of a value; what is longer is a statement, and its sentence would have to be rewritten."""
_FINITE = re.compile(
    r"\b(?:was|were|is|are|has|have|had|will|would|did|does|said|he|she|they|it|wurde|hat|ist|war)\b", re.I
)
_NUMERIC = re.compile(r"[$€£#]?\d[\d.,:/-]*(?:%|s|st|nd|rd|th)?")
_MAGNITUDE = re.compile(
    r"(?:thousand|million|billion|trillion|tausend|millionen?|milliarden?|milhão|milhões|bilhões|mil|millones|"
    r"millions?|milliards?|milioni|miliardi)\b",
    re.I,
)
_OVERLAP = 3
_PERCENT = re.compile(r"(?:percent|per|prozent|por|pour)", re.I)
_MARKS = ".,;:!?()[]“”\"„«»'’"


def is_plain(wrong: str, right: str) -> bool:
    """Value against value: no clause that would have to be rewritten."""
    if max(len(wrong.split()), len(right.split())) > LONGEST_VALUE:
        return False
    if wrong[:1].isdigit() != right[:1].isdigit() and len(right.split()) > 2 and not right.split()[0].istitle():
        return False
    return not _FINITE.search(right) or bool(_FINITE.search(wrong))


def are_parallel(wrong: str, right: str) -> bool:
    """Tell whether both are values of one shape: what one replaces, the other fills.

    A notice that names a clause on one side and a bare value on the other says what
    was wrong, and not which words go.
    """
    left, other = core(wrong, right)
    if not left or not other:
        return True  # one within the other: nested values have a rule of their own
    a, b = _shape(left), _shape(other)
    if a != b:
        return False
    if a == "number":
        return len(left) == len(other) == 1 and _form(left[0]) == _form(other[0])
    if a in ("name", "day"):
        return len(left) == len(other)  # "Xi" / "Jinping" may be two parts of one name
    return max(len(left), len(other)) <= 2 * min(len(left), len(other)) + 1


def core(wrong: str, right: str) -> tuple[list[str], list[str]]:
    """The words in which both differ, without those with which both begin and end."""
    left, other = wrong.split(), right.split()
    while left and other and _fold(left[0]) == _fold(other[0]):
        left, other = left[1:], other[1:]
    while left and other and _fold(left[-1]) == _fold(other[-1]):
        left, other = left[:-1], other[:-1]
    return left, other


def parts(edit: Edit) -> list[Edit]:
    """The values within a clause that have the shape of the new words, last first: what a person may choose from."""
    new, old = edit.new.split(), list(re.finditer(r"\S+", edit.old))
    found = []
    for at in range(len(old) - len(new), -1, -1):
        run = old[at : at + len(new)]
        words = [m[0].strip(_MARKS) for m in run]
        if _shape(words) == _shape(new) != "words" and are_parallel(" ".join(words), edit.new):
            a = run[0].start() + run[0][0].index(words[0])
            b = run[-1].start() + run[-1][0].index(words[-1]) + len(words[-1])
            found.append(Edit(edit.start + a, edit.start + b, edit.old[a:b], edit.new))
    return found


def narrowed(edit: Edit) -> Edit:
    """The edit without the words with which old and new begin and end alike: they keep their case and marks."""
    left, other = core(edit.old, edit.new)
    if not left or not other:
        return edit
    old, new = list(re.finditer(r"\S+", edit.old)), list(re.finditer(r"\S+", edit.new))
    ahead = 0
    while _fold(old[ahead][0]) == _fold(new[ahead][0]):
        ahead += 1
    a, b = old[ahead].start(), old[ahead + len(left) - 1].end()
    c, d = new[ahead].start(), new[ahead + len(other) - 1].end()
    return Edit(edit.start + a, edit.start + b, edit.old[a:b], edit.new[c:d])


def fitted(text: str, edit: Edit) -> Edit:
    """The edit without new words that stand beside the place already ("Alfie Gruber" for "Alfie Gilchrist")."""
    new = list(re.finditer(r"\S+", edit.new))
    before, after = text[max(0, edit.start - 80) : edit.start].split(), text[edit.end : edit.end + 80].split()
    for count in range(min(len(new) - 1, len(before), _OVERLAP), 0, -1):
        if [_fold(m[0]) for m in new[:count]] == [_fold(w) for w in before[-count:]]:
            return replace(edit, new=edit.new[new[count].start() :])
    for count in range(min(len(new) - 1, len(after), _OVERLAP), 0, -1):
        if [_fold(m[0]) for m in new[-count:]] == [_fold(w) for w in after[:count]]:
            return replace(edit, new=edit.new[: new[-count - 1].end()])
    return edit


def is_number(word: str) -> bool:
    """Whether a word is a number, in figures or letters."""
    plain = word.strip(_MARKS)
    return bool(_NUMERIC.fullmatch(plain)) or plain.lower() in _number_words()


def is_percent(word: str) -> bool:
    """Whether a word is the percent sign in letters, or its first half ("per cent")."""
    return bool(_PERCENT.fullmatch(word.strip(_MARKS)))


def bends(text: str, edit: Edit) -> bool:
    """The word before would change with the value ("a Iraqi")."""
    before = re.search(r"\b(an?)\s+$", text[max(0, edit.start - 4) : edit.start], re.I)
    if before:
        vowel = edit.new[:1].lower() in "aeiou"
        return (before[1].lower() == "an") != vowel and (edit.old[:1].lower() in "aeiou") != vowel
    return False


def doubles(text: str, edit: Edit) -> bool:
    """The edit would say a word twice ("12,500 tonnes tonnes"): the value was read too long."""
    new = [_fold(w) for w in edit.new.split()]
    before, after = text[max(0, edit.start - 40) : edit.start].split(), text[edit.end : edit.end + 40].split()
    return bool(new) and (
        (bool(after) and new[-1] == _fold(after[0])) or (bool(before) and new[0] == _fold(before[-1]))
    )


def changes_unit(text: str, edit: Edit) -> bool:
    """A magnitude stands behind the place that the new value brings along, or was never meant for ("$3 million")."""
    new = edit.new.split()
    return bool(new and is_number(edit.old.split()[0]) and _MAGNITUDE.match(text[edit.end :].lstrip()) and len(new) > 1)


def _shape(words: list[str]) -> Shape:
    if all(is_number(w) or _MAGNITUDE.fullmatch(w.strip(_MARKS)) for w in words) and is_number(words[0]):
        return "number"
    if all(w.strip(_MARKS).lower() in _day_words() or is_number(w) for w in words):
        return "day"
    if all(w.strip(_MARKS)[:1].isupper() or w.lower() in _CONNECT for w in words) and words[0][:1] not in "aA":
        return "name"
    return "name" if all(w.strip(_MARKS)[:1].isupper() for w in words) else "words"


def _form(number: str) -> tuple[str, bool]:
    """Currency and percent sign: "$3" and "3" are no two values of one thing."""
    plain = number.strip(_MARKS)
    return (plain[:1] if plain[:1] in "$€£#" else "", plain.endswith("%"))


def _fold(word: str) -> str:
    return straight(word).lower().strip(".,;:!?")


_CONNECT = frozenset({"of", "the", "de", "da", "do", "von", "van", "der", "and", "&", "for", "del", "la"})


@cache
def _number_words() -> frozenset[str]:
    return frozenset().union(*(phrases(lang).numbers for lang in LANGUAGES))


@cache
def _day_words() -> frozenset[str]:
    return frozenset().union(*(phrases(lang).weekdays | set(phrases(lang).months) for lang in LANGUAGES))
