"""Financial instruments that a page names: ISINs, exchange:ticker pairs and RICs.

An ISIN counts only with its check digit right (ISO 6166: Luhn over the digits that letters
A-Z become as 10-35) and a country code or X-prefix in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copydesk.articles.rules import RIC_SUFFIXES, VENUES
from copydesk.model import Instrument

_ISIN = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2}[A-Z0-9]{9}[0-9])(?![A-Za-z0-9])")
_TICKER = re.compile(
    r"[(\[](?P<venue>[A-Za-z][A-Za-z. ]{1,24}?)\s?:\s?(?P<ticker>[A-Z0-9]{1,6}(?:[.-][A-Z0-9]{1,3})?)(?=[;,)\]\s])"
)
_NAME_BEFORE = re.compile(r"(?P<name>[A-Z][\w&.,'’ -]{1,60}) $")
_RIC_MARKED = re.compile(r"[(<]([A-Z0-9]{1,6}\.(?P<venue>[A-Z]{1,2}))[)>]")


def instruments(text: str) -> tuple[Instrument, ...]:
    """Give every instrument named in a text, once each, in the order in which they come."""
    found: dict[tuple[str, str], Instrument] = {}
    for _, instrument in sorted(_all(text), key=lambda pair: pair[0]):
        found.setdefault((instrument.scheme, instrument.value), instrument)
    return tuple(found.values())


def is_isin(code: str) -> bool:
    """Tell whether a code is an ISIN with the right check digit."""
    if not _ISIN.fullmatch(code):
        return False
    digits = "".join(str(int(c, 36)) for c in code)
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


def _all(text: str) -> Iterator[tuple[int, Instrument]]:
    for match in _ISIN.finditer(text):
        if is_isin(match[1]):
            yield match.start(), Instrument("isin", match[1])
    for match in _TICKER.finditer(text):
        venue = VENUES.get(match["venue"].upper().strip())
        if venue:
            before = _NAME_BEFORE.search(text, max(0, match.start() - 62), match.start())
            name = before["name"].strip(" ,") if before else None
            yield match.start(), Instrument("ticker", match["ticker"], venue, name or None)
    for match in _RIC_MARKED.finditer(text):
        if match["venue"] in RIC_SUFFIXES:
            yield match.start(), Instrument("ric", match[1], RIC_SUFFIXES[match["venue"]])
