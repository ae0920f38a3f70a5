"""Values back from their jsonb form: the other direction of :func:`copydesk.store.db.plain`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from copydesk.model import Candidate, Claim, Dated, Edit, Item, Notice


def notice(data: Mapping[str, Any]) -> Notice:
    """Rebuild a notice."""
    claims = tuple(claim(c) for c in data.get("claims", ()))
    return Notice(**{**data, "claims": claims, "text": data.get("text", ""), "kind": data["kind"]})


def claim(data: Mapping[str, Any]) -> Claim:
    """Rebuild a claim."""
    return Claim(**{"wrong": None, "right": None, **data, "context": tuple(data.get("context", ()))})


def edit(data: Mapping[str, Any]) -> Edit:
    """Rebuild an edit."""
    return Edit(data["start"], data["end"], data.get("old", ""), data.get("new", ""))


def candidate(data: Mapping[str, Any]) -> Candidate:
    """Rebuild a candidate."""
    return Candidate(
        edit(data["edit"]), data.get("sentence", ""), data.get("score", 0.0), tuple(data.get("reasons", ()))
    )


def item(data: Mapping[str, Any] | None) -> Item | None:
    """Rebuild a feed item."""
    if data is None:
        return None
    texts = {name: data.get(name) for name in ("guid", "link", "title", "summary", "content", "language")}
    return Item(
        **texts,
        authors=tuple(data.get("authors", ())),
        categories=tuple(data.get("categories", ())),
        published=dated(data.get("published")),
        updated=dated(data.get("updated")),
    )


def dated(data: Mapping[str, Any] | None) -> Dated:
    """Rebuild a claimed point in time."""
    if not data:
        return Dated(None, None)
    value = data.get("value")
    return Dated(
        data.get("raw"),
        datetime.fromisoformat(value) if value else None,
        data.get("quality", "missing"),
        data.get("source", ""),
    )
