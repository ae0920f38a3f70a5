"""When an article was published and last changed, as the page claims it."""

from __future__ import annotations

from datetime import UTC, datetime

from copydesk.articles.page import Page
from copydesk.model import Fact


def published(page: Page) -> Fact | None:
    """Give the time of publication with its source."""
    return _first(page, ("datePublished", "dateCreated"), ("article:published_time", "datepublished", "date"))


def modified(page: Page) -> Fact | None:
    """Give the time of the last change with its source."""
    return _first(page, ("dateModified",), ("article:modified_time", "datemodified", "last-modified"))


def _first(page: Page, keys: tuple[str, ...], names: tuple[str, ...]) -> Fact | None:
    for key in keys:
        raw = page.article.get(key)
        if isinstance(raw, str) and (value := _parse(raw)):
            return Fact(value, f"jsonld:{key}", raw=raw)
    found = page.first(*names)
    if found and (value := _parse(found[1])):
        return Fact(value, f"meta:{found[0]}", raw=found[1])
    return None


def _parse(raw: str) -> datetime | None:
    try:
        value = datetime.fromisoformat(raw.strip())
    except ValueError:
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
