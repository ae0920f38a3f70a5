"""sql/schema.sql, for people to read, says what the migrations make. ``make schema`` writes it anew."""

import subprocess

from copydesk.store import binaries
from copydesk.store.migrate import sql_folder

HEAD = "-- What the migrations make, as pg_dump tells it: for reading and reviewing. Written by `make schema`.\n\n"


def dump(dsn: str) -> str:
    """The schema without the words that differ from one build of pg_dump to the next."""
    said = subprocess.check_output([binaries.find() / "pg_dump", "--schema-only", "--no-owner", dsn], text=True)
    lines = [line for line in said.splitlines() if not line.startswith(("--", "SET ", "\\", "SELECT pg_catalog"))]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return HEAD + "\n".join(kept).strip() + "\n"


def test_the_schema_file_is_what_the_migrations_make(dsn, request):
    file, now = sql_folder() / "schema.sql", dump(dsn)
    if request.config.getoption("--renew-schema"):
        file.write_text(now)
    assert file.read_text() == now, "run make schema and read the difference"
