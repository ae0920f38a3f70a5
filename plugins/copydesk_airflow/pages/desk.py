"""The desk: today at a glance, and what needs a person."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from copydesk.store import desk_corrections, desk_figures, quarantine
from copydesk_airflow.office import office
from copydesk_airflow.render import page
from copydesk_airflow.security import Reader

router = APIRouter()
FRESH = 5.0
"""Seconds for which the figures of all users are counted once."""
_kept: dict[str, Any] = {"until": 0.0}


@router.get("/", response_class=HTMLResponse)
def desk(request: Request, user: Reader) -> HTMLResponse:
    """Today at a glance. Only figures are kept between requests: what publishers wrote may be taken down any time."""
    with office.reading() as conn:
        latest, aside = desk_corrections.ledger(conn, limit=8)[0], quarantine.listing(conn, 5)
    return page(request, "desk.html", user, latest=latest, aside=aside, **figures())


def figures() -> dict[str, Any]:
    """Give how much there is and happened; counted anew after ``FRESH`` seconds. Holds no text."""
    if time.monotonic() < _kept["until"]:
        return dict(_kept["figures"])
    with office.reading() as conn:
        hours, days = desk_figures.series(conn)
        found = {
            "hours": hours,
            "days": days,
            "totals": desk_figures.totals(conn),
            "lag": desk_figures.lag(conn),
            "trouble": desk_figures.trouble(conn),
            "cursor": desk_figures.newest_change(conn),
        }
    _kept.update(figures=found, until=time.monotonic() + FRESH)
    return dict(found)


def forget() -> None:
    """Count anew at the next request: a person just changed something."""
    _kept["until"] = 0.0
