"""The nouns of copydesk as frozen values: what passes from one stage to the next.

They hold no behaviour beyond what they derive from themselves, import nothing of
the package, and carry the words of docs/glossary.md. Times are timezone-aware
UTC. Offsets count characters (code points) of the text they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

# --- feeds -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dated:
    """A point in time as somebody claimed it: raw words, what we made of them, how sure."""

    raw: str | None
    value: datetime | None
    quality: Literal["exact", "assumed_zone", "date_only", "rejected", "missing"] = "missing"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed document, as the document gave it. Links are absolute http(s) or None."""

    guid: str | None
    link: str | None
    title: str | None
    summary: str | None = None
    content: str | None = None
    """Full text in HTML where the feed carries it (content:encoded, atom:content, content_html)."""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: Dated = Dated(None, None)
    updated: Dated = Dated(None, None)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as read from one snapshot. Seconds for ``ttl`` and ``update_every``."""

    format: str
    """rss20, rss10, rss09x, atom10, atom03, rdf, jsonfeed11, newssitemap ..."""
    title: str | None = None
    home: str | None = None
    language: str | None = None
    items: tuple[Item, ...] = ()
    ttl: float | None = None
    update_every: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    """Monday is 0."""
    hubs: tuple[str, ...] = ()
    topic: str | None = None
    """rel=self, the WebSub topic."""
    next_page: str | None = None
    prev_archive: str | None = None
    complete: bool = False
    tombstones: tuple[tuple[str, Dated], ...] = ()
    repairs: tuple[str, ...] = ()
    """What had to be mended before the document could be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one guarded request brought. ``failure`` is a stable reason code, None when it served.

    ``headers`` keeps order and case-folded names; ``body`` is decoded of its
    content codings. A 304 has an empty body and no failure.
    """

    url: str
    final_url: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    seconds: float
    hops: tuple[tuple[int, str], ...] = ()
    """(status, location) of every redirect that was followed."""
    failure: str | None = None
    detail: str = ""

    def header(self, name: str) -> str | None:
        """Give the first header of that name (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)


# --- articles ----------------------------------------------------------------

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


NoticeKind = Literal["correction", "clarification", "amplification", "editors_note", "retraction", "update", "refile"]
Placement = Literal["top", "bottom", "inline", "headline", "separate", "unknown"]
Field = Literal["body", "headline", "subhead", "caption", "byline", "dateline", "graphic", "link", "unknown"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a notice says was wrong. None means the notice does not state it."""

    wrong: str | None
    right: str | None
    op: Literal["replace", "rewrite", "delete", "insert", "none"] = "replace"
    wrong_source: Literal["notice", "version_diff", "corrected_body"] | None = None
    right_source: Literal["notice", "version_diff", "corrected_body"] | None = None
    context: tuple[str, ...] = ()
    """Content words of the notice's proposition beside the value ("letter", "dated")."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A publisher's own statement that something was wrong, as found and as read."""

    kind: NoticeKind
    text: str
    """Verbatim, whitespace normalised."""
    claims: tuple[Claim, ...] = ()
    field: Field = "body"
    paragraph: str | None = None
    """As stated: "16", "second", "penultimate"."""
    dated: str | None = None
    """ISO date when the notice states one fully; else None."""
    placement: Placement = "unknown"
    publisher_style: str | None = None
    lang: str = "en"
    confidence: float = 0.0
    family: str = ""
    headed: str | None = None
    """The heading as printed."""
    target: str | None = None
    """URL or headline of another article, when the notice speaks of one; None means its own."""
    start: int | None = None
    end: int | None = None
    rule: str = ""

    @property
    def wrong(self) -> str | None:
        """The first claim's wrong words."""
        return self.claims[0].wrong if self.claims else None

    @property
    def right(self) -> str | None:
        """The first claim's right words."""
        return self.claims[0].right if self.claims else None


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


# --- versions and revisions --------------------------------------------------

Origin = Literal["publisher", "correction"]
RevisionKind = Literal[
    "first",
    "silent_edit",
    "noticed_correction",
    "update",
    "retraction",
    "revert",
    "typographic",
    "notice_only",
]


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


@dataclass(frozen=True, slots=True)
class Revision:
    """The step from one version to the next."""

    kind: RevisionKind
    edits: tuple[Edit, ...]
    material: bool
    """Touches a number, date, name, negation or quotation."""
    summary: str = ""


# --- corrections -------------------------------------------------------------

Outcome = Literal["already_corrected", "applied", "review", "contradicted", "refused", "withdrawn", "undone"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a wrong claim may stand, with the words around it and why it ranks there."""

    edit: Edit
    sentence: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with one correction on one version, and the whole evidence for it."""

    outcome: Outcome
    reason: str
    """A stable code: exactly_one_place, several_places, in_quotation, right_already_there ..."""
    edits: tuple[Edit, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """Best first; for a person to choose from."""
    evidence: Mapping[str, Any] = field(default_factory=dict)


# --- clusters ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A containment sketch of a text: sorted 64-bit hashes, how many shingles, scheme version."""

    scheme: int
    shingles: int
    hashes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much two texts share: of the shorter one, and in which direction."""

    containment: float
    relation: Literal["same", "contained", "contains", "none"]
    shared: int
