"""When other projects look at an article again: their rules as plain functions of what they know. Ages in seconds.

Written from descriptions of their behaviour (no code of theirs). Each is run as it is meant:
diffengine without the wrap of ages at 24 hours that its published code has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from copydesk.articles.forecast import Rule, Trail

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A rule with its name; ``stretch`` gives it with every time multiplied, to compare at fewer requests."""

    name: str
    stretch: Callable[[float], Rule]


def newsdiffs(times: float = 1.0) -> Rule:
    """By the time since the last change: 15 min, from 3 h 1 h, from 1 d 3 h, from 7 d 3 d, from 30 d 30 d."""
    steps = ((3 * HOUR, 15 * MINUTE), (DAY, HOUR), (7 * DAY, 3 * HOUR), (30 * DAY, 3 * DAY), (math.inf, 30 * DAY))

    def rule(trail: Trail) -> float:
        since = (trail.age - (trail.last_change or 0.0)) / times
        return trail.age + times * next(gap for end, gap in steps if since < end)

    return rule


def newssniffer(times: float = 1.0) -> Rule:
    """30 min, longer by a fifth after every unchanged look, 30 min again after a change."""

    def rule(trail: Trail) -> float:
        return trail.age + times * 30 * MINUTE * 1.2**trail.unchanged

    return rule


def diffengine(times: float = 1.0, cron: float = 15 * MINUTE) -> Rule:
    """When the time since the last look is a fifth of the age, at the next run of cron."""

    def rule(trail: Trail) -> float:
        wanted = max(trail.age / 0.8, trail.age + cron)
        return times * math.ceil(wanted / times / cron - 1e-9) * cron

    return rule


def gdelt(times: float = 1.0) -> Rule:
    """At 24 hours and at 7 days."""
    return fixed([DAY * times, 7 * DAY * times])


def zeroscraper(times: float = 1.0) -> Rule:
    """On the days 1, 2 and 6 after the first."""
    return fixed([d * DAY * times for d in (1, 2, 6)])


def hourly(times: float = 1.0) -> Rule:
    """Every hour for a day."""
    return fixed([h * HOUR * times for h in range(1, 25)])


def halves(times: float = 1.0) -> Rule:
    """At ages that grow by a half, from 30 minutes to 30 days: nobody's rule, but the plainest at 18 requests."""
    return fixed([30 * MINUTE * times * 1.5**n for n in range(18)])


def fixed(ages: list[float]) -> Rule:
    """At these ages."""

    def rule(trail: Trail) -> float | None:
        return next((age for age in ages if age > trail.age), None)

    return rule


ADAPTIVE = (
    Peer("newsdiffs", newsdiffs),
    Peer("NewsSniffer", newssniffer),
    Peer("diffengine, cron 15 min", diffengine),
)
"""Rules whose looks thin out."""
PEERS = (
    *ADAPTIVE,
    Peer("diffengine, cron 5 min", lambda times: diffengine(times, 5 * MINUTE)),
    Peer("hourly for a day", hourly),
    Peer("ages growing by a half", halves),
    Peer("ZeroScraper", zeroscraper),
    Peer("GDELT", gdelt),
)
