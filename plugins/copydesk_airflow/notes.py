"""Write a run's note: what a person sees beside the run in Airflow's grid.

A task may not write to Airflow's database; the public API does, and asks who writes.
With the simple auth manager of ``copydesk up`` that is the admin of its password file;
elsewhere set COPYDESK_AIRFLOW_TOKEN to a token that may edit runs. A note that cannot
be written is no reason to stop working.
"""

from __future__ import annotations

import json
import logging
import os
import urllib.parse
import urllib.request
from functools import lru_cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
TIMEOUT = 5.0


def write(dag_id: str, run_id: str, note: str) -> bool:
    """Write the note of a run; gives whether that worked."""
    try:
        token = os.environ.get("COPYDESK_AIRFLOW_TOKEN") or _token()
        if not token:
            return False
        path = f"/api/v2/dags/{urllib.parse.quote(dag_id)}/dagRuns/{urllib.parse.quote(run_id, safe='')}"
        _ask("PATCH", path, {"note": note[:1000]}, token)
    except (OSError, ValueError, KeyError) as error:
        log.debug("the run's note could not be written: %s", error)
        return False
    return True


@lru_cache(maxsize=1)
def _token() -> str | None:
    file = Path(os.environ.get("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", ""))
    if not file.is_file():
        return None
    password = json.loads(file.read_text())["admin"]
    return str(_ask("POST", "/auth/token", {"username": "admin", "password": password})["access_token"])


def _ask(method: str, path: str, said: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    from airflow.configuration import conf

    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = conf.get("api", "base_url").rstrip("/") + path
    request = urllib.request.Request(url, json.dumps(said).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
