"""IPTC ninjs 3.1: a version of an article as one news object.

``uri`` names the article and is the same for all of its versions; ``version`` counts them
in the order in which they stood on the web, as IPTC has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from copydesk.outlets.lines import stamp
from copydesk.outlets.record import Record, uri

STANDARD = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_RESERVED = "The publisher reserves: "


def news_object(record: Record) -> dict[str, Any]:
    """Give a version as a ninjs object, valid by the schema that it names."""
    optional = {
        "profile": "text-only" if record.body else None,
        "pubStatus": record.pub_status,
        "language": _language(record.lang),
        "title": record.title,
        "headlines": [{"role": "main", "value": record.title}] if record.title else None,
        "descriptions": [{"role": "standfirst", "value": record.standfirst}] if record.standfirst else None,
        "bodies": [_body(record)] if record.body else None,
        "by": ", ".join(record.byline) or None,
        "people": [{"name": name, "rel": "author"} for name in record.byline] or None,
        "located": record.dateline,
        "subjects": [{"name": record.section, "rel": "section"}] if record.section else None,
        "organisations": list(_organisations(record)) or None,
        "edNote": "\n".join(n["text"] for n in record.notices if n.get("text")) or None,
        "usageTerms": _RESERVED + ", ".join(record.rights) if record.rights else None,
        "contentCreated": stamp(record.published_at) if record.published_at else None,
        "associations": [_picture(record.image)] if record.image else None,
    }
    return {
        "uri": uri(record.url),
        "standard": STANDARD,
        "type": "text",
        "representationType": "full" if record.body else "partial",
        "version": str(record.ordinal),
        "firstCreated": stamp(record.first_seen_at),
        "versionCreated": stamp(record.observed_at),
        "infoSources": list(_sources(record)),
        "altIds": [
            {"role": "copydesk-version", "value": str(record.version_id)},
            {"role": "sha256", "value": record.text_sha256},
        ],
        **{name: value for name, value in optional.items() if value is not None},
    }


def _body(record: Record) -> dict[str, Any]:
    text = record.body or ""
    return {
        "role": "main",
        "contentType": "text/plain",
        "charCount": len(text),
        "wordCount": record.words,
        "value": text,
    }


def _language(lang: str | None) -> str | None:
    """BCP 47 in the form that it asks for; what is none is left out."""
    said = (lang or "").replace("_", "-")
    return said if _LANGUAGE.fullmatch(said) else None


def _sources(record: Record) -> Iterator[dict[str, str]]:
    yield {"name": record.publisher, "role": "publisher"}
    if record.agency:
        yield {"name": record.agency, "role": "agency"}


def _organisations(record: Record) -> Iterator[dict[str, Any]]:
    for found in record.instruments:
        symbol = {"symbol": str(found.get("value", ""))}
        if found.get("venue"):
            symbol["exchange"] = str(found["venue"])
        yield {"name": str(found.get("name") or found.get("value", "")), "rel": "mentioned", "symbols": [symbol]}


def _picture(image: str) -> dict[str, Any]:
    href = uri(image)
    return {
        "name": "lead image",
        "uri": href,
        "type": "picture",
        "renditions": [{"name": "main", "href": href}],
    }
