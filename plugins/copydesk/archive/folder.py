"""Folders, zip and tar files, and single files of records: what somebody saved by other means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from copydesk.archive import boxes, payload
from copydesk.archive.capture import ArchiveError, Capture, Checkpoint, Interval, Slice
from copydesk.archive.records import Found, records
from copydesk.errors import UsageError
from copydesk.settings import Settings

MANIFESTS = ("manifest.jsonl", "manifest.ndjson", "manifest.csv", "index.jsonl")
HOUR = 3600


@dataclass(slots=True)
class FolderSource:
    """Files at a path. With a manifest among them only its rows count."""

    path: str
    settings: Settings
    mapping: Mapping[str, str]
    surveys: Callable[[str, str, Callable[[], dict[str, Any]]], dict[str, Any]]
    name: str = "folder"

    def slices(self, interval: Interval) -> list[Slice]:
        """One slice for the whole place; raises UsageError where no record can be placed in time."""
        path = self._path()
        found = self._survey(path)
        hours = [said for start, said in found["hours"].items() if _touches(int(start), interval)]
        captures = sum(said[0] for said in hours)
        if not hours and found["faults"] and not found["hours"]:
            return [Slice(str(path), interval, _mark(path), 1, 0)]  # reading it will say what is wrong with it
        if not hours:
            return []
        return [Slice(str(path), interval, _mark(path), captures, sum(said[1] for said in hours))]

    def count(self, piece: Slice) -> Slice:
        """It is known already."""
        return piece

    def read(self, piece: Slice, checkpoint: Checkpoint) -> Iterator[Capture]:
        """Read the records of an interval in the order of their files."""
        done = int(checkpoint.get("record", 0))
        path, last = self._path(), None
        hours = self._survey(path)["hours"]
        first = not hours or _touches(min(int(start) for start in hours), piece.interval)
        for number, found in enumerate(self._records(path), 1):
            last = found.at or last
            ours = last in piece.interval if last else first
            if number > done and ours:
                yield self._capture(found, {"record": number})

    def _capture(self, found: Found, checkpoint: Checkpoint) -> Capture:
        if found.refused or found.at is None:
            return Capture(
                "", _NEVER, checkpoint=checkpoint, skip=found.refused, note=f"{found.refused}: {found.detail}"
            )
        headers = (("content-type", found.kind),)
        return payload.capture(found.url, found.at, found.status, headers, found.body, self.settings.limits, checkpoint)

    def _records(self, path: Path) -> Iterator[Found]:
        limit = self.settings.limits.page_bytes
        with boxes.members(path) as files:
            every = list(files)
            by_name = {member.name: member for member in every}
            manifest = next((m for m in every if Path(m.name).name.lower().removesuffix(".gz") in MANIFESTS), None)
            for member in [manifest] if manifest else every:
                yield from records(member, self.mapping, limit, by_name)
            if manifest:
                yield from (Found(refused=m.refused, detail=m.name) for m in every if m.refused)

    def _survey(self, path: Path) -> dict[str, Any]:
        key = f"{path} {sorted(self.mapping.items())}" if self.mapping else str(path)
        return self.surveys(key, _mark(path), lambda: self._count(path))

    def _count(self, path: Path) -> dict[str, Any]:
        hours: dict[str, list[int]] = {}
        faults = 0
        for found in self._records(path):
            if found.at is None:
                faults += 1
                continue
            said = hours.setdefault(str(int(found.at.timestamp()) // HOUR * HOUR), [0, 0])
            said[0] += 1
            said[1] += len(found.body)
        return {"hours": hours, "faults": faults}

    def _path(self) -> Path:
        path = Path(self.path).expanduser()
        if not path.exists():
            raise UsageError(f"{self.path}: no such file or folder")
        return path.resolve()


_NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _mark(path: Path) -> str:
    """Tell one state of a place from another: files, bytes and the newest change."""
    files = [p.lstat() for p in path.rglob("*") if not p.is_dir()] if path.is_dir() else [path.stat()]
    if not files:
        raise ArchiveError("empty_folder", f"{path}: no file in it")
    return f"{len(files)} files, {sum(f.st_size for f in files)} bytes, {max(f.st_mtime_ns for f in files)}"


def _touches(start: int, interval: Interval) -> bool:
    return start < interval.until.timestamp() and start + HOUR > interval.since.timestamp()
