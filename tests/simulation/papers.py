"""The scripted papers: what each published when, and how its server answers. The truth that nobody tells the poller."""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

DAY = 86400.0
MOODS = ("etag", "modified", "both", "none")
ETAGS = ('"{}"', 'W/"{}"', "{}", '"a b;{}"', '"\xc3\xbc{}"', "''{}''", '"{}--gzip"', '"{}", "x"')
"""Odd ones as they are seen: weak, without quotes, with a space, not ASCII (its bytes), with a comma in it."""
RHYTHMS = (0.02, 0.1, 0.25, 0.4, 0.7, 1.5, 3, 8, 14)
"""Days between items: from a wire service to a quiet blog."""
COMMON = (0.3, 1.5, 3, 4, 6, 8, 5, 4, 2)
"""How common each rhythm is: wire services are few."""


@dataclass
class Storm:
    """A time in which a server refuses, with Retry-After in one of its two forms."""

    begins: float
    ends: float
    status: int
    as_date: bool
    wait: int


@dataclass
class Paper:
    """One feed. Times are seconds since the epoch, spans seconds unless the name says otherwise."""

    number: int
    host: str
    path: str
    mood: str
    kind: str
    etag_form: str
    published: list[float]
    holds: int
    seconds: tuple[float, float]
    max_age: int = 0
    says_age_by: str = "max-age"
    ttl: int = 0
    update_hours: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    lies: str = ""
    """"frozen": one ETag and Last-Modified for ever. "deaf": says 304 to whatever is conditional."""
    touches: bool = False
    """Its validators change every day although its bytes do not."""
    bare: bool = False
    """Its 304s name no validators."""
    turns: float = float("inf")
    """When it stops naming its Last-Modified."""
    private: bool = False
    """Under a path that robots.txt forbids."""
    storms: list[Storm] = field(default_factory=list)

    def visible(self, at: float) -> range:
        """Give the numbers of the items in the document at that time."""
        count = bisect_right(self.published, at)
        return range(max(0, count - self.holds), count)

    def gone_at(self, item: int) -> float:
        """When an item rolls off the end of the list."""
        follower = item + self.holds
        return self.published[follower] if follower < len(self.published) else float("inf")

    def validators(self, at: float) -> tuple[str | None, str | None]:
        """Give (ETag, Last-Modified) that belong to the document at that time."""
        items = self.visible(at)
        changed = self.published[items[-1]] if items else 0.0
        if self.touches:
            changed = max(changed, at - at % DAY)
        tag = 0 if self.lies == "frozen" else int(changed)
        etag = self.etag_form.format(tag) if self.mood in ("etag", "both") else None
        dated = stamp(tag or 1e9) if self.mood == "modified" or (self.mood == "both" and at < self.turns) else None
        return etag, dated

    def wish(self) -> float:
        """Give the seconds that the publisher asks for between two looks, by all that it says."""
        return max(self.max_age, 60 * self.ttl, 3600 * self.update_hours)

    def storm(self, at: float) -> Storm | None:
        """Give the storm that blows at that time."""
        return next((s for s in self.storms if s.begins <= at < s.ends), None)

    def document(self, at: float) -> bytes:
        """Write the feed as it stands at that time, newest first."""
        items = [(f"{self.path}#{n}", f"Item {n}", self.published[n]) for n in reversed(self.visible(at))]
        return {"json": _json, "rss": _rss, "atom": _atom}[self.kind](self, items)


def stamp(at: float) -> str:
    """Write a time as HTTP does, in whole seconds (cut)."""
    return format_datetime(datetime.fromtimestamp(int(at), UTC), usegmt=True)


def make(number: int, start: float, days: float) -> Paper:
    """Make one of the papers; the number alone decides what it is."""
    rng = random.Random(f"paper {number}")
    place, host = number // 8, number % 120  # the eight shards hold whole hosts and all kinds
    lies = ("frozen", "deaf")[place % 2] if place % 5 == 2 else ""
    rhythm = rng.choice((0.1, 0.25, 0.4, 0.7, 3)) if lies else rng.choices(RHYTHMS, COMMON)[0]
    # feedparser takes a third of a millisecond an item: the longest lists are JSON.
    kind = "json" if rhythm < 0.1 or (lies and rhythm < 1) else rng.choices(("json", "rss", "atom"), (5, 3, 1))[0]
    paper = Paper(
        number,
        f"paper{host}.example",
        f"/private/feed{number}" if place == 24 else f"/feed{number}",
        rng.choice(MOODS[:3]) if lies else MOODS[place % 4],
        kind,
        rng.choice(ETAGS),
        _published(rng, rhythm, start, days, desk_hours=place % 3 == 0 and rhythm < 1, falls_silent=place % 8 == 3),
        # Three days of items, as publishers of every rhythm keep them, ten at least; a liar's list covers nine days.
        holds=max(10, int((9 if lies else 3) / rhythm)),
        seconds=(3.0, 12.0) if host // 8 == 4 else (0.05, 1.5),
        lies=lies,
        touches=place % 9 == 4 and not lies,
        bare=rng.random() < 0.3,
        turns=start + (15 * DAY if place % 6 == 1 else float("inf")),
        private=place == 24,
    )
    _wishes(paper, rng)
    for _ in range(rng.choice((0, 0, 1, 2))):
        begins = start + rng.uniform(1, days - 2) * DAY
        ends = begins + rng.uniform(0.05, 0.5) * DAY
        wait = rng.choice((600, 1800, 7200))
        paper.storms.append(Storm(begins, ends, rng.choice((429, 503)), rng.random() < 0.5, wait))
    return paper


def _published(
    rng: random.Random, rhythm: float, start: float, days: float, *, desk_hours: bool, falls_silent: bool
) -> list[float]:
    at, times = start - rng.uniform(10, 40) * DAY, []
    ends = start + (rng.uniform(3, 10) if falls_silent else days) * DAY
    busy = rhythm * 70 / 168 if desk_hours else rhythm  # the same number a week, in fewer hours
    while (at := at + rng.expovariate(1 / busy) * DAY) < ends:
        moment = datetime.fromtimestamp(at, UTC)
        if not desk_hours or (moment.weekday() < 5 and 6 <= moment.hour < 20):
            times.append(at)
    return times


def _wishes(paper: Paper, rng: random.Random) -> None:
    """Give a paper some of the wishes that servers and documents can state."""
    paper.max_age = rng.choice((0, 0, 0, 900, 3600, 7200))
    paper.says_age_by = rng.choice(("max-age", "max-age", "expires", "s-maxage"))
    if paper.kind == "rss":
        paper.ttl = rng.choice((0, 60, 180))
        paper.update_hours = rng.choice((0, 0, 1))
        paper.skip_hours = rng.choice(((), tuple(range(1, 5))))
        paper.skip_days = rng.choice(((), (), (6,)))


def _json(paper: Paper, items: list[tuple[str, str, float]]) -> bytes:
    told = [{"id": i, "title": t, "date_published": _iso(d)} for i, t, d in items]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": paper.path, "items": told}).encode()


def _rss(paper: Paper, items: list[tuple[str, str, float]]) -> bytes:
    told = "".join(
        f"<item><guid isPermaLink='false'>{i}</guid><title>{t}</title><pubDate>{stamp(d)}</pubDate></item>"
        for i, t, d in items
    )
    wishes = f"<ttl>{paper.ttl}</ttl>" if paper.ttl else ""
    if paper.update_hours:
        wishes += f"<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>{1 / paper.update_hours:g}</sy:updateFrequency>"
    if paper.skip_hours:
        wishes += f"<skipHours>{''.join(f'<hour>{h}</hour>' for h in paper.skip_hours)}</skipHours>"
    if paper.skip_days:
        wishes += "<skipDays><day>Sunday</day></skipDays>"
    space = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    return f"<rss version='2.0' {space}><channel><title>T</title>{wishes}{told}</channel></rss>".encode()


def _atom(paper: Paper, items: list[tuple[str, str, float]]) -> bytes:
    told = "".join(
        f"<entry><id>{i}</id><title>{t}</title><updated>{_iso(d)}</updated><published>{_iso(d)}</published></entry>"
        for i, t, d in items
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><id>{paper.path}</id>{told}</feed>".encode()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
