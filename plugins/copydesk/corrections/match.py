"""Where a wrong claim stands in a text, and how sure that place is.

Never by string alone: in one corrected article of five the wrong words stand
rightly somewhere else (reference, section 0). A place counts when the publisher's
own texts pin it (the same words around it, with the right value, in the corrected
text), or when the notice's proposition stands beside it ("letter", "dated").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from copydesk.articles.text import sentence_spans, straight
from copydesk.corrections.align import aligned
from copydesk.corrections.shape import are_parallel, fitted, is_number, is_percent, narrowed, parts
from copydesk.corrections.words import WORD, words_of
from copydesk.model import Candidate, Claim, Edit

_QUOTES = re.compile(
    r"“[^”\n]{0,3000}(?:”|$)|\"[^\"\n]{0,3000}(?:\"|$)|«[^»\n]{0,3000}(?:»|$)|„[^“”\n]{0,3000}(?:[“”]|$)|"
    r"(?<!\w)‘[^\n]{0,400}?’(?!\w)",
    re.M,
)
_MARKED = re.compile(rf"{WORD.pattern}|[.!?…][\"'”’»)\]]*(?=\s|$)|\n")
_EDGE = "¶"
_NEAR = 14
"""Words on either side in which the proposition's words are looked for."""
_UNIT = 4
"""Words of a number with its unit."""
_WHOLE, _MOST = 2, 1.0
"""So many of the proposition's words, and such a share of them, in one sentence name a place as surely as a
word right beside it. With a share of 0.75 instead 1 edit of 7,473 was wrong (bench.edits, notice alone)."""
_NEARLY_ALL, _MANY = 0.8, 4
"""Of the proposition's words so many, or such a share, must stand in the place's sentence, unless the place is a
name with one of them right beside it. Without this 2 edits of 12,686 went to a like sentence (bench.edits)."""
_SMALL = 2
"""A number of so few digits is no landmark: it needs the whole proposition beside it, and more words than that."""
_PIN = 3
"""Words on either side that must be the publisher's own for a place to be pinned by its texts."""
_ARTICLES = frozenset(
    [
        "a",
        "an",
        "the",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "des",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "o",
        "os",
        "as",
        "um",
        "uma",
        "le",
        "la",
        "les",
        "un",
        "une",
        "el",
        "los",
        "las",
    ]
)
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Texts:
    """The publisher's own texts around its notice: what stood before it, and what stands with it."""

    before: str | None = None
    fixed: str | None = None


def candidates(
    claim: Claim, text: str, *, protected: Sequence[Span] = (), texts: Texts | None = None
) -> list[Candidate]:
    """List the places where the claim's wrong words stand, surest first. Notices' spans are no places."""
    if not claim.wrong or claim.right is None:
        return []
    texts = texts or Texts()
    wrong, right = _common_form(claim.wrong, claim.right)
    quoted = [match.span() for match in _QUOTES.finditer(text)]
    shown = aligned(claim, text, texts.fixed) if texts.fixed is not None else []
    found = [_shown(edit, sentence, quoted) for edit, sentence in shown if not _within(edit, protected)]
    for edit in _places(text, wrong, right):
        if _within(edit, protected) or any(_within(c.edit, [(edit.start, edit.end)]) for c in found):
            continue
        if _is_inside_right(text, edit, right):
            continue
        place = _weigh(claim, text, edit, quoted, texts)
        chosen = [] if are_parallel(place.edit.old, place.edit.new) else parts(place.edit)
        found += [replace(place, edit=part, reasons=(*place.reasons, "in_clause")) for part in chosen] or [place]
    return sorted(found, key=lambda c: -c.score)


def _shown(edit: Edit, sentence: str, quoted: Sequence[Span]) -> Candidate:
    return Candidate(edit, sentence, 1.0, ("pinned", "quoted") if _within(edit, quoted) else ("pinned",))


def _within(edit: Edit, spans: Sequence[Span]) -> bool:
    """Whether an edit touches one of the spans."""
    return any(a < edit.end and edit.start < b for a, b in spans)


def right_places(claim: Claim, text: str, *, protected: Sequence[Span] = ()) -> list[Candidate]:
    """List the places where the right words stand, most of the proposition first; their edits change nothing."""
    if not claim.right:
        return []
    mirrored = replace(claim, wrong=claim.right)
    places = [e for e in _places(text, claim.right, claim.right) if not _within(e, protected)]
    return sorted((_weigh(mirrored, text, edit, (), Texts()) for edit in places), key=lambda c: -c.score)


def proposition(candidate: Candidate) -> int:
    """How many of the proposition's words stand beside a candidate's place."""
    words = next((r.removeprefix("context:") for r in candidate.reasons if r.startswith("context:")), "")
    return len([w for w in words.split(",") if w])


def is_quoted(text: str, start: int, end: int) -> bool:
    """Tell whether the span stands in quotation marks."""
    return any(m.start() < end and start < m.end() for m in _QUOTES.finditer(text))


def _common_form(wrong: str, right: str) -> tuple[str, str]:
    """Both without the article with which both begin: the text may have another form of it."""
    a, b = wrong.split(), right.split()
    if len(a) == 1 < len(b) <= _UNIT and is_number(a[0]) and is_number(b[0]) and sum(map(is_number, b)) == 1:
        return wrong, b[0]  # "12,500 tonnes, not 15,200": the text has its unit already
    if len(b) == 1 < len(a) <= _UNIT and is_number(a[0]) and is_number(b[0]) and is_percent(a[1]):
        return a[0], right
    if len(a) > 1 and len(b) > 1 and a[0].lower() == b[0].lower() and a[0].lower() in _ARTICLES:
        return " ".join(a[1:]), " ".join(b[1:])
    if (
        len(a) > 1
        and a[0].lower() in _ARTICLES
        and b[0].lower() not in _ARTICLES
        and (b[0][:1].isupper() or b[0][:1].isdigit())
    ):
        return " ".join(a[1:]), right
    if len(b) > 1 and b[0].lower() in _ARTICLES and a[0].lower() not in _ARTICLES and not is_number(a[0]):
        return wrong, " ".join(b[1:])
    return wrong, right


def _places(text: str, wrong: str, right: str) -> Iterator[Edit]:
    """Whole-word places of the wrong words; white space and typographic marks may differ."""
    pieces = [_loose(word) for word in wrong.split()]
    pattern = r"\s+".join(pieces)
    before = r"(?<![\w$€£#@])(?<!\d[.,])" if wrong[:1].isalnum() else ""
    after = r"(?![\w%])(?![.,]\d)(?!-\w)" if wrong[-1:].isalnum() else ""
    first = wrong[:1]
    if first.isalpha() and first.islower():
        pattern = f"(?:{pattern}|{_loose(first.upper())}{pattern[len(_loose(first)) :]})"
    for match in re.finditer(before + pattern + after, text):
        new = right
        if first.islower() and match[0][:1].isupper() and right[:1].islower():
            new = right[:1].upper() + right[1:]
        yield Edit(match.start(), match.end(), match[0], _in_its_marks(new, match[0]))


def _loose(word: str) -> str:
    """A word's pattern: any apostrophe, any dash, any quotation mark."""
    out = []
    for ch in word:
        plain = straight(ch) if not ch.isspace() else ch
        if plain == "'":
            out.append("['’‘ʼ]")
        elif plain == "-" or ch in "–—-":
            out.append("[-‐‑–—]")
        elif plain == '"':
            out.append('["“”„«»]')
        else:
            out.append(re.escape(ch))
    return "".join(out)


def _in_its_marks(new: str, old: str) -> str:
    """The new words with the text's own apostrophe."""
    if "’" in new and "'" in old:
        return new.replace("’", "'")
    return new.replace("'", "’") if "'" in new and "’" in old else new


def _is_inside_right(text: str, edit: Edit, right: str) -> bool:
    """The wrong words are a part of the right ones there ("professor" in "former professor")."""
    at = right.lower().find(edit.old.lower())
    while at != -1 and len(right) > len(edit.old):
        start = edit.start - at
        if start >= 0 and straight(text[start : start + len(right)]).lower() == straight(right).lower():
            return True
        at = right.lower().find(edit.old.lower(), at + 1)
    return False


def _weigh(claim: Claim, text: str, edit: Edit, quoted: Sequence[Span], texts: Texts) -> Candidate:
    reasons: list[str] = []
    score, words = _context(claim, text, edit.start, edit.end)
    if words:
        reasons.append("context:" + ",".join(words))
    if texts.fixed is not None:
        state = _pinned(text, edit, texts)
        if state:
            reasons.append(state)
        score = 1.0 if state == "pinned" else 0.0 if state == "kept_by_publisher" else score * 0.85
    if any(a < edit.end and edit.start < b for a, b in quoted):
        reasons.append("quoted")
    start, end = _sentence(text, edit.start)
    return Candidate(fitted(text, narrowed(edit)), text[start:end], round(score, 4), tuple(reasons))


def _pinned(text: str, edit: Edit, texts: Texts) -> str | None:
    """Look for the words around the place in the publisher's corrected text: with the old ones, or with the new."""
    left, right = _around(text, edit)
    if len([w for w in (*left, *right) if w != _EDGE]) < _PIN:
        return None  # a bare line: nothing tells which sentence it is
    fixed = _Words(_marked(texts.fixed or ""))
    if fixed.has(left[-2:] + _marked(edit.old) + right[:2]):
        return "kept_by_publisher"
    return "pinned" if fixed.has(left[-2:] + _marked(edit.new) + right[:2]) else None


def _around(text: str, edit: Edit) -> tuple[list[str], list[str]]:
    """The words before and after a place; the edge of a sentence counts as a word."""
    left = _marked("\n" + text[max(0, edit.start - 120) : edit.start])
    right = _marked(text[edit.end : edit.end + 120] + "\n")
    return left[-_PIN:], right[:_PIN]


def _marked(text: str) -> list[str]:
    """The words as they stand, typewriter marks, and the edges of sentences."""
    words: list[str] = []
    for match in _MARKED.finditer(text):
        word = match[0].replace("’", "'") if match[0][0].isalnum() or match[0][0] in "$€£%#_" else _EDGE
        if word != _EDGE or words[-1:] != [_EDGE]:
            words.append(word)
    return words


class _Words:
    """A text's words, asked for runs of them."""

    def __init__(self, words: Sequence[str]) -> None:
        self._joined = " " + " ".join([_EDGE, *words, _EDGE]).replace(f"{_EDGE} {_EDGE}", _EDGE) + " "

    def has(self, run: Sequence[str]) -> bool:
        return f" {' '.join(run)} " in self._joined


def _context(claim: Claim, text: str, start: int, end: int) -> tuple[float, tuple[str, ...]]:
    """How much of the notice's proposition stands beside a place (0 to 1), and which words."""
    wanted = {_stem(word): word for word in claim.context}
    long_enough = len((claim.wrong or "").split()) >= 4
    a, b = _sentence(text, start)
    before = words_of(text[a:start])[-_NEAR:]
    after = words_of(text[end:b])[:_NEAR]
    near = {_stem(part) for w in (*before, *after) for part in (w, *w.split("-"))}
    hits = [word for stem, word in wanted.items() if stem in near]
    beside = {_stem(w) for w in (*before[-2:], *after[:2])} & set(wanted)
    if not wanted:
        return (0.9 if long_enough else 0.3), ()
    share = len(hits) / len(wanted)
    score = 0.55 * min(1.0, share * 1.3) + (0.4 if beside else 0.0) + (0.1 if len(hits) >= 2 else 0.0)
    if long_enough or (len(hits) >= _WHOLE and share >= _MOST):
        score = max(score, 0.9)
    named = text[start : start + 1].isupper() and bool({_stem(w) for w in (*before[-1:], *after[:1])} & set(wanted))
    small = end - start <= _SMALL and text[start:end].isdigit() and (len(hits) <= _SMALL or share < _MOST)
    if small or (share < _NEARLY_ALL and len(hits) < _MANY and not long_enough and not named):
        score = min(score, 0.85)  # a like sentence may say the same of something else
    return min(score, 0.98), tuple(hits)


def _sentence(text: str, at: int) -> Span:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    end = end if end != -1 else len(text)
    for a, b in sentence_spans(text[start:end]):
        if a <= at - start < b:
            return start + a, start + b
    return start, end


def _stem(word: str) -> str:
    return word.lower().rstrip("s'’")[:7]
