"""Read what a notice says was wrong and what is right.

The notice is cut into sentences; each admits an error ("an earlier version said
…"), states what is right, or is courtesy ("we regret the error"). The grammar
families of reference section 3 are rules over these: both values in one clause
(A), said W then R (B), R then said W (C), right only (D), wrong only (E), removal
(G). What a notice does not state stays None: an invented value is the worst error
that a reader can make.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher

from copydesk.corrections.clauses import after_verb, bare, claim, cut, pair, predicate, strip_right, strip_subject
from copydesk.corrections.onesided import corrected_to, removed, right_only, wrong_only
from copydesk.corrections.parallels import counterpart, ending_name
from copydesk.corrections.phrases import Phrases, phrases
from copydesk.corrections.reading import Reading
from copydesk.corrections.sayings import Said, said_in
from copydesk.corrections.values import (
    by_quote,
    by_type,
    contrast,
    ending_alike,
    from_preposition,
    parted,
    tidy,
    without_common_ends,
    without_common_start,
)
from copydesk.model import Claim

_ALIKE = 0.6
_LEAST_CONTEXT = 2
_FINITE = re.compile(
    r"\b(?:was|were|is|are|would|had|has|have|will|did|could|can|should|that|does|may|\w{3,}ed)\b", re.I
)


def read(text: str, *, lang: str = "en", start: int = 0, advisory: bool = False) -> Reading:
    """Read the claims of a notice's text; ``start`` is where its heading ends.

    ``advisory`` is for the wire services' lines, which state what is right first.
    """
    table = phrases(lang)
    said = said_in(text[start:], table)
    found = _read(said, table, advisory)
    return replace(found, claims=tuple(_about(claim, said, table) for claim in found.claims))


def _about(found: Claim, said: list[Said], table: Phrases) -> Claim:
    """A lone claim whose own sentence says next to nothing takes the words of the others ("It is about …")."""
    if len(found.context) >= _LEAST_CONTEXT:
        return found
    words = " ".join(s.text for s in said if s.role != "courtesy")
    return replace(found, context=claim(found.wrong, found.right, words, table).context)


def _read(said: list[Said], table: Phrases, advisory: bool) -> Reading:
    contrasted, stated = _contrasted(said, table, advisory), _said_then_right(said, table)
    if contrasted and stated:
        return _earlier(contrasted, stated, said)
    for found in (
        contrasted,
        stated,
        removed(said, table),
        corrected_to(said, table),
        right_only(said, table),
        wrong_only(_all_introduced(said, table), table),
    ):
        if found:
            return found
    return Reading((), "topic_only")


def _earlier(contrasted: Reading, stated: Reading, said: list[Said]) -> Reading:
    """Of two readings the one of the earlier sentence; "It is R, not W" completes the admission before it."""
    near = contrasted.at == stated.at or (contrasted.at == stated.at + 1 and said[contrasted.at].role == "states")
    if near or contrasted.at < stated.at:
        return contrasted
    return Reading(stated.claims + contrasted.claims, stated.family, stated.at)


# --- A: both values in one clause ---------------------------------------------


def _contrasted(said: list[Said], table: Phrases, advisory: bool) -> Reading | None:
    claims: list[Claim] = []
    family, first = "", 0
    for at, sentence in enumerate(said):
        found = sentence.role != "courtesy" and _contrast_in(sentence, table, advisory)
        if found:
            name, wrong, right = found
            family, first = (family, first) if family else (name, at)
            about = (
                f"{said[at - 1].text} " if at and said[at - 1].role == "admits" and sentence.role == "states" else ""
            )
            claims.append(claim(wrong, right, about + sentence.text, table))
    return Reading(tuple(claims), family, first) if claims else None


def _contrast_in(sentence: Said, table: Phrases, advisory: bool) -> tuple[str, str, str] | None:
    text, read = bare(sentence.text, table), table.read
    for pattern in read["mistook"]:
        if match := pattern.search(text):
            return pair("mistook_R_for_W", match["W"], match["R"], table)
    for pattern in read["where_meant"]:
        if match := pattern.search(text):
            wrong = after_verb(match["W"], table)
            short = wrong if len(wrong.split()) <= 6 else counterpart(wrong, match["R"], table)
            return pair("W_where_R_meant", short, match["R"], table)
    for pattern in read["should_read"]:
        if match := pattern.search(text):
            return pair("W_should_have_read_R", match["W"], match["R"], table)
    for pattern in read["when_fact"] if sentence.role == "admits" else ():
        if (match := pattern.search(text)) and (introduced := _introduced(match["W"], table)):
            values = _against(introduced[0], match["R"], introduced[1], table)
            found = pair("said_W_when_R", values[0] or "", values[1] or "", table)
            if found:
                return found
    for name in ("from_to", "to_from"):
        for pattern in read[name]:
            match = pattern.search(text) if sentence.role == "admits" or advisory else None
            if match and len(match["W"].split()) <= 8 and len(match["R"].split()) <= 10:
                return pair("corrects_to_R_from_W", match["W"], match["R"], table)
    for pattern in read["instead"]:
        if match := pattern.search(text):
            return _instead(match, sentence, table, advisory)
    for pattern in read["contrast"]:
        if match := pattern.fullmatch(text.rstrip(" .)")):
            return _not(match, sentence, table, advisory)
    return None


def _not(match: re.Match[str], sentence: Said, table: Phrases, advisory: bool) -> tuple[str, str, str] | None:
    """ "R, not W": the value of W is short; a long W is a plain denial of something."""
    wrong = tidy(cut(match["W"], table))
    named = table.version.search(match["W"]) or table.adverb.search(match["W"])  # "not W, as an earlier version said"
    if not wrong or len(wrong.split()) > 14:
        return None
    if sentence.role == "admits" and not (advisory or named or _corrected_to_part(match["R"], table)):
        return None
    apart = match[0][match.end("R") :].startswith((",", " and not", " —", "—", " –"))
    if table.language == "en" and not apart and (not advisory or len(wrong.split()) > 4):
        return None
    clause = _corrected_to_part(match["R"], table) or match["R"]
    quoted = by_quote(match["W"] + match[0][match.end("W") :], match[0][: match.start("W")])
    if quoted:
        return pair("R_not_W", *quoted, table)
    right = strip_subject(clause, table)
    if right != clause.strip():  # "It was R that was closed, not W"
        right = table.read["cleft"][0].sub("", right, count=1)
    wrong, right = without_common_start(wrong, right, table)
    answer = counterpart(right, wrong, table)
    if answer.lower() == wrong.lower():  # "a former minister, not minister"
        answer = predicate(right, table, right) or right
    return pair("R_not_W", wrong, answer, table)


def _instead(match: re.Match[str], sentence: Said, table: Phrases, advisory: bool) -> tuple[str, str, str] | None:
    second = tidy(cut(match["B"], table))
    if not second or len(second.split()) > 12:
        return None
    right_first = advisory or _corrected_to_part(match["A"], table) or sentence.role == "states"
    clause = _corrected_to_part(match["A"], table) or after_verb(match["A"], table)
    first = ending_name(clause, second, table) or counterpart(clause, match["B"], table)
    for shared in re.findall(r"^\S+", second):
        if first.lower().startswith(shared.lower() + " ") and shared.lower() in table.stop - table.articles:
            first, second = first[len(shared) + 1 :], second[len(shared) + 1 :]
            first = counterpart(first, second, table) if len(first.split()) > 6 else first
    if right_first and not (sentence.role == "admits" and table.version.search(sentence.text)):
        return pair("R_instead_of_W", second, first, table)
    return pair("W_instead_of_R", first, second, table)


def _corrected_to_part(text: str, table: Phrases) -> str | None:
    for pattern in table.read["corrected_to"]:
        if match := pattern.search(text):
            return match["R"]
    return None


# --- B, C: said W, then R; R, then said W -----------------------------------------


def _said_then_right(said: list[Said], table: Phrases) -> Reading | None:
    for at, sentence in enumerate(said):
        introduced = _introduced(sentence.text, table) if sentence.role == "admits" else None
        if not introduced:
            continue
        wrong, named = introduced
        after = next((s.text for s in said[at + 1 :] if s.role == "states"), None)
        before = next((s.text for s in reversed(said[:at]) if s.role == "states"), None)
        if after or (before and not _same_name(named, wrong, table)):
            family = "said_wrong_then_right" if after else "right_then_earlier_wrong"
            return Reading(
                (claim(*_against(wrong, after or before or "", named, table), sentence.text, table),),
                family,
                at,
            )
        if named and named.split()[0].lower() not in ("a", "an"):  # not "attributed a quote to W"
            told = next(
                (m["X"] for s in said[:at] if (m := table.read["corrects_name"][0].search(bare(s.text, table)))), None
            )
            right = tidy(told or counterpart(named, wrong, table))
            return Reading((claim(tidy(wrong), right, sentence.text, table),), "referred_R_as_W", at)
    return None


def _all_introduced(said: list[Said], table: Phrases) -> list[tuple[int, Said, str]]:
    found = ((at, s, _introduced(s.text, table)) for at, s in enumerate(said) if s.role == "admits")
    return [(at, sentence, introduced[0]) for at, sentence, introduced in found if introduced]


def _same_name(named: str | None, wrong: str, table: Phrases) -> bool:
    """ "The last name of Jeff Sessions was given as Session": the right one stands in the same sentence."""
    if not named:
        return False
    right = counterpart(named, wrong, table)
    return right != named and SequenceMatcher(None, right.lower(), wrong.lower(), autojunk=False).ratio() > _ALIKE


def _introduced(sentence: str, table: Phrases) -> tuple[str, str | None] | None:
    """The wrong words that an admission introduces; and X of "X as W"."""
    text = bare(sentence, table)
    for pattern in table.read["as_wrong"]:
        if match := pattern.search(text):
            return cut(match["W"], table), match["X"]
    topic = table.read["topic"][0].search(text)
    for pattern in table.read["said_wrong"]:
        match = pattern.search(text)
        if match and not (
            topic
            and topic.start() <= match.start()
            and not re.match(r"misstated that", topic[0] + text[topic.end() :][:5])
        ):
            wrong = cut(match["W"], table)
            if table.read["unsaid"][0].search(wrong):
                return None
            is_clause = table.language != "en" or not re.match(r"stated(?! that)", match[0]) or _FINITE.search(wrong)
            return (wrong, None) if wrong.strip() and is_clause else None
    return None


def _against(wrong: str, right: str, named: str | None, table: Phrases) -> tuple[str | None, str | None]:
    """The values of a wrong clause and the sentence that sets it right."""
    stated = strip_right(right, table)
    bare = strip_subject(stated, table)
    if re.fullmatch(rf"{table.read['negation'][0].pattern}[^,]+", bare.rstrip("."), re.I):
        return tidy(wrong), None
    found = by_type(wrong, stated, table)
    if not found and _denies(stated, table) and not (named and bare != stated):
        return tidy(wrong), tidy(stated)
    told = table.read["pronoun"][0].sub("", stated, count=1)
    whole = told != stated  # a sentence: "It rose to 2.1%"; else a bare value: "two weeks"
    if not found and not named and (whole or not _FINITE.search(told)):
        tail = ending_alike(wrong, told, last=whole)
        if tail:
            return tidy(tail), tidy(told)
    found = found or (None if named else contrast(wrong, stated, table))
    if found:
        return found
    if named:
        name = named.split()[-1]
        if bare == stated and name.istitle() and name in bare.split()[:2]:  # "Quist chairs the board"
            return tidy(wrong), tidy(bare.split(name, 1)[1])
        answer = counterpart(bare, wrong, table)
        if wrong.istitle() and answer.istitle():
            return tidy(wrong), tidy(answer)
        return parted(wrong, bare if len(answer.split()) * 2 < len(bare.split()) and bare != stated else answer, table)
    quoted = by_quote(wrong, stated)
    if quoted:
        return quoted
    last = ending_name(wrong, bare, table)
    if last and len(last.split()) == len(bare.strip(" .").split()):
        return last, tidy(bare)
    left = predicate(wrong, table) or wrong
    other = predicate(stated, table, wrong) or bare if bare == stated else bare
    left = from_preposition(left, other, table)
    return without_common_ends(left, other, table) or (tidy(left), tidy(other))


def _denies(stated: str, table: Phrases) -> bool:
    """Whether a sentence denies instead of giving another value ("The council has not yet voted")."""
    return bool(table.read["negation"][0].search(" ".join(stated.split()[:8])))
