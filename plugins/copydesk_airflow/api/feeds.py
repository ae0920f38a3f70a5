"""Feeds as JSON; managers add, pause and poll them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import Response

from copydesk.errors import UsageError
from copydesk.store import desk_feeds, feeds
from copydesk.store.db import Connection, Row
from copydesk_airflow.api import models
from copydesk_airflow.api.answers import BIGGEST, After, Limit, answer, page
from copydesk_airflow.enlist import enlist
from copydesk_airflow.office import office
from copydesk_airflow.pages import desk
from copydesk_airflow.security import Manager, Reader, own_page

router = APIRouter(tags=["feeds"])
Id = Annotated[int, Path(ge=1, le=BIGGEST)]
HIDDEN = ("url_sha", "body_sha", "etag", "last_modified")


@router.get("/feeds", response_model=models.Items)
def listing(
    request: Request,
    user: Reader,
    state: Literal["", "trouble", "active", "paused", "gone", "removed"] = "",
    q: Annotated[str, Query(max_length=200, description="Sought in title and URL.")] = "",
    after: After = "",
    limit: Limit = 50,
) -> Response:
    """Feeds by title: state, last answer, next poll and why then, how the last day went."""
    with office.reading() as conn:
        found = desk_feeds.listing(conn, state=state, words=q.replace("\x00", ""), after=after, limit=limit)
    return answer(request, page(*found))


@router.get("/feeds/{feed_id}", response_model=models.Anything)
def feed(request: Request, user: Reader, feed_id: Id) -> Response:
    """One feed with its last polls, arrivals by hour of the week, failures, gaps and entries."""
    with office.reading() as conn:
        row = _found(conn, feed_id)
        shown = {
            **row,
            "polls": [{k: v for k, v in poll.items() if k != "snapshot"} for poll in feeds.polls(conn, feed_id)],
            "arrivals": desk_feeds.arrivals(conn, feed_id),
            "failures": desk_feeds.failures(conn, feed_id),
            "gaps": desk_feeds.gaps(conn, feed_id),
            "entries": desk_feeds.latest_entries(conn, feed_id),
        }
    return answer(request, shown)


@router.post("/feeds", status_code=201, response_model=models.Anything, dependencies=[Depends(own_page)])
def add(request: Request, user: Manager, wanted: models.NewFeed) -> Response:
    """Add a feed; 200 when the list had it already."""
    key, fresh = enlist(wanted.url.strip(), wanted.folder)
    with office.reading() as conn:
        row = _found(conn, key)
    desk.forget()
    return answer(request, row, status=201 if fresh else 200)


@router.patch("/feeds/{feed_id}", response_model=models.Anything, dependencies=[Depends(own_page)])
def change(request: Request, user: Manager, feed_id: Id, wanted: models.FeedChange) -> Response:
    """Pause, resume or remove a feed; its history stays."""
    with office.writing() as conn:
        _found(conn, feed_id)
        feeds.set_status(conn, feed_id, wanted.status)
        row = _found(conn, feed_id)
    desk.forget()
    return answer(request, row)


@router.post("/feeds/{feed_id}/polls", status_code=202, response_model=models.Anything,
             dependencies=[Depends(own_page)])  # fmt: skip
def poll(request: Request, user: Manager, feed_id: Id) -> Response:
    """Make an active feed due now."""
    with office.writing() as conn:
        _found(conn, feed_id)
        if not feeds.poll_now(conn, feed_id):
            raise HTTPException(400, f"Feed {feed_id} is not active.")
        row = _found(conn, feed_id)
    return answer(request, row, status=202)


def _found(conn: Connection, feed_id: int) -> Row:
    try:
        row = feeds.find(conn, str(feed_id))
    except UsageError as error:
        raise HTTPException(404, str(error)) from None
    return {k: v for k, v in row.items() if k not in HIDDEN}
