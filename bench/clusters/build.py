"""One labelled set: stories with their altered copies, and everything that only looks like a copy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.clusters import alter
from bench.clusters.material import Material, draw
from bench.clusters.negatives import TEMPLATES
from bench.clusters.sites import Site, make_sites
from copydesk.articles.text import words

START = datetime(2026, 3, 1, tzinfo=UTC)
Kinds = dict[str, tuple[int, alter.Alteration]]
BIG = (60, 25)
"""The two stories that many sites carry."""


@dataclass(frozen=True)
class Row:
    """One article of a set: what the grouping sees, and what it does not (``label``, ``kind``)."""

    id: str
    title: str
    text: str
    publisher: str
    published_at: datetime
    label: str
    kind: str


@dataclass
class Maker:
    """Writes a set with one source of chance, so that a seed gives the same set again."""

    chance: random.Random
    material: Material
    sites: list[Site]
    rows: list[Row] = field(default_factory=list)

    def add(self, label: str, kind: str, title: str, body: list[str], site: Site, at: datetime) -> None:
        """Put a text onto a site."""
        text = site.wrap(body, self.chance)
        self.rows.append(Row(f"a{len(self.rows):05}", title, text, site.host, at, label, kind))

    def when(self, days: int = 28) -> datetime:
        """A moment of the month."""
        return START + timedelta(minutes=self.chance.randrange(days * 1440))

    def late(self, at: datetime) -> datetime:
        """When a copy follows: mostly within hours, at most four days."""
        return at + timedelta(hours=min(95.0, self.chance.expovariate(1 / 14)))

    def headline(self, title: str) -> str:
        """The story's own, or a new one."""
        return self.chance.choice((title, self.chance.choice(self.material.titles)))

    def story(
        self, label: str, title: str, body: list[str], copies: int, kinds: Kinds, at: datetime | None = None
    ) -> None:
        """The original on one site and its copies on others."""
        at, sites = at or self.when(), self.chance.sample(self.sites, copies + 1)
        self.add(label, "original", title, body, sites[0], at)
        names, weights = list(kinds), [often for often, _ in kinds.values()]
        for site in sites[1:]:
            kind = self.chance.choices(names, weights)[0]
            copy = kinds[kind][1](body, self.material, self.chance)
            self.add(label, kind, self.headline(title), copy, site, self.late(at))


def build(pages: list[tuple[str, list[str]]], seed: int, *, stories: int = 110) -> list[Row]:
    """Build the set of a seed: about 1,000 articles, shuffled."""
    chance = random.Random(seed)
    material = draw(pages, chance, stories=stories)
    maker = Maker(chance, material, make_sites(chance, material.titles))
    for step in (_templates, _stories, _write_throughs, _briefs, _follow_ups, _quoting, _rewritten, _alone):
        try:
            step(maker)
        except StopIteration:  # the passages are spent; what was written stands
            break
    chance.shuffle(maker.rows)
    return maker.rows


def _templates(make: Maker) -> None:
    """Robots' texts: some on one site over and over, some on a site of their own each."""
    for name, write in TEMPLATES.items():
        regular = make.chance.sample(make.sites, 3)
        for number in range(24):
            site = make.chance.choice(regular) if number < 14 else make.chance.choice(make.sites)
            title = f"{name.capitalize()} report"
            make.add(f"{name} {number}", name, title, list(write(make.chance)), site, make.when(6))


def _stories(make: Maker) -> None:
    for number, (title, body) in enumerate(make.material.stories[:-8]):
        copies = BIG[number] - 1 if number < len(BIG) else make.chance.choice((0, 1, 2, 3, 4, 5, 6))
        make.story(f"story {number}" if number >= len(BIG) else f"big {number}", title, body, copies, alter.KINDS)


def _write_throughs(make: Maker) -> None:
    """An agency's own site gives each state of a growing story a page of its own; others take one of them."""
    for number, (title, body) in enumerate(make.material.stories[-8:]):
        label, at = f"story {len(make.material.stories) - 8 + number}", make.when()
        agency, *others = make.chance.sample(make.sites, 3)
        for share, hours in ((0.5, 0), (0.65, 1), (0.8, 3), (0.95, 6)):
            state = alter.facts(1)(alter.cut(share)(body, make.material, make.chance), make.material, make.chance)
            make.add(label, "write-through", title, state, agency, at + timedelta(hours=hours))
        for site in others:
            make.add(label, "as it came", make.headline(title), body, site, make.late(at))


def _briefs(make: Maker) -> None:
    """Short reports on several sites each, and round-ups that hold a handful of them or of stories' first lines."""
    light = {
        "as it came": (3, alter.same),
        "facts corrected": (1, alter.facts(1)),
        "inserts 40 %": (1, alter.insert(0.4)),
    }
    for day in range(5):
        at = make.when()
        briefs = [(make.chance.choice(make.material.titles), make.material.take(60)) for _ in range(8)]
        for number, (title, body) in enumerate(briefs):
            make.story(f"brief {day}.{number}", title, body, make.chance.choice((0, 1, 2, 3)), light, at)
        for number in range(3):
            held = [body for _, body in make.chance.sample(briefs, make.chance.choice((2, 3, 4)))]
            held += [
                alter.cut(0.12)(b, make.material, make.chance) for _, b in make.chance.sample(make.material.stories, 2)
            ]
            parts = [p for body in make.chance.sample(held, len(held)) for p in body]
            for site in make.chance.sample(make.sites, make.chance.choice((1, 1, 2))):
                make.add(f"round-up {day}.{number}", "round-up", "The day in brief", parts, site, make.late(at))


def _follow_ups(make: Maker) -> None:
    """A running story: every report is new, and all of them repeat the same background."""
    for running in range(7):
        background = make.material.take(70)
        size = sum(len(words(p)) for p in background)
        sites, at = make.chance.sample(make.sites, 3), make.when(20)
        for part in range(4):
            body = make.material.take(int(size * make.chance.choice((1.3, 1.6, 2.5)))) + background
            label = f"running {running}.{part}"
            for site in sites[: make.chance.choice((1, 2, 3))]:
                make.add(
                    label, "follow-up", make.material.titles[running], body, site, make.late(at + timedelta(days=part))
                )


def _quoting(make: Maker) -> None:
    """A new story that quotes an old one, and a second report of one event with the same quotations."""
    for number in range(30):
        old = make.chance.choice(make.material.stories)[1]
        quoted = [p for p in old if 20 <= len(p.split()) <= 90][: make.chance.choice((1, 2, 3))]
        size = sum(len(p.split()) for p in quoted)
        body = make.material.take(int(max(90, size * make.chance.choice((1.6, 2.5, 4)))))
        for paragraph in quoted:
            body.insert(make.chance.randrange(len(body) + 1), paragraph)
        make.add(
            f"quoting {number}",
            "quoting",
            make.chance.choice(make.material.titles),
            body,
            make.chance.choice(make.sites),
            make.when(),
        )


def _rewritten(make: Maker) -> None:
    """Short own reports that drown in their site's furniture."""
    for number in range(40):
        body, site = make.material.take(35), make.chance.choice(make.sites)
        make.add(
            f"short {number}", "short own report", make.chance.choice(make.material.titles), body, site, make.when()
        )


def _alone(make: Maker) -> None:
    for number in range(60):
        body, site = make.material.take(150), make.chance.choice(make.sites)
        make.add(f"alone {number}", "alone", make.chance.choice(make.material.titles), body, site, make.when())


def kinds(rows: list[Row]) -> Iterator[tuple[str, int]]:
    """Count the rows of each kind."""
    for kind in sorted({row.kind for row in rows}):
        yield kind, sum(row.kind == kind for row in rows)
