"""What a publisher says was wrong: notices and their claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """The number as a figure ("the second paragraph" is "2"); None for "last" and the like."""
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
