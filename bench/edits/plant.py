"""Plant an error into a text, and word the notice that a publisher would have printed about it.

A *case* is a text as the publisher corrected it, the same text with one value put back
wrong, a notice that states both, and decoys: the wrong words in another sense, in a
quotation, in a caption, in a notice, inside longer words and numbers; copies cut short or
reflowed. The one right edit gives back the text without the error, byte for byte.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

_WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split(),
}
_MONTHS = {
    "en": "January February March April June July August September October November December".split(),
    "de": "Januar Februar März April Juni Juli August September Oktober November Dezember".split(),
}
_NUMBER = re.compile(r"(?<![\w.,$€£/:-])[$€£]?\d{1,3}(?:[.,]\d{1,3}){0,2}(?: ?%)?(?![\w/:-]|[.,]\d)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-zà-ÿ]{2,}(?: [A-Z][a-zà-ÿ]{2,}){0,2}(?=[,.]| [a-z])")
_CLAUSE_EDGE = re.compile(r"[,;:()“”\"„«»–—]|\.\s|\s-\s")
_QUOTES = re.compile(r"“[^”\n]*”?|\"[^\"\n]*\"?|„[^“”\n]*[“”]?|«[^»\n]*»?|‘[^’\n]*’")
_SHORT = "May Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Inc Corp Ltd".split()
_SURNAMES = "Alder Brandt Corrigan Delacroix Eklund Farrow Gruber Hollis Ivarsson Jansen Kessler Lindqvist".split()
_JOINS = ("of", "and", "for", "&", "the", "de", "von")
_STATES_BOTH = {
    "en": {
        "said_then_right": "Correction: An earlier version of this article incorrectly said {lead_w}. It was {r}.",
        "right_then_said": "Corrections & Amplifications\n{sentence_r} An earlier version of this article incorrectly "
        "said {clause_w}.",
        "corrects_paragraph": "(Corrects paragraph {n} to say {clause_r}, not {w})",
        "corrected_to_show": "This story has been corrected to show {clause_r}, not {w}.",
        "said_not": "Correction: An earlier version of this article misstated a detail about {topic}. "
        "It was {r}, not {w}.",
        "instead": "Due to an editing error, an earlier version of this article said {lead_w} instead of {r}.",
    },
    "de": {
        "said_then_right": "Korrektur: In einer früheren Version dieses Artikels hieß es, {clause_w}. "
        "Tatsächlich war es {r}.",
        "instead": "Anmerkung der Redaktion: In einer früheren Fassung dieses Textes stand {w} statt {r}. "
        "Es ging um {topic}. Wir haben das korrigiert.",
    },
}
DECOYS = ("none", "another_sense", "quoted", "caption", "notice", "inside_words", "reflowed", "cut_after", "cut_before")


@dataclass(frozen=True, slots=True)
class Case:
    """One planted error. ``truth`` is what the right edit makes of ``copy``; equal to it where nothing stands wrong."""

    name: str
    lang: str
    kind: str
    style: str
    decoy: str
    notice: str
    copy: str
    truth: str
    source: str
    """The publisher's corrected text."""
    wrong: str
    right: str
    protected: tuple[tuple[int, int], ...] = ()
    """Where a notice stands in the copy."""
    beside: int = 0
    """Words of four letters and more that the notice shares with what stands beside the place."""

    @property
    def meets_rule(self) -> bool:
        """Whether the wrong words stand once in the copy, whole, outside quotations and notices, words of the
        notice's proposition beside them."""
        if self.copy == self.truth or self.beside < 2:
            return False
        quoted = [m.span() for m in _QUOTES.finditer(self.copy)] + list(self.protected)
        places = [m.span() for m in re.finditer(rf"(?<![\w]){re.escape(self.wrong)}(?![\w])", self.copy)]
        return len([p for p in places if not any(a < p[1] and p[0] < b for a, b in quoted)]) == 1


def cases(name: str, text: str, lang: str, seed: int, most: int = 60) -> Iterator[Case]:
    """Plant errors into one text; at most so many, the same ones for the same seed."""
    if lang not in _STATES_BOTH:
        return
    chance = random.Random(f"{seed}:{name}")
    places = list(_places(text, lang))
    chance.shuffle(places)
    for number, (kind, start, end) in enumerate(places[:most]):
        right = text[start:end]
        wrong = _other(kind, right, text, lang, chance)
        if wrong is None:
            continue
        style = list(_STATES_BOTH[lang])[number % len(_STATES_BOTH[lang])]
        notice = _worded(style, text, start, end, wrong, lang)
        if notice is None:
            continue
        decoy = DECOYS[(number // len(_STATES_BOTH[lang]) + number) % len(DECOYS)]
        planted = text[:start] + wrong + text[end:]
        copy, truth, protected = _with_decoy(decoy, planted, text, start, wrong, right, notice, lang)
        beside = _shared(notice, text, start, end, wrong)
        named = f"{name}#{start}"
        yield Case(named, lang, kind, style, decoy, notice, copy, truth, text, wrong, right, protected, beside)


def _shared(notice: str, text: str, start: int, end: int, wrong: str) -> int:
    """How many words of the notice, its trade's and the values left out, stand beside the place."""
    near = f"{text[max(0, start - 90) : start]} {text[end : end + 60]}".lower()
    trade = " ".join(template for styles in _STATES_BOTH.values() for template in styles.values()).lower()
    skip = set(re.findall(r"[^\W\d_]{4,}", f"{trade} {wrong.lower()} {text[start:end].lower()}"))
    return len((set(re.findall(r"[^\W\d_]{4,}", notice.lower())) - skip) & set(re.findall(r"[^\W\d_]{4,}", near)))


def _places(text: str, lang: str) -> Iterator[tuple[str, int, int]]:
    quoted = [m.span() for m in _QUOTES.finditer(text)]
    patterns = {
        "weekday": re.compile(rf"\b(?:{'|'.join(_WEEKDAYS[lang])})\b"),
        "month": re.compile(rf"\b(?:{'|'.join(_MONTHS[lang])})\b"),
        "number": _NUMBER,
        "name": _NAME,
    }
    taken: list[tuple[int, int]] = []
    for kind, pattern in patterns.items():
        if kind == "name" and lang != "en":
            continue  # every German noun looks like one
        for match in pattern.finditer(text):
            if any(a < match.end() and match.start() < b for a, b in (*quoted, *taken)):
                continue
            if kind == "name" and any(w in (*_WEEKDAYS[lang], *_MONTHS[lang], *_SHORT) for w in match[0].split()):
                continue
            if kind == "name" and not _is_whole(text, *match.span()):
                continue
            taken.append(match.span())
            yield kind, match.start(), match.end()


def _is_whole(text: str, start: int, end: int) -> bool:
    """A name that is no part of a longer one: a publisher names the whole."""
    before, after = text[:start].split()[-1:], text[end:].split()[:2]
    return not (before and (before[0] in _JOINS or before[0][:1].isupper() or before[0][-1:] in ".-")) and not (
        len(after) == 2 and after[0] in _JOINS and after[1][:1].isupper()
    )


def _other(kind: str, right: str, text: str, lang: str, chance: random.Random) -> str | None:
    """A wrong value of the same kind; often one that stands, rightly, elsewhere in the text."""
    if kind in ("weekday", "month"):
        names = [n for n in (_WEEKDAYS if kind == "weekday" else _MONTHS)[lang] if n != right]
        elsewhere = [n for n in names if n in text]
        return chance.choice(elsewhere if elsewhere and chance.random() < 0.5 else names)
    if kind == "name":
        words = right.split()
        return " ".join([*words[:-1], chance.choice(_SURNAMES)])
    digits = [i for i, ch in enumerate(right) if ch.isdigit()]
    at = chance.choice(digits)
    low = 1 if at == digits[0] else 0
    figure = chance.choice([d for d in range(low, 10) if str(d) != right[at]])
    changed = right[:at] + str(figure) + right[at + 1 :]
    return None if changed == right else changed


def _worded(style: str, text: str, start: int, end: int, wrong: str, lang: str) -> str | None:
    """The notice, with a clause of the text's own words around the value; None where the clause says nothing."""
    left = text[max(0, start - 90, text.rfind("\n", 0, start) + 1) : start]
    edges = list(_CLAUSE_EDGE.finditer(left))
    left = " ".join((left[edges[-1].end() :] if edges else left).split()[-7:])
    right = text[end : end + 60].split("\n")[0]
    edge = _CLAUSE_EDGE.search(right)
    right = (right[: edge.start()] if edge else right).rstrip(" .")
    right = " ".join(right.split()[:3])
    if len(re.findall(r"[^\W\d_]{4,}", f"{left} {right}")) < 2:
        return None
    value = text[start:end]
    clause_r = f"{left} {value} {right}".strip()
    clause_w = f"{left} {wrong} {right}".strip()
    topic = " ".join(re.findall(r"[^\W\d_]{4,}", f"{left} {right}")[-3:])
    fill = {
        "w": wrong,
        "r": value,
        "clause_w": clause_w,
        "clause_r": clause_r if not right else f"{left} {value}".strip(),
        "lead_w": f"{left} {wrong}".strip(),
        "sentence_r": clause_r[:1].upper() + clause_r[1:] + ".",
        "topic": topic,
        "n": text.count("\n\n", 0, start) + 1,
    }
    return _STATES_BOTH[lang][style].format(**fill)


def _with_decoy(
    decoy: str, planted: str, text: str, start: int, wrong: str, right: str, notice: str, lang: str
) -> tuple[str, str, tuple[tuple[int, int], ...]]:
    """The copy, what a right edit makes of it, and the spans of notices in it."""
    said = {
        "en": ("said the speaker", "A picture taken on another day shows"),
        "de": ("sagte die Sprecherin", "Ein Bild zeigt"),
    }
    tells, shows = said[lang]
    add = {
        "another_sense": f"{shows} {wrong} and nothing of that matter."
        if lang == "en"
        else f"{shows} {wrong}, sonst nichts.",
        "quoted": f"“We had spoken of {wrong} before,” {tells}."
        if lang == "en"
        else f"„Wir sprachen von {wrong}“, {tells}.",
        "caption": f"{shows} {wrong} (file)." if lang == "en" else f"{shows} {wrong} (Archiv).",
        "inside_words": f"x{wrong}s {wrong}-like {wrong}7 re{wrong}",
        "notice": notice,
    }
    if decoy in add:
        tail = "\n\n" + add[decoy]
        spans = ((len(planted) + 2, len(planted) + len(tail)),) if decoy == "notice" else ()
        return planted + tail, text + tail, spans
    if decoy == "reflowed":
        flow = lambda t: re.sub(r"(?<=[.!?]) (?=[A-ZÄÖÜ])", "\n\n", t)  # noqa: E731
        return flow(planted), flow(text), ()
    if decoy == "cut_after":  # the place is still there
        end = planted.find("\n\n", start)
        end = end if end != -1 else len(planted)
        return planted[:end], text[: end + len(right) - len(wrong)], ()
    if decoy == "cut_before":  # the place is gone: nothing may be edited
        end = planted.rfind("\n\n", 0, start)
        return planted[: max(end, 0)], planted[: max(end, 0)], ()
    return planted, text, ()
