"""Style sheets and scripts: our own few files, named by their content so that a browser may keep them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from copydesk_airflow import render
from copydesk_airflow.security import Reader

FOLDER = Path(__file__).parents[1] / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FILES = {f.name: f.read_bytes() for f in FOLDER.iterdir() if f.suffix in TYPES}
MARKS = {name: hashlib.sha256(body).hexdigest()[:12] for name, body in FILES.items()}
KEEP = {"cache-control": "private, max-age=31536000, immutable"}
router = APIRouter()


@router.get("/static/{name}")
def static(user: Reader, name: str) -> Response:
    """One of our files."""
    if name not in FILES:
        raise HTTPException(404, f"There is no file {name[:80]}.")
    return Response(FILES[name], media_type=TYPES[Path(name).suffix], headers=KEEP)


def address(base: str, name: str) -> str:
    """Give the URL of a file, with the mark of its content."""
    return f"{base}/static/{name}?v={MARKS[name]}"


render.provide("static", address)
