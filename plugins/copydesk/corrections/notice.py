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

from copydesk.corrections.blocks import blocks_of, joined
from copydesk.corrections.details import date_of, field_of, kind_of, paragraph_of
from copydesk.corrections.glue import glued_in, in_bracket, opens
from copydesk.corrections.hints import any_between, hints
from copydesk.corrections.passages import LONGEST, Found, heading_at, judge
from copydesk.corrections.phrases import LANGUAGES, Phrases, is_known, phrases
from copydesk.corrections.read import read
from copydesk.model import Item, Notice, NoticeKind, Placement

_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")

_SHORTEST_BODY = 30
_SAMPLE = 2000
"""Characters by which a text's language is told."""
_CONTRASTS = ("R_not_W", "R_instead_of_W", "W_instead_of_R")
"""Families in which even a clarification says what was wrong."""
_WHOLE = ("heading", "headline_tag", "marked")
"""Rules that make the whole paragraph the notice."""


def find_in_text(
    text: str, *, lang: str | None = None, publisher: str | None = None, title: str | None = None
) -> tuple[Notice, ...]:
    """Find the notices of a plain text; offsets count in the text as given."""
    hinted = hints(text)
    if not hinted:
        return ()
    tables = _tables(lang, text)
    paragraphs = [(m.start(), m[0]) for m in _PARAGRAPH.finditer(text)]
    found: list[Notice] = []
    taken = -1
    for at, (start, paragraph) in enumerate(paragraphs):
        if start < taken or not any_between(hinted, start, start + len(paragraph)):
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
    text, offsets, marks = joined(blocks)
    hinted = hints(text)
    if not hinted:
        return tuple(_from_jsonld(jsonld, lang, publisher))
    tables = _tables(lang, text)
    found: dict[str, Notice] = {}
    taken = -1
    paragraphs = list(zip(offsets, (block for block, _ in blocks), strict=True))
    for at, (start, paragraph) in enumerate(paragraphs):
        if start < taken or not (marks[at] or any_between(hinted, start, start + len(paragraph))):
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
        bracketed = found is not None and found.heading is None and in_bracket(paragraph, found.anchor)
        if found and not bracketed and (found.rule in _WHOLE or opens(paragraph, found)):
            if found.rule == "headline_tag":
                paragraph = _with_advisory(text, paragraphs, at)
            yield _notice(text, start, paragraph, found, table, place)
            return
        glued = list(glued_in(paragraph, table, found))
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


def _notice(text: str, start: int, passage: str, found: Found, table: Phrases, place: Placement) -> Notice:
    lang = table.language
    body = found.body if found.body < len(passage) else 0
    kind = kind_of(passage, found.heading_kind, found.rule, table)
    advisory = found.rule in ("advisory", "headline_tag") or (found.heading is None and passage.startswith("("))
    reading = read(passage, lang=lang, start=body, advisory=advisory)
    if kind == "correction" and "retold" in table.kinds and table.kinds["retold"].search(passage):
        kind = kind if reading.claims and reading.claims[0].wrong else "clarification"
    corrects = kind in ("correction", "refile", "retraction")
    claims = reading.claims if corrects or (kind == "clarification" and reading.family in _CONTRASTS) else ()
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


def _tables(lang: str | None, text: str) -> list[Phrases]:
    """The page's language first; English always, because agencies print English notices everywhere.

    Where nothing names the language, the one whose small words are most frequent goes first.
    """
    if lang is None:
        words = text[:_SAMPLE].lower().split()
        known = [phrases(code) for code in LANGUAGES]
        return sorted(known, key=lambda table: -sum(word in table.stop for word in words))
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
