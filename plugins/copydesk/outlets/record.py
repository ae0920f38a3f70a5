"""One version of one article on its way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from copydesk.articles import rights

_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Record:
    """A version with what is known of its article. Times are aware; hashes are lower-case hex SHA-256."""

    version_id: int
    article_id: int
    url: str
    publisher: str
    ordinal: int
    origin: str
    title: str
    byline: tuple[str, ...]
    body: str | None
    lang: str | None
    published_at: datetime | None
    modified_at: str | None
    observed_at: datetime
    recorded_at: datetime
    first_seen_at: datetime
    text_sha256: str
    snapshot_sha256: str | None
    words: int
    extractor: str
    rights: tuple[str, ...]
    revision: str | None = None
    edits: tuple[Mapping[str, Any], ...] = ()
    based_on: int | None = None
    state: str | None = None
    pub_status: str | None = None
    standfirst: str | None = None
    section: str | None = None
    agency: str | None = None
    dateline: str | None = None
    image: str | None = None
    canonical: str | None = None
    notices: tuple[Mapping[str, Any], ...] = ()
    instruments: tuple[Mapping[str, Any], ...] = ()
    erased: str | None = None
    """Why there is no text: takedown or retention. Its hash is that of the text that there was."""


_SAME = (
    "version_id article_id url publisher ordinal origin title body lang published_at observed_at recorded_at "
    "first_seen_at text_sha256 snapshot_sha256 erased words extractor revision based_on state pub_status"
).split()


def read(row: Mapping[str, Any]) -> Record:
    """Make a record of a row of :func:`copydesk.store.export.versions`."""
    facts = row["facts"]
    flags = {*facts.get("flags", ())} & rights.FLAGS | rights.of_headers(row["headers"] or {})
    return Record(
        **{name: row[name] for name in _SAME},
        byline=tuple(row["byline"]),
        rights=tuple(sorted(flags)),
        edits=tuple(row["edits"] or ()),
        modified_at=_value(facts, "modified"),
        standfirst=_value(facts, "standfirst"),
        section=_value(facts, "section"),
        agency=facts.get("agency"),
        dateline=facts.get("dateline"),
        image=link(facts.get("image")),
        canonical=link(facts.get("canonical")),
        notices=tuple(facts.get("notices", ())),
        instruments=tuple(facts.get("instruments", ())),
    )


def link(url: str | None) -> str | None:
    """Give a URL that may stand in a link field (http or https with a host), or None."""
    try:
        parts = urlsplit(url or "")
        fit = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if fit else None


def uri(url: str) -> str:
    """Give a URL as a URI (RFC 3986): what is not ASCII, and what may not stand in one, percent-encoded."""
    return quote(_BARE_PERCENT.sub("%25", url), safe="%:/?#[]@!$&'()*+,;=-._~")


def _value(facts: Mapping[str, Any], name: str) -> str | None:
    fact = facts.get(name)
    value = fact.get("value") if isinstance(fact, Mapping) else None
    return str(value) if value is not None else None
