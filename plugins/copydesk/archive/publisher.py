"""What a publisher itself still offers of its past: archived feeds, sitemaps, archive pages by date.

They tell which articles there were. The texts are fetched now and are looks of now: a page
of 2025 that is read today shows what stands there today, and is stored as that. Only the
entries of archived feeds say what was said then.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from copydesk.archive import payload
from copydesk.archive.asking import Asker, passing, served
from copydesk.archive.capture import ArchiveError, Capture, Checkpoint, Interval, Slice
from copydesk.articles.urls import registrable, url_key
from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.web.decoding import DecodeError, decode

ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
_PATH_DATE = re.compile(r"/((?:19|20)\d{2})[/-]([01]?\d)(?:[/-]([0-3]?\d))?(?=[/.-]|$)")


@dataclass(frozen=True, slots=True)
class Lead:
    """An article that an archive names, with its date as far as it tells; or a document to keep as it is."""

    url: str
    at: datetime | None = None
    document: Capture | None = None


class Lister(Protocol):
    """Lists the leads of an interval, always in the same order."""

    def leads(self, interval: Interval) -> Iterator[Lead]:
        """Give documents as they are met, and articles of that interval."""


class PublisherSource:
    """Follows the leads of a lister and fetches their pages."""

    def __init__(self, name: str, place: str, settings: Settings, asker: Asker, lister: Lister) -> None:
        self.name = name
        self._place, self._settings, self._asker, self._lister = place, settings, asker, lister

    def slices(self, interval: Interval) -> list[Slice]:
        """One slice; what it holds only asking can tell (:meth:`count`)."""
        return [Slice(self._place, interval)]

    def count(self, piece: Slice) -> Slice:
        """Count the pages of a slice; their bytes are not known before they are fetched."""
        found = sum(lead.document is None for lead in self._lister.leads(piece.interval))
        return Slice(piece.place, piece.interval, piece.mark, found, None)

    def read(self, piece: Slice, checkpoint: Checkpoint) -> Iterator[Capture]:
        """Fetch the pages of an interval, each once; goes on behind the last URL that was done.

        Where that is listed no more (a feed moved on, a sitemap was cut) it begins anew: better twice than never.
        """
        if after := checkpoint.get("after"):
            found, left = False, self._each(piece.interval)
            for key, _ in left:
                if found := key == after:
                    break
            if found:
                yield from (self._capture(lead, {"after": key}) for key, lead in left)
                return
        yield from (self._capture(lead, {"after": key}) for key, lead in self._each(piece.interval))

    def _each(self, interval: Interval) -> Iterator[tuple[str, Lead]]:
        seen = set[str]()
        for lead in self._lister.leads(interval):
            key = url_key(lead.url)
            if key not in seen:
                seen.add(key)
                yield key, lead

    def _capture(self, lead: Lead, checkpoint: Checkpoint) -> Capture:
        if lead.document is not None:
            said = lead.document
            return Capture(said.url, said.captured_at, said.status, said.headers, said.body, checkpoint=checkpoint)
        answer = self._asker.publisher(lead.url, limit=self._settings.limits.page_bytes, accept=ACCEPT)
        passing(answer, self._asker)
        if answer.failure:
            return Capture(
                lead.url, answer.fetched_at, answer.status, answer.headers, answer.body, answer.failure, answer.detail,
                checkpoint,
            )  # fmt: skip
        plain = tuple((k, v) for k, v in answer.headers if k not in _CODED)
        return payload.capture(
            lead.url, answer.fetched_at, answer.status, plain, answer.body, self._settings.limits, checkpoint
        )


_CODED = ("content-encoding", "content-length", "transfer-encoding")


def ask(asker: Asker, url: str, settings: Settings) -> Answer:
    """Ask for a document that names articles; raises TryLater or ArchiveError."""
    answer = asker.publisher(url, limit=settings.limits.feed_bytes)
    passing(answer, asker)
    served(answer)
    return answer


def unpacked(body: bytes, settings: Settings) -> bytes:
    """Undo the gzip of a .gz file (it is no content coding), within bounds. Raises ArchiveError."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return decode(body, "gzip", limit=settings.limits.feed_bytes, ratio=settings.limits.ratio)
    except (DecodeError, zlib.error, gzip.BadGzipFile) as error:
        raise ArchiveError("damaged_gzip", str(error)) from None


def date_in(url: str) -> tuple[datetime, datetime] | None:
    """Give the day (or the month) that a URL's path names, as a half-open span."""
    match = _PATH_DATE.search(urlsplit(url).path)
    if match is None:
        return None
    try:
        day = datetime(int(match[1]), int(match[2]), int(match[3] or 1), tzinfo=UTC)
    except ValueError:
        return None
    return (day, day + timedelta(days=1)) if match[3] else (day, next_month(day))


def next_month(day: datetime) -> datetime:
    """Give the first day of the month after."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def overlaps(span: tuple[datetime, datetime] | None, interval: Interval) -> bool:
    """Whether a span touches an interval; an unknown one does not."""
    return span is not None and span[0] < interval.until and span[1] > interval.since


def same_publisher(url: str, other: str) -> bool:
    """Whether two URLs belong to one registered domain."""
    return registrable(urlsplit(url).netloc.lower()) == registrable(urlsplit(other).netloc.lower())


Fetch = Callable[[str], Answer]
"""Gives the answer of a document that names articles."""
