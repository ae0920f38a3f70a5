"""What a publisher holds against its reader, from what its server saw and nothing else.

The list is Rachel Kroll's feed-reader score (rachelbythebay.com/fs/) with robots.txt, the pace
of a host and the truth about items beside it. The judges share no code with the poller.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from .papers import DAY, Paper

WEEK = 7 * DAY
HOUR = 3600.0
FLOOR, FLOOR_WITHOUT = 900.0, 3600.0
GAP, LONGEST_GAP = 5.0, 120.0
ALLOWED = {
    *("host", "user-agent", "accept", "accept-encoding", "connection"),
    *("if-none-match", "if-modified-since", "a-im"),
}


@dataclass
class Seen:
    """What one paper's server remembers of its reader."""

    validators: tuple[str | None, str | None] | None = None
    at: float | None = None
    not_before: float = 0.0
    silent_since: float | None = None
    free_at: float = float("-inf")
    shown: tuple[float, ...] = ()
    """When the items of the last full answer were published."""
    hidden: bool = False
    """Since its last full answer it said 304 although there was news: a lie that can be found out."""
    caught: bool = False
    answers: int = 0
    manner: tuple[str | None, ...] | None = None
    requests: list[float] = field(default_factory=list)


class Judge:
    """Hears of every request before it is answered and of every answer; ``faults`` counts what was wrong."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self.figures: Counter[str] = Counter()
        self.seen: dict[str, Seen] = defaultdict(Seen)
        self.examples: dict[str, str] = {}
        self.waits: tuple[list[float], list[float]] = ([], [])
        """Seconds from an item's appearance to its being stored: of honest papers, of liars."""
        self._host_ends: dict[str, float] = {}
        self._host_rest: dict[str, float] = {}
        self.host_free: dict[str, float] = defaultdict(float)
        self.host_shut: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._robots_at: dict[str, float] = {}

    def fault(self, name: str, example: str) -> None:
        """Count one fault and keep the first of its kind to look at."""
        self.faults[name] += 1
        self.examples.setdefault(name, example)

    # -- the host ---------------------------------------------------------------------------

    def arrives(self, host: str, at: float) -> None:
        """Any request at a host: the gap since the end of its last answer, and Retry-After of a 429."""
        self.figures["requests"] += 1
        ends = self._host_ends.get(host)
        if ends is not None and at - ends < self._host_rest[host] - 0.001:
            self.fault("within the host's gap", f"{host}: {at - ends:.2f} s after the last")
        if at < self.host_free[host]:
            self.fault("early: the host had said 429", host)

    def leaves(self, host: str, at: float, seconds: float, crawl_delay: float) -> None:
        """Its answer is complete."""
        self._host_ends[host] = at + seconds
        self._host_rest[host] = min(max(GAP, crawl_delay, 2 * seconds), LONGEST_GAP)

    def robots(self, host: str, at: float) -> None:
        """A request for robots.txt: once a day."""
        self.figures["robots.txt"] += 1
        last = self._robots_at.get(host)
        if last is not None and at - last < 23 * HOUR:
            self.fault("robots.txt again within a day", host)
        self._robots_at[host] = at

    # -- one request --------------------------------------------------------------------------

    def request(self, paper: Paper, headers: Mapping[str, str], at: float) -> None:
        """Judge one request for a feed by what its server knows at that moment."""
        seen = self.seen[paper.path]
        seen.requests.append(at)
        self.figures["polls"] += 1
        self._headers(paper, seen, headers)
        self._moment(paper, seen, at)
        self._validators(paper, seen, headers, at)
        seen.at = at

    def _headers(self, paper: Paper, seen: Seen, headers: Mapping[str, str]) -> None:
        for name in ("cookie", "referer", "cache-control", "pragma", "from"):
            if name in headers:
                self.fault(f"sends {name}", paper.path)
        if set(headers) - ALLOWED:
            self.fault("headers that nobody asked for", f"{sorted(set(headers) - ALLOWED)}")
        if "gzip" not in headers.get("accept-encoding", ""):
            self.fault("takes no gzip", paper.path)
        if "+http" not in headers.get("user-agent", ""):
            self.fault("does not say who it is", headers.get("user-agent", ""))
        manner = tuple(headers.get(name) for name in ("user-agent", "accept", "accept-encoding"))
        if seen.manner not in (None, manner):
            self.fault("another manner each time (Vary)", f"{seen.manner} {manner}")
        seen.manner = manner

    def _moment(self, paper: Paper, seen: Seen, at: float) -> None:
        if paper.private:
            self.fault("robots.txt forbids it", paper.path)
        if at - self._robots_at.get(paper.host, float("-inf")) > DAY:
            self.fault("robots.txt older than a day", paper.host)
        if seen.at is None:
            return
        if at - seen.at < 60:
            self.fault("the same within 60 s", f"{paper.path}: {at - seen.at:.1f} s")
        if at - seen.at < FLOOR:
            self.fault("below the floor of 15 min", f"{paper.path}: {at - seen.at:.0f} s")
        elif seen.answers > 1 and at - seen.at < FLOOR_WITHOUT and (paper.mood == "none" or seen.caught):
            self.fault("below the floor of 60 min", f"{paper.path}: {at - seen.at:.0f} s")
        if at < seen.not_before:
            self.fault("early", f"{paper.path}: {seen.not_before - at:.3f} s")
        moment = datetime.fromtimestamp(at, UTC)
        if seen.shown and (moment.hour in paper.skip_hours or moment.weekday() in paper.skip_days):
            self.fault("in hours or days to skip", f"{paper.path}: {moment}")

    def _validators(self, paper: Paper, seen: Seen, headers: Mapping[str, str], at: float) -> None:
        sent = headers.get("if-none-match"), headers.get("if-modified-since")
        if seen.validators in (None, (None, None)):
            if sent != (None, None):
                self.fault("validators out of nowhere", f"{paper.path}: {sent}")
        elif sent == (None, None):
            self._unconditional(paper, seen, at)
        elif sent != seen.validators:
            self.fault("wrong validators", f"{paper.path}: {sent}, not {seen.validators}")

    def _unconditional(self, paper: Paper, seen: Seen, at: float) -> None:
        if seen.caught:
            self.figures["in full to those caught lying"] += 1
            return
        self.figures["probes of liars" if paper.lies else "probes of honest papers"] += 1
        silence = at - seen.silent_since if seen.silent_since is not None else 0.0
        if silence < max(WEEK, 8 * usual_gap(seen.shown)) or at - seen.free_at < WEEK:
            self.fault("unconditional", f"{paper.path} ({paper.mood}): after {silence / DAY:.1f} d of silence")
        seen.free_at = at
        if seen.hidden:
            seen.caught = True
            self.figures["liars caught"] += 1

    # -- one answer -----------------------------------------------------------------------------

    def refused(self, paper: Paper, at: float, until: float, *, whole_host: bool) -> None:
        """It said 429 or 503 with a time to come back."""
        self.figures["refused in storms"] += 1
        self.seen[paper.path].not_before = until
        if whole_host:
            self.host_free[paper.host] = until
            self.host_shut[paper.host].append((at, until))

    def answered(
        self, paper: Paper, at: float, validators: tuple[str | None, str | None], *, full: bool, max_age: float
    ) -> None:
        """It gave a document, or said 304. ``max_age`` counts from ``at``, when the answer was made."""
        seen = self.seen[paper.path]
        seen.answers += 1
        self.figures["200" if full else "304"] += 1
        if full:
            seen.validators = validators
            seen.shown = tuple(paper.published[n] for n in paper.visible(at))
            seen.silent_since, seen.hidden = None, False
        else:
            old = seen.validators or (None, None)
            seen.validators = (validators[0] or old[0], validators[1] or old[1])
            seen.silent_since = seen.silent_since or at
            seen.hidden |= tuple(paper.published[n] for n in paper.visible(at)) != seen.shown
        seen.not_before = at + max(max_age, 60 * paper.ttl, 3600 * paper.update_hours)


def usual_gap(times: tuple[float, ...]) -> float:
    """Give the median time between items that stand in a list; 0 where it holds fewer than three."""
    gaps = [b - a for a, b in pairwise(times)]
    return statistics.median(gaps) if len(times) > 2 else 0.0
