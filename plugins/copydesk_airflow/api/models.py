"""The shapes of answers, for the OpenAPI document. Unlisted fields may come; none of these will go."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Open(BaseModel):
    """A shape that may grow."""

    model_config = ConfigDict(extra="allow")


class Problem(Open):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class ArticleRow(Open):
    """An article in a list, by its latest text."""

    article_id: int
    version_id: int
    url: str
    publisher: str
    lang: str | None
    title: str
    lead: str
    observed_at: datetime
    published_at: datetime | None
    versions: int
    corrections: int
    silent: int
    copies: int


class ArticlePage(Open):
    """A page of articles. ``about`` estimates all hits; it is exact where ``exact`` says so."""

    items: list[ArticleRow]
    next: str | None
    about: int
    exact: bool


class VersionRow(Open):
    """A version without its body; the body is at /versions/{id}."""

    id: int
    ordinal: int
    observed_at: datetime
    recorded_at: datetime
    until: datetime | None
    title: str
    words: int
    lang: str | None
    revision: str | None
    changed_after: datetime | None
    material: bool | None
    corrected_id: int | None
    snapshot: str | None


class Version(Open):
    """A text: the publisher's, or (origin "correction") one that copydesk corrected, or (origin "suspect")
    one that looks like a stub or a wall and is no version."""

    id: int
    article_id: int
    origin: Literal["publisher", "correction", "suspect"]
    observed_at: datetime
    recorded_at: datetime
    title: str
    byline: list[str]
    body: str
    lang: str | None
    based_on: int | None
    content_sha: str
    snapshot: str | None


class Article(Open):
    """An article with its chain of versions and the text that was asked for."""

    id: int
    url: str
    publisher: str
    state: str
    pub_status: str
    cluster_id: int | None
    versions: list[VersionRow]
    text: Version | None


class Piece(Open):
    """A run of text."""

    op: Literal["equal", "insert", "delete", "moved_out", "moved_in"]
    text: str


class Diff(Open):
    """What changed from version ``a`` to version ``b``, word by word, in paragraphs."""

    a: int
    b: int
    places: int
    title: list[list[Piece]]
    paragraphs: list[list[Piece]]


class Decision(Open):
    """A correction at a version: what was decided, by whom, on what evidence."""

    id: int
    correction_id: int
    article_id: int
    version_id: int
    outcome: str
    reason: str
    wrong: str | None
    right: str | None
    notice: str
    publisher: str
    url: str
    decided_by: str
    decided_at: datetime


class DecisionPage(Open):
    """A page of decisions."""

    items: list[Decision]
    next: str | None


class Edit(BaseModel):
    """Replace ``old``, which stands at ``start`` to ``end`` of the version's body, by ``new``."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    old: str = Field(max_length=5_000)
    new: str = Field(max_length=5_000)


class Wish(BaseModel):
    """A person's decision. ``place`` counts the candidates from 1; ``edits`` go with "edit"."""

    action: Literal["approve", "edit", "reject", "undo"]
    place: int = Field(1, ge=1, le=10_000)
    edits: list[Edit] | None = Field(None, max_length=200)
    note: str = Field("", max_length=2_000)


class NewFeed(BaseModel):
    """A feed to add: its URL, or that of a site which names its feeds."""

    url: str = Field(min_length=8, max_length=2_000)
    folder: str = Field("", max_length=200)


class FeedChange(BaseModel):
    """What should become of a feed."""

    status: Literal["active", "paused", "removed"]


class Change(Open):
    """An event of the ordered stream."""

    cursor: str
    at: datetime
    kind: str
    article_id: int | None
    version_id: int | None
    data: dict[str, Any]


class Changes(Open):
    """Events after a cursor; ``next`` is the cursor to go on with."""

    items: list[Change]
    next: str


class Anything(Open):
    """An object whose fields the description names."""


class Items(Open):
    """A page of rows."""

    items: list[dict[str, Any]]
    next: str | None
