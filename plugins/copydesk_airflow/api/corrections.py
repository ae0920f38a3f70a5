"""Corrections, their decisions and reviews as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import Response

from copydesk.stages import review
from copydesk.store import decisions, desk_corrections
from copydesk_airflow.api import models
from copydesk_airflow.api.answers import BIGGEST, After, Limit, answer, page
from copydesk_airflow.office import office
from copydesk_airflow.pages import desk
from copydesk_airflow.security import Reader, Reviewer, name_of, own_page

router = APIRouter(tags=["corrections"])
Id = Annotated[int, Path(ge=1, le=BIGGEST)]
Outcome = Literal["", "already_corrected", "applied", "review", "contradicted", "refused", "withdrawn", "undone"]


@router.get("/corrections", response_model=models.DecisionPage)
def listing(
    request: Request,
    user: Reader,
    outcome: Outcome = "",
    publisher: Annotated[str, Query(max_length=255)] = "",
    after: After = "",
    limit: Limit = 50,
) -> Response:
    """Every decision that stands, newest first."""
    with office.reading() as conn:
        found = desk_corrections.ledger(
            conn, outcome=outcome or None, publisher=publisher or None, after=after, limit=limit
        )
    return answer(request, page(*found))


@router.get("/corrections/queue", response_model=models.DecisionPage)
def queue(request: Request, user: Reader, after: After = "", limit: Limit = 20) -> Response:
    """What waits for a person, longest waiting first, with the text in question."""
    with office.reading() as conn:
        return answer(request, page(*desk_corrections.queue(conn, after=after, limit=limit)))


@router.get("/corrections/{key}", response_model=models.Decision)
def decision(request: Request, user: Reader, key: Id) -> Response:
    """One decision with its evidence, the text in question and its whole history."""
    with office.reading() as conn:
        row = desk_corrections.decision(conn, key)
        if row is None:
            raise HTTPException(404, f"There is no decision {key}.")
        history = desk_corrections.history(conn, row["correction_id"], row["version_id"])
        standing = desk_corrections.standing(conn, key)
    return answer(request, {**row, "history": history, "standing_id": standing})


@router.post("/corrections/{key}/reviews", status_code=201, response_model=models.Decision,
             dependencies=[Depends(own_page)])  # fmt: skip
def decide(request: Request, user: Reviewer, key: Id, wish: models.Wish) -> Response:
    """Approve, edit, reject or undo, under the caller's name; gives the decision that stands now."""
    edits = [edit.model_dump() for edit in wish.edits] if wish.edits is not None else None
    with office.writing() as conn:
        if desk_corrections.decision(conn, key) is None:
            raise HTTPException(404, f"There is no decision {key}.")
        row = review.decide(conn, key, review.Review(wish.action, name_of(user), wish.note, wish.place, edits))
        shown = desk_corrections.decision(conn, row["id"])
    desk.forget()
    return answer(request, shown, status=201)


@router.get("/reviews", response_model=models.Items)
def reviews(request: Request, user: Reader, after: After = "", limit: Limit = 50) -> Response:
    """What people decided: {id, application_id, action, reviewer, note, edits, at}, newest first."""
    with office.reading() as conn:
        return answer(request, page(*desk_corrections.reviews(conn, after=after, limit=limit)))


@router.get("/still-wrong", response_model=list[models.Anything])
def still_wrong(
    request: Request, user: Reader, correction: Annotated[int | None, Query(ge=1, le=BIGGEST)] = None
) -> Response:
    """The copies that still carry an error (of one correction), and since when it is known: at most 1,000."""
    with office.reading() as conn:
        return answer(request, decisions.still_wrong(conn, correction)[:1000])


@router.get("/publishers", response_model=models.Anything)
def publishers(request: Request, user: Reader) -> Response:
    """The scorecard: how each publisher corrects, with denominators: {counted_at, items}."""
    with office.reading() as conn:
        rows, counted_at = desk_corrections.scorecard(conn)
    return answer(request, {"counted_at": counted_at, "items": rows})
