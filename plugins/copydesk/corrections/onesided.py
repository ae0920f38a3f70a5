"""Notices that state one side only: removed, right only, wrong only (families D, E, G of the reference).

What is missing the stored versions may supply; nothing is guessed here.
"""

from __future__ import annotations

import re

from copydesk.corrections.clauses import bare, claim, cut, predicate, strip_right, strip_subject
from copydesk.corrections.parallels import counterpart
from copydesk.corrections.phrases import Phrases
from copydesk.corrections.reading import Reading
from copydesk.corrections.sayings import Said
from copydesk.corrections.values import by_type, ending_alike, tidy, typed
from copydesk.model import Claim

_SHORT = 6
_NAME = r"[A-Z][\w’'.&-]*"
_LAST_NAME = re.compile(
    rf" (?:for|in|at|by|from|with|to|of) (?P<name>(?:the |an? )?{_NAME}(?: (?:of |the )?{_NAME}){{0,5}})$"
)
_LEAST_CLAUSE = 2
"""Words that a lone wrong value must have: one alone is seldom the whole of what was said."""
_AMOUNTS = frozenset({"number", "word_number", "percent", "money", "year"})
_DAYS = frozenset({"date", "weekday", "year", "month"})


def removed(said: list[Said], table: Phrases) -> Reading | None:
    """ "Removes reference to W"."""
    for at, sentence in enumerate(said):
        for pattern in table.read["removed"]:
            if match := pattern.search(bare(sentence.text, table)):
                value = tidy(cut(match["W"], table))
                return Reading((claim(value, None, sentence.text, table, op="delete"),), "removed", at)
    return None


def corrected_to(said: list[Said], table: Phrases) -> Reading | None:
    """ "This story has been corrected to show R"; the wrong words may stand in a sentence before."""
    for at, sentence in enumerate(said):
        for pattern in table.read["corrected_to"]:
            match = pattern.search(bare(sentence.text, table))
            if match and not table.read["no_value"][0].match(match["R"]):
                raw = cut(match["R"], table)
                for before in reversed(said[:at]):
                    pair = by_type(before.text, raw, table)
                    if pair and len(raw.split()) <= _SHORT:
                        wrong = tidy(counterpart(before.text, raw, table))
                        return Reading((claim(wrong, tidy(raw), before.text, table),), "corrects_W_to_R")
                said_of = predicate(raw, table, raw) or ""
                admitted = [s.text for s in said[:at] if s.role == "admits"]
                tail = next((t for text in reversed(admitted) if (t := ending_alike(bare(text, table), raw))), None)
                if tail:
                    return Reading((claim(tidy(tail), tidy(raw), admitted[-1], table),), "corrects_W_to_R", at)
                value = tidy(said_of if said_of.split(" ")[0].lower() in table.articles else raw)
                return Reading((claim(None, value, sentence.text, table),), "corrected_to_R", at)
    return None


def right_only(said: list[Said], table: Phrases) -> Reading | None:
    """ "Misstated the number of members. It was 30": the sentence that admits, and one that states, in either order."""
    before_it: tuple[Claim, ...] = ()
    for at, sentence in enumerate(said):
        if sentence.role != "admits" or not table.read["topic"][0].search(sentence.text):
            continue
        if table.read["vague"][0].search(sentence.text):
            before_it = (*before_it, claim(None, None, sentence.text, table))
            continue
        after = []
        for later in said[at + 1 :]:
            if later.role == "admits":
                break
            after += [later.text] if later.role == "states" else []
        before = [s.text for s in said[:at] if s.role == "states"]
        stated = after if len(after) == 1 else before if len(before) == 1 and not after else []
        if stated:
            value = _answer(sentence.text, stated[0], table, first=not after)
            family = "misstated_then_right" if after else "right_then_earlier_misstated"
            return Reading((*before_it, claim(None, value, sentence.text, table)), family, at) if value else None
        return _named(sentence, at, table) if not after and not before else None
    return None


def _answer(topic: str, stated: str, table: Phrases, *, first: bool) -> str | None:
    """What a sentence answers to a topic: the one date to "the wrong date", else what it says of its subject."""
    text = strip_right(stated, table)
    for kinds, asks in ((_AMOUNTS, "asks_amount"), (_DAYS, "asks_day")):
        values = [words for kind, words, _ in typed(text, table) if kind in kinds]
        if table.read[asks][0].search(topic) and len(values) == 1 and len(text.split()) > 1:
            return tidy(_with_modifier(text, values[0]))
    short = strip_subject(text, table)
    if short == text and not table.read["asks_manner"][0].search(topic):
        short = predicate(text, table, text if first else topic) or text
    if short == text and table.read["pronoun"][0].match(short):
        place = _LAST_NAME.search(short.rstrip(" ."))
        short = place["name"] if place else table.read["pronoun"][0].sub("", short, count=1)
    short = re.sub(r"^(?:in|at|by|from) (?=[A-Z])", "", short)
    name = table.read["spelled"][0].search(topic)
    if name and name["X"] in text:
        return tidy(name["X"])
    return tidy(table.read["attribution"][0].sub("", short, count=1))


def _with_modifier(text: str, value: str) -> str:
    """Keep "about" and the unit with a value that ends the sentence ("about 650 miles")."""
    at = text.index(value)
    lead = re.search(r"(?:\b(?:about|nearly|almost|roughly|some|around) )$", text[:at], re.I)
    start = lead.start() if lead else at
    rest = text[at + len(value) :].rstrip(" .")
    return text[start : at + len(value)] + (rest if len(rest.split()) == 1 else "")


def _named(sentence: Said, at: int, table: Phrases) -> Reading | None:
    """ "This post originally misspelled Fayetteville": the name as it is printed there is right."""
    match = table.read["spelled"][0].search(sentence.text)
    if not match:
        return None
    name = re.sub(r"['’]s$", "", match["X"])
    return Reading((claim(None, tidy(name), sentence.text, table),), "misspelled_R", at)


def wrong_only(sentence_values: list[tuple[int, Said, str]], table: Phrases) -> Reading | None:
    """ "An earlier version said W", and no word of what is right."""
    for at, sentence, wrong in sentence_values:
        parts = table.read["and_that"][0].split(wrong)
        values = [value for part in parts if (value := tidy(predicate(part, table) or part))]
        if values and len(values[0].split()) >= _LEAST_CLAUSE:
            claims = tuple(claim(value, None, sentence.text, table) for value in values)
            return Reading(claims, "said_wrong_only", at)
    return None
