"""The tables of the extraction rules, read once from their data files beside this module."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
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


def _rule(name: str, row: dict[str, Any]) -> Rule:
    pattern = re.compile(row["pattern"], 0 if row.get("case") else re.IGNORECASE)
    return Rule(name, row["reason"], pattern, row["longest"], row["place"], row.get("keeps", ""))


FURNITURE: tuple[Rule, ...] = tuple(_rule(name, row) for name, row in _table("furniture.toml").items())
"""The phrase table, in order: the first rule that matches names the reason."""

_NAMES = _table("names.toml")


def _words(section: str) -> str:
    return "|".join(sorted(map(re.escape, _NAMES[section]["words"]), key=len, reverse=True))


NAMES_OF_FURNITURE = re.compile(rf"(?<![a-z])(?:{_words('furniture')})(?![a-z])")
"""Words in an element's class or id (lower case, camel case split) that make it furniture."""

NAMES_OF_STANDFIRST = re.compile(rf"(?<![a-z])(?:{_words('standfirst')})(?![a-z])")
"""Words in an element's class or id that make it the standfirst when it stands below the headline."""
