"""What a notice says beside its values: field, paragraph, date, kind."""

from __future__ import annotations

import re
from datetime import date

from copydesk.corrections.phrases import Phrases
from copydesk.model import Field, NoticeKind

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_US = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})\b")
_WHERE_DATED = 160
"""A notice is dated in its heading, in its first sentence or at its very end."""


def field_of(text: str, table: Phrases) -> Field:
    """Give the part of the article that was wrong."""
    for name, pattern in table.fields.items():
        if pattern.search(text):
            return name  # type: ignore[return-value]
    return "body"


def paragraph_of(text: str, table: Phrases) -> str | None:
    """Give the paragraph's number as digits, when the notice counts from the start."""
    for pattern in table.paragraphs:
        match = pattern.search(text)
        if match:
            said = match["n"].lower()
            return table.ordinals.get(said, said)
    return None


def date_of(text: str, table: Phrases, *, rule: str = "") -> str | None:
    """Give the notice's own date (ISO 8601) when it states day, month and year."""
    pieces = [text[:_WHERE_DATED]]
    end = re.search(r"\(([^()]{4,30})\)\W*$", text)
    if end:
        pieces.append(end[1])
    for piece in pieces:
        found = _date_in(piece, table, dated_heading=piece is pieces[0])
        if found:
            return found
    return None


def _date_in(text: str, table: Phrases, *, dated_heading: bool) -> str | None:
    months = "|".join(sorted(table.months, key=len, reverse=True))
    forms = (
        rf"\b(?P<m>{months})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})\b",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|º|\.)? (?:de |of )?(?P<m>{months})\.?,? (?:de )?(?P<y>\d{{4}})\b",
    )
    for form in forms:
        match = re.search(form, text, re.IGNORECASE)
        if match and (not dated_heading or _is_of_the_notice(text, match.start())):
            return _iso(int(match["y"]), table.months[match["m"].lower()], int(match["d"]))
    iso = _ISO.search(text[:80])
    if iso:
        return _iso(int(iso[1]), int(iso[2]), int(iso[3]))
    figures = _US.search(text[:80]) or _DOTTED.search(text[:80])
    if figures:
        first, second, year = int(figures[1]), int(figures[2]), int(figures[3])
        month, day = (first, second) if figures.re is _US and table.language == "en" else (second, first)
        return _iso(year + 2000 if year < 100 else year, month, day)
    return None


def _is_of_the_notice(text: str, at: int) -> bool:
    """A date that follows the heading or "was amended on", not one that the story speaks of."""
    before = text[:at]
    return at < 45 or (
        bool(re.search(r"\b(?:on|le|am|em|el|of|from)\s*$", before)) and "." not in before.strip(" •*")[:-1]
    )


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def kind_of(text: str, heading_kind: str | None, rule: str, table: Phrases) -> NoticeKind:
    """Decide what kind of notice it is: by its words where they are plain, else by its heading."""
    kinds = table.kinds
    if "retraction" in kinds and kinds["retraction"].search(text):
        return "retraction"
    if "refile" in kinds and kinds["refile"].search(text[:160]):
        return "refile"
    if heading_kind == "amplification":
        return "amplification"
    if heading_kind == "clarification" or ("clarification" in kinds and kinds["clarification"].search(text)):
        return "clarification"
    if heading_kind == "update" or ("update" in kinds and kinds["update"].search(text)):
        return "correction" if rule not in ("weak_heading",) and _is_admission(text, table) else "update"
    if heading_kind == "editors_note" and rule == "regret":
        return "editors_note"
    if heading_kind == "retraction":
        return "retraction"
    return "correction"


def _is_admission(text: str, table: Phrases) -> bool:
    leads = re.match(r"\W*updates? (?!to correct|[\d(]|\w+ \d)", text, re.IGNORECASE)
    return leads is None and not re.search(r"\bI realized\b", text)
