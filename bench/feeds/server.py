"""The newspapers of the benchmark: one process, any number of feeds, 95 % of answers 304.

``python -m bench.feeds.server`` prints its port and serves until its input ends. In round
r one feed in twenty has a new item; ``/round/R`` moves on. As little is done for an answer
as can be, because it must never be what is waited for.
"""

from __future__ import annotations

import asyncio
import sys
from functools import lru_cache

ITEMS = 30
SHARE = 20
"""One feed in so many changes in a round."""
ROBOTS = b"# of %b\nUser-agent: *\nDisallow: /private/\nDisallow: /search\nAllow: /\nCrawl-delay: 0\n"
_ITEM = (
    "<item><guid isPermaLink='false'>{feed}-{item}</guid><title>Story {item} of paper {feed}</title>"
    "<link>http://pages{feed}.example/{item}</link><pubDate>Mon, 02 Mar 2026 {hour:02}:00:00 GMT</pubDate>"
    "<description>What happened in the town of paper {feed}, told in a sentence or two, as feeds do; "
    "the council met, the bridge was opened, and the weather will be fair. Number {item}.</description></item>"
)


def changes(feed: int, number: int) -> bool:
    """Whether this feed has something new in this round; spread over the feeds, another twentieth each time."""
    return (feed * 7919 + number * 104729) % SHARE == 0


def edition(feed: int, number: int) -> int:
    """How often this feed has changed until this round."""
    return sum(changes(feed, r) for r in range(1, number + 1))


def etag(feed: int, number: int) -> str:
    """The validator of this feed in this round."""
    return f'"{feed}-{edition(feed, number)}"'


@lru_cache(maxsize=1024)
def document(feed: int, newest: int) -> bytes:
    """The feed's RSS document after so many changes."""
    items = "".join(_ITEM.format(feed=feed, item=newest + ITEMS - n, hour=n % 24) for n in range(ITEMS))
    text = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Paper {feed}</title>{items}</channel></rss>"
    return text.encode()


class Paper(asyncio.Protocol):
    """One connection. ``number`` is the round, shared by all."""

    number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self.transport.write(answer(head))
            if b"\r\nConnection: close" in head:
                self.transport.close()


def answer(head: bytes) -> bytes:
    """Answer one request."""
    path = head.split(b" ", 2)[1]
    if path == b"/robots.txt":
        host = head.partition(b"Host: ")[2].partition(b"\r\n")[0]
        return _response(b"200 OK", b"Content-Type: text/plain", ROBOTS % host)
    if path.startswith(b"/round/"):
        Paper.number = int(path[7:])
        return _response(b"200 OK", b"Content-Type: text/plain", b"")
    feed = int(path[6:])
    tag = etag(feed, Paper.number).encode()
    if b"If-None-Match: " + tag + b"\r\n" in head + b"\r\n":
        return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\nCache-Control: max-age=60\r\n\r\n"
    kind = b"Content-Type: application/rss+xml\r\nCache-Control: max-age=60\r\nETag: " + tag
    return _response(b"200 OK", kind, document(feed, edition(feed, Paper.number)))


def _response(status: bytes, headers: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + headers + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Paper, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
