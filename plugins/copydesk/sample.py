"""The sample newspaper: five publishers on loopback whose stories change, are corrected and disappear.

``python -m copydesk.sample --port 8180 --every 45`` serves seeds/site/ in editions:
edition n shows of every story the newest file whose number is not above n. Each
publisher has an address of its own (127.0.11.x), all share the port. Dates count
from ``--since``, so that the feeds look fresh. Tests use :class:`SampleServer`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import gzip
import hashlib
import html
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from copydesk.errors import SetupError
from copydesk.sample_site import Paper, Story, read_site

NETWORK = "127.0.11."
PORT = 8180
PORT_FILE = "sample-port"
"""In a home folder: stored articles keep their addresses, so the port stays."""
_PORTS = 20
_held: dict[int, int] = {}


def port_for(home: Path) -> int:
    """Give the port of a home's sample newspaper: the one that it had, or the first that nobody uses."""
    with contextlib.suppress(OSError, ValueError):
        return int((home / PORT_FILE).read_text())
    for port in range(PORT, PORT + _PORTS):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((f"{NETWORK}1", port))
            if _reserve(port):
                return port
    raise SetupError(
        f"the ports {PORT} to {PORT + _PORTS - 1} of {NETWORK}1 are all in use: the sample newspaper has none"
    )


def _reserve(port: int) -> bool:
    """Hold a port for this process until its newspaper opens it: two that start together take two."""
    file = Path(tempfile.gettempdir()) / f"copydesk-sample-{port}.lock"
    try:
        # Another account's file cannot be opened with O_CREAT, and to lock it reading is enough.
        held = os.open(file, os.O_RDONLY | (0 if file.exists() else os.O_CREAT), 0o644)
    except OSError:  # not even that: the port itself must tell
        return True
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return False
    _held[port] = held  # freed with the process
    return True


class SampleServer:
    """Serve the sample newspaper from threads of this process. A context manager.

    ``edition`` pins one; else editions follow each other every ``every`` seconds
    from ``since`` (Unix time) on.
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
                raise SetupError(
                    f"sample newspaper: {host}:{self.port} cannot be opened ({error.strerror}); "
                    "choose another with --port"
                ) from None
            self.port = server.server_address[1]
            server.sample, server.key = self, publisher.key
            self.papers[publisher.key] = Paper(
                self.site, publisher, self.since, self.every, f"http://{host}:{self.port}"
            )
            self._servers.append(server)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        rows = "".join(
            f'<outline type="rss" text="{html.escape(p.publisher.name)}" title="{html.escape(p.publisher.name)}" '
            f'xmlUrl="{p.origin}/feed" htmlUrl="{p.origin}/"/>\n'
            for p in self.papers.values()
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0"><head><title>Sample newspaper</title></head>'
            f'<body><outline text="Sample newspaper">\n{rows}</outline></body></opml>'
        )


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
            self._answer(
                json.dumps({"edition": edition, "last": sample.site.last_edition, "hits": sample.hits}),
                "application/json",
            )
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
    parser = argparse.ArgumentParser(
        prog="python -m copydesk.sample", description="Serve the sample newspaper on loopback."
    )
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
