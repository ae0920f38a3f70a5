"""The phrase tables of the languages, compiled once.

A language is a TOML file in ``languages/``; nothing about a language stands in
code. Patterns are regular expressions without nested repeats, every gap in them
bounded, so that hostile text costs linear time (tests/unit/test_corrections_hostile.py).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "de", "pt", "fr", "es", "it")
"""In the order in which they are tried when the language is unknown."""

_FLAGS = re.IGNORECASE
_NEVER = re.compile(r"\b\B")
_OPTIONAL = (
    "be",
    "pronoun",
    "should_read",
    "passive",
    "unsaid",
    "cleft",
    "and_that",
    "auxiliary",
    "no_value",
    "when_fact",
    "attribution",
    "vague",
    "spelled",
    "asks_amount",
    "asks_manner",
    "asks_day",
)
"""Rows of ``[read]`` that a language may go without."""
_AFTER_HEADING = (
    r"(?P<mark>\s*(?:[:.—–\]]|\s-{1,2}\s|\s[-–—])|\s*\n|\s*$|"
    r"(?=\s*[(,]?\s*(?:\w{3,9}\.? )?\d{1,2}(?:[./ ]|(?:st|nd|rd|th)?\b)[^:]{0,40}:)|"
    r"(?=\s*\((?:\w{3,9}\.? )?\d)|(?=,? (?:\w{3,9}\.? \d{1,2}|\d{1,2} \w{3,9}),?(?: \d{4})?\s*(?:[:.\n]|$)))"
)
"""What must follow a heading: a colon or its like, a line end, or a date and then one of these."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that a notice may carry: what it calls itself, and whether that is enough."""

    pattern: re.Pattern[str]
    kind: str
    strong: bool


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """One language's tables, compiled."""

    language: str
    headings: tuple[Heading, ...]
    version: re.Pattern[str]
    adverb: re.Pattern[str]
    corrected: re.Pattern[str]
    advisory: re.Pattern[str]
    regret: re.Pattern[str]
    error: re.Pattern[str]
    said: re.Pattern[str]
    news: re.Pattern[str]
    kinds: Mapping[str, re.Pattern[str]]
    read: Mapping[str, tuple[re.Pattern[str], ...]]
    fields: Mapping[str, re.Pattern[str]]
    paragraphs: tuple[re.Pattern[str], ...]
    ordinals: Mapping[str, str]
    articles: frozenset[str]
    months: Mapping[str, int]
    weekdays: frozenset[str]
    numbers: frozenset[str]
    ranks: frozenset[str]
    stop: frozenset[str]
    about_notices: frozenset[str]
    """Words of the notice's own trade ("editing", "paragraph"): they say nothing of what it is about."""


def is_known(lang: str | None) -> bool:
    """Tell whether there is a table for the language ("en", "de-AT" ...)."""
    return bool(lang) and str(lang)[:2].lower() in LANGUAGES


@cache
def phrases(lang: str) -> Phrases:
    """Load the tables of a language by its two-letter code. KeyError when there are none."""
    code = lang[:2].lower()
    if code not in LANGUAGES:
        raise KeyError(lang)
    source = files("copydesk.corrections.languages").joinpath(f"{code}.toml")
    return _compile(tomllib.loads(source.read_text(encoding="utf-8")))


def _compile(table: dict[str, Any]) -> Phrases:
    nouns = "|".join(sorted((re.escape(noun) for noun in table["nouns"]), key=len, reverse=True))
    ordinals = {word: number for number, words in table["paragraphs"]["words"].items() for word in words}
    own, words = table["own"], table["words"]
    fill = {"{noun}": f"(?:{nouns})", "{ordinal_words}": "|".join(sorted(ordinals, key=len, reverse=True))}
    one = _Compiler(fill)
    reading = dict.fromkeys(_OPTIONAL, (_NEVER,))
    reading |= {key: one.each(value if isinstance(value, list) else [value]) for key, value in table["read"].items()}
    months = {name: number for number, names in enumerate(words["months"], 1) for name in names}
    return Phrases(
        language=table["language"],
        headings=tuple(_headings(table["headings"], one)),
        version=one.any(own["version"]),
        adverb=one.any(own["adverb"]),
        corrected=one.any(own["corrected"]),
        advisory=one.any(own["advisory"]),
        regret=one.any(own["regret"]),
        error=one.any([own["error"]]),
        said=one.any([own["said"]]),
        news=one.any([own["news"]]),
        kinds={kind: one.any(rows) for kind, rows in table["kinds"].items() if rows},
        read=reading,
        fields={name: one.any([row]) for name, row in table["fields"].items()},
        paragraphs=one.each(table["paragraphs"]["number"]),
        ordinals=ordinals,
        articles=frozenset(words["articles"]),
        months=months,
        weekdays=frozenset(words["weekdays"]),
        numbers=frozenset(words["numbers"]),
        ranks=frozenset(words.get("ranks", ())),
        stop=frozenset(words["stop"]),
        about_notices=frozenset(words.get("about_notices", ())),
    )


def _headings(table: dict[str, list[list[str]]], compiler: _Compiler) -> Iterable[Heading]:
    for strength in ("strong", "weak"):
        for pattern, kind in table[strength]:
            yield Heading(compiler.one(rf"(?P<heading>{pattern}){_AFTER_HEADING}"), kind, strength == "strong")


@dataclass(frozen=True, slots=True)
class _Compiler:
    fill: Mapping[str, str]

    def one(self, pattern: str) -> re.Pattern[str]:
        for name, value in self.fill.items():
            pattern = pattern.replace(name, value)
        return re.compile(pattern, _FLAGS)

    def each(self, patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(self.one(pattern) for pattern in patterns)

    def any(self, patterns: Iterable[str]) -> re.Pattern[str]:
        return self.one("|".join(f"(?:{pattern})" for pattern in patterns) or _NEVER.pattern)
