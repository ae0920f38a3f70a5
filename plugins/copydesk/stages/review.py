"""What a person decides about a correction: approve, edit, reject, undo. Every decision is a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copydesk.corrections.apply import apply_edits
from copydesk.errors import UsageError
from copydesk.model import Edit, Verdict
from copydesk.stages.correct import derive
from copydesk.store import clusters, corrections, decisions, recall, versions
from copydesk.store.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Review:
    """A person's decision. ``place`` counts the shown candidates from 1; ``edits`` go with "edit"."""

    action: str
    reviewer: str
    note: str = ""
    place: int = 1
    edits: Sequence[Mapping[str, Any]] | None = None


def decide(conn: Connection, application_id: int, wish: Review) -> Row:
    """Carry out a review: a new standing decision, the derived version made or withdrawn, the review kept.

    Raises UsageError where the wish does not fit what stands.
    """
    old = decisions.show(conn, application_id)
    if old is None:
        raise UsageError(f"no decision {application_id}")
    clusters.hold(conn, [old["article_id"]])
    old = decisions.show(conn, application_id) or old
    if old["superseded_at"] is not None:
        raise UsageError(f"decision {application_id} was superseded; look at the one that stands")
    verdict = _verdict(old, wish)
    decisions.save_review(conn, application_id, wish.action, wish.reviewer, wish.note, wish.edits)
    key = corrections.decide(
        conn, old["correction_id"], old["version_id"], old["article_id"], verdict, decided_by=wish.reviewer
    )
    derive(conn, old["article_id"], versions.texts(conn, old["article_id"]))
    row = decisions.show(conn, key or application_id)
    assert row is not None
    return row


def _verdict(old: Row, wish: Review) -> Verdict:
    evidence = {**old["evidence"], "reviewed": old["id"]}
    if wish.action == "undo":
        if old["outcome"] != "applied":
            raise UsageError(f"decision {old['id']} is {old['outcome']}; only an applied one can be undone")
        return Verdict("undone", "undone_by_person", tuple(map(recall.edit, old["edits"])), evidence=evidence)
    if wish.action == "reject":
        return Verdict("refused", "rejected_by_person", candidates=_candidates(old), evidence=evidence)
    if old["outcome"] not in ("review", "undone", "contradicted", "refused"):
        raise UsageError(f"decision {old['id']} is {old['outcome']}; there is nothing to approve")
    edits = _edits(old, wish)
    try:
        apply_edits(old["body"], edits)
    except ValueError as error:
        raise UsageError(f"these edits do not fit the text: {error}") from None
    reason = "edited_by_person" if wish.action == "edit" else "approved_by_person"
    return Verdict("applied", reason, edits, _candidates(old), evidence)


def _edits(old: Row, wish: Review) -> tuple[Edit, ...]:
    if wish.action == "edit":
        if not wish.edits:
            raise UsageError("an edit needs its edits: --edits FILE with a JSON list of {start, end, old, new}")
        return tuple(recall.edit(e) for e in wish.edits)
    candidates = _candidates(old)
    if old["outcome"] == "undone" and old["edits"]:
        return tuple(map(recall.edit, old["edits"]))
    if not 1 <= wish.place <= len(candidates):
        raise UsageError(f"decision {old['id']} shows {len(candidates)} places; there is no place {wish.place}")
    return (candidates[wish.place - 1].edit,)


def _candidates(old: Row) -> tuple[Any, ...]:
    return tuple(map(recall.candidate, old["candidates"]))
