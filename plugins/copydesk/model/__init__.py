"""The nouns of copydesk as frozen values: what passes from one stage to the next.

They hold no behaviour beyond what they derive from themselves, import nothing of
the package, and carry the words of docs/glossary.md. Times are timezone-aware
UTC. Offsets count characters (code points) of the text they belong to.
"""

from copydesk.model.articles import (
    Block,
    BlockKind,
    Document,
    Edit,
    Fact,
    FactChange,
    FactKind,
    FieldChange,
    Instrument,
    Origin,
    PageKind,
    Removed,
    Revision,
    RevisionKind,
    Span,
    SpanOp,
    VersionField,
    VersionText,
)
from copydesk.model.corrections import Candidate, Fingerprint, Outcome, Overlap, Verdict
from copydesk.model.feeds import Answer, Dated, FeedDocument, Item
from copydesk.model.notices import Claim, Field, Notice, NoticeKind, Placement

__all__ = [
    "Answer",
    "Block",
    "BlockKind",
    "Candidate",
    "Claim",
    "Dated",
    "Document",
    "Edit",
    "Fact",
    "FactChange",
    "FactKind",
    "FeedDocument",
    "Field",
    "FieldChange",
    "Fingerprint",
    "Instrument",
    "Item",
    "Notice",
    "NoticeKind",
    "Origin",
    "Outcome",
    "Overlap",
    "PageKind",
    "Placement",
    "Removed",
    "Revision",
    "RevisionKind",
    "Span",
    "SpanOp",
    "Verdict",
    "VersionField",
    "VersionText",
]
