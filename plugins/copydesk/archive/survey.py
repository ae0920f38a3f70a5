"""One pass over a WARC file that says what each hour of it holds, so that a slice reads only its own part.

A slice of one day out of a file of a year would else read the whole file, and a
backfill of 365 days 365 times. The survey is also what a dry run reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from copydesk.archive.capture import Interval
from copydesk.archive.warcfile import Fault, Layout, Record, WarcFile

HOUR = 3600


@dataclass(slots=True)
class Hour:
    """What one hour has: where its first record begins, where its last one ends (None: at the file's end), how much."""

    first: int
    end: int | None
    captures: int = 0
    size: int = 0


@dataclass(slots=True)
class Survey:
    """What a file holds. ``originals``: the offsets of records that revisit records point to."""

    layout: Layout
    hours: dict[int, Hour] = field(default_factory=dict)
    originals: dict[str, int] = field(default_factory=dict)

    def expect(self, interval: Interval) -> tuple[int, int]:
        """Give how many captures and bytes an interval has, up to the hours at its edges."""
        found = [hour for start, hour in self.hours.items() if _touches(start, interval)]
        return sum(h.captures for h in found), sum(h.size for h in found)

    def reach(self, interval: Interval) -> tuple[int, int | None] | None:
        """Give the part of the file that an interval needs, or None when it has nothing there."""
        found = [hour for start, hour in self.hours.items() if _touches(start, interval)]
        if not found:
            return None
        ends = [h.end for h in found]
        return min(h.first for h in found), None if None in ends else max(e for e in ends if e is not None)

    def to_json(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        hours = {str(k): [h.first, h.end, h.captures, h.size] for k, h in self.hours.items()}
        return {"layout": self.layout, "hours": hours, "originals": self.originals}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Survey:
        """Build it from :meth:`to_json`."""
        return cls(data["layout"], {int(k): Hour(*v) for k, v in data["hours"].items()}, dict(data["originals"]))


def survey(file: WarcFile) -> Survey:
    """Walk a file once, headers only. Raises ArchiveError for what is no WARC, OSError."""
    result = Survey(file.layout)
    digests: dict[str, int] = {}
    wanted: set[str] = set()
    last: int | None = None
    pending: Hour | None = None
    lost: int | None = None  # damage before the first record with a date: the first hour answers for it
    for found in file.walk(wanted=lambda record: False):
        if pending is not None:
            pending.end = found.pos
        pending = None
        if isinstance(found, Fault):
            last = _hour(found.record) if found.record else last
            if last is None:
                lost = found.pos if lost is None else lost
            else:
                pending = _add(result, last, found.record.pos if found.record else found.pos, 0)
                pending.end = found.next
            continue
        if found.kind not in ("response", "resource", "revisit") or found.date is None:
            continue
        last = int(found.date.timestamp()) // HOUR * HOUR
        pending = _add(result, last, found.pos if lost is None else lost, found.length)
        lost = None
        _remember(found, digests, wanted)
    if pending is not None:
        pending.end = None
    result.originals = {key: digests[key] for key in wanted if key in digests} if result.layout != "stream" else {}
    return result


def keys_of(record: Record) -> tuple[str, ...]:
    """Give the names under which a revisit record asks for its original."""
    said = record.headers
    digest = said.get("warc-payload-digest")
    uri, date = said.get("warc-refers-to-target-uri", record.url).strip("<>"), said.get("warc-refers-to-date")
    return tuple(key for key in (f"{uri} {date}" if date else None, digest) if key)


def _remember(record: Record, digests: dict[str, int], wanted: set[str]) -> None:
    if record.kind == "revisit":
        wanted.update(keys_of(record))
        return
    digests.setdefault(f"{record.url} {record.headers.get('warc-date')}", record.pos)
    if digest := record.headers.get("warc-payload-digest"):
        digests.setdefault(digest, record.pos)


def _add(result: Survey, start: int, pos: int, size: int) -> Hour:
    hour = result.hours.setdefault(start, Hour(pos, pos))
    hour.first = min(hour.first, pos)
    hour.captures += 1
    hour.size += size
    return hour


def _hour(record: Record | None) -> int | None:
    if record is None or record.date is None:
        return None
    return int(record.date.timestamp()) // HOUR * HOUR


def _touches(start: int, interval: Interval) -> bool:
    began = datetime.fromtimestamp(start, UTC)
    return began < interval.until and datetime.fromtimestamp(start + HOUR, UTC) > interval.since
