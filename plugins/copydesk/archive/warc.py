"""WARC files: CC-NEWS, Heritrix, wget, browsers' recorders, copydesk's own exports.

Reads response, resource and revisit records (ISO 28500). What an archive itself calls
cut (WARC-Truncated), what it only points to and what is damaged makes no version: it
is kept as a failed look with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from copydesk.archive import payload
from copydesk.archive.capture import ArchiveError, Capture, Checkpoint, Interval, Slice
from copydesk.archive.places import Place, find
from copydesk.archive.survey import Survey, keys_of, survey
from copydesk.archive.warcfile import Fault, Record, WarcFile
from copydesk.settings import Settings

ENDINGS = (".warc", ".warc.gz", ".warc.zst")
Headers = tuple[tuple[str, str], ...]
SLACK = 1 << 20
"""HTTP head and chunk marks beside the body itself."""

Recall = Callable[[str, datetime | None, str], bytes | None]
"""(URL, time, payload digest) → the body that we have of that capture already, if any."""
Surveys = Callable[[str, str, Callable[[], dict[str, Any]]], dict[str, Any]]
"""(place, mark, how to make it) → a survey, made once for all workers."""


class WarcSource:
    """WARC files at a path, glob, folder or URL."""

    name = "warc"

    def __init__(self, pattern: str, settings: Settings, recall: Recall, surveys: Surveys) -> None:
        self._pattern = pattern
        self._settings = settings
        self._recall = recall
        self._surveys = surveys
        self._places: dict[str, Place] = {}

    def slices(self, interval: Interval) -> list[Slice]:
        """A slice for each file that has captures then, and for each file that cannot be read at all."""
        found = []
        try:
            places = self._find()
        except ArchiveError:
            return [Slice(self._pattern, interval, "", 1, 0)]  # as below: it fails alone
        for place in places:
            try:
                captures, size = self._survey(place).expect(interval)
            except (ArchiveError, OSError):
                captures, size = 1, 0  # reading it will say what is wrong with it
            if captures:
                found.append(Slice(place.name, interval, place.mark, captures, size))
        return found

    def count(self, piece: Slice) -> Slice:
        """It is known already."""
        return piece

    def read(self, piece: Slice, checkpoint: Checkpoint) -> Iterator[Capture]:
        """Read the captures of one file in one interval, in the order of the file."""
        place = next((p for p in self._find() if p.name == piece.place), None)
        if place is None:
            raise ArchiveError("no_such_file", piece.place)
        try:
            known = self._survey(place)
            yield from self._captures(self._file(place), known, piece.interval, checkpoint)
        except OSError as error:
            raise ArchiveError("unreadable", f"{place.name}: {error.strerror or error}") from None

    def _captures(self, file: WarcFile, known: Survey, interval: Interval, checkpoint: Checkpoint) -> Iterator[Capture]:
        reach = known.reach(interval)
        if reach is None:
            return
        begin, end = max(reach[0], int(checkpoint.get("offset", 0))), reach[1]
        if known.layout == "stream":
            begin, end = 0, None
        passed, skip, last = 0, int(checkpoint.get("records", 0)), None
        waiting: Capture | None = None  # its checkpoint is where the next record begins
        for found in file.walk(begin, lambda r: r.date is not None and r.date in interval):
            passed += 1
            if known.layout != "stream" and end is not None and found.pos >= end:
                break
            here = {"records": passed} if known.layout == "stream" else {"offset": found.pos}
            if waiting is not None:
                yield replace(waiting, checkpoint={"records": passed - 1} if known.layout == "stream" else here)
                waiting = None
            if passed <= skip and known.layout == "stream":
                continue
            record = found.record if isinstance(found, Fault) else found
            last = record.date if record is not None and record.date else last
            if last is not None and last not in interval:
                continue
            waiting = self._fault(found) if isinstance(found, Fault) else self._capture(file, known, found)
        if waiting is not None:
            yield replace(
                waiting,
                checkpoint={"records": passed} if known.layout == "stream" else {"offset": end or file_end(file)},
            )

    def _fault(self, fault: Fault) -> Capture:
        note = f"{fault.reason}: {fault.detail}"
        record = fault.record
        if record is None or record.date is None or record.status is None:
            return Capture("", _NEVER, skip="damaged", note=note)
        return Capture(
            record.url,
            record.date,
            record.status,
            record.http or (),
            failure=fault.reason,
            detail=fault.detail,
            note=note,
        )

    def _capture(self, file: WarcFile, known: Survey, record: Record) -> Capture | None:
        if record.kind not in ("response", "resource", "revisit") or record.date is None:
            return None
        if not record.url.lower().startswith(("http://", "https://")):
            return Capture(record.url, record.date, skip="not_http")
        if record.kind == "revisit":
            return self._revisit(file, known, record)
        return self._response(record, record.url, record.date)

    def _response(self, record: Record, url: str, at: datetime) -> Capture:
        headers = (
            record.http if record.http is not None else (("content-type", record.headers.get("content-type", "")),)
        )
        status = 200 if record.kind == "resource" else record.status
        if record.body is None:
            return self._too_large(record, url, at, status, headers)
        cut = record.headers.get("warc-truncated", "")
        return payload.capture(url, at, status, headers, record.body, self._settings.limits, {}, cut=cut)

    def _too_large(self, record: Record, url: str, at: datetime, status: int | None, headers: Headers) -> Capture:
        """Bytes that were streamed past: of a page or feed that is a fault, of a film it is none of ours."""
        if payload.is_media(headers):
            return Capture(url, at, status, headers, skip="not_a_page")
        detail = f"{url}: {record.length} bytes, more than {self._settings.limits.page_bytes}"
        return Capture(url, at, status, headers, failure="too_large", detail=detail, note=f"too_large: {detail}")

    def _revisit(self, file: WarcFile, known: Survey, record: Record) -> Capture:
        """The same bytes as another capture: take them from this file, or from what we have."""
        assert record.date is not None
        for key in keys_of(record):
            if key in known.originals:
                original = next(file.walk(known.originals[key]), None)
                if isinstance(original, Record) and original.kind != "revisit" and original.body is not None:
                    return self._response(original, record.url, record.date)
        said = record.headers
        target = said.get("warc-refers-to-target-uri", record.url).strip("<>")
        body = self._recall(target, _time(said.get("warc-refers-to-date")), said.get("warc-payload-digest", ""))
        headers = record.http or ()
        if body is None:
            detail = f"it points to {target} {said.get('warc-refers-to-date', '')}, which is not within reach".strip()
            return Capture(
                record.url, record.date, record.status or 200, headers, failure="revisit_unresolved", detail=detail
            )
        plain = tuple((k, v) for k, v in headers if k in ("content-type", "content-language", "etag", "last-modified"))
        return payload.capture(record.url, record.date, 200, plain, body, self._settings.limits, {})

    def _find(self) -> list[Place]:
        if not self._places:
            found = find(self._pattern, self._settings, wanted=lambda name: name.lower().endswith(ENDINGS))
            self._places = {place.name: place for place in found}
        return list(self._places.values())

    def _file(self, place: Place) -> WarcFile:
        return WarcFile(place.name, place.open, self._settings.limits.page_bytes + SLACK)

    def _survey(self, place: Place) -> Survey:
        made = self._surveys(place.name, place.mark, lambda: survey(self._file(place)).to_json())
        return Survey.from_json(made)


_NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def file_end(file: WarcFile) -> int:
    """Give the length of a file in bytes."""
    with file.open() as stream:
        return stream.seek(0, 2)


def _time(raw: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(raw) if raw else None
    except ValueError:
        return None
