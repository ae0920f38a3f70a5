"""The sample newspaper: five publishers on loopback whose stories change, are corrected and disappear.

``python -m copydesk.sample --port 8180 --every 45`` serves seeds/site/ in editions:
edition n shows of every story the newest file whose number is not above n. Each
publisher has an address of its own (127.0.11.x), all share the port. Dates count
from ``--since``, so that the feeds look fresh. Tests use :class:`SampleServer`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import html
import json
import re
import sys
import threading
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from types import TracebackType

from copydesk.errors import SetupError

NETWORK = "127.0.11."
PORT = 8180
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
    templates = {key: Template((folder / "templates" / f"{key}.html").read_text(encoding="utf-8")) for key in publishers}
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
        story = Story(match["slug"], facts["Title"], facts["By"], facts.get("Section", "News"),
                      float(facts["Minutes"]), parts[0].strip(), modified=float(facts.get("Modified", 0)))
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
            title=html.escape(story.title), title_json=json.dumps(story.title), byline=html.escape(story.byline),
            byline_json=json.dumps(story.byline), section=story.section, lang=self.publisher.lang, url=self.url(story),
            published=published.isoformat(), modified=modified.isoformat(), now=f"{story.modified:g}",
            body="\n".join(f"<p>{html.escape(p)}</p>" for p in story.body.split("\n\n")),
            notice_top=notice if story.notice_on_top else "", notice_bottom="" if story.notice_on_top else notice)

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
            f"<description>{html.escape(self._summary(s))}</description></item>\n" for s in stories)
        return "application/rss+xml", (
            f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>{html.escape(self.publisher.name)}'
            f"</title><link>{self.origin}/</link><description>{html.escape(self.publisher.about)}</description>"
            f"<language>{self.publisher.lang}</language>\n{items}</channel></rss>")

    def _atom(self, stories: list[Story]) -> tuple[str, str]:
        entries = "".join(
            f"<entry><id>{self.url(s)}</id><title>{html.escape(s.title)}</title><link href='{self.url(s)}'/>"
            f"<published>{self._published(s).isoformat()}</published><updated>{self._published(s, s.modified).isoformat()}"
            f"</updated><summary>{html.escape(self._summary(s))}</summary></entry>\n" for s in stories)
        updated = max((self._published(s, s.modified) for s in stories), default=datetime.fromtimestamp(int(self.since), UTC))
        return "application/atom+xml", (
            f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><id>{self.origin}/</id>'
            f"<title>{html.escape(self.publisher.name)}</title><updated>{updated.isoformat()}</updated>"
            f"<author><name>{html.escape(self.publisher.name)}</name></author>\n{entries}</feed>")

    def _json(self, stories: list[Story]) -> tuple[str, str]:
        items = [{"id": self.url(s), "url": self.url(s), "title": s.title, "summary": self._summary(s),
                  "date_published": self._published(s).isoformat()} for s in stories]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": self.publisher.name, "home_page_url": f"{self.origin}/",
                "feed_url": f"{self.origin}/feed", "language": self.publisher.lang, "items": items}
        return "application/feed+json", json.dumps(feed, ensure_ascii=False, indent=1)


class SampleServer:
    """Serve the sample newspaper from threads of this process. A context manager.

    ``edition`` pins one; else editions follow each other every ``every`` seconds
    from ``since`` (Unix time) on.
    """

    def __init__(self, *, port: int = PORT, every: float = 45.0, since: float | None = None, edition: int | None = None,
                 folder: Path | None = None) -> None:
        self.site = read_site(folder)
        self.port, self.every, self._edition = port, every, edition
        self.since = time.time() if since is None else since
        self.hits: Counter[str] = Counter()
        self.papers: dict[str, Paper] = {}
        self._servers: list[ThreadingHTTPServer] = []

    def __enter__(self) -> SampleServer:
        for publisher in self.site.publishers.values():
            host = f"{NETWORK}{publisher.address}"
            try:
                server = _Server((host, self.port), _Handler)
            except OSError as error:
                self.__exit__(None, None, None)
                raise SetupError(f"sample newspaper: {host}:{self.port} cannot be opened ({error.strerror}); "
                                 "choose another with --port") from None
            self.port = server.server_address[1]
            server.sample, server.key = self, publisher.key
            self.papers[publisher.key] = Paper(self.site, publisher, self.since, self.every, f"http://{host}:{self.port}")
            self._servers.append(server)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers.clear()

    @property
    def opml_url(self) -> str:
        """The list of all its feeds."""
        return f"http://{NETWORK}1:{self.port}/feeds.opml"

    @property
    def edition(self) -> int:
        """The edition that is shown now."""
        if self._edition is not None:
            return self._edition
        return min(self.site.last_edition, 1 + max(0, int((time.time() - self.since) / self.every)))

    def set_edition(self, number: int) -> None:
        """Show this edition from now on."""
        self._edition = number

    def url(self, publisher: str, slug: str) -> str:
        """Where a story stands."""
        return f"{self.papers[publisher].origin}/{slug}.html"

    def publish(self, title: str, body: str, publisher: str = "harbour-wire") -> str:
        """Add a story to a publisher's feed now; gives its URL."""
        paper = self.papers[publisher]
        slug = f"now-{len(paper.added) + 1}"
        minutes = (self.since - time.time()) / 60
        paper.added.append(Story(slug, title, paper.publisher.name, "News", minutes, body))
        return self.url(publisher, slug)

    def opml(self) -> str:
        """The feeds as OPML 2.0, in one folder."""
        rows = "".join(f'<outline type="rss" text="{html.escape(p.publisher.name)}" title="{html.escape(p.publisher.name)}" '
                       f'xmlUrl="{p.origin}/feed" htmlUrl="{p.origin}/"/>\n' for p in self.papers.values())
        return ('<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0"><head><title>Sample newspaper</title></head>'
                f'<body><outline text="Sample newspaper">\n{rows}</outline></body></opml>')


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    sample: SampleServer
    key: str


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        sample, path = self.server.sample, self.path.partition("?")[0]
        sample.hits[f"{self.server.key}{path}"] += 1
        paper, edition = sample.papers[self.server.key], sample.edition
        if path == "/feed":
            kind, text = paper.feed(edition)
            self._answer(text, kind)
        elif path == "/feeds.opml":
            self._answer(sample.opml(), "text/x-opml")
        elif path == "/__state":
            self._answer(json.dumps({"edition": edition, "last": sample.site.last_edition, "hits": sample.hits}), "application/json")
        elif path == "/robots.txt":
            self._answer("User-agent: *\nAllow: /\n", "text/plain")
        else:
            story = next((s for s in paper.stories(edition) if path == f"/{s.slug}.html"), None)
            if story is None:
                self._answer("Not found", "text/plain", 404)
            elif story.gone:
                self._answer("Gone", "text/plain", 410)
            else:
                self._answer(paper.page(story), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """``POST /__publish`` with {"title", "body"}: a new story at the agency, now."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path != "/__publish":
            return self._answer("Not found", "text/plain", 404)
        story = json.loads(body)
        url = self.server.sample.publish(story["title"], story["body"])
        return self._answer(json.dumps({"url": url}), "application/json")

    def _answer(self, text: str, kind: str, status: int = 200) -> None:
        body = text.encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        unchanged = status == 200 and self.command == "GET" and self.headers.get("if-none-match") == tag
        if not unchanged and "gzip" in self.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 5, mtime=0)
            packed = True
        else:
            packed = False
        self.send_response(304 if unchanged else status)
        self.send_header("etag", tag)
        self.send_header("vary", "accept-encoding")
        if not unchanged:
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            if packed:
                self.send_header("content-encoding", "gzip")
        self.end_headers()
        if not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the supervisor's log is for trouble."""


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m copydesk.sample", description="Serve the sample newspaper on loopback.")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--every", type=float, default=45.0, help="seconds between editions")
    parser.add_argument("--since", type=float, default=None, help="Unix time of the first edition (default: now)")
    parser.add_argument("--edition", type=int, default=None, help="show only this edition")
    args = parser.parse_args()
    try:
        with SampleServer(port=args.port, every=args.every, since=args.since, edition=args.edition) as server:
            print(f"sample newspaper: {server.opml_url}", flush=True)
            threading.Event().wait()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
