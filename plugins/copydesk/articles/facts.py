"""The facts that a sentence states: dates, numbers, units, names, quotations, negations.

For telling an edit that matters from one that does not; so doubt counts as a fact. A
capitalised word inside a sentence is a name (every German noun is one: a machine that
kept them apart would now and then hide a name); at the start of a sentence it is a name
unless it is a small word or stands somewhere in lower case.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from copydesk.articles.text import UNSPACED, straight
from copydesk.model import FactKind

LANGUAGES = ("en", "de", "fr", "es", "it", "pt")
_WORD = re.compile(
    rf"(?<!\w)[^\W\d{UNSPACED}]{{0,20}}\d[^\W{UNSPACED}]*(?:[.,:/'’\u00a0\u202f]\d+)*"
    rf"|\d[^\W{UNSPACED}]*(?:[.,:/'’\u00a0\u202f]\d+)*|[^\W\d_{UNSPACED}]+(?:['’]t\b)?"
)
_LETTERS = re.compile(rf"[^\W\d_{UNSPACED}]+")
_SIGNED = re.compile(r"(?:^|(?<=[\s($€£¥]))[-−–+]\s?$")
_SIGNS = re.compile(r"[%‰$€£¥₹₽₩₺°§]|\b[A-Z]{3}(?=\s?\d)")
_GROUPS = {"en": ",", "de": ".’", "es": ".", "it": ".", "pt": ".", "fr": ""}
_CJK_NUMBER = re.compile("[〇零一二三四五六七八九十百千万萬億亿兆两兩]+")
_QUOTED = re.compile(
    r"“([^”\"\n]*)(?:[”\"]|(?=\n)|\Z)|„([^“”\n]*)(?:[“”]|(?=\n)|\Z)|«([^»\n]*)(?:»|(?=\n)|\Z)|»([^«\n]*)«"
    r"|\"([^\"”\n]*)(?:[\"”]|(?=\n)|\Z)"
    r"|「([^」\n]*)」|『([^』\n]*)』|(?<!\w)[‘']([^’'\n]{2,300})[’'](?!\w)"
)
_OPENS = frozenset(".!?:;…•\n。！？")
_LEADS = "“”\"„«»‘'([–—-*> \t\u00a0"
_GERMAN_NUMBER = re.compile(
    r"(?:ein|zwei|drei|vier|fünf|sech|sechs|sieb|sieben|acht|neun|zehn|elf|zwölf|und|zig|ßig|hundert|tausend){2,8}"
)


@dataclass(frozen=True, slots=True)
class Stated:
    """One fact: its kind, its value in a form that compares, the words as they stand, and where."""

    kind: FactKind
    value: str
    words: str
    start: int


@dataclass(frozen=True, slots=True)
class _Table:
    dates: frozenset[str]
    capitalised: frozenset[str]
    abbreviated: frozenset[str]
    numbers: dict[str, str]
    units: frozenset[str]
    negations: frozenset[str]
    small: frozenset[str]
    prefixes: tuple[str, ...]
    groups: str


def stated(text: str, lang: str | None = None, common: frozenset[str] = frozenset()) -> list[Stated]:
    """List the facts of a text in order. ``common`` are words known to be written in lower case as well."""
    table = _table((lang or "")[:2].lower())
    found = [*_of_words(text, table, common), *_of_signs(text), *quotations(text)]
    return sorted(found, key=lambda fact: fact.start)


def quotations(text: str) -> Iterator[Stated]:
    """Yield what stands in quotation marks, by its words alone; an unclosed one ends with its paragraph."""
    for match in _QUOTED.finditer(text):
        inner = next((group for group in match.groups() if group is not None), "")
        value = " ".join(re.findall(r"\w+", straight(inner).casefold()))
        if value:
            yield Stated("quotation", value, inner.strip(), match.start())


def turned(a: str, b: str, lang: str | None = None) -> bool:
    """Whether one word is the other with a prefix that denies it ("lawful", "unlawful")."""
    short, long = sorted((a.casefold(), b.casefold()), key=len)
    return len(short) > 2 and any(long == p + short for p in _table((lang or "")[:2].lower()).prefixes)


def lower_words(text: str) -> frozenset[str]:
    """The words that a text writes in lower case."""
    return frozenset(word for word in _LETTERS.findall(text) if word.islower())


def capitalised(text: str, lang: str | None = None) -> str:
    """The first word with a capital that is no small word; empty when there is none."""
    small = _table((lang or "")[:2].lower()).small
    return next((word for word in _LETTERS.findall(text) if word[0].isupper() and word.casefold() not in small), "")


def spoken(text: str) -> Counter[str]:
    """How often each word is said, however it is written."""
    return Counter(_folded(word) for word in _LETTERS.findall(text))


def _of_words(text: str, table: _Table, common: frozenset[str]) -> Iterator[Stated]:
    counted = False
    last_end = 0
    for match in _WORD.finditer(text):
        words, start = match[0], match.start()
        folded = _folded(words)
        counted = counted and text[last_end:start].strip("-–\u00a0\u202f ") == ""
        last_end = match.end()
        kind, value = _kind(words, folded, table, counted, _near_figure(text, start, match.end()))
        if kind is None and words[0].isupper() and _is_name(text, start, folded, words, table, common):
            kind, value = "name", folded
        if kind == "number" and _SIGNED.search(text[max(0, start - 3) : start]) and words[0].isdigit():
            value = f"{text[:start].rstrip()[-1]}{value}".replace("−", "-").replace("–", "-")
        if kind:
            yield Stated(kind, value, words, start)
        counted = kind == "number" or (counted and kind == "unit")


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold().replace("’", "'")


def _kind(words: str, folded: str, table: _Table, counted: bool, figured: bool) -> tuple[FactKind | None, str]:
    if any(c.isdigit() for c in words):
        return "number", _plain_number(folded, table)
    if folded.endswith("n't") or folded in table.negations:
        return "negation", "not" if folded.endswith("n't") or folded in ("cannot", "cant") else folded
    if counted and folded in table.units:
        return "unit", folded
    if folded in table.dates and (folded not in table.capitalised or words[0].isupper()):
        return "date", folded
    if figured and folded in table.abbreviated:
        return "date", folded
    if folded in table.numbers:
        return "number", table.numbers[folded]
    if _GERMAN_NUMBER.fullmatch(folded):
        return "number", folded
    return None, ""


def _is_name(text: str, start: int, folded: str, words: str, table: _Table, common: frozenset[str]) -> bool:
    if not _opens_sentence(text, start):
        return folded not in common or not words.istitle() or not _is_headline(text)
    return folded not in common and folded not in table.small


def _is_headline(text: str) -> bool:
    """Most words are capitalised: the case tells nothing."""
    found = [word for word in _LETTERS.findall(text) if len(word) > 3]
    return sum(map(str.istitle, found)) > 0.6 * len(found)


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(_LEADS) if start < 200 else text[start - 200 : start].rstrip(_LEADS)
    if before[-1:] == "" or before[-1] in _OPENS:
        return True
    between = text[len(before) if start < 200 else start - 200 + len(before) : start]
    return any(c in '“„«‘"–—' for c in between)


def _of_signs(text: str) -> Iterator[Stated]:
    for match in _SIGNS.finditer(text):
        yield Stated("unit", match[0], match[0], match.start())
    for match in _CJK_NUMBER.finditer(text):
        yield Stated("number", match[0], match[0], match.start())
    for match in _negating().finditer(text):
        yield Stated("negation", match[0], match[0], match.start())


def _near_figure(text: str, start: int, end: int) -> bool:
    return (
        text[max(0, start - 3) : start].rstrip(" .\u00a0")[-1:].isdigit()
        or text[end : end + 3].lstrip(" .")[:1].isdigit()
    )


def _plain_number(folded: str, table: _Table) -> str:
    """Without thousands separators as the language writes them; everything else stays as it is."""
    for mark in (*table.groups, "\u00a0", "\u202f", "’", "'"):
        if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+(?:[.,]\d+)?", folded):
            return folded.replace(mark, "")
    return folded


@cache
def _negating() -> re.Pattern[str]:
    return re.compile(f"[{_rows()['other']['characters']}]")


@cache
def _rows() -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = tomllib.loads(files(__package__).joinpath("facts.toml").read_text("utf-8"))
    return rows


@cache
def _table(lang: str) -> _Table:
    """The words of one language; of all of them when it is not known."""
    codes = (lang,) if lang in LANGUAGES else LANGUAGES

    def listed(key: str) -> frozenset[str]:
        return frozenset(word for code in codes for word in _rows()[code].get(key, "").split())

    numbers: dict[str, str] = {}
    for word in listed("numbers"):
        name, _, value = word.partition("=")
        numbers[name] = value or name
    other = frozenset(_rows()["other"]["negations"].split())
    return _Table(
        dates=listed("months") | listed("weekdays") | listed("relative"),
        capitalised=frozenset({"may", "march", "august", "mai"}) if "en" in codes else frozenset(),
        abbreviated=listed("abbreviated"),
        numbers=numbers,
        units=listed("units"),
        negations=listed("negations") | (frozenset() if lang in LANGUAGES else other),
        small=listed("small") | listed("negations"),
        prefixes=tuple(listed("prefixes")),
        groups=_GROUPS.get(lang, ""),
    )
