"""What is remembered of a feed between polls, and what one poll brought. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between polls. Times are seconds since the epoch, spans seconds."""

    failures: int = 0
    arrivals: tuple[float, ...] = ()
    """Faded counts of new items for each hour of the week, or empty."""
    mean_gap: float | None = None
    usual_gap: float | None = None
    """The median time between the items of the last document."""
    window: float | None = None
    """The time span that the document covered, its low side."""
    last_new_at: float | None = None
    last_poll_at: float | None = None
    validators_work: bool | None = None
    """Whether conditional requests are answered with 304; None until it is known."""
    fruitless: int = 0
    """Conditional requests in a row that brought other bytes and nothing new."""
    silent_since: float | None = None
    """The first of the 304s in a row that it answers; a full answer ends the row."""
    last_probe_at: float | None = None
    untrusted: bool = False
    """The server said 304 although there was news: it is asked unconditionally from then on."""
    gone_at: float | None = None
    moved_to: str | None = None
    moved_since: float | None = None
    moved_answers: int = 0
    stranger: str | None = None
    """The domain to which it redirects and whose list was not this feed's when that began."""
    seen: int = 0
    ttl: float | None = None
    update_every: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    """What the last document wished; a 304 has no document and does not take it back."""

    def to_json(self) -> dict[str, Any]:
        """Give the state for a jsonb column, without what is as in a new feed."""
        told = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FeedState:
        """Take the state back; unknown names are left out, so that versions of copydesk can be mixed."""
        known: dict[str, Any] = {k: v for k, v in data.items() if k in cls.__dataclass_fields__}
        known |= {k: tuple(v) for k, v in known.items() if isinstance(v, list)}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class PollEvent:
    """What one poll brought. Spans in seconds."""

    status: int | None
    failure: str | None = None
    freshness: float | None = None
    retry_after: float | None = None
    ttl: float | None = None
    update_every: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    items: int = 0
    new_items: int = 0
    overlap: int = 0
    """Items that this feed had brought before."""
    item_dates: tuple[datetime, ...] = ()
    new_dates: tuple[datetime, ...] = ()
    """Of the new items, as far as they are dated."""
    changed: bool = False
    """There is a document, and its bytes are not those of the last one."""
    conditional: bool = False
    has_validators: bool = False
    """The answer named an ETag or a Last-Modified that can be sent back."""
    probe: bool = False
    """It was asked unconditionally on purpose, although it has validators."""
    lied: bool = False
    """What it brought was there when the last poll was answered 304 (:mod:`copydesk.feeds.honesty`)."""
    permanent_target: str | None = None
    """Where every redirect was permanent: the last URL."""
    led_to: str | None = None
    """Where redirects of any kind led."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When to poll next, why, and what else follows."""

    next_poll_at: datetime
    why: str
    state: FeedState
    possible_gap: bool = False
    gone: bool = False
    moved_to: str | None = None
    """The URL to poll from now on."""
    host_backoff: float | None = None
    """Seconds for which the whole host asks to be left alone."""
