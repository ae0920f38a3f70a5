"""Walk the records of one WARC file, and know damage when it meets it.

FastWARC reads the records. It is fast because it trusts: cut off in the middle of a
gzip member it ends as if all was well, and a Content-Length that lies swallows the
neighbours (both tried with 2.0.1). Therefore a record is held back until the next one
has shown that it ended where it said, the last member is checked for its end, and after
damage reading goes on at the next place where a record begins.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Literal

from fastwarc.warc import ArchiveIterator, WarcRecordType

from copydesk.archive.capture import ArchiveError

Layout = Literal["plain", "members", "stream"]
"""Uncompressed; one gzip member a record (can be entered at every record); one stream (only from its beginning)."""
Opener = Callable[[], IO[bytes]]

_PIECE = 1 << 20
_HEAD = 64 * 1024
GZIP = b"\x1f\x8b\x08"


@dataclass(slots=True)
class Record:
    """One record: where it begins, its headers (lower-case names) and, where it was wanted, its content."""

    pos: int
    kind: str
    date: datetime | None
    headers: dict[str, str]
    length: int
    status: int | None = None
    http: tuple[tuple[str, str], ...] | None = None
    body: bytes | None = None
    got: int = 0
    """Bytes of the block that were there."""

    @property
    def url(self) -> str:
        """The target URI, without the angle brackets of some writers."""
        return self.headers.get("warc-target-uri", "").strip("<>")


@dataclass(frozen=True, slots=True)
class Fault:
    """Damage: ``reason`` is bad_length, truncated_gzip, truncated, damaged_gzip or no_record.

    ``record`` is the one that it hit, as far as it could be read; ``next`` where reading goes on.
    """

    pos: int
    reason: str
    detail: str
    next: int | None
    record: Record | None = None


@dataclass(slots=True)
class WarcFile:
    """One file, opened as often as needed by ``open``; ``limit`` is the longest body that is read."""

    name: str
    open: Opener
    limit: int
    _layout: Layout | None = field(default=None)

    @property
    def layout(self) -> Layout:
        """How its records lie; raises ArchiveError for what is no WARC."""
        if self._layout is None:
            with self.open() as stream:
                self._layout = _layout(stream, self.name)
        return self._layout

    def walk(self, offset: int = 0, wanted: Callable[[Record], bool] = lambda r: True) -> Iterator[Record | Fault]:
        """Give the records from an offset on (0 for a stream), each once it is sure, and the damage between them."""
        at: int | None = offset
        while at is not None:
            fault = yield from self._until_damage(at, wanted)
            if fault is None:
                return
            yield fault
            at = fault.next

    def _until_damage(
        self, offset: int, wanted: Callable[[Record], bool]
    ) -> Generator[Record | Fault, None, Fault | None]:
        held: Record | None = None
        with self.open() as stream:
            stream.seek(offset)
            try:
                for found in ArchiveIterator(
                    stream, parse_http=False, record_types=WarcRecordType.any_type, fsspec_args=False
                ):
                    if held is not None:
                        yield held
                    held = self._take(found, wanted)
                    if held.got < held.length:
                        return self._judge(held, "ends early")
                fault = self._last(held) if held is not None else None
            except OSError as error:
                fault = self._judge(held, str(error)) if held is not None else self._lost(offset, str(error))
        if held is not None and (fault is None or fault.record is None):
            yield held
        return fault

    def _take(self, found: Any, wanted: Callable[[Record], bool]) -> Record:
        headers = {k.lower(): v for k, v in found.headers.items()}
        pos = found.stream_pos if self.layout != "stream" else 0
        kind = found.record_type.name if hasattr(found.record_type, "name") else str(found.record_type)
        record = Record(pos, kind, _date(found), headers, found.content_length)
        try:
            self._content(found, record, wanted)
        except OSError:
            record.got = -1  # not even its head is whole
        return record

    def _content(self, found: Any, record: Record, wanted: Callable[[Record], bool]) -> None:
        if record.kind in ("response", "revisit") and found.is_http and wanted(record):
            found.parse_http()
            http = found.http_headers
            record.status = http.status_code
            record.http = tuple((k.lower(), v) for k, v in http.items())
            record.length = found.content_length
            _read(found, record, self.limit)
        elif record.kind == "resource" and wanted(record):
            _read(found, record, self.limit)
        else:
            record.got = found.reader.consume() if record.length else 0

    def _judge(self, held: Record, said: str) -> Fault:
        """Something is wrong at or after this record: say what, and where the next record begins."""
        if self.layout == "stream":
            return Fault(held.pos, "truncated" if held.got < held.length else "bad_length", said, None, held)
        whole, block, end = self._measure(held.pos)
        if not whole:
            reason = "truncated_gzip" if self.layout == "members" else "truncated"
            return Fault(held.pos, reason, f"the file ends within the record at byte {held.pos}", None, held)
        if block != int(held.headers.get("content-length") or -1):
            detail = f"the record at byte {held.pos} says {held.headers.get('content-length')} bytes and has {block}"
            return Fault(held.pos, "bad_length", detail, self._find(end), held)
        return Fault(
            end, "damaged_gzip" if "zip" in said else "no_record", f"at byte {end}: {said}", self._find(end + 1)
        )

    def _lost(self, offset: int, said: str) -> Fault:
        reason = "damaged_gzip" if "zip" in said else "no_record"
        return Fault(offset, reason, f"at byte {offset}: {said}", self._find(offset + 1))

    def _last(self, held: Record) -> Fault | None:
        if self.layout != "members":
            return None
        with self.open() as stream:
            stream.seek(held.pos)
            whole, _, _ = _member(stream)
        return None if whole else self._judge(held, "no end of the gzip member")

    def _measure(self, pos: int) -> tuple[bool, int, int]:
        """Give whether the record at ``pos`` is whole, its block's length, and where it ends in the file."""
        with self.open() as stream:
            stream.seek(pos)
            if self.layout == "members":
                whole, size, used = _member(stream)
                return whole, size, pos + used
            head = stream.read(_HEAD)
            start = head.find(b"\r\n\r\n") + 4
        end = self._find(pos + 5)
        size = self._size() if end is None else end
        return end is not None, size - pos - start - 4, size

    def _size(self) -> int:
        with self.open() as stream:
            return stream.seek(0, 2)

    def _find(self, offset: int) -> int | None:
        """Give the first place at or after ``offset`` where a record begins."""
        mark = GZIP if self.layout == "members" else b"WARC/1."
        with self.open() as stream:
            stream.seek(offset)
            base, window = offset, b""
            while piece := stream.read(_PIECE):
                window += piece
                at = window.find(mark)
                while at >= 0:
                    if self._begins(window[at : at + 4096], window[at - 1 : at]):
                        return base + at
                    at = window.find(mark, at + 1)
                keep = window[-4096:]
                base, window = base + len(window) - len(keep), keep
        return None

    def _begins(self, head: bytes, before: bytes) -> bool:
        if self.layout != "members":
            return before in (b"\n", b"") and b"\n" in head[:12]
        try:
            return zlib.decompressobj(31).decompress(head, 16).startswith(b"WARC/")
        except zlib.error:
            return False


def _read(found: Any, record: Record, limit: int) -> None:
    if record.length > limit:  # streamed past, never held
        record.got = found.reader.consume()
        return
    record.body = found.reader.read()
    record.got = len(record.body)


def _date(found: Any) -> datetime | None:
    try:
        date: datetime | None = found.record_date
    except (ValueError, OverflowError):
        return None
    return date


def _layout(stream: IO[bytes], name: str) -> Layout:
    head = stream.read(_HEAD)
    if head.startswith(b"WARC/"):
        return "plain"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "stream"
    if head.startswith(b"filedesc:"):
        raise ArchiveError("arc_file", f"{name}: an ARC file (before 2009); convert it with 'warcio recompress' first")
    if not head:
        raise ArchiveError("empty_file", f"{name}: no byte in it")
    if not head.startswith(GZIP):
        raise ArchiveError("not_warc", f"{name}: it begins with {head[:24]!r}")
    return _gzip_layout(stream, name)


def _gzip_layout(stream: IO[bytes], name: str) -> Layout:
    stream.seek(0)
    try:
        head = zlib.decompressobj(31).decompress(stream.read(_HEAD), _HEAD)
    except zlib.error as error:
        raise ArchiveError("damaged_gzip", f"{name}: {error}") from None
    if head.startswith(b"filedesc:"):
        raise ArchiveError("arc_file", f"{name}: an ARC file (before 2009); convert it with 'warcio recompress' first")
    if not head.startswith(b"WARC/"):
        raise ArchiveError("not_warc", f"{name}: the gzip file begins with {head[:24]!r}")
    stream.seek(0)
    _, size, _ = _member(stream)
    said = _content_length(head)
    # A first member that holds more than its record holds the whole file: it can only be read from its beginning.
    return "stream" if said is not None and size > said + 8 and _second_record(stream, said) else "members"


def _second_record(stream: IO[bytes], said: int) -> bool:
    """Whether another record follows the first one within the first gzip member."""
    stream.seek(0)
    reader, passed, tail = zlib.decompressobj(31), 0, b""
    while not reader.eof and (piece := reader.unconsumed_tail or stream.read(_PIECE)):
        out = reader.decompress(piece, _PIECE)
        tail = (tail + out)[-_PIECE - 64 :]
        passed += len(out)
        if passed > said and b"\r\n\r\nWARC/1." in tail:
            return True
    return False


def _content_length(head: bytes) -> int | None:
    for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None


def _member(stream: IO[bytes]) -> tuple[bool, int, int]:
    """Read one gzip member: whether it is whole, the length of the block in it, and its bytes in the file."""
    reader, made, used, head = zlib.decompressobj(31), 0, 0, b""
    try:
        while not reader.eof:
            piece = reader.unconsumed_tail
            if not piece:
                piece = stream.read(_PIECE)
                used += len(piece)
            if not piece:
                return False, made, used
            out = reader.decompress(piece, _PIECE)
            head = (head + out)[:_HEAD] if len(head) < _HEAD else head
            made += len(out)
    except zlib.error:
        return False, made, used
    return True, made - head.find(b"\r\n\r\n") - 8, used - len(reader.unused_data)
