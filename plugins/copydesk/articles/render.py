"""A document as the JSON object that ``copydesk extract`` prints: stable keys, plain values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from copydesk.model import Document, Fact


def as_json(document: Document) -> dict[str, Any]:
    """Give a document as JSON values. Facts with ``source`` and ``quality`` stand beside the plain value."""
    return {
        "url": document.url,
        "page": document.page,
        "why": document.why,
        "title": document.title.value if document.title else None,
        "title_fact": _fact(document.title),
        "standfirst": document.standfirst.value if document.standfirst else None,
        "byline": list(document.byline),
        "byline_source": document.byline_source,
        "agency": document.agency,
        "dateline": document.dateline,
        "section": document.section.value if document.section else None,
        "lang": document.lang.value if document.lang else None,
        "lang_fact": _fact(document.lang),
        "published_at": _fact(document.published),
        "modified_at": _fact(document.modified),
        "canonical": document.canonical,
        "amp": document.amp,
        "image": document.image,
        "paragraphs": [{"kind": block.kind, "text": block.text} for block in document.blocks],
        "text": document.text,
        "notices": [_plain(asdict(notice)) for notice in document.notices],
        "instruments": [asdict(instrument) for instrument in document.instruments],
        "furniture": [asdict(removed) for removed in document.removed],
        "emails": list(document.emails),
        "flags": sorted(document.flags),
        "extractor": document.extractor,
    }


def _fact(fact: Fact | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    losers = [{"source": source, "raw": raw} for source, raw in fact.losers]
    return {"value": _plain(fact.value), "source": fact.source, "quality": fact.quality, "raw": fact.raw,
            "losers": losers}  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
