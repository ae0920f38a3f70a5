"""How long to leave a host alone between two requests: arithmetic, no clock."""

from __future__ import annotations

from copydesk.settings import Manners

SLOWNESS = 2.0
"""A host that took long is given twice that time to recover, as large archives' crawlers do."""


def gap(manners: Manners, crawl_delay: float | None, last_seconds: float | None) -> float:
    """Give the seconds between two requests at a host.

    The longest of the host gap, robots.txt's Crawl-delay and twice the last answer's
    duration, but never more than ``host_gap_max``: a slower site gets fewer requests
    through the schedule, not a stalled worker.
    """
    wish = max(manners.host_gap, crawl_delay or 0.0, SLOWNESS * (last_seconds or 0.0))
    return min(wish, manners.host_gap_max)
