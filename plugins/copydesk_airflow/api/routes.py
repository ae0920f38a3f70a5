"""The API's routes together, its OpenAPI document and the page that shows it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from copydesk_airflow.api import articles, changes, corrections, exports, feeds, figures
from copydesk_airflow.api.answers import answer
from copydesk_airflow.api.models import Problem
from copydesk_airflow.security import Reader

PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": text, "content": {"application/problem+json": {}}}
    for code, text in (
        (400, "The request does not fit what stands; the detail says how."),
        (401, "Airflow does not know who asks."),
        (403, "The role does not allow it, or the request comes from elsewhere."),
        (404, "There is no such thing."),
        (409, "Another worker is at the same rows; ask again."),
        (410, "It was erased; its hash stays."),
        (422, "A parameter is not what it should be."),
        (502, "Another server, asked for this, did not answer as it should."),
        (503, "The database does not answer, or not in time."),
    )
}
router = APIRouter(responses=PROBLEMS)
for part in (articles, corrections, feeds, changes, exports, figures):
    router.include_router(part.router)


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, user: Reader) -> Response:
    """The description of this API for programs."""
    return answer(request, described(request))


def described(request: Request) -> dict[str, Any]:
    """Give the OpenAPI document, with the server as the caller reaches it and how to authenticate."""
    document = dict(request.app.openapi())
    document["servers"] = [{"url": request.scope.get("root_path", "") or "/"}]
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A token of POST /auth/token."},
        "session": {"type": "apiKey", "in": "cookie", "name": "_token", "description": "Airflow's session."},
    }
    document["components"] = {**document.get("components", {}), "securitySchemes": schemes}
    document["security"] = [{"bearer": []}, {"session": []}]
    return document
