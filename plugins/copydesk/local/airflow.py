"""Airflow's environment and programs for one machine; nothing here imports Airflow."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from copydesk.errors import SetupError
from copydesk.local.processes import Program, free_port

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
BASE_URL = "base-url"
"""File in Airflow's folder that says where its UI is: for the doctor."""
USERS = "admin:admin,editor:user,viewer:viewer"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Addresses of Airflow's own database: synchronous (psycopg2) and asynchronous (psycopg 3)."""

    sync_url: str
    async_url: str


def environment(home: Path, metadata: Metadata, port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """Build the environment of every Airflow process (Airflow 3.3; each choice measured, see docs/architecture.md)."""
    folder = home / "airflow"
    folder.mkdir(parents=True, exist_ok=True)
    base = f"http://127.0.0.1:{port}"
    (folder / BASE_URL).write_text(base)
    share = share_folder()
    env = {
        k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW") and k != "PYTHONDONTWRITEBYTECODE"
    }  # without .pyc every start costs double
    return (
        env
        | _secrets(folder)
        | {
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(share / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(share / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "8",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": USERS,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords(home)),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.sync_url,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": metadata.async_url,
            "AIRFLOW__API__BASE_URL": base,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "90",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port(8793)),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port(8794)),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            **extra,
        }
    )


def programs(env: Mapping[str, str]) -> list[Program]:
    """Give Airflow's four long-running programs."""
    airflow = executable("airflow")
    return [Program(name, (airflow, name), env) for name in COMPONENTS]


def executable(name: str) -> str:
    """Find a program of our own virtual environment; raises SetupError when it is not installed."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise SetupError(
            f"{name} is not installed here: run 'make setup', or use 'copydesk run' which needs no Airflow"
        )
    return found


def passwords(home: Path) -> Path:
    """Give the file with the login passwords; made once with random ones, readable by its owner only."""
    file = home / "airflow" / "passwords.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        users = [user.split(":")[0] for user in USERS.split(",")]
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump({user: secrets.token_urlsafe(9) for user in users}, out)
    return file


def share_folder() -> Path:
    """Give the folder that holds dags/ and plugins/: the checkout, or the installed package's share."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parents[1]
    return checkout if (checkout / "dags").is_dir() and (checkout / "sql").is_dir() else package / "_share"


def _secrets(folder: Path) -> dict[str, str]:
    """Keys that must be the same in every process and survive restarts."""
    file = folder / "secrets.json"
    if not file.exists():
        made = {
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
        }
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(made, out)
    stored: dict[str, str] = json.loads(file.read_text())
    return stored
