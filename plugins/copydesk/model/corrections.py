"""What is decided of a correction, and how texts of a cluster overlap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from copydesk.model.articles import Edit

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


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A containment sketch of a text: 64-bit hashes in its order, how many shingles, scheme version."""

    scheme: int
    shingles: int
    hashes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much two texts share: of the shorter one, of the longer one, and in which direction."""

    containment: float
    relation: Literal["same", "contained", "contains", "none"]
    shared: int
    share: float = 0.0
    """Of the longer text."""
    first: bool = True
    """What they share stands at the longer text's beginning, or makes up enough of it."""
