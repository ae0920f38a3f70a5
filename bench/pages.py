"""The pages that measurements read: a folder with manifest.jsonl and pages/ID.html.gz."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

Page = tuple[dict[str, Any], bytes]


def read_pages(folder: Path) -> list[Page]:
    """Give each line of the manifest with its page's bytes. A folder without one ends the run (exit 2)."""
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        print(f"{folder}: no manifest.jsonl there, so no folder of pages", file=sys.stderr)
        raise SystemExit(2)
    rows = [json.loads(line) for line in manifest.open(encoding="utf-8")]
    return [(row, gzip.decompress((folder / "pages" / f"{row['id']}.html.gz").read_bytes())) for row in rows]
