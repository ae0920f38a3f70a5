"""The dateline: place and date as the wire writes them before the first sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copydesk.articles.people import agency_of

_LONGEST = 120
_WORD = r"[A-ZÀ-ÞŁŚŠŽČĐİ](?:[\w.'’]|-(?=\w)){0,24}"
_DATELINE = re.compile(
    rf"(?P<where>{_WORD}(?:[ /-]{{1,2}}{_WORD}){{0,4}}(?:,\s{_WORD}(?:\s\d{{1,2}})?){{0,3}})\s{{0,2}}"
    r"(?:[(\[](?P<credit>[^)\]]{2,40})[)\]]\s{0,2})?(?P<mark>--|—|–|-|:|\.)\s{0,2}(?=\S)"
)
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Dateline:
    """Where (and when) the story was filed, the agency in brackets if any, and where it ends."""

    text: str
    agency: str | None
    end: int


def dateline(paragraph: str) -> Dateline | None:
    """Read the dateline of a first paragraph. A place in capitals or an agency's credit must say so."""
    found = _DATELINE.match(paragraph[:_LONGEST])
    if found is None:
        return None
    where, credit = found["where"].strip(), found["credit"]
    agency = next(filter(None, map(agency_of, re.split(r"[/,]", credit))), None) if credit else None
    place = where.split(",")[0]
    capitals = "".join(_LETTERS.findall(place))
    shouted = len(capitals) >= 3 and capitals.isupper()
    if found["mark"] in ".:" and not agency:
        return None
    return Dateline(where, agency, found.end()) if shouted or agency else None
