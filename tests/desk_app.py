"""The desk's application as Airflow mounts it, with Airflow's own simple auth manager, in this process.

Airflow reads its home and database when it is first imported, so both are set here, before; a worker
process of pytest that has imported it already (the tests of DAGs do) keeps the home that it had.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from typing import Any

ROLES = ("viewer", "user", "op", "admin")
BASE = "/copydesk"


@cache
def airflow_ready() -> None:
    """Give Airflow a home and an empty database of its own, once for this process."""
    home = tempfile.mkdtemp(prefix="copydesk-airflow-")
    os.environ |= {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{role}:{role}" for role in ROLES),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": f"{home}/passwords.json",
        "AIRFLOW__API__SECRET_KEY": "for these tests only",
        "AIRFLOW__API_AUTH__JWT_SECRET": "for these tests only, and long enough for SHA-512 to be content with it",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    }
    os.environ.setdefault("AIRFLOW_HOME", home)
    from airflow import settings

    settings.configure_vars()
    settings.configure_orm()
    from airflow.models.revoked_token import RevokedToken

    RevokedToken.__table__.create(settings.engine, checkfirst=True)
    from airflow.api_fastapi.app import create_auth_manager

    create_auth_manager().init()


def mounted() -> Any:
    """Give an application with ours mounted where Airflow mounts it."""
    airflow_ready()
    from fastapi import FastAPI

    from copydesk_airflow.app import create_app

    root = FastAPI(openapi_url=None)
    root.mount(BASE, create_app())
    return root


def token(role: str) -> str:
    """Give a session of a user with this role, as Airflow's login makes it."""
    airflow_ready()
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=role, role=role))


def csrf(role: str) -> str:
    """Give the token that forms of this user carry."""
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    from copydesk_airflow.security import csrf_token

    return csrf_token(SimpleAuthManagerUser(username=role, role=role))
