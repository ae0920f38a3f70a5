"""The sample newspaper: five publishers on loopback whose stories change, are corrected and disappear.

``python -m copydesk.sample --port 8180 --every 45`` serves seeds/site/ in editions:
edition n shows of every story the newest file whose number is not above n. Each
publisher has an address of its own (127.0.11.x), all share the port. Dates count
from ``--since``, so that the feeds look fresh. Tests use :class:`SampleServer`.
"""

from __future__ import annotations

import argparse
import errno
import gzip
import hashlib
import html
import json
import socketserver
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from copydesk.errors import SetupError
from copydesk.sample_site import Paper, Publisher, Story, read_site

NETWORK = "127.0.11."
PORT = 8180
FOLDER = "Sample newspaper"
_TRIES = 20
"""Free ports to try, with port 0, until one is free at every address."""


class SampleServer:
    """Serve the sample newspaper from threads of this process. A context manager.

    ``edition`` pins one; else editions follow each other every ``every`` seconds
    from ``since`` (Unix time) on. Port 0 takes a free one. ``hits`` counts requests
    by "publisher/path". Raises SetupError when a port or an address cannot be had.
    """

    def __init__(
        self,
        *,
        port: int = PORT,
        every: float = 45.0,
        since: float | None = None,
        edition: int | None = None,
        folder: Path | None = None,
    ) -> None:
        self.site = read_site(folder)
        self.port, self.every, self._edition = port, every, edition
        # A pinned edition is the present: those before it came out in the past, none in the future.
        self.since = since if since is not None else time.time() - (every * self.site.last_edition if edition else 0)
        self.hits: Counter[str] = Counter()
        self.papers: dict[str, Paper] = {}
        self._servers: list[_Server] = []
        self._lock = threading.Lock()

    def __enter__(self) -> SampleServer:
        wanted, tries = self.port, 1 if self.port else _TRIES
        for left in reversed(range(tries)):
            try:
                for publisher in self.site.publishers.values():
                    self._open(publisher)
                break
            except OSError as error:
                host, port = f"{NETWORK}{publisher.address}", self.port
                self._close()
                self.port = wanted
                if not left:
                    raise SetupError(_trouble(host, port, error)) from None
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def _open(self, publisher: Publisher) -> None:
        host = f"{NETWORK}{publisher.address}"
        server = _Server((host, self.port), _Handler)
        self.port = int(server.server_address[1])
        server.sample, server.key = self, publisher.key
        self._servers.append(server)
        origin = f"http://{host}:{self.port}"
        self.papers[publisher.key] = Paper(self.site, publisher, self.since, self.every, origin)

    def _close(self) -> None:
        for server in self._servers:
            server.server_close()
        self._servers.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
        self._close()

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
        """Add a story to a publisher's feed now, dated now; gives its URL. Paragraphs part at empty lines."""
        paper = self.papers[publisher]
        minutes = (self.since - time.time()) / 60
        with self._lock:
            story = Story(f"now-{len(paper.added) + 1}", title, paper.publisher.name, "News", minutes, body)
            paper.added.append(story)
        return paper.url(story)

    def count(self, publisher: str, path: str) -> None:
        """Note a request; handlers call it from many threads."""
        with self._lock:
            self.hits[f"{publisher}{path}"] += 1

    def state(self) -> str:
        """What is shown and how often it was asked for, as JSON."""
        with self._lock:
            facts = {"edition": self.edition, "last": self.site.last_edition, "hits": dict(self.hits)}
        return json.dumps(facts)

    def opml(self) -> str:
        """The feeds as OPML 2.0, in one folder."""
        rows = "".join(
            f'<outline type="rss" text="{html.escape(p.publisher.name)}" title="{html.escape(p.publisher.name)}" '
            f'xmlUrl="{p.origin}/feed" htmlUrl="{p.origin}/"/>\n'
            for p in self.papers.values()
        )
        return (
            f'<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0"><head><title>{FOLDER}</title></head>'
            f'<body><outline text="{FOLDER}">\n{rows}</outline></body></opml>'
        )


def _trouble(host: str, port: int, error: OSError) -> str:
    """One line: what is wrong and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"sample newspaper: port {port} is in use at {host}; stop that program or choose another with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"sample newspaper: this machine has no address {host}; add it (macOS: sudo ifconfig lo0 alias {host})"
    return f"sample newspaper: {host}:{port} cannot be opened ({error.strerror}); choose another with --port"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    sample: SampleServer
    key: str

    def server_bind(self) -> None:
        """Bind without asking DNS for a name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that hung up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        sample, path = self.server.sample, self.path.partition("?")[0]
        sample.count(self.server.key, path)
        if path == "/feeds.opml":
            self._answer(sample.opml(), "text/x-opml; charset=utf-8")
        elif path == "/__state":
            self._answer(sample.state(), "application/json")
        elif path == "/robots.txt":
            self._answer("User-agent: *\nAllow: /\n", "text/plain; charset=utf-8")
        else:
            self._read(sample.papers[self.server.key], path, sample.edition)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """``POST /__publish`` with {"title", "body"}: a new story at the agency, now."""
        length = self.headers.get("content-length") or ""
        body = self.rfile.read(int(length) if length.isdigit() else 0)
        if self.path != "/__publish":
            return self._answer("Not found", "text/plain", status=404)
        try:
            story = json.loads(body)
            url = self.server.sample.publish(str(story["title"]), str(story["body"]))
        except (ValueError, KeyError, TypeError):
            return self._answer('send JSON: {"title": ..., "body": ...}', "text/plain", status=400)
        return self._answer(json.dumps({"url": url}), "application/json", status=201)

    def _read(self, paper: Paper, path: str, edition: int) -> None:
        """Answer what a reader asks for: the feed, the front page, a story."""
        if path == "/feed":
            kind, text = paper.feed(edition)
            return self._answer(text, f"{kind}; charset=utf-8", paper.last_modified(edition))
        if path == "/":
            return self._answer(paper.front(edition), "text/html; charset=utf-8", paper.last_modified(edition))
        story = paper.find(path, edition)
        if story and not story.gone:
            changed = paper.last_modified(edition, story)
            return self._answer(paper.page(story, edition), "text/html; charset=utf-8", changed)
        words = "<!doctype html><title>Not here</title><h1>This page is no longer here</h1>"
        return self._answer(words, "text/html; charset=utf-8", status=story.gone if story else 404)

    def _answer(self, text: str, kind: str, changed: datetime | None = None, status: int = 200) -> None:
        body = text.encode()
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'  # weak: packed and plain share it
        fresh = status == 200 and self._has(tag, changed)
        packed = "gzip" in self.headers.get("accept-encoding", "")
        body = gzip.compress(body, 5, mtime=0) if packed else body
        self.send_response(304 if fresh else status)
        self.send_header("etag", tag)
        self.send_header("vary", "accept-encoding")
        if changed:
            self.send_header("last-modified", format_datetime(changed, usegmt=True))
        if not fresh:
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            if packed:
                self.send_header("content-encoding", "gzip")
        self.end_headers()
        if not fresh and self.command != "HEAD":
            self.wfile.write(body)

    def _has(self, tag: str, changed: datetime | None) -> bool:
        """Tell whether the client holds this already (RFC 9110 13.2.2: the tag decides where one is sent)."""
        tags = self.headers.get("if-none-match")
        if tags is not None:
            return tags.strip() == "*" or tag.removeprefix("W/") in (
                t.strip().removeprefix("W/") for t in tags.split(",")
            )
        try:
            held = parsedate_to_datetime(self.headers.get("if-modified-since") or "")
        except ValueError:
            return False
        return changed is not None and changed <= held.replace(tzinfo=held.tzinfo or UTC)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the supervisor's log is for trouble."""


def main(argv: list[str] | None = None) -> int:
    """Serve until interrupted; 1 when the port cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m copydesk.sample", description="Serve the sample newspaper on loopback."
    )
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--every", type=float, default=45.0, help="seconds between editions")
    parser.add_argument("--since", type=float, default=None, help="Unix time of the first edition (default: now)")
    parser.add_argument("--edition", type=int, default=None, help="show only this edition")
    parser.add_argument("--folder", type=Path, default=None, help="another site than seeds/site")
    args = parser.parse_args(argv)
    if args.every <= 0 or (args.edition is not None and args.edition < 1):
        parser.error("--every must be above 0, and --edition 1 or more")
    try:
        with SampleServer(**vars(args)) as server:
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
