"""Make Airflow's database ready: migrate it and create the pools, in one process (an import costs seconds)."""

from __future__ import annotations

import json
import sys
import tempfile


def main() -> int:
    """Run ``airflow db migrate`` and ``airflow pools import``."""
    from airflow.cli.cli_parser import get_parser

    from copydesk_airflow.assets import POOLS

    pools = {name: {**pool, "include_deferred": False} for name, pool in POOLS.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(pools, file)
        file.flush()
        for command in (["db", "migrate"], ["pools", "import", file.name]):
            args = get_parser().parse_args(command)
            args.func(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
