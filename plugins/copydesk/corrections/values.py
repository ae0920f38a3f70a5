"""From clauses to values: the smallest words in which a wrong and a right statement differ.

Readers of notices mark values, not clauses: of "the letter was dated Tuesday" and
"in a letter dated Wednesday" the values are the weekdays. Two ways lead there: a
single value of the same type on each side (weekday, month, amount, percentage,
number), or the words that both sides share, cut away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from copydesk.corrections.phrases import Phrases

_TRAILING = " \t\n.,;:!?)]*—–-"
_WORD = re.compile(r"[\w$€£%#][\w$€£%#'’.,/-]*[\w%]|[\w$€£%#]")
_AMOUNT = r"(?:[$€£]\s?\d[\d.,]*(?:\s(?:million|billion|trillion|Millionen|Milliarden|milhões|bilhões))?)"
_UNIT = (
    r"(?:\s(?:million|billion|trillion|percent|per cent|percentage points|"
    r"Prozent|Millionen|Milliarden|milhões|bilhões|por cento))?"
)
_NUMBER = re.compile(
    rf"{_AMOUNT}|\b\d{{1,2}}(?::\d\d)?\s?[ap]\.?m\b\.?|\b\d{{1,3}}[-–]\d{{1,3}}\b|\b\d{{3}}0s\b|\b\d[\d.,]*\d\s?%|\b\d\s?%|\b\d[\d.,]*\d{_UNIT}|\b\d{_UNIT}"
)
_QUOTED = re.compile(r"[“\"„«]([^“”\"„»]{1,200})[”\"“»]")
_SHORTEST_VERB = 3
_LONGEST_ENDING = 5
_LONGEST_STATEMENT = 30
_NUMERIC = frozenset({"number", "word_number", "percent", "money", "year"})
_YEAR = re.compile(r"^(?:1[5-9]|20)\d\d$")


def tidy(value: str) -> str | None:
    """Trim a value: outer white space, closing punctuation, unpaired or enclosing quotation marks."""
    text = value.strip(" \t\n").rstrip(_TRAILING + " ")
    text = re.sub(r"^[\s,;:—–-]+", "", text)
    if text.count("(") > text.count(")"):
        text += ")"
    pairs = (("“", "”"), ('"', '"'), ("«", "»"), ("„", "“"), ("‘", "’"))
    for left, right in pairs:
        inner = text[1:-1] if len(text) > 2 else ""
        if text.startswith(left) and text.endswith(right) and left not in inner and right not in inner:
            text = inner.strip(" ,.;")
        elif left != right and text.count(left) != text.count(right) and left != "‘":
            text = text.strip(left + right)
    return text.strip() or None


def typed(text: str, table: Phrases) -> list[tuple[str, str, int]]:
    """List the typed values of a text: (type, words as they stand, offset)."""
    dates = list(re.finditer(_dates(table), text, re.IGNORECASE))
    found = [("date", m[0], m.start()) for m in dates]
    for m in _NUMBER.finditer(text):
        if not any(d.start() <= m.start() < d.end() for d in dates):
            found.append((_kind_of_number(m[0]), m[0].rstrip(".,"), m.start()))
    taken = [(at, at + len(words)) for _, words, at in found]
    for match in re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)*", text):
        word = match[0].lower()
        if any(a <= match.start() < b for a, b in taken):
            continue
        kind = (
            "weekday"
            if word in table.weekdays
            else "month"
            if word in table.months and match[0][0].isupper()
            else "ordinal"
            if word in table.ranks
            else "word_number"
            if word in table.numbers or (word.split("-")[0] in table.numbers and "-" in word)
            else None
        )
        if kind:
            unit = re.compile(_UNIT).match(text, match.end()) if kind == "word_number" else None
            found.append((kind, match[0] + (unit[0] if unit else ""), match.start()))
    return sorted(found, key=lambda value: value[2])


@cache
def _dates(table: Phrases) -> str:
    months = "|".join(sorted(table.months, key=len, reverse=True))
    return rf"\b(?:{months})\.? \d{{1,2}}\b(?:, \d{{4}}\b)?|\b\d{{1,2}}\.? (?:de )?(?:{months})\b"


def _kind_of_number(words: str) -> str:
    if words[:1] in "$€£":
        return "money"
    if words.rstrip().endswith(("%", "percent", "per cent", "Prozent", "por cento")):
        return "percent"
    return "year" if _YEAR.match(words) else "number"


def contrast(wrong: str, right: str, table: Phrases) -> tuple[str, str] | None:
    """Give the values in which two statements of the same thing differ, or None when that is not plain."""
    return by_type(wrong, right, table) or _by_shared_words(wrong, right, table)


def by_type(wrong: str, right: str, table: Phrases) -> tuple[str, str] | None:
    """Give the one value of the same type that each side has and the other has not."""
    lefts, rights = typed(wrong, table), typed(right, table)
    same = {words.lower() for _, words, _ in lefts} & {words.lower() for _, words, _ in rights}
    lefts, rights = ([found for found in side if found[1].lower() not in same] for side in (lefts, rights))
    for kind in ("weekday", "date", "money", "percent", "month", "year", "number", "word_number", "ordinal"):
        left, other = ([found for found in side if found[0] == kind] for side in (lefts, rights))
        if len(left) == 1 and len(other) == 1:
            return left[0][1], other[0][1]
        if left:
            break
    left, other = ([found for found in side if found[0] in _NUMERIC] for side in (lefts, rights))
    if len(left) != 1 or len(other) != 1 or len(right.split()) > _LONGEST_STATEMENT:
        return None
    if any(kind == "date" for kind, _, _ in lefts):  # "the first two on 4 November" / "12": the day may be meant
        return None
    (_, w, at), (_, r, on) = left[0], other[0]
    if (
        w.strip("$€£ ").lower() == r.strip("$€£ ").lower()
    ):  # "$1 billion a year" / "1 billion straws": the unit is wrong
        return wrong[at:].strip(" ."), right[on:].strip(" .")
    return w, r


def by_quote(wrong: str, right: str) -> tuple[str, str] | None:
    """Give what each side has in quotation marks, when each quotes once."""
    lefts, rights = _QUOTED.findall(wrong), _QUOTED.findall(right)
    left, other = (tidy(quotes[0]) if len(quotes) == 1 else None for quotes in (lefts, rights))
    return (left, other) if left and other and left.lower() != other.lower() else None


def _by_shared_words(wrong: str, right: str, table: Phrases) -> tuple[str, str] | None:
    """Cut behind the verb that both share: what follows it on either side are the values."""
    lefts, rights = list(_WORD.finditer(wrong)), list(_WORD.finditer(right))
    where: dict[str, int] = {}
    for i, match in enumerate(lefts):
        where[_stem(match[0])] = i
    for match in rights[:-1]:
        word = match[0].lower()
        i = where.get(_stem(word), len(lefts))
        if (
            word in table.stop
            or word in table.numbers
            or i >= len(lefts) - 1
            or len(word) < _SHORTEST_VERB
            or match[0][0].isupper()
        ):
            continue
        after = lefts[i + 1][0], right[match.end() :].split()[0].strip(",")
        if any(table.read["auxiliary"][0].fullmatch(w) for w in after):  # a subject, not the verb
            continue
        left, other = wrong[lefts[i].end() :], right[match.end() :]
        return without_common_ends(from_preposition(left, other, table), other, table)
    return None


def from_preposition(left: str, other: str, table: Phrases) -> str:
    """Give the left words from the small word on with which the other ones begin ("came from X" / "from Y")."""
    first = other.split()[0].lower() if other.split() else ""
    if first not in table.stop or first in table.articles:
        return left
    match = re.search(rf"\b{re.escape(first)}\s", left, re.I)
    return left[match.start() :] if match else left


def without_common_start(wrong: str, right: str, table: Phrases) -> tuple[str, str]:
    """Give both without a small word that one begins with and the other has ("applies to companies, not to homes")."""
    first, _, rest = wrong.partition(" ")
    if rest and first.lower() in table.stop - table.articles:
        match = re.search(rf"\b{re.escape(first)}\s", right, re.I)
        if match:
            return rest, right[match.end() :]
    return wrong, right


def ending_alike(wrong: str, right: str, *, last: bool = False) -> str | None:
    """Give as many last words of the wrong clause as the right one has, when both share some in their places.

    With ``last`` they must share the last one ("fell to 2.1%" / "rose to 2.1%").
    """
    lefts, rights = wrong.strip(" .").split(), right.strip(" .").split()
    tail = lefts[-len(rights) :]
    if not 1 < len(rights) < len(lefts) or len(rights) > _LONGEST_ENDING:
        return None
    same = [a.lower() == b.lower() for a, b in zip(tail, rights, strict=True)]
    return " ".join(tail) if (same[-1] if last else any(same)) and not all(same) else None


def parted(wrong: str, right: str, table: Phrases) -> tuple[str | None, str | None]:
    """Cut both where they go on alike: "a spokeswoman for X" / "a spokesman for the airline"."""
    lefts, rights = wrong.split(), right.split()
    small = table.stop - table.articles
    for i, word in enumerate(lefts[1:], 1):
        if word.lower() in small and word.lower() in [w.lower() for w in rights[1:]]:
            j = [w.lower() for w in rights].index(word.lower(), 1)
            if lefts[:i] == rights[:j]:
                break
            return tidy(" ".join(lefts[:i])), tidy(" ".join(rights[:j]))
    return tidy(wrong), tidy(right)


def without_common_ends(wrong: str, right: str, table: Phrases) -> tuple[str, str] | None:
    """Give both without the small words that both begin with and the words that both end with."""
    lefts, rights = wrong.split(), right.split()
    small = table.stop - table.articles
    while len(lefts) > 1 and len(rights) > 1 and lefts[0].lower() == rights[0].lower() and lefts[0].lower() in small:
        lefts, rights = lefts[1:], rights[1:]
    while (
        len(lefts) > 1
        and len(rights) > 1
        and lefts[-1].strip(".,").lower() == rights[-1].strip(".,").lower()
        and not lefts[-1][0].isupper()
    ):
        lefts, rights = lefts[:-1], rights[:-1]
    left, other = tidy(" ".join(lefts)), tidy(" ".join(rights))
    return (left, other) if left and other and left.lower() != other.lower() else None


def _stem(word: str) -> str:
    return word.lower().rstrip("s.,'’")[:6]


def content_words(text: str, table: Phrases, *without: str | None) -> tuple[str, ...]:
    """List the words that say what a statement is about: no function words, none of the given values."""
    skip = {w for value in without if value for w in _plain(value)}
    seen: dict[str, None] = {}
    for word in _plain(text):
        if (
            word not in table.stop
            and word not in table.about_notices
            and word not in skip
            and not table.error.search(word)
            and len(word) > 2
        ):
            seen[word] = None
    return tuple(seen)


def _plain(text: str) -> Iterator[str]:
    for match in re.finditer(r"[^\W_]+(?:-[^\W_]+)*", text.lower()):
        yield match[0]
