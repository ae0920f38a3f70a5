"""A loopback server in a thread that gives feeds, counts what it is asked, and can be slow."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Request:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    begins: float
    ends: float = 0.0


@dataclass
class FeedServer:
    """Every path but robots.txt is a feed of ``items`` items, with an ETag that names their number."""

    items: int = 3
    seconds: float = 0.0
    port: int = 0
    requests: list[Request] = field(default_factory=list)

    def url(self, path: str) -> str:
        """Give the address of a feed."""
        return f"http://127.0.0.1:{self.port}{path}"

    def polls(self, path: str = "/") -> list[Request]:
        """Give the requests for feeds below a path."""
        return [r for r in self.requests if r.path.startswith(path) and r.path != "/robots.txt"]

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
                fields = (line.split(":", 1) for line in lines)
                seen = Request(first.split(" ")[1], {k.lower(): v.strip() for k, v in fields}, time.monotonic())
                self.requests.append(seen)
                await asyncio.sleep(self.seconds)
                seen.ends = time.monotonic()
                writer.write(self._answer(seen))
        writer.close()

    def _answer(self, seen: Request) -> bytes:
        if seen.path == "/robots.txt":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        etag = f'"{self.items}"'
        if seen.headers.get("if-none-match") == etag:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()
        items = [{"id": f"{seen.path}#{n}", "title": f"Item {n}"} for n in range(self.items)]
        body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
        return f"HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.contextmanager
def feed_server(**options):
    """Serve in a thread for as long as the block runs."""
    served, ready, loop = FeedServer(**options), threading.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        server = await asyncio.start_server(served._handle, "127.0.0.1", 0)
        served.port = server.sockets[0].getsockname()[1]
        ready.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
