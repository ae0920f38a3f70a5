"""The tables of the extraction rules, read once from their data files beside this module."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

Place = Literal["any", "top", "end", "onward"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of furniture.toml: which line goes, where, and what it is still good for."""

    name: str
    reason: str
    pattern: re.Pattern[str]
    longest: int
    place: Place
    keeps: str = ""


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _words(section: str) -> str:
    return "|".join(sorted(map(re.escape, _NAMES[section]["words"]), key=len, reverse=True))


def _rule(name: str, row: dict[str, Any]) -> Rule:
    pattern = re.compile(row["pattern"], 0 if row.get("case") else re.IGNORECASE)
    return Rule(name, row["reason"], pattern, row["longest"], row["place"], row.get("keeps", ""))


FURNITURE: tuple[Rule, ...] = tuple(_rule(name, row) for name, row in _table("furniture.toml").items())
"""The phrase table, in order: the first rule that matches names the reason."""
_ALONE = ("call_advertisement", "call_comments", "call_updated", "call_views")
ALONE = re.compile("|".join(f"(?:{r.pattern.pattern})" for r in FURNITURE if r.name in _ALONE), re.IGNORECASE)
"""Lines that are furniture wherever an element says no more than that: advertisement labels, counters,
times of update."""

_NAMES = _table("names.toml")

NAMES_OF_FURNITURE = re.compile(rf"(?<![a-z])(?:{_words('furniture')})(?![a-z])")
"""Words in an element's class or id (lower case, camel case split) that make it furniture."""

NAMES_OF_STANDFIRST = re.compile(rf"(?<![a-z])(?:{_words('standfirst')})(?![a-z])")
"""Words in an element's class or id that make it the standfirst when it stands below the headline."""


@dataclass(frozen=True, slots=True)
class DatePlaces:
    """Where a date is stated, in order of trust: JSON-LD keys, then names of meta elements."""

    jsonld: tuple[str, ...]
    meta: tuple[str, ...]


_DATES = _table("dates.toml")
PUBLISHED = DatePlaces(tuple(_DATES["published"]["jsonld"]), tuple(_DATES["published"]["meta"]))
MODIFIED = DatePlaces(tuple(_DATES["modified"]["jsonld"]), tuple(_DATES["modified"]["meta"]))
ZONES: dict[str, int] = _DATES["zones"]
"""Abbreviation of a time zone (lower case) to its offset in minutes."""
MONTHS: dict[str, int] = {start: int(n) for n, starts in _DATES["months"].items() for start in starts}
"""First letters of month names to the month's number."""

AGENCIES: dict[str, str] = {key: name for name, keys in _NAMES["agencies"].items() for key in keys}
"""Letters of an agency's credit in lower case to the agency's name."""
DESKS: frozenset[str] = frozenset(_NAMES["desks"]["words"])
"""Words (lower case) that make a credit a desk or a house, not a person."""

_VENUES = _table("venues.toml")
VENUES: dict[str, str] = _VENUES["venues"]
"""An exchange as written before a ticker (upper case) to its name."""
RIC_SUFFIXES: dict[str, str] = _VENUES["ric"]
"""What stands after the dot of a Reuters instrument code to the exchange's name."""

PAGE_KINDS: dict[str, re.Pattern[str]] = {
    kind: re.compile("|".join(row["patterns"]), re.IGNORECASE) for kind, row in _table("pagekind.toml").items()
}
"""What pages without an article say of themselves, by kind."""

ARTICLE_TYPES: frozenset[str] = frozenset(_NAMES["article_types"]["words"])
"""schema.org types (lower case) that are an article to a reader."""

LABELS = re.compile(rf"(?:{_words('labels')})\s?[:：»>…]{{0,3}}$", re.IGNORECASE)
"""Labels that head a teaser for another story: the whole line is the label."""

PICTURES = re.compile("|".join(map(re.escape, _NAMES["pictures"]["parts"])))
"""Parts of class and id names (lower case) that make a box a picture."""

_GENERATED = re.compile(
    r"(?<![\w-])(?:css|sc|jsx|svelte|emotion|styled)-[A-Za-z0-9]+|(?<=__)[A-Za-z0-9]{4,12}(?![\w-])"
    r"|(?<![\w-])(?:(?:is|js|wf)-(?:active|loaded|ready|visible|initiali[sz]ed|enabled)|active|hydrated|lazyload(?:ed|ing)?|loaded)(?![\w-])"
    r"|(?<![A-Za-z0-9])(?=[a-z0-9]{5})[a-z]{0,9}\d{1,9}[a-z][a-z0-9]{0,99}(?![A-Za-z0-9])"
)


@lru_cache(maxsize=20_000)
def written_names(names: str) -> str:
    """Class names without those, or the parts of them, that a build tool generated or a script set: they change with
    each build or look ("css-1ad3x" is no advertisement). What is nothing else comes back as it is."""
    left = " ".join(_GENERATED.sub("", names).split())
    return left if left.strip(" _-") else names
