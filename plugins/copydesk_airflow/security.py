"""Who may do what: Airflow's own auth manager decides. The one place that touches Airflow's core modules.

Plugin routes are anonymous in Airflow unless they ask. A gate before all routes finds out who asks,
every route depends on one of the three functions below, and a test walks all routes:

=========  ==============================  =========================================
who        what Airflow is asked           in Airflow's simple and FAB roles
=========  ==============================  =========================================
reader     may read DAGs                   viewer and above
reviewer   may edit DAG runs               user and above
manager    may create connections          op and above (feeds are what we connect to)
=========  ==============================  =========================================

Writes that rest on the session cookie also prove that they come from our own pages:
the browser's word on the origin (Sec-Fetch-Site or Origin) and a token bound to the
user (OWASP's signed double-submit pattern). A bearer token is proof by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from airflow.configuration import conf
from fastapi import Depends, HTTPException, Request

TOKEN_LIFE = 12 * 3600.0
"""Seconds for which a form may lie open."""
TOKEN_FIELD, TOKEN_HEADER = "csrf", "x-csrf-token"


async def authenticate(request: Request) -> None:
    """Find out who asks (bearer token or session cookie) and note it on the request; HTTPException 401 or 403."""
    request.state.copydesk_user = await get_user(request, None, await bearer_scheme(request))


def may_read(user: Any) -> bool:
    """Whether a user may read DAGs."""
    return get_auth_manager().is_authorized_dag(method="GET", user=user)


def may_review(user: Any) -> bool:
    """Whether a user may edit DAG runs."""
    return get_auth_manager().is_authorized_dag(method="PUT", access_entity=DagAccessEntity.RUN, user=user)


def may_manage(user: Any) -> bool:
    """Whether a user may create connections."""
    return get_auth_manager().is_authorized_connection(method="POST", user=user)


def reader(request: Request) -> Any:
    """Let through who may read; gives the user."""
    return _permit(request, may_read)


def reviewer(request: Request) -> Any:
    """Let through who may review; gives the user."""
    return _permit(request, may_review)


def manager(request: Request) -> Any:
    """Let through who may manage feeds; gives the user."""
    return _permit(request, may_manage)


Reader = Annotated[Any, Depends(reader)]
Reviewer = Annotated[Any, Depends(reviewer)]
Manager = Annotated[Any, Depends(manager)]


def rights(user: Any) -> frozenset[str]:
    """Give what a user may do beside reading: "review", "manage". Pages show only those buttons."""
    return frozenset(name for name, check in (("review", may_review), ("manage", may_manage)) if check(user))


def name_of(user: Any) -> str:
    """Give the name under which a decision is recorded."""
    return str(user.get_name())


def csrf_token(user: Any, *, now: float | None = None) -> str:
    """Make the token that a form of this user carries."""
    made = int(time.time() if now is None else now)
    return f"{made}.{_signature(made, user)}"


def mark(words: str) -> str:
    """Sign words of ours that travel in a URL, so that nobody else's are shown as ours."""
    return _hmac(f"copydesk.words.{words}")[:32]


async def own_page(request: Request) -> None:
    """Refuse a write on the session cookie that does not prove to come from our own pages (403)."""
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    if not _same_origin(request):
        raise HTTPException(403, "This request comes from another site.")
    token = request.headers.get(TOKEN_HEADER) or await _token_of_form(request)
    if not _is_valid(token, request.state.copydesk_user):
        raise HTTPException(403, "The form is too old or not ours. Load the page again and repeat what you did.")


def _permit(request: Request, check: Callable[[Any], bool]) -> Any:
    user = request.state.copydesk_user
    if not check(user):
        raise HTTPException(403, "Your role in Airflow does not allow this.")
    return user


def _same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin") or request.headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


async def _token_of_form(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        return ""
    value = (await request.form()).get(TOKEN_FIELD)
    return value if isinstance(value, str) else ""


def _is_valid(token: str, user: Any) -> bool:
    made, _, signature = token.partition(".")
    if not made.isascii() or not made.isdigit() or len(made) > 12:
        return False
    fresh = -60 <= time.time() - int(made) <= TOKEN_LIFE
    return fresh and hmac.compare_digest(signature.encode(), _signature(int(made), user).encode())


def _signature(made: int, user: Any) -> str:
    return _hmac(f"copydesk.form.{made}.{user.get_id()}")


def _hmac(message: str) -> str:
    secret = conf.get_mandatory_value("api", "secret_key")
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
