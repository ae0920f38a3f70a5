"""Put what was read of a page together into the Document that the other stages get."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from copydesk.articles import head
from copydesk.articles.datelines import Dateline, dateline
from copydesk.articles.furniture import Cleared, key_of
from copydesk.articles.instruments import instruments
from copydesk.articles.page import Page
from copydesk.articles.people import Byline, agency_of, is_person, split_names
from copydesk.model import Block, Document, Fact, Notice, PageKind

_EMAIL = re.compile(r"[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_OPENING_BLOCKS = 2


@dataclass(slots=True)
class Reading:
    """Everything read of one page, before it becomes a Document."""

    page: Page
    headline: Fact | None
    standfirst: Fact | None = None
    writers: Byline = field(default_factory=Byline)
    lang: Fact | None = None
    published: Fact | None = None
    modified: Fact | None = None
    notices: tuple[Notice, ...] = ()
    cleared: Cleared = field(default_factory=Cleared)
    kind: PageKind = "article"
    why: str = ""

    @property
    def headlines(self) -> list[str]:
        """Every wording of the headline: repeated among the paragraphs, each is the headline still."""
        return [self.headline.value, *(raw for _, raw in self.headline.losers)] if self.headline else []


def with_standfirst(blocks: list[Block], intro: Fact | None) -> list[Block]:
    """Put a printed standfirst before the body unless the body opens with it."""
    if intro is None or intro.quality != "printed":
        return blocks
    key = key_of(intro.value)
    opening = [key_of(block.text) for block in blocks[:3]]
    if key in "".join(opening) or any(len(other) > len(key) / 2 and other in key for other in opening):
        return blocks
    return [Block("paragraph", intro.value), *blocks]


def assemble(reading: Reading, extractor: str) -> Document:
    """Give the Document of a reading: facts of the text itself are read here, from what is left of it."""
    page, blocks = reading.page, reading.cleared.blocks
    text = "\n\n".join(block.text for block in blocks)
    gone = "\n".join(removed.text for removed in reading.cleared.removed)
    writers = _printed(reading)
    filed = _filed(blocks)
    canonical, amp, image = head.links(page)
    return Document(
        url=page.url,
        page=reading.kind,
        title=reading.headline,
        standfirst=reading.standfirst,
        byline=writers.names,
        byline_source=writers.source,
        agency=writers.agency or (filed.agency if filed else None),
        dateline=filed.text if filed else None,
        section=head.section(page),
        lang=reading.lang or head.language(page, text),
        published=reading.published,
        modified=reading.modified,
        canonical=canonical,
        amp=amp,
        image=image,
        blocks=tuple(blocks),
        notices=reading.notices,
        instruments=instruments(f"{text}\n{gone}"),
        removed=tuple(reading.cleared.removed),
        emails=tuple(dict.fromkeys(_EMAIL.findall(gone) + _EMAIL.findall(text))),
        flags=page.flags | _walls(reading.cleared),
        extractor=extractor,
        why=reading.why,
    )


def _filed(blocks: list[Block]) -> Dateline | None:
    return next((found for block in blocks[:_OPENING_BLOCKS] if (found := dateline(block.text))), None)


def _walls(cleared: Cleared) -> frozenset[str]:
    return frozenset({"paywall"} if any(removed.reason == "paywall" for removed in cleared.removed) else ())


def _printed(reading: Reading) -> Byline:
    """The byline, else the one that stands as a line above the story; the agency of a credit line."""
    names, agency = list(reading.writers.names), reading.writers.agency
    source = reading.writers.source
    for removed in reading.cleared.removed:
        if removed.reason not in ("byline", "agency credit"):
            continue
        credits = split_names(removed.text.strip("()[] "))
        agency = agency or next(filter(None, map(agency_of, credits)), None)
        if removed.reason == "byline" and not reading.writers.names:
            names += filter(is_person, credits)
            source = "text" if names else None
    return Byline(tuple(names), source, agency)
