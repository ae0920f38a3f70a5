"""Cut a notice into sentences, and say what each does: admit an error, state what is right, or be courteous."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from copydesk.articles.text import sentences
from copydesk.corrections.phrases import Phrases

Role = Literal["admits", "states", "courtesy"]
_STAMP = re.compile(
    r"^\W{0,4}(?:(?:corrected by:[^@\n]{2,40}@ ?\d\d?/\d\d?/\d{2,4} \d\d?:\d\d [AP]M)\s*)?"
    r"(?:(?:corrections?|clarifications?):\s*)?",
    re.I,
)
_DATED = re.compile(
    r"^\W{0,3}(?:(?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2}\.? [A-Za-zÀ-ÿ]{3,9}|\d{1,2}/\d{1,2}(?:/\d{2,4})?)[^:\n]{0,40}?"
    r"(?:[:)]\W{0,3}|\n)|\(?\d{1,2}:\d\d [^:]{2,20}:\s*)"
)
_DATE_AT_END = re.compile(r"\s*\([A-Z][a-zä]{2,8}\.? \d{1,2}(?:, \d{4})?\)\W*$")
_LEAST_STATED = 4
_INITIAL = re.compile(r"(?<=\b[A-Z]\.)\s+(?=(?:They|He|She|It|The|In fact|An?|This|There)\s)")
_ORDINAL_END = re.compile(r"\b\d{1,2}\.$")
_CLAUSE = re.compile(
    r";\s+(?=\w)|\s[–—]\s(?=(?:he|she|it|they|in fact)\b)|\s-\s(?=tatsächlich|es sind)|"
    r",\s(?=es (?:ist|war|sind|waren) (?:allerdings|aber|jedoch))",
    re.I,
)
_LINKED = re.compile(r"\]\(https?://[^)\s]{1,300}\)|https?://\S{1,300}")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a notice and what it does there."""

    text: str
    role: Role


def said_in(body: str, table: Phrases) -> list[Said]:
    """List the sentences of a notice's text, without its date and stamps."""
    body = _DATE_AT_END.sub("", _LINKED.sub("]" if "](" in body else "", body))
    body = _STAMP.sub("", body, count=1)
    body = _DATED.sub("", body, count=1)
    body = re.sub(r"^(?:corrections?|clarifications?):\s*", "", body.lstrip(" \n:—–-("), flags=re.I)
    out = []
    for sentence in _whole(
        sentences(re.sub(r"\s*\n\s*(?=[a-zäöü(])|(?<=[a-z])\n(?=[A-Z][a-z]+ [A-Z])", " ", body)), table
    ):
        announced = _announced(sentence, table)
        for clause in (c for part in announced for half in _INITIAL.split(part) for c in _CLAUSE.split(half)):
            if clause.strip(" .()*[]"):
                out.append(Said(clause.strip(" ()*[]\n"), _role(clause, table)))
    return out


def _announced(sentence: str, table: Phrases) -> list[str]:
    """ "This article was corrected: R, not W": what stands behind the colon states."""
    head, colon, rest = sentence.partition(": ")
    if colon and len(rest.split()) >= _LEAST_STATED and table.corrected.search(head) and not table.error.search(rest):
        return [head, rest]
    return [sentence]


def _whole(parts: list[str], table: Phrases) -> list[str]:
    """Put together what a date cut apart ("am 30. März")."""
    out: list[str] = []
    for part in parts:
        first = part.split()[0].lower().strip(".,") if part.split() else ""
        if out and _ORDINAL_END.search(out[-1]) and (first in table.months or part[:1].islower()):
            out[-1] += " " + part
        else:
            out.append(part)
    return out


def _role(sentence: str, table: Phrases) -> Role:
    bare = sentence.strip(' ()*[]"”“')
    if any(pattern.search(bare) for pattern in table.read["meta"]) and not _states_value(bare, table):
        return "courtesy"
    if table.version.search(sentence) or table.adverb.search(sentence) or table.corrected.search(sentence):
        return "admits"
    if any(p.search(bare) for p in table.read["recounts"]):
        return "admits"
    return "states"


def _states_value(sentence: str, table: Phrases) -> bool:
    return any(
        p.search(sentence)
        for name in ("corrected_to", "removed", "said_wrong", "contrast", "from_to")
        for p in table.read[name]
    )
