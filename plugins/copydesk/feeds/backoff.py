"""After a failure: how long a feed is left alone, by the class of what went wrong. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from copydesk.feeds.history import FeedState, Plan, PollEvent
from copydesk.feeds.honesty import floor
from copydesk.settings import Manners

DAY = 86400.0
GONE_APART = DAY
"""Two answers of 410 so far apart are believed."""
NEVER = timedelta(days=36_500)
HOST_PAUSE = 60.0
"""Seconds for which a host is left alone after a 429 that names no time."""
# (first pause in seconds, factor for each further failure, longest pause)
CLASSES: dict[str, tuple[float, float, float]] = {
    "transport": (1800.0, 1.5, DAY),
    "dns": (3600.0, 1.25, DAY),
    "server": (900.0, 2.0, DAY),
    "missing": (3600.0, 1.5, 30 * DAY),
    "refused": (6 * 3600.0, 2.0, 7 * DAY),
    "content": (3600.0, 1.5, DAY),
}
PASSING = frozenset({"transport", "dns", "server", "content"})
"""Trouble that comes and goes by itself."""


def after_failure(state: FeedState, event: PollEvent, now: datetime, manners: Manners, stretch: float) -> Plan:
    """Plan the next poll after an answer that brought no document. ``stretch`` is the feed's jitter (1 to 1.1)."""
    at = now.timestamp()
    state = replace(state, failures=state.failures + 1, last_poll_at=at)
    state = replace(state, last_probe_at=at) if event.probe else state
    if event.status in (404, 410) and state.moved_to is not None:
        # It had been redirecting for good; now the old address is closed.
        return Plan(
            now + timedelta(seconds=manners.floor_conditional), "moved", _at_home(state), moved_to=state.moved_to
        )
    if event.status == 410:
        if state.gone_at is not None and at - state.gone_at >= GONE_APART:
            return Plan(now + NEVER, "gone: 410 twice, a day apart", state, gone=True)
        state = replace(state, gone_at=state.gone_at or at)
    pause = _pause(state, event, manners)
    why = f"{event.failure or f'status {event.status}'}: pause {span(pause)}"
    held = event.retry_after or 0.0
    return Plan(
        now + timedelta(seconds=max(pause * stretch, held)),
        why + (", as Retry-After asks" if held else ""),
        state,
        host_backoff=max(held, HOST_PAUSE) if event.status == 429 else None,
    )


def kind_of(event: PollEvent) -> str:
    """Give the class of a failure, a key of :data:`CLASSES`."""
    if event.failure == "dns":
        return "dns"
    if event.failure in ("robots", "refused_address", "bad_scheme", "bad_url"):
        return "refused"
    if event.failure and event.status == 200:
        return "content"
    if event.failure:
        return "transport"
    if event.status in (404, 410):
        return "missing"
    return "server" if (event.status or 0) >= 500 or event.status == 429 else "refused"


def span(seconds: float) -> str:
    """Give a time span in words for people: "45 s", "20 min", "3 h", "5 d"."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} d"


def _pause(state: FeedState, event: PollEvent, manners: Manners) -> float:
    kind, least = kind_of(event), floor(state, manners)
    first, factor, longest = CLASSES[kind]
    if kind in PASSING and event.status != 429 and state.window:
        # What fails now may serve again at any time: its list must not roll over by our own waiting.
        longest = min(longest, max(first, state.window / 2))
    scale = min(1.0, manners.floor_conditional / 900.0)  # loopback demonstrations back off in seconds
    pause = min(first * factor ** min(state.failures - 1, 30), longest) * scale
    if event.status == 410:
        pause = max(pause, GONE_APART * scale)
    # An error page may be cacheable too, but must not freeze a feed for longer than a day.
    wishes = (event.retry_after or 0.0, min(event.freshness or 0.0, DAY))
    return max(pause, *wishes, least)


def _at_home(state: FeedState) -> FeedState:
    return replace(state, failures=0, moved_to=None, moved_since=None, moved_answers=0)
