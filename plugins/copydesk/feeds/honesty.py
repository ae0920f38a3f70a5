"""Servers that say 304 although there is news: when to look behind it, and what proves the lie. Pure.

Some feeds keep one ETag or Last-Modified for ever; a large news archive therefore
asks unconditionally always, which costs every honest publisher a full answer
(reference: standards 1.3). Both are served by one unconditional look after long
silence, and by judging what it brings.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from copydesk.feeds.history import FeedState
from copydesk.settings import Manners

DAY = 86400.0
PROBE_AFTER = 7 * DAY
PROBE_GAPS = 8
"""A look is due when a feed said 304 for longer than a week and eight of its usual gaps; at most one a week."""
LATE = DAY
"""A new item dated so long before the last 304 stood in the feed then; less may be an editor's delay."""
SLACK = 60.0
"""Seconds by which a server's clock may be off when its Last-Modified is held against our last poll."""


def asks_conditionally(state: FeedState, at: float) -> bool:
    """Whether the request at that time carries the validators."""
    return not (state.untrusted or probe_due(state, at))


def floor(state: FeedState, manners: Manners) -> float:
    """Give the least seconds between two requests: more where each costs the publisher a full answer."""
    if state.untrusted or state.validators_work is False:
        return max(manners.floor_conditional, manners.floor_unconditional)
    return manners.floor_conditional


def probe_due(state: FeedState, at: float) -> bool:
    """Whether a request at that time is to be unconditional, to look behind long silence."""
    if state.untrusted or state.silent_since is None or state.validators_work is not True:
        return False
    silence = max(PROBE_AFTER, PROBE_GAPS * (state.usual_gap or state.mean_gap or 0.0))
    rested = state.last_probe_at is None or at - state.last_probe_at >= PROBE_AFTER
    return rested and at - state.silent_since >= silence


def lied(
    *,
    last_poll_at: float | None,
    same_validators: bool,
    modified: datetime | None,
    new_dates: Iterable[datetime],
) -> bool:
    """Whether a probe that found news proves that the last 304 was false.

    Other bytes under the same validators do; so does a Last-Modified from before the
    last poll, and a new item that was a day old by then. Without any of these the
    news may have come in since, and the server is believed.
    """
    if last_poll_at is None:
        return False
    if same_validators or (modified is not None and modified.timestamp() < last_poll_at - SLACK):
        return True
    return any(date.timestamp() < last_poll_at - LATE for date in new_dates)
