"""Feeds: health of each, why it is polled when, and for managers: add, import, pause, poll now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from copydesk.commands.feeds import load_list
from copydesk.errors import UsageError
from copydesk.feeds.opml import Outline, write_opml
from copydesk.store import desk_feeds, feeds
from copydesk.store.db import Connection, Row
from copydesk_airflow.enlist import enlist
from copydesk_airflow.office import office
from copydesk_airflow.pages import desk
from copydesk_airflow.render import back, page
from copydesk_airflow.security import Manager, Reader, own_page

router = APIRouter()
LARGEST_LIST = 5_000_000
"""Bytes of an OPML file that a browser may send; 10,000 feeds are about 2 MB."""
VERBS = {"pause": "paused", "resume": "active", "remove": "removed", "poll": None}


@router.get("/feeds", response_class=HTMLResponse)
def listing(
    request: Request,
    user: Reader,
    state: Annotated[str, Query(max_length=20)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=4000)] = "",
) -> HTMLResponse:
    """All feeds with how their last day went."""
    if state not in desk_feeds.STATES:
        raise HTTPException(404, f"There is no state {state}.")
    with office.reading() as conn:
        rows, following = desk_feeds.listing(conn, state=state, words=q.replace("\x00", ""), after=after)
        counts = desk_feeds.counts(conn)
    return page(request, "feeds.html", user, rows=rows, next=following, state=state, q=q, counts=counts)


@router.get("/feeds.opml")
def export(user: Reader) -> Response:
    """The list as OPML."""
    with office.reading() as conn:
        rows = feeds.listing(conn)
    outlines = [Outline(r["title"], r["url"], r["home"], r["folder"]) for r in rows]
    headers = {"content-disposition": 'attachment; filename="copydesk-feeds.opml"'}
    return Response(write_opml(outlines), media_type="text/x-opml", headers=headers)


@router.get("/feeds/{feed_id}", response_class=HTMLResponse)
def feed(request: Request, user: Reader, feed_id: int) -> HTMLResponse:
    """One feed: its polls, arrivals by hour of week, errors, gaps, last entries."""
    with office.reading() as conn:
        row = _found(conn, feed_id)
        values = {
            "polls": feeds.polls(conn, row["id"], 30),
            "arrivals": desk_feeds.arrivals(conn, row["id"]),
            "failures": desk_feeds.failures(conn, row["id"]),
            "gaps": desk_feeds.gaps(conn, row["id"]),
            "entries": desk_feeds.latest_entries(conn, row["id"]),
        }
    return page(request, "feed.html", user, feed=row, **values)


@router.post("/feeds", dependencies=[Depends(own_page)])
def add(
    request: Request,
    user: Manager,
    url: Annotated[str, Form(min_length=8, max_length=2_000)],
    folder: Annotated[str, Form(max_length=200)] = "",
) -> RedirectResponse:
    """Add a feed by its URL, or by the URL of a site that names its feeds."""
    key, fresh = enlist(url.strip(), folder)
    return _back(request, f"feeds/{key}", "Added and read." if fresh else "This feed was in the list.")


@router.post("/feeds/import", dependencies=[Depends(own_page)])
def load(request: Request, user: Manager, file: UploadFile) -> RedirectResponse:
    """Add every feed of an OPML file, all or none."""
    body = file.file.read(LARGEST_LIST + 1)
    if len(body) > LARGEST_LIST:
        raise HTTPException(
            413, f"The list is larger than {LARGEST_LIST // 1_000_000} MB; use 'copydesk feeds import'."
        )
    with office.writing() as conn:
        added, known = load_list(conn, body)
    return _back(request, "feeds", f"{added} added, {known} were in the list.")


@router.post("/feeds/{feed_id}/{verb}", dependencies=[Depends(own_page)])
def change(request: Request, user: Manager, feed_id: int, verb: str) -> RedirectResponse:
    """Pause, resume, remove a feed, or poll it now."""
    if verb not in VERBS:
        raise HTTPException(404, f"There is nothing to {verb[:20]}.")
    with office.writing() as conn:
        row = _found(conn, feed_id)
        status = VERBS[verb]
        if status:
            feeds.set_status(conn, row["id"], status)
            said = f"The feed is {status} now."
        else:
            said = "It is due now." if feeds.poll_now(conn, row["id"]) else "Only an active feed can be polled."
    return _back(request, f"feeds/{feed_id}", said)


def _found(conn: Connection, feed_id: int) -> Row:
    try:
        return feeds.find(conn, str(feed_id))
    except UsageError as error:
        raise HTTPException(404, str(error)) from None


def _back(request: Request, where: str, said: str) -> RedirectResponse:
    desk.forget()
    return back(request, where, said)
