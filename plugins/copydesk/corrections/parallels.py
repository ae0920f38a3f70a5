"""Which words of a clause stand where a given value stands in its counterpart.

"The author is from the University of Chicago, not the University of Illinois":
the counterpart of "the University of Illinois" is found by type (a number for a
number), by form (a name for a name, a quotation for a quotation) or by the word
with which both begin.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from copydesk.corrections.phrases import Phrases
from copydesk.corrections.values import tidy, typed

_NAME = re.compile(
    r"(?<![\w’'-])(?:#?[A-ZÄÖÜÉÁÓ][\w’'&.-]*|\d{1,4})(?:\s(?:of|the|de|da|do|for|and|von|van|der|al|bin|&)(?=\s[A-ZÄÖÜÉÁÓ])"
    r"|\s(?:#?[A-ZÄÖÜÉÁÓ][\w’'&.-]*|\d{1,4}\b)){0,9}"
)
_QUOTE = re.compile(r"[“\"„«]([^“”\"„»]{1,200})[”\"“»]")
_LONGEST_UNIT = 3
"""Words that a number may carry with it ("15 members") before it stands for itself."""


def counterpart(clause: str, value: str, table: Phrases, *, last: bool = True) -> str:
    """Give the words of the clause that answer to the value; the whole clause when nothing tells them apart."""
    for find in (_by_quote, _by_type, _by_name, _by_first_word, _by_last_word):
        found = find(clause, value, table, last)
        if found:
            return found
    return clause


def ending_name(clause: str, value: str, table: Phrases) -> str | None:
    """Give the name with which the clause ends, when the value is a name: "supporting Hollis" / "Johnson"."""
    value = value.strip(" .")
    if not _NAME.fullmatch(value) or value[0].isdigit() or typed(value, table):
        return None
    names = [m for m in _NAME.finditer(clause.rstrip(" .")) if m.end() == len(clause.rstrip(" ."))]
    return re.sub(r"^\d+\s", "", names[0][0]) if names else None


def _by_quote(clause: str, value: str, _table: Phrases, last: bool) -> str | None:
    if value[:1] not in '“"„«':
        return None
    quotes = _QUOTE.findall(clause)
    return quotes[-1 if last else 0] if quotes else None


def _by_type(clause: str, value: str, table: Phrases, last: bool) -> str | None:
    of_value = typed(value, table)
    if len(of_value) != 1 or len(value.split()) > 4:
        return None
    kind, words, _ = of_value[0]
    numeric = {"number", "word_number", "year", "percent", "money"}
    there = typed(clause, table)
    if last and kind in numeric and there and there[-1][0] == "date":  # "on 20 November", "not 10": the day is meant
        day = re.search(r"\d+", there[-1][1])
        return day[0] if day and len(words) <= len("31") else None
    same = [(w, at) for k, w, at in there if k == kind or {k, kind} <= numeric]
    same = [(w, at) for w, at in same if w.lower() != words.lower()]
    if not same:
        return None
    found, at = same[-1 if last else 0]
    tail = clause[at:].split()
    return clause[at:] if 1 < len(tail) <= _LONGEST_UNIT + len(found.split()) - 1 and last else found


def _by_name(clause: str, value: str, table: Phrases, last: bool) -> str | None:
    bare = value.split()
    while bare and bare[0].lower() in table.articles:
        bare = bare[1:]
    if not bare or not bare[0].lstrip("#")[:1].isupper():
        return None
    names = [m[0].strip(" .,") for m in _NAME.finditer(clause) if not m[0][0].isdigit()]
    if names and names[0] and clause.startswith(names[0]) and len(names) > 1 and len(names[0].split()) == 1:
        names = names[1:]
    if not names:
        return None
    wanted = {w.lower().rstrip("’'s") for w in bare}
    sharing = [n for n in names if wanted & {w.lower() for w in n.split()}]
    if len(bare) == 1:
        words = [w for n in names for w in re.split(r"[\s]+", n)]
        best = max(words, key=lambda w: _alike(w, bare[0]))
        if _alike(best, bare[0]) >= 0.6:
            return re.sub(r"[’']s$", "", best).strip(".,") or best
    name = (sharing or names)[-1 if last else 0]
    follows = clause[clause.find(name) + len(name) :].split()
    if follows and len(bare) > 1 and follows[0].strip(".,") == bare[-1] and bare[-1].islower():
        name += " " + bare[-1]
    first = bare[0].lower()
    words = name.split()
    lower = [w.lower() for w in words]
    if first in lower[1:]:
        name = " ".join(words[lower.index(first) :])
    return re.sub(r"[’']s$", "", name)


def _alike(a: str, b: str) -> float:
    return SequenceMatcher(None, a.lower().strip(".,’'"), b.lower(), autojunk=False).ratio()


def _by_first_word(clause: str, value: str, table: Phrases, last: bool) -> str | None:
    first = value.split()[0].lower() if value.split() else ""
    places = [m for m in re.finditer(r"\S+", clause) if m[0].lower().strip(",") == first]
    if not places or (places[-1].start() == 0 and len(places) == 1):
        return None
    if (
        first in table.articles and len(places) > 1
    ):  # the last one may belong to a phrase within ("the north of the country")
        inner = re.search(r"\bof\s+$", clause[: places[-1].start()])
        return clause[places[-2 if inner else -1].start() :] if last else clause[places[0].start() :]
    return clause[places[-1 if last else 0].start() :]


def _by_last_word(clause: str, value: str, table: Phrases, last: bool) -> str | None:
    left, right = clause.split(), value.split()
    if not left or not right or left[-1].lower().strip(".,") != right[-1].lower().strip(".,"):
        return None
    taken = left[-min(len(left), len(right)) :]
    while len(taken) > 1 and taken[0].lower() in table.stop - table.articles:
        taken = taken[1:]
    return tidy(" ".join(taken))
