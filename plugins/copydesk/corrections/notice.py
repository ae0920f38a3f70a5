"""Find the notices of a text, a page, a headline or a feed entry, and read each.

Notices stand anywhere on a page: under the body, above it, in a footer or an aside,
in brackets amid a paragraph, in JSON-LD. So the whole page is searched, block by
block, and never the extracted body alone (reference, section 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from lxml.html import HtmlElement

from copydesk.articles.text import sentence_spans
from copydesk.corrections.blocks import blocks_of, joined
from copydesk.corrections.details import date_of, field_of, kind_of, paragraph_of
from copydesk.corrections.passages import LONGEST, Found, heading_at, judge
from copydesk.corrections.phrases import LANGUAGES, Phrases, is_known, phrases
from copydesk.corrections.read import read
from copydesk.model import Item, Notice, NoticeKind, Placement

_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_BRACKET = re.compile(r"[(\[]\s?[^()\[\]]{20,1800}(?:\([^()]{0,80}\)[^()\[\]]{0,600}){0,4}[)\]]")
_MAYBE = re.compile(
    r"correct|clarif|amplif|errat|errone|incorrect|mistak|\bmis[a-z]{3,}|versions?\b|edition|refile|retract|withdr|amended|"
    r"originally|initially|previously|regret|apolog|wrong|korrekt|korrig|richtig|fassung|fälschlich|irrtüm|berichtig|"
    r"zurückgezogen|correç|corrig|errou|erramos|contrário|diferentemente|retific|rectif|errores|versi[oó]n|contrairement|"
    r"excuses|rettific|errata|erroneamente|versione|revised|updated to|record",
    re.I,
)
"""One cheap look that almost every block fails; what passes is judged."""

_SHORTEST_BODY = 30
_WHOLE = ("heading", "headline_tag", "marked")
"""Rules that make the whole paragraph the notice."""


def find_in_text(
    text: str, *, lang: str | None = None, publisher: str | None = None, title: str | None = None
) -> tuple[Notice, ...]:
    """Find the notices of a plain text; offsets count in the text as given."""
    if not _MAYBE.search(text):
        return ()
    tables = _tables(lang)
    paragraphs = [(m.start(), m[0]) for m in _PARAGRAPH.finditer(text)]
    found: list[Notice] = []
    taken = -1
    for at, (start, paragraph) in enumerate(paragraphs):
        if start < taken or not _MAYBE.search(paragraph):
            continue
        last = len(paragraphs) - 1
        for notice in _of_paragraph(text, paragraphs, at, tables, _place(at, last)):
            assert notice.end is not None
            taken = max(taken, notice.end)
            found.append(replace(notice, publisher_style=publisher))
    return tuple(found)


def find_in_html(
    tree: HtmlElement,
    *,
    lang: str | None = None,
    publisher: str | None = None,
    title: str | None = None,
    jsonld: Iterable[Mapping[str, Any]] = (),
) -> tuple[Notice, ...]:
    """Find the notices of a page in its raw tree: body, aside, footer, header, and JSON-LD ``correction``."""
    blocks = list(blocks_of(tree))
    if not any(_MAYBE.search(text) for text, _ in blocks):
        return tuple(_from_jsonld(jsonld, lang, publisher))
    text, offsets, marks = joined(blocks)
    tables = _tables(lang)
    found: dict[str, Notice] = {}
    taken = -1
    paragraphs = list(zip(offsets, (block for block, _ in blocks), strict=True))
    for at, (start, paragraph) in enumerate(paragraphs):
        if start < taken or not (_MAYBE.search(paragraph) or marks[at]):
            continue
        for notice in _of_paragraph(text, paragraphs, at, tables, _place(at, len(paragraphs) - 1), marked=marks[at]):
            assert notice.end is not None
            taken = max(taken, notice.end)
            plain = replace(notice, start=None, end=None, publisher_style=publisher)
            found.setdefault(_key(plain.text), plain)
    for notice in _from_jsonld(jsonld, lang, publisher):
        if not any(_key(notice.text) in key or key in _key(notice.text) for key in found):
            found[_key(notice.text)] = notice
    return tuple(found.values())


def find_in_headline(headline: str, *, lang: str | None = None, publisher: str | None = None) -> Notice | None:
    """Read a headline's tag ("CORRECTED-", "REFILE-", "UPDATE 1-"): a notice without values."""
    match = re.match(
        r"\W{0,2}(CORRECTED|CORRECTION|REFILE|REFILED|WITHDRAWN|RETRACTED|UPDATE \d{1,2})\b\W{0,2}\s?[-–—:/]",
        headline,
    )
    if not match:
        return None
    tag = match[1]
    kinds: dict[str, NoticeKind] = {"UPD": "update", "REF": "refile", "WIT": "retraction", "RET": "retraction"}
    kind = kinds.get(tag[:3], "correction")
    return Notice(
        kind,
        headline.strip(),
        placement="headline",
        publisher_style=publisher,
        lang=lang or "en",
        confidence=0.9,
        family="headline_tag",
        headed=tag,
        rule="headline_tag",
    )


def find_in_item(item: Item, *, lang: str | None = None, publisher: str | None = None) -> tuple[Notice, ...]:
    """Find the notices in a feed entry's title and summary: an entry may be nothing but a correction."""
    text = "\n\n".join(part for part in (item.title, item.summary) if part)
    plain = re.sub(r"<[^>]{0,500}>", " ", text)
    return tuple(replace(n, placement="separate") for n in find_in_text(plain, lang=lang, publisher=publisher))


def is_actionable(notice: Notice) -> bool:
    """Tell whether the notice alone says enough to look for the error: a correction with both values."""
    return notice.kind in ("correction", "refile") and any(c.wrong and c.right for c in notice.claims)


def as_row(notice: Notice) -> dict[str, Any]:
    """Give a notice as the JSON object of ``copydesk notices``."""
    row = asdict(notice)
    return {
        "kind": notice.kind,
        "text": notice.text,
        "wrong": notice.wrong,
        "right": notice.right,
        "actionable": is_actionable(notice),
        **{k: v for k, v in row.items() if k not in ("kind", "text")},
    }


# --- one paragraph ---------------------------------------------------------------


def _of_paragraph(
    text: str,
    paragraphs: Sequence[tuple[int, str]],
    at: int,
    tables: Sequence[Phrases],
    place: Placement,
    *,
    marked: bool = False,
) -> Iterator[Notice]:
    start, paragraph = paragraphs[at]
    for table in tables:
        joined = _with_heading(text, paragraphs, at, table)
        if joined:
            found = judge(joined, table, marked=marked)
            if found:
                yield _notice(text, start, joined, found, table, place)
                return
        found = judge(paragraph, table, marked=marked)
        bracketed = found is not None and found.heading is None and _in_bracket(paragraph, found.anchor)
        if found and not bracketed and (found.rule in _WHOLE or _opens(paragraph, found)):
            if found.rule == "headline_tag":
                paragraph = _with_advisory(text, paragraphs, at)
            yield _notice(text, start, paragraph, found, table, place)
            return
        glued = list(_glued(paragraph, table, found))
        if glued:
            for a, b, inner in glued:
                yield _notice(
                    text,
                    start + a,
                    paragraph[a:b],
                    inner,
                    table,
                    "inline" if b < len(paragraph) - 2 else place,
                )
            return


def _with_heading(text: str, paragraphs: Sequence[tuple[int, str]], at: int, table: Phrases) -> str | None:
    """A heading on a line of its own, joined with the paragraph under it."""
    start, paragraph = paragraphs[at]
    if len(paragraph) > 80 or at + 1 >= len(paragraphs):
        return None
    lead = re.match(r"[\s•*#>_\-–—\[(]{0,8}", paragraph)
    heading, found = heading_at(paragraph, lead.end() if lead else 0, table)
    if not heading or not found or paragraph[found.body :].strip(" :.*_\n"):
        return None
    following, body = paragraphs[at + 1]
    if len(body) > LONGEST or len(body) < _SHORTEST_BODY or body.rstrip(' )”"]*_')[-1:] not in ".!?…":
        return None  # a heading over a menu is a link
    return text[start : following + len(body)]


def _with_advisory(text: str, paragraphs: Sequence[tuple[int, str]], at: int) -> str:
    """A tagged headline takes the advisory line under it."""
    start, paragraph = paragraphs[at]
    if at + 1 < len(paragraphs):
        following, body = paragraphs[at + 1]
        if re.match(r"\s*[-–—(\[]{1,2}\s*\w+", body) and len(body) < 400 and "\n" not in paragraph:
            return text[start : following + len(body)]
    return paragraph


def _in_bracket(paragraph: str, anchor: int) -> bool:
    """The sign stands in a bracket that is only a part of the paragraph."""
    return any(
        m.start() <= anchor < m.end() and m.end() - m.start() < len(paragraph) - 4 for m in _BRACKET.finditer(paragraph)
    )


def _opens(paragraph: str, found: Found) -> bool:
    """The passage starts the paragraph, or the paragraph is short enough to be nothing else."""
    if found.rule == "advisory" or found.heading:
        return True
    spans = sentence_spans(paragraph)
    first = next((i for i, (a, b) in enumerate(spans) if a <= found.anchor < b), 0)
    return first == 0 or (first == 1 and len(spans) <= 4) or (first <= 2 and len(spans) <= 3)


def _glued(paragraph: str, table: Phrases, whole: Found | None) -> Iterator[tuple[int, int, Found]]:
    """Notices within a paragraph: in brackets, behind a heading, or as its last sentences."""
    seen = False
    for match in _BRACKET.finditer(paragraph):
        if _MAYBE.search(match[0]) and (found := judge(match[0], table)) and found.rule != "marked":
            seen = True
            yield match.start(), match.end(), found
    if seen:
        return
    for a, _ in sentence_spans(paragraph)[1:]:
        heading, opened = heading_at(paragraph, a + len(re.match(r"[•*\s]*", paragraph[a:])[0]), table)  # type: ignore[index]
        if heading and opened and (found := judge(paragraph[a:], table)) and found.heading:
            yield a, len(paragraph), found
            return
    if whole is not None:
        for a, b in sentence_spans(paragraph):
            if a <= whole.anchor < b:
                tail = paragraph[a:]
                found = judge(tail, table)
                if found:
                    yield a, len(paragraph), found
                return


def _notice(text: str, start: int, passage: str, found: Found, table: Phrases, place: Placement) -> Notice:
    lang = table.language
    body = found.body if found.body < len(passage) else 0
    kind = kind_of(passage, found.heading_kind, found.rule, table)
    advisory = found.rule in ("advisory", "headline_tag") or (found.heading is None and passage.startswith("("))
    reading = read(passage, lang=lang, start=body, advisory=advisory)
    claims = reading.claims if kind in ("correction", "refile", "retraction") else ()
    return Notice(
        kind,
        " ".join(passage.split()),
        claims,
        field=field_of(passage, table),
        paragraph=paragraph_of(passage, table),
        dated=date_of(passage, table),
        placement="headline" if found.rule == "headline_tag" else place,
        lang=lang,
        confidence=found.confidence,
        family=reading.family,
        headed=found.heading,
        target=_target(passage, table),
        start=start,
        end=start + len(passage),
        rule=found.rule,
    )


def _target(passage: str, table: Phrases) -> str | None:
    """The URL of another article, when the notice points at one and speaks of no text of its own."""
    link = re.search(r"https?://\S{5,300}", passage)
    own = table.version.search(passage) or table.adverb.search(passage) or table.corrected.search(passage)
    return link[0].rstrip(").,") if link and not own else None


def _place(at: int, last: int) -> Placement:
    if last <= 0:
        return "unknown"
    if at <= max(2, last * 0.1) and at < last - 1:
        return "top"
    return "bottom" if at >= last * 0.6 else "inline"


def _tables(lang: str | None) -> list[Phrases]:
    """The page's language first; English always, because agencies print English notices everywhere."""
    if lang is None:
        return [phrases(code) for code in LANGUAGES]
    if not is_known(lang):
        return [phrases("en")]
    code = lang[:2].lower()
    return [phrases(code)] if code == "en" else [phrases(code), phrases("en")]


# --- pages -----------------------------------------------------------------------


def _from_jsonld(jsonld: Iterable[Mapping[str, Any]], lang: str | None, publisher: str | None) -> Iterator[Notice]:
    """Read schema.org's ``correction`` property: a text or CorrectionComment objects."""
    for node in jsonld:
        value = node.get("correction") if isinstance(node, Mapping) else None
        for one in value if isinstance(value, list) else [value]:
            said = one.get("text") or one.get("description") if isinstance(one, Mapping) else one
            if isinstance(said, str) and len(said.strip()) > 20:
                yield _stated(said, lang, publisher)


def _stated(said: str, lang: str | None, publisher: str | None) -> Notice:
    table = phrases(str(lang)) if is_known(lang) else phrases("en")
    found = judge(said, table) or Found(0, "jsonld", 0.95)
    notice = _notice(said, 0, said, found, table, "separate")
    return replace(notice, rule="jsonld", confidence=0.95, publisher_style=publisher, start=None, end=None)


def _key(text: str) -> str:
    return "".join(ch for ch in text.lower() if ch.isalnum())
