"""Corrections: the review queue, the ledger, one decision with its evidence, the scorecard of publishers."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from copydesk.errors import UsageError
from copydesk.stages import review
from copydesk.store import desk_corrections
from copydesk.store.db import Row
from copydesk_airflow import render, texts
from copydesk_airflow.office import office
from copydesk_airflow.pages import desk
from copydesk_airflow.render import page
from copydesk_airflow.security import Reader, Reviewer, name_of, own_page
from copydesk_airflow.words import OUTCOMES

router = APIRouter()
Word = Annotated[str, Query(max_length=400)]
DONE = {"approve": "approved", "edit": "applied as you wrote it", "reject": "rejected", "undo": "taken back"}


@router.get("/corrections", response_class=HTMLResponse)
def queue(request: Request, user: Reader, after: Word = "") -> HTMLResponse:
    """What waits for a person, longest waiting first."""
    with office.reading() as conn:
        waiting, following = desk_corrections.queue(conn, after=after)
    shown = [with_places(row) for row in waiting]
    return page(request, "queue.html", user, waiting=shown, next=following, after=after)


@router.get("/corrections/ledger", response_class=HTMLResponse)
def ledger(request: Request, user: Reader, outcome: Word = "", publisher: Word = "", after: Word = "") -> HTMLResponse:
    """Every decision that stands, newest first."""
    if outcome and outcome not in OUTCOMES:
        raise HTTPException(404, f"There is no outcome {outcome[:40]}.")
    with office.reading() as conn:
        found, following = desk_corrections.ledger(
            conn, outcome=outcome or None, publisher=publisher or None, after=after
        )
    return page(request, "ledger.html", user, rows=found, next=following, outcome=outcome, publisher=publisher)


@router.get("/corrections/{key}", response_class=HTMLResponse)
def decision(request: Request, user: Reader, key: int) -> HTMLResponse:
    """One decision with all its evidence and everything that was decided before."""
    with office.reading() as conn:
        row = desk_corrections.decision(conn, key) if 0 < key < 1 << 63 else None
        if row is None:
            raise HTTPException(404, f"There is no decision {key}.")
        history = desk_corrections.history(conn, row["correction_id"], row["version_id"])
        standing = desk_corrections.standing(conn, key)
    return page(request, "decision.html", user, row=with_places(row), history=history, standing=standing)


@router.post("/corrections/{key}/{action}", dependencies=[Depends(own_page)])
def decide(
    request: Request,
    user: Reviewer,
    key: int,
    action: str,
    place: Annotated[int, Form(ge=1, le=10_000)] = 1,
    note: Annotated[str, Form(max_length=2_000)] = "",
    new: Annotated[str | None, Form(max_length=2_000)] = None,
    back: Annotated[str, Form(max_length=40)] = "queue",
) -> RedirectResponse:
    """Approve, edit, reject or undo, under the name of the Airflow user."""
    if action not in DONE or not 0 < key < 1 << 63:
        raise HTTPException(404, f"There is nothing to {action[:20]}.")
    with office.writing() as conn:
        edits = _written(desk_corrections.decision(conn, key), place, new) if action == "edit" else None
        row = review.decide(conn, key, review.Review(action, name_of(user), note, place, edits))
    desk.forget()
    where = f"corrections/{row['id']}" if back == "decision" else "corrections"
    return render.back(request, where, f"Decision {row['id']}: {DONE[action]}.")


@router.get("/scorecard", response_class=HTMLResponse)
def scorecard(request: Request, user: Reader) -> HTMLResponse:
    """How each publisher corrects, with the numbers behind every share."""
    with office.reading() as conn:
        rows, counted_at = desk_corrections.scorecard(conn)
    return page(request, "scorecard.html", user, rows=rows, counted_at=counted_at)


def with_places(row: Row) -> dict[str, Any]:
    """Put the words around every candidate, and the marked notice, beside a decision."""
    body = row["body"]
    places = [_place(body, c["edit"], c) for c in row["candidates"]]
    made = [_place(body, edit, {}) for edit in row["edits"]]
    pieces = texts.marked(row["notice"], row["wrong"], row["right"])
    return {**row, "places": places, "made": made, "pieces": pieces, "reasons": json.dumps(row["evidence"])}


def _place(body: str, edit: dict[str, Any], candidate: dict[str, Any]) -> dict[str, Any]:
    before, old, after = texts.around(body, edit["start"], edit["end"])
    return {
        "before": before,
        "old": old,
        "new": edit.get("new", ""),
        "after": after,
        "score": candidate.get("score"),
        "reasons": candidate.get("reasons", ()),
    }


def _written(row: Row | None, place: int, new: str | None) -> list[dict[str, Any]]:
    """The chosen place with the words that the person wrote."""
    if row is None or not row["candidates"]:
        raise UsageError("there is no place to edit")
    if new is None:
        raise UsageError("an edit needs the words that should stand there")
    if not 1 <= place <= len(row["candidates"]):
        raise UsageError(f"there is no place {place}")
    edit = row["candidates"][place - 1]["edit"]
    return [{**edit, "old": edit.get("old", ""), "new": new}]
