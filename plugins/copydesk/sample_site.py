"""The texts of the sample newspaper: publishers, stories in editions, pages and feeds made of them."""

from __future__ import annotations

import html
import json
import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from string import Template

from copydesk.errors import SetupError

_FILE = re.compile(r"(?P<slug>[\w-]+)\.(?P<edition>\d+)\.(?P<what>txt|gone)")
_NOTICE = re.compile(r"^--- notice(?P<top> top)?$", re.M)


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
    """Published so many minutes before the newspaper's start."""
    body: str
    notice: str = ""
    notice_on_top: bool = False
    modified: float = 0.0
    gone: bool = False


@dataclass
class Site:
    """All publishers with all editions of their stories, read from a folder."""

    publishers: dict[str, Publisher]
    templates: dict[str, Template]
    stories: dict[tuple[str, str], list[tuple[int, Story]]]

    @property
    def last_edition(self) -> int:
        """The number after which nothing changes any more."""
        return max(edition for editions in self.stories.values() for edition, _ in editions)

    def at(self, publisher: str, edition: int) -> list[Story]:
        """The stories of a publisher as an edition shows them, newest first."""
        shown = []
        for (key, _), editions in self.stories.items():
            upto = [story for number, story in editions if number <= edition] if key == publisher else []
            if upto:
                shown.append(upto[-1])
        return sorted(shown, key=lambda story: (story.minutes, story.slug))


def seeds() -> Path:
    """Where seeds/ is: in the checkout, or in the installed package."""
    package = Path(__file__).resolve().parent
    checkout = package.parents[1] / "seeds"
    return checkout if checkout.is_dir() else package / "_share" / "seeds"


def read_site(folder: Path | None = None) -> Site:
    """Read a site. SetupError names the file that cannot be read."""
    folder = folder or seeds() / "site"
    table = tomllib.loads((folder / "publishers.toml").read_text(encoding="utf-8"))
    publishers = {key: Publisher(key, **row) for key, row in table.items()}
    templates = {
        key: Template((folder / "templates" / f"{key}.html").read_text(encoding="utf-8")) for key in publishers
    }
    stories: dict[tuple[str, str], list[tuple[int, Story]]] = {}
    for key in publishers:
        for file in sorted((folder / key).iterdir()):
            match = _FILE.fullmatch(file.name)
            if not match:
                raise SetupError(f"{file}: not a story; name it SLUG.EDITION.txt or SLUG.EDITION.gone")
            stories.setdefault((key, match["slug"]), []).append((int(match["edition"]), _read(file, match)))
    for editions in stories.values():
        editions.sort(key=lambda x: x[0])
    return Site(publishers, templates, stories)


def _read(file: Path, match: re.Match[str]) -> Story:
    if match["what"] == "gone":
        return Story(match["slug"], "", "", "", 0, "", gone=True)
    head, _, rest = file.read_text(encoding="utf-8").partition("\n\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    parts = _NOTICE.split(rest)
    try:
        story = Story(
            match["slug"],
            facts["Title"],
            facts["By"],
            facts.get("Section", "News"),
            float(facts["Minutes"]),
            parts[0].strip(),
            modified=float(facts.get("Modified", 0)),
        )
    except (KeyError, ValueError) as error:
        raise SetupError(f"{file}: the head needs Title, By and Minutes ({error})") from None
    return replace(story, notice=parts[2].strip(), notice_on_top=bool(parts[1])) if len(parts) > 2 else story


@dataclass
class Paper:
    """What one publisher answers at one moment: pages and feed as text."""

    site: Site
    publisher: Publisher
    since: float
    every: float
    origin: str
    added: list[Story] = field(default_factory=list)

    def stories(self, edition: int) -> list[Story]:
        """Stories that can be read, newest first."""
        return [*reversed(self.added), *self.site.at(self.publisher.key, edition)]

    def page(self, story: Story) -> str:
        """The article's page."""
        published, modified = self._published(story), self._published(story, story.modified)
        notice = "".join(f"<p>{html.escape(part)}</p>" for part in story.notice.split("\n\n") if part)
        notice = f'<div class="note">{notice}</div>' if notice else ""
        return self.site.templates[self.publisher.key].substitute(
            title=html.escape(story.title),
            title_json=json.dumps(story.title),
            byline=html.escape(story.byline),
            byline_json=json.dumps(story.byline),
            section=story.section,
            lang=self.publisher.lang,
            url=self.url(story),
            published=published.isoformat(),
            modified=modified.isoformat(),
            now=f"{story.modified:g}",
            body="\n".join(f"<p>{html.escape(p)}</p>" for p in story.body.split("\n\n")),
            notice_top=notice if story.notice_on_top else "",
            notice_bottom="" if story.notice_on_top else notice,
        )

    def url(self, story: Story) -> str:
        """Where the story stands."""
        return f"{self.origin}/{story.slug}.html"

    def feed(self, edition: int) -> tuple[str, str]:
        """(content type, text) of the feed."""
        stories = [story for story in self.stories(edition) if not story.gone]
        return getattr(self, f"_{self.publisher.feed}")(stories)  # type: ignore[no-any-return]

    def _published(self, story: Story, later: float = 0.0) -> datetime:
        return datetime.fromtimestamp(int(self.since - story.minutes * 60 + later * 60), UTC)

    def _summary(self, story: Story) -> str:
        return story.body.split("\n\n")[0][:240]

    def _rss(self, stories: list[Story]) -> tuple[str, str]:
        items = "".join(
            f"<item><title>{html.escape(s.title)}</title><link>{self.url(s)}</link><guid>{self.url(s)}</guid>"
            f"<pubDate>{format_datetime(self._published(s))}</pubDate>"
            f"<description>{html.escape(self._summary(s))}</description></item>\n"
            for s in stories
        )
        return "application/rss+xml", (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
            f"<title>{html.escape(self.publisher.name)}</title><link>{self.origin}/</link><description>{html.escape(self.publisher.about)}</description>"
            f"<language>{self.publisher.lang}</language>\n{items}</channel></rss>"
        )

    def _atom(self, stories: list[Story]) -> tuple[str, str]:
        entries = "".join(
            f"<entry><id>{self.url(s)}</id><title>{html.escape(s.title)}</title><link href='{self.url(s)}'/>"
            f"<published>{self._published(s).isoformat()}</published>"
            f"<updated>{self._published(s, s.modified).isoformat()}</updated>"
            f"<summary>{html.escape(self._summary(s))}</summary></entry>\n"
            for s in stories
        )
        updated = max(
            (self._published(s, s.modified) for s in stories),
            default=datetime.fromtimestamp(int(self.since), UTC),
        )
        return "application/atom+xml", (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
            f"<id>{self.origin}/</id>"
            f"<title>{html.escape(self.publisher.name)}</title><updated>{updated.isoformat()}</updated>"
            f"<author><name>{html.escape(self.publisher.name)}</name></author>\n{entries}</feed>"
        )

    def _json(self, stories: list[Story]) -> tuple[str, str]:
        items = [
            {
                "id": self.url(s),
                "url": self.url(s),
                "title": s.title,
                "summary": self._summary(s),
                "date_published": self._published(s).isoformat(),
            }
            for s in stories
        ]
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.publisher.name,
            "home_page_url": f"{self.origin}/",
            "feed_url": f"{self.origin}/feed",
            "language": self.publisher.lang,
            "items": items,
        }
        return "application/feed+json", json.dumps(feed, ensure_ascii=False, indent=1)
