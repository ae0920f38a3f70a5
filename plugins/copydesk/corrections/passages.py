"""Is this passage a notice? A judgement on one paragraph (or bracket) by its own words.

A heading that means nothing else ("Corrections & Amplifications") is enough; any
other passage must speak of its own article ("an earlier version of this story")
and admit an error. What stands in quotation marks is somebody else's notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from copydesk.corrections.phrases import Heading, Phrases

_LEAD = re.compile(r"[\s•*†‡#>_·\-–—\[(\]\d]{0,12}")
_BRACKETED = re.compile(r"[\s•*†‡#>_·\-–—]{0,12}[\[(*\-–—]{1,2}\s*(?:\*\s*)?")
_TAG = re.compile(r"^\W{0,3}(?P<heading>CORRECTED|CORRECTION|REFILE[D]?)\b[\s)\]]*[-–—:/]", re.M)
_QUOTED = re.compile(r"“[^”]{0,2000}(?:”|$)|\"[^\"]{0,2000}(?:\"|$)|«[^»]{0,2000}(?:»|$)|„[^“”]{0,2000}(?:[“”]|$)")
_POSTED = re.compile(r"t\.co/|\(@\w+\)|pic\.twitter")
_MENU = re.compile(r"\s\|\s")
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?=\s|$)|\n|$)|[^.!?\n]*[.!?]")
_SHORTEST = 12
_SHORT_ADVISORY = 400
_WINDOW = 260
"""Characters after "an earlier version of this article" in which the admission must stand."""
LONGEST = 2600
"""No notice of the 396 read (reference, section 10) is longer than 1,900 characters."""


@dataclass(frozen=True, slots=True)
class Found:
    """Why a passage is a notice: where it starts in the passage, its heading, its surest sign."""

    start: int
    rule: str
    confidence: float
    heading: str | None = None
    heading_kind: str | None = None
    body: int = 0
    """Offset of the first character after the heading."""
    anchor: int = 0


def judge(text: str, table: Phrases, *, marked: bool = False) -> Found | None:
    """Judge a passage. ``marked`` means that the page's mark-up calls it a correction."""
    if len(text) > LONGEST or _POSTED.search(text):
        return None
    lead = _LEAD.match(text)
    at = lead.end() if lead else 0
    heading, found = heading_at(text, at, table)
    if heading and heading.strong and _says_something(text, found.body if found else at):
        return found
    sign = _sign(text, table, weak=found is not None or marked)
    if sign:
        rule, anchor = sign
        return Found(
            at if found is None else found.start,
            rule,
            0.95 if found else 0.9,
            found.heading if found else None,
            found.heading_kind if found else None,
            found.body if found else at,
            anchor,
        )
    advisory = _advisory(text, table)
    if advisory:
        return advisory
    if marked and table.error.search(text) and len(text) >= _SHORTEST:
        return Found(0, "marked", 0.7)
    return None


def heading_at(text: str, at: int, table: Phrases) -> tuple[Heading | None, Found | None]:
    """Read a heading at an offset."""
    for heading in table.headings:
        match = heading.pattern.match(text, at)
        if match and not _MENU.match(text, match.end("heading")):
            printed = match["heading"].strip()
            rule = "heading" if heading.strong else "weak_heading"
            return heading, Found(at, rule, 0.97, printed, heading.kind, match.end(), match.end())
    tag = _TAG.match(text)
    if tag and table.language == "en":
        kind = "refile" if tag["heading"].upper().startswith("REFILE") else "correction"
        strong = Heading(tag.re, kind, strong=True)
        return strong, Found(0, "headline_tag", 0.95, tag["heading"], kind, tag.end(), tag.end())
    return None, None


def _says_something(text: str, start: int) -> bool:
    rest = text[start:].strip(" \n:.-–—*_)]")
    return len(rest) >= _SHORTEST and " " in rest and not _MENU.search(rest[:120]) and rest[:1] not in "?!"


def _sign(text: str, table: Phrases, *, weak: bool) -> tuple[str, int] | None:
    """Find words by which the passage speaks of its own text and admits an error."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]

    def free(match: re.Match[str]) -> bool:
        return not any(a < match.start() < b for a, b in quoted)

    for match in table.version.finditer(text):
        if free(match) and _admits(text, match, table):
            return "version", match.start()
    for name in ("adverb", "corrected", "regret"):
        for match in getattr(table, name).finditer(text):
            if free(match) and (weak or name != "regret") and _is_own(text, match, table):
                return name, match.start()
    return None


def _admits(text: str, match: re.Match[str], table: Phrases) -> bool:
    """An earlier version *said* something, or something was wrong in an earlier version."""
    start = max(text.rfind(". ", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
    after = text[match.end() : match.end() + _WINDOW]
    says = re.match(rf"[\s,]*(?:\w+ly |may have |also |of \w+ )*(?:{table.said.pattern})\b", after, re.IGNORECASE)
    if text[: match.start()].rstrip().lower().endswith("in") and table.read["passive"][0].search(after):
        return True
    stop = re.search(r"[.;]\s|\n", after)
    sentence = text[start : match.end()] + (after[: stop.start()] if stop else after)
    if table.language == "en" and not re.search(r"version|edition|draft|publish|posted|written", match[0], re.I):
        return bool(says)
    return (bool(says) and (" of " in match[0] or table.language != "en")) or bool(table.error.search(sentence))


def _is_own(text: str, match: re.Match[str], table: Phrases) -> bool:
    """Not the news that an article was updated with, and not what another outlet did."""
    window = text[match.start() : match.end() + 80]
    return not table.news.search(window)


def _advisory(text: str, table: Phrases) -> Found | None:
    """The wire services' lines: "(Corrects paragraph 3 to say …)", "- corrects spelling of town in line five"."""
    for line in re.finditer(r"[^\n]+", text[:1200]):
        lead = _BRACKETED.match(text, line.start(), line.end())
        if not lead and (line.start() > 0 or len(text) > _SHORT_ADVISORY):
            continue
        at = lead.end() if lead else line.start()
        match = table.advisory.match(text, at)
        if match and match.end() <= line.end() and not _QUOTED.search(line[0][: match.end()]):
            return Found(0, "advisory", 0.9, body=at, anchor=at)
    return None
