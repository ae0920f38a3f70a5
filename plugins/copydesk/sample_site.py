"""The texts of the sample newspaper: publishers, stories in editions, pages and feeds made of them.

Everything is computed from the files of seeds/site/, the moment of the first edition
and the number of the edition, so two servers with the same start print the same bytes.
"""

from __future__ import annotations

import html
import json
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from string import Template
from urllib.parse import quote

from copydesk.errors import SetupError

_FILE = re.compile(r"(?P<slug>[\w-]+)\.(?P<edition>[1-9]\d*)\.(?P<what>txt|gone)")
_NOTICE = re.compile(r"^--- notice(?P<top> top)?$", re.M)
_STATUS = re.compile(r"\b(404|410)\b")


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher: its key is its folder."""

    key: str
    name: str
    address: int
    feed: str
    lang: str
    about: str


@dataclass(frozen=True, slots=True)
class Story:
    """One edition of one story."""

    slug: str
    title: str
    byline: str
    section: str
    minutes: float
    """Published so many minutes before the edition that first showed the story."""
    body: str
    notice: str = ""
    notice_on_top: bool = False
    edition: int = 1
    first: int = 1
    """The first edition that shows the story; ``edition`` is the one that brought this text."""
    gone: int = 0
    """404 or 410 when the page is deleted."""


@dataclass
class Site:
    """All publishers with all editions of their stories, read from a folder."""

    publishers: dict[str, Publisher]
    templates: dict[str, Template]
    stories: dict[tuple[str, str], list[Story]]

    @property
    def last_edition(self) -> int:
        """The number after which nothing changes any more."""
        return max((story.edition for editions in self.stories.values() for story in editions), default=1)

    def at(self, publisher: str, edition: int) -> list[Story]:
        """The stories of a publisher as an edition shows them."""
        shown = []
        for (key, _), editions in self.stories.items():
            upto = [story for story in editions if story.edition <= edition] if key == publisher else []
            shown += upto[-1:]
        return shown


def seeds() -> Path:
    """Where seeds/ is: in the checkout, or in the installed package."""
    package = Path(__file__).resolve().parent
    checkout = package.parents[1] / "seeds"
    return checkout if (checkout / "site").is_dir() else package / "_share" / "seeds"


def read_site(folder: Path | None = None) -> Site:
    """Read a site. SetupError names the file that cannot be read."""
    folder = folder or seeds() / "site"
    publishers = _read_publishers(folder / "publishers.toml")
    templates = {key: Template(_text(folder / "templates" / f"{key}.html")) for key in publishers}
    stories = {(key, slug): editions for key in publishers for slug, editions in _read_stories(folder / key).items()}
    return Site(publishers, templates, stories)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"sample newspaper: {file} cannot be read ({error})") from None


def _read_publishers(file: Path) -> dict[str, Publisher]:
    try:
        publishers = {key: Publisher(key, **row) for key, row in tomllib.loads(_text(file)).items()}
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise SetupError(f"sample newspaper: {file}: {error}") from None
    for publisher in publishers.values():
        if publisher.feed not in ("atom", "rss", "json"):
            raise SetupError(f"sample newspaper: {file}: feed of {publisher.key} must be atom, rss or json")
    return publishers


def _read_stories(folder: Path) -> dict[str, list[Story]]:
    """The editions of every story of one publisher, in order."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        match = _FILE.fullmatch(file.name)
        if not match:
            raise SetupError(f"{file}: not a story; name it SLUG.EDITION.txt or SLUG.EDITION.gone")
        found.setdefault(match["slug"], []).append((int(match["edition"]), file))
    return {
        slug: [_read(file, slug, number, min(files)[0]) for number, file in sorted(files)]
        for slug, files in found.items()
    }


def _read(file: Path, slug: str, edition: int, first: int) -> Story:
    text = _text(file)
    if file.suffix == ".gone":
        status = _STATUS.search(text)
        return Story(slug, "", "", "", 0, "", edition=edition, first=first, gone=int(status[1]) if status else 410)
    head, _, rest = text.partition("\n\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    body, *notice = _NOTICE.split(rest)
    try:
        title, byline, minutes = facts["Title"], facts["By"], float(facts["Minutes"])
    except (KeyError, ValueError) as error:
        raise SetupError(f"{file}: the head needs Title, By and Minutes ({error})") from None
    top, words = notice[:2] or ("", "")
    section = facts.get("Section", "News")
    return Story(slug, title, byline, section, minutes, body.strip(), words.strip(), bool(top), edition, first)


@dataclass
class Paper:
    """What one publisher answers in one edition: pages, feed and front page as text."""

    site: Site
    publisher: Publisher
    since: float
    every: float
    origin: str
    added: list[Story] = field(default_factory=list)

    def stories(self, edition: int) -> list[Story]:
        """All stories of an edition, deleted ones too, newest first."""
        stories = [*self.added, *self.site.at(self.publisher.key, edition)]
        return sorted(stories, key=lambda s: (self.published(s), s.slug), reverse=True)

    def find(self, path: str, edition: int) -> Story | None:
        """The story that stands at a path, if any."""
        return next((s for s in self.stories(edition) if path == f"/{s.slug}.html"), None)

    def url(self, story: Story) -> str:
        """Where the story stands."""
        return f"{self.origin}/{quote(story.slug)}.html"

    def moment(self, edition: int) -> datetime:
        """When an edition comes out."""
        return datetime.fromtimestamp(int(self.since + (edition - 1) * self.every), UTC)

    def published(self, story: Story) -> datetime:
        """When the page claims that the story was published."""
        return self.moment(story.first) - timedelta(seconds=int(story.minutes * 60))

    def modified(self, story: Story) -> datetime:
        """When the page claims that it was last changed: at the edition that brought this text."""
        return self.moment(story.edition) if story.edition > story.first else self.published(story)

    def last_modified(self, edition: int, story: Story | None = None) -> datetime:
        """When a page, or the list of all, last changed by a byte."""
        if story and "$clock" not in self.site.templates[self.publisher.key].template:
            return self.modified(story)
        if story:
            return max(self.moment(edition), self.modified(story))  # the ticker runs on every page
        return max(map(self.modified, self.stories(edition)), default=self.moment(1))

    def page(self, story: Story, edition: int) -> str:
        """The article's page."""
        moment = self.moment(edition)
        notice = f'<div class="note">{_paragraphs(story.notice)}</div>' if story.notice else ""
        return self.site.templates[self.publisher.key].substitute(
            title=html.escape(story.title),
            title_json=_in_script(story.title),
            byline=html.escape(story.byline),
            byline_json=_in_script(story.byline),
            section=html.escape(story.section),
            lang=self.publisher.lang,
            url=self.url(story),
            published=self.published(story).isoformat(),
            modified=self.modified(story).isoformat(),
            clock=f"{moment:%H:%M:%S}",
            index=f"{4211.3 + 7.4 * edition:,.2f}",
            month_before=f"{moment - timedelta(days=28):%b %Y}",
            year_before=f"{moment - timedelta(days=365):%b %Y}",
            month=f"{moment:%b %Y}",
            body=_paragraphs(story.body),
            notice_top=notice if story.notice_on_top else "",
            notice_bottom="" if story.notice_on_top else notice,
        )

    def front(self, edition: int) -> str:
        """The front page: a list of what can be read."""
        name = html.escape(self.publisher.name)
        rows = "".join(
            f'<li><a href="{self.url(s)}">{html.escape(s.title)}</a></li>\n' for s in self._readable(edition)
        )
        kind = _TYPES[self.publisher.feed]
        return (
            f'<!doctype html>\n<html lang="{self.publisher.lang}"><head><meta charset="utf-8"><title>{name}</title>'
            f'<link rel="alternate" type="{kind}" title="{name}" href="{self.origin}/feed"></head>'
            f"<body><h1>{name}</h1><p>{html.escape(self.publisher.about)}</p><ul>\n{rows}</ul></body></html>"
        )

    def feed(self, edition: int) -> tuple[str, str]:
        """(content type, text) of the feed."""
        make = _FEEDS[self.publisher.feed]
        return _TYPES[self.publisher.feed], make(self, self._readable(edition), self.last_modified(edition))

    def _readable(self, edition: int) -> list[Story]:
        return [story for story in self.stories(edition) if not story.gone]


def _paragraphs(text: str) -> str:
    return "\n".join(f"<p>{html.escape(part.strip(), quote=False)}</p>" for part in text.split("\n\n") if part.strip())


def _in_script(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("</", "<\\/")


def _summary(story: Story) -> str:
    lead = story.body.split("\n\n")[0]
    return lead if len(lead) <= 240 else lead[:240].rsplit(" ", 1)[0] + " …"


def _rss(paper: Paper, stories: Iterable[Story], changed: datetime) -> str:
    items = "".join(
        f"<item><title>{html.escape(s.title)}</title><link>{paper.url(s)}</link>"
        f'<guid isPermaLink="true">{paper.url(s)}</guid><category>{html.escape(s.section)}</category>'
        f"<pubDate>{format_datetime(paper.published(s))}</pubDate>"
        f"<description>{html.escape(_summary(s))}</description></item>\n"
        for s in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{html.escape(paper.publisher.name)}</title><link>{paper.origin}/</link>"
        f"<description>{html.escape(paper.publisher.about)}</description><language>{paper.publisher.lang}</language>"
        f"<lastBuildDate>{format_datetime(changed)}</lastBuildDate>\n{items}</channel></rss>"
    )


def _atom(paper: Paper, stories: Iterable[Story], changed: datetime) -> str:
    entries = "".join(
        f"<entry><id>{paper.url(s)}</id><title>{html.escape(s.title)}</title>"
        f'<link rel="alternate" type="text/html" href="{paper.url(s)}"/>'
        f"<published>{paper.published(s).isoformat()}</published><updated>{paper.modified(s).isoformat()}</updated>"
        f'<category term="{html.escape(s.section)}"/><summary>{html.escape(_summary(s))}</summary></entry>\n'
        for s in stories
    )
    name = html.escape(paper.publisher.name)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f'<id>{paper.origin}/</id><title>{name}</title><link rel="self" href="{paper.origin}/feed"/>'
        f"<updated>{changed.isoformat()}</updated><author><name>{name}</name></author>\n{entries}</feed>"
    )


def _json(paper: Paper, stories: Iterable[Story], changed: datetime) -> str:
    items = [
        {"id": paper.url(s), "url": paper.url(s), "title": s.title, "summary": _summary(s), "tags": [s.section],
         "date_published": paper.published(s).isoformat(), "date_modified": paper.modified(s).isoformat()}
        for s in stories
    ]  # fmt: skip
    facts = {"version": "https://jsonfeed.org/version/1.1", "title": paper.publisher.name}
    links = {"home_page_url": f"{paper.origin}/", "feed_url": f"{paper.origin}/feed"}
    whole = facts | links | {"language": paper.publisher.lang, "items": items}
    return json.dumps(whole, ensure_ascii=False, indent=1)


_TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}
_FEEDS: dict[str, Callable[[Paper, Iterable[Story], datetime], str]] = {"atom": _atom, "rss": _rss, "json": _json}
