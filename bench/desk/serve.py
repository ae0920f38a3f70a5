"""The application as Airflow mounts it, with Airflow's own authentication, in a process of its own."""

from __future__ import annotations

import sys

import uvicorn
from tests.desk_app import mounted, token


def main() -> None:
    """Print a session and serve on the given port until ended."""
    app = mounted()
    print(f"TOKEN {token('op')}", flush=True)
    uvicorn.run(app, port=int(sys.argv[1]), log_level="error")


if __name__ == "__main__":
    main()
