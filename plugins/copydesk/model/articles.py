"""What a page said, and how one version of it became the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from copydesk.model.notices import Notice

BlockKind = Literal["paragraph", "heading", "list", "quote", "caption", "embed", "table", "preformatted"]
PageKind = Literal["article", "index", "video", "gallery", "login", "consent", "error", "empty", "liveblog"]


@dataclass(frozen=True, slots=True)
class Block:
    """A typed piece of an article's body in the order in which it is read."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about an article: value, where it came from, how good it is, and which claims lost."""

    value: Any
    source: str
    quality: str = "stated"
    raw: str | None = None
    losers: tuple[tuple[str, str], ...] = ()
    """(source, raw value) of the claims that were not taken."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece of page furniture: what was taken out of the text, and by which rule."""

    text: str
    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A financial instrument that a page names: ISIN (check digit verified), ticker or RIC."""

    scheme: Literal["isin", "ticker", "ric"]
    value: str
    venue: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What one page said: the clean article, its facts with their sources, and what was taken out."""

    url: str
    page: PageKind
    title: Fact | None = None
    standfirst: Fact | None = None
    byline: tuple[str, ...] = ()
    byline_source: str | None = None
    agency: str | None = None
    dateline: str | None = None
    section: Fact | None = None
    lang: Fact | None = None
    published: Fact | None = None
    modified: Fact | None = None
    canonical: str | None = None
    amp: str | None = None
    image: str | None = None
    blocks: tuple[Block, ...] = ()
    notices: tuple[Notice, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    removed: tuple[Removed, ...] = ()
    emails: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    """paywall, liveblog, noarchive, noindex, tdm_reserved, too_deep, truncated, repaired ..."""
    extractor: str = ""
    why: str = ""
    """For a page that is no article: the reason."""

    @property
    def text(self) -> str:
        """The body as stored: blocks joined by an empty line. Edits' offsets count in this text."""
        return "\n\n".join(block.text for block in self.blocks)


Origin = Literal["publisher", "correction", "suspect"]
RevisionKind = Literal[
    "first",
    "retraction",
    "revert",
    "noticed_correction",
    "notice_only",
    "silent_correction",
    "update",
    "expanded",
    "cut",
    "reworded",
    "headline",
    "byline",
    "restyled",
    "typographic",
]
"""From the gravest to the slightest; docs/versions.md says what each means."""
SpanOp = Literal["equal", "replace", "delete", "insert", "moved_out", "moved_in"]
FactKind = Literal["date", "number", "unit", "name", "quotation", "negation"]
VersionField = Literal["title", "byline", "standfirst", "body", "notices", "image", "section", "published", "modified"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of two texts laid side by side. ``start`` and ``new_start`` are its offsets in either text."""

    op: SpanOp
    start: int
    new_start: int
    old: str
    new: str
    move: int = 0
    """The two ends of one moved sentence have the same number; 0: it was not moved."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact that one sentence states otherwise than before. One side is empty where it was added or taken out."""

    kind: FactKind
    field: VersionField
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field other than the body that was changed, as text."""

    field: VersionField
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``text[start:end]``, which must equal ``old``, by ``new``."""

    start: int
    end: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class VersionText:
    """The text of a version as the correction and revision rules see it."""

    title: str
    body: str
    byline: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    observed_at: datetime | None = None
    id: int | None = None
    article_id: int | None = None
    publisher: str | None = None
    lang: str | None = None
    more: tuple[tuple[VersionField, str], ...] = ()
    """Standfirst, image, section and dates as text: compared, but no part of what makes a version."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The step from one version to the next."""

    kind: RevisionKind
    edits: tuple[Edit, ...]
    material: bool
    """Touches a date, number, name, quotation or negation."""
    summary: str = ""
    fields: tuple[FieldChange, ...] = ()
    facts: tuple[FactChange, ...] = ()
    """Every date, number, name, quotation or negation that changed, whatever the kind."""
