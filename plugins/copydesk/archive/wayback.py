"""The Wayback Machine and other Memento archives with a CDX server (pywb): all captures of a URL pattern.

The index is read page by page with its resume key, which is the checkpoint; the raw bodies
come from ``TIMEid_/URL``. Traps that are known and avoided (reference: docs/backfill.md):
``collapse`` joins neighbours only and mixes URLs of one SURT, so every row is taken; a
memento may redirect to another time, which would put today's text into the past.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from copydesk.archive import payload
from copydesk.archive.asking import Asker, passing, served
from copydesk.archive.capture import ArchiveError, Capture, Checkpoint, Interval, Slice
from copydesk.errors import UsageError
from copydesk.model import Answer
from copydesk.settings import Settings

ARCHIVE = "https://web.archive.org"
CDX_GAP, MEMENTO_GAP = 1 / 0.4, 1 / 8
"""Seconds between requests: 80 % of the hard limits, 30 and 600 a minute, as the archive asks of its clients."""
PAGE = 500
"""Rows of the index in one request."""
REMEMBERED = 32
"""Bodies kept in hand: a capture with the digest of one of them needs no request."""
SPELLINGS = 3
INDEX_BYTES = 5_000_000
KINDS = r"(text/html|application/xhtml\+xml|text/plain|.*(rss|atom|feed|xml|json).*|warc/revisit|unk|-)"
_STAMP = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/")
_HEADERS = ("etag", "last-modified", "content-language", "link", "date", "x-robots-tag", "cache-control")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the index."""

    stamp: str
    url: str
    kind: str
    status: str
    digest: str
    size: int

    @property
    def at(self) -> datetime:
        """When it was captured."""
        return datetime.strptime(self.stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


class WaybackSource:
    """All captures of one URL, of a path (``.../*``) or of a host."""

    name = "wayback"

    def __init__(self, pattern: str, settings: Settings, asker: Asker, archive: str | None = None) -> None:
        self._place = pattern
        self._pattern, self._match = _pattern(pattern)
        self._settings = settings
        self._asker = asker
        self._archive = (archive or ARCHIVE).rstrip("/")
        host = urlsplit(self._archive).netloc
        self._cdx, self._memento = f"cdx@{host}", f"memento@{host}"
        self._bodies: OrderedDict[str, Answer] = OrderedDict()

    def slices(self, interval: Interval) -> list[Slice]:
        """One slice; how much it holds only the index can tell (:meth:`count`)."""
        return [Slice(self._place, interval)]

    def count(self, piece: Slice) -> Slice:
        """Count a slice's captures and bytes: as many requests as the index has pages."""
        rows = [row for row, _ in self._rows(piece.interval, None)]
        return replace(piece, captures=len(rows), size=sum(row.size for row in rows))

    def read(self, piece: Slice, checkpoint: Checkpoint) -> Iterator[Capture]:
        """Read the captures in the order of the index."""
        skip = int(checkpoint.get("row", 0))
        for row, here in self._rows(piece.interval, checkpoint.get("resume")):
            if skip:
                skip -= 1
            else:
                yield replace(self._capture(row), checkpoint=here)

    def _rows(self, interval: Interval, resume: str | None) -> Iterator[tuple[Row, Checkpoint]]:
        while True:
            page, after = read_index(self._ask_index(interval, resume))
            for number, row in enumerate(page, 1):
                yield row, {"resume": resume, "row": number}
            if not after:
                return
            if after == resume:
                raise ArchiveError("bad_index", f"{self._archive}: the index gives the same resume key twice")
            resume = after

    def _ask_index(self, interval: Interval, resume: str | None) -> bytes:
        last = interval.until - timedelta(seconds=1)
        query = [
            ("url", self._pattern),
            ("matchType", self._match),
            ("from", f"{interval.since.astimezone(UTC):%Y%m%d%H%M%S}"),
            ("to", f"{last.astimezone(UTC):%Y%m%d%H%M%S}"),
            ("output", "json"),
            ("fl", "timestamp,original,mimetype,statuscode,digest,length"),
            ("filter", "!statuscode:3.."),
            ("filter", f"mimetype:{KINDS}"),
            ("limit", str(PAGE)),
            ("showResumeKey", "true"),
        ] + ([("resumeKey", resume)] if resume else [])
        url = f"{self._archive}/cdx/search/cdx?{urlencode(query)}"
        answer = self._asker.archive(url, budget=self._cdx, gap=CDX_GAP, limit=INDEX_BYTES)
        passing(answer, self._asker, self._cdx, self._memento)
        return served(answer)

    def _capture(self, row: Row) -> Capture:
        if row.status.isdigit() and int(row.status) >= 400:
            return Capture(row.url, row.at, int(row.status))  # that it was gone needs no body
        answer = self._bodies.get(row.digest)
        if answer is None:
            answer = self._ask_memento(row)
            if wrong := wrong_time(row, answer):
                return Capture(row.url, row.at, answer.status, failure="wrong_time", detail=wrong)
            self._remember(row.digest, answer)
        return self._read(row, answer)

    def _ask_memento(self, row: Row) -> Answer:
        """Ask for a body; a redirect to the same moment (another spelling of the URL) is followed, as a request."""
        url, limit = (
            f"{self._archive}/web/{row.stamp}id_/{quote(row.url, safe=_SAFE)}",
            self._settings.limits.page_bytes,
        )
        for _ in range(SPELLINGS):
            answer = self._asker.archive(url, budget=self._memento, gap=MEMENTO_GAP, limit=limit)
            passing(answer, self._asker, self._cdx, self._memento)
            target = urljoin(url, answer.hops[-1][1]) if answer.hops else url
            if target == url or not target.startswith(self._archive) or stamp_of(target) != row.stamp:
                break
            url = target
        return answer

    def _read(self, row: Row, answer: Answer) -> Capture:
        if answer.failure or answer.status != 200:
            detail = f"{answer.failure or f'status {answer.status}'} {answer.detail}".strip()
            return Capture(row.url, row.at, answer.status, failure="not_in_archive", detail=detail)
        headers = [("content-type", answer.header("content-type") or "")]
        headers += [(n, said) for n in _HEADERS if (said := answer.header(f"x-archive-orig-{n}"))]
        return payload.capture(row.url, row.at, 200, headers, answer.body, self._settings.limits, {})

    def _remember(self, digest: str, answer: Answer) -> None:
        if answer.status == 200 and not answer.failure and len(digest) >= 32:
            self._bodies[digest] = answer
            if len(self._bodies) > REMEMBERED:
                self._bodies.popitem(last=False)


_SAFE = "%/:=&?~#+!$,;'@()*[]"


def read_index(body: bytes) -> tuple[list[Row], str | None]:
    """Read one page of a CDX index in JSON: its rows and the resume key, if more follow. Raises ArchiveError."""
    try:
        table: list[list[str]] = json.loads(body) if body.strip() else []
        resume = None
        if len(table) >= 2 and not table[-2] and len(table[-1]) == 1:
            resume, table = table[-1][0], table[:-2]
        names = table[0] if table else []
        rows = [_row(dict(zip(names, line, strict=True))) for line in table[1:]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError("bad_index", f"{type(error).__name__}: {error}; it begins with {body[:60]!r}") from None
    return rows, resume


def wrong_time(row: Row, answer: Answer) -> str:
    """Say why an answer is not the memento that was asked for; "" when it is.

    Where the archive lacks one it redirects to another time, or says so in Memento-Datetime.
    """
    if answer.hops:
        return f"asked for {row.stamp}, led to {stamp_of(answer.hops[-1][1]) or answer.hops[-1][1]}"
    said = answer.header("memento-datetime")
    try:
        told = parsedate_to_datetime(said) if said else row.at
    except ValueError:
        return f"Memento-Datetime {said!r} is no time"
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return "" if abs((told - row.at).total_seconds()) <= 1 else f"asked for {row.stamp}, given {told:%Y%m%d%H%M%S}"


def stamp_of(url: str) -> str:
    """Give the 14 digits of a memento's URL, or ""."""
    found = _STAMP.search(url)
    return found[1] if found else ""


def _row(said: dict[str, Any]) -> Row:
    size = said.get("length", "0")
    row = Row(
        said["timestamp"], said["original"], said["mimetype"], said["statuscode"], said["digest"],
        int(size) if size.isdigit() else 0,
    )  # fmt: skip
    assert row.at  # raises ValueError for a stamp that is no time
    return row


def _pattern(place: str) -> tuple[str, str]:
    """Give the URL and the matchType of a place: a URL, a path with ``*``, or a host."""
    if not place or any(c.isspace() for c in place):
        raise UsageError(f"wayback:{place}: name a URL, a path ending in *, or a host")
    if place.endswith("*"):
        return place[:-1], "prefix"
    if "/" not in place:
        return place, "host"
    return place, "exact"
