"""Clauses of notices: cut to what is said, without places, subjects and announcements."""

from __future__ import annotations

import re
from typing import Literal

from copydesk.corrections.phrases import Phrases
from copydesk.corrections.values import content_words, tidy
from copydesk.model import Claim

_PLAIN_SUBJECT = 3
"""Words of a subject that only points back ("the death toll"); a longer one is part of what was said."""


def pair(family: str, wrong: str, right: str, table: Phrases) -> tuple[str, str, str] | None:
    """Give (family, wrong, right), tidied; None when one is empty or both are the same."""
    left, other = tidy(cut(wrong, table)), tidy(cut(right, table))
    if not left or not other or left.lower() == other.lower() or set(left.lower().split()) <= table.stop:
        return None
    return family, left, other


def claim(
    wrong: str | None, right: str | None, sentence: str, table: Phrases, op: Literal["replace", "delete"] = "replace"
) -> Claim:
    """Make a claim of values that the notice states, with the words that say what it is about."""
    plain = table.version.sub(" ", table.adverb.sub(" ", sentence))
    return Claim(
        wrong,
        right,
        "delete" if op == "delete" else "replace" if wrong and right else "none",
        "notice" if wrong else None,
        "notice" if right else None,
        content_words(plain, table, wrong, right),
    )


def bare(sentence: str, table: Phrases) -> str:
    """Give a sentence without its stop and its brackets."""
    return sentence.strip().rstrip(".").strip(" ()*[]")


def cut(value: str, table: Phrases) -> str:
    """Cut off what is said about the place of the error: "in an earlier version …", "in the ninth paragraph"."""
    told = rf",?\s*(?:\bin |\bas |\bwhen )?(?:{table.version.pattern})|,? as (?:{table.adverb.pattern})"
    match = re.search(
        told + r"|,? as (?:was |we |i |it )?(?:\w+ly )?(?:stated|reported|written|wrote|said)\b", value, re.I
    )
    if match and match.start() > 0:
        value = value[: match.start()]
    value = re.sub(r", (?:which|who)\b.*", "", value) if value.count(",") == 1 else value
    return re.split(
        r",? in (?:the )?(?:last|first|second|third|\w+th|\d+\w\w|penultimate)[\w ]{0,12}paragraphs?\b|"
        r",? in par(?:agraph|\.)? ?\w+|,? no change to|,? in (?:the )?(?:story|item|report|headline)\b",
        value,
        maxsplit=1,
        flags=re.I,
    )[0]


def after_verb(clause: str, table: Phrases) -> str:
    """Give what follows the verb of saying."""
    for pattern in table.read["said_wrong"]:
        if match := pattern.search(clause):
            return match["W"]
    match = re.search(r"\b(?:referred|refers|referring)(?: incorrectly| erroneously)? to (?P<W>.+)", clause)
    return match["W"] if match else clause


def strip_right(sentence: str, table: Phrases) -> str:
    """Cut off what announces the right words ("In fact,")."""
    text = sentence.strip()
    for pattern in table.read["right_start"][:3]:
        match = pattern.match(text)
        if match:
            return text[match.end() :]
    return text


def strip_subject(clause: str, table: Phrases) -> str:
    """Cut off "It is", "He was", "They have": the rest is the value."""
    subject, copula = table.read["subject"][0].pattern, table.read["copula"][0].pattern
    match = re.match(
        rf"(?:in fact,? |actually,? )?{subject} (?:\w+ly )?{copula}(?: actually| in fact)? ",
        clause.strip(),
        re.I,
    )
    return clause.strip()[match.end() :] if match else clause.strip()


def predicate(clause: str, table: Phrases, other: str | None = None) -> str | None:
    """Give what a short clause says of its subject: what follows its "is" or "was"; None when that is not plain.

    The subject must be a pronoun or a plain noun ("the contributions"); with ``other``
    it may be any that shares a word with that text.
    """
    verb = table.read["be"][0].pattern
    match = re.match(rf"(?P<subject>(?:\S+ ){{1,7}}?){verb} (?P<rest>\S.*)", clause.strip(), re.I | re.S)
    if not match or re.search(r",|\S \b(?:that|who|which|whom|when|where)\b", match["subject"].lower()):
        return None
    words = match["subject"].split()
    if other is None:
        plain = len(words) <= _PLAIN_SUBJECT and words[0].lower() in table.stop and match["subject"][1:].islower()
        return match["rest"] if plain else None
    about = set(content_words(match["subject"], table))
    if words[0].lower() in table.stop - table.articles:  # "Her name is R"
        return match["rest"]
    return match["rest"] if not about or about & set(content_words(other, table)) else None
