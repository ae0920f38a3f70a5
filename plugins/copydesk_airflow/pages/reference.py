"""The API's description as a page, drawn from its OpenAPI document."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from copydesk_airflow.api.routes import described
from copydesk_airflow.render import page
from copydesk_airflow.security import Reader

router = APIRouter()


@router.get("/api", response_class=HTMLResponse)
def reference(request: Request, user: Reader) -> HTMLResponse:
    """Every call with its parameters."""
    return page(request, "api.html", user, document=described(request))
