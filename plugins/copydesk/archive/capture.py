"""What every backfill source has in common: the slices that it lists and the captures that it yields.

A source answers two questions and nothing else: which slices an interval has
(:meth:`Source.slices`), and what a slice holds from a checkpoint on
(:meth:`Source.read`). It decides nothing about articles; from the capture on,
history goes through the same functions as a live look (``copydesk.stages``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from copydesk.errors import CopydeskError

Checkpoint = Mapping[str, Any]
"""Where to go on, as plain JSON; an empty one is the beginning."""
START: Checkpoint = {}


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time, UTC: ``since`` belongs to it, ``until`` does not."""

    since: datetime
    until: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.since <= at < self.until

    def days(self) -> Iterator[datetime]:
        """Give the beginning of every UTC day that it touches."""
        day = self.since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while day < self.until:
            yield day
            day += timedelta(days=1)

    def cut(self, step: timedelta) -> Iterator[Interval]:
        """Cut it into stretches of ``step``; the last one may be shorter."""
        at = self.since
        while at < self.until:
            yield Interval(at, min(at + step, self.until))
            at += step


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of work: one place (a file, a host, a feed) in one interval.

    ``mark`` tells one state of the place from another (size and time of a file), so that a
    file that grew is read again. ``captures`` and ``size`` (bytes) are what is expected,
    None where only reading would tell.
    """

    place: str
    interval: Interval
    mark: str = ""
    captures: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """What stood at a URL at a time, according to an archive; or why that cannot be told.

    ``headers`` have lower-case names; ``body`` is decoded of its codings. ``failure`` is a
    stable reason code. ``checkpoint`` is where reading goes on after this capture; ``skip``
    names why a record is none of ours (an image, a redirect): it counts and moves on.
    """

    url: str
    captured_at: datetime
    status: int | None = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    failure: str | None = None
    detail: str = ""
    checkpoint: Checkpoint = field(default_factory=dict)
    skip: str = ""
    note: str = ""
    """A fault of the archive at this point, "reason: detail": reading goes on, and the slice ends as failed."""

    def header(self, name: str) -> str:
        """Give the first header of that name, or ""."""
        return next((value for key, value in self.headers if key == name), "")


class Source(Protocol):
    """One kind of archive."""

    name: str
    """Stands in ``observations.source`` and in the ledger."""

    def slices(self, interval: Interval) -> list[Slice]:
        """List what an interval has, with as much as can be said of its size beforehand."""

    def count(self, piece: Slice) -> Slice:
        """Give the slice with what it holds, at the cost of asking: for a dry run."""

    def read(self, piece: Slice, checkpoint: Checkpoint) -> Iterator[Capture]:
        """Read a slice from a checkpoint on. Raises ArchiveError (the slice failed) or TryLater."""


class ArchiveError(CopydeskError):
    """A place that cannot be read (on); ``reason`` is stable. What was read before it stays."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class TryLater(ArchiveError):
    """An archive asks for a pause of so many seconds; the slice goes on from its checkpoint after it."""

    def __init__(self, reason: str, seconds: float, detail: str = "") -> None:
        super().__init__(reason, detail or f"in {seconds:.0f} s")
        self.seconds = seconds
