"""The servers of many papers behind one loopback port, on virtual time; every request is judged before it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.web.client import Client

from .judge import Judge
from .papers import Paper, stamp
from .virtual import Clock

CRAWL_DELAY = 20.0
"""Seconds that every seventh host asks for in its robots.txt."""


@dataclass(frozen=True)
class Reply:
    """One answer as it goes over the wire, and how long its server takes on virtual time."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float


class Newsstand:
    """Serves the papers. ``url`` gives where each is to be had, once the stand is open."""

    def __init__(self, clock: Clock, papers: Iterable[Paper], seed: int) -> None:
        self.judge = Judge()
        self.papers = {paper.path: paper for paper in papers}
        self.last_seconds = 0.0
        self.port = 0
        self._clock = clock
        self._random = random.Random(seed)

    def url(self, paper: Paper) -> str:
        """Give the address under which a paper is published."""
        return f"http://{paper.host}:{self.port}{paper.path}"

    @contextlib.asynccontextmanager
    async def opened(self):
        """Serve on loopback; the port stays the same when the stand is opened again."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                fields = (line.split(":", 1) for line in lines)
                reply = self.serve(first.split(" ")[1], {k.strip().lower(): v.strip(" ") for k, v in fields})
                writer.write(_on_the_wire(reply))
        writer.close()

    def serve(self, target: str, headers: Mapping[str, str]) -> Reply:
        """Answer one request and have it judged."""
        at, host = self._clock.now.timestamp(), headers["host"].partition(":")[0]
        paper = self.papers.get(target)
        low, high = paper.seconds if paper else (0.05, 1.5)
        seconds = self.last_seconds = self._random.uniform(low, high)
        self.judge.arrives(host, at)
        delay = CRAWL_DELAY if int(host.removeprefix("paper").partition(".")[0]) // 8 % 7 == 2 else 0.0
        if target == "/robots.txt":
            self.judge.robots(host, at)
            rules = f"User-agent: *\nDisallow: /private/\n{f'Crawl-delay: {delay:g}' if delay else ''}\n"
            reply = Reply(200, (), rules.encode(), seconds)
        elif paper is None or paper.host != host:
            self.judge.fault("an address that was never published", f"{host}{target}")
            reply = Reply(404, (), b"", seconds)
        else:
            self.judge.request(paper, headers, at)
            reply = self._answer(paper, headers, at, seconds)
        self.judge.leaves(host, at, seconds, delay)
        base = (("Date", stamp(at)), ("Set-Cookie", f"seen={at}; Path=/"))
        return replace(reply, headers=(*base, *reply.headers))

    def _answer(self, paper: Paper, headers: Mapping[str, str], at: float, seconds: float) -> Reply:
        storm = paper.storm(at)
        if storm is not None:
            until = at + seconds + storm.wait
            said = stamp(until + 1) if storm.as_date else str(storm.wait)
            # A time in whole seconds, or so many seconds from when the answer was made.
            self.judge.refused(
                paper, at, float(int(until + 1)) if storm.as_date else at + storm.wait, whole_host=storm.status == 429
            )
            return Reply(storm.status, (("Retry-After", said),), b"later", seconds)
        etag, modified = paper.validators(at)
        unchanged = self._unchanged(paper, headers, etag, modified)
        named = (None, None) if unchanged and paper.bare else (etag, modified)
        self.judge.answered(paper, at, named, full=not unchanged, max_age=paper.max_age)
        fields = [*_freshness(paper, at)]
        fields += [("ETag", named[0])] if named[0] else []
        fields += [("Last-Modified", named[1])] if named[1] else []
        return Reply(304 if unchanged else 200, tuple(fields), b"" if unchanged else paper.document(at), seconds)

    @staticmethod
    def _unchanged(paper: Paper, headers: Mapping[str, str], etag: str | None, modified: str | None) -> bool:
        if paper.lies == "deaf":
            return "if-none-match" in headers or "if-modified-since" in headers
        if "if-none-match" in headers:
            return headers["if-none-match"] == etag
        return "if-modified-since" in headers and headers["if-modified-since"] == modified


def _freshness(paper: Paper, at: float) -> tuple[tuple[str, str], ...]:
    if not paper.max_age:
        return ()
    if paper.says_age_by == "expires":
        return (("Expires", stamp(int(at) + paper.max_age + 1)),)  # Date is cut to whole seconds
    return (("Cache-Control", f"public, {paper.says_age_by}={paper.max_age}"),)


def _on_the_wire(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in reply.headers)]
    if reply.status != 304:
        lines.append(f"Content-Length: {len(reply.body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + reply.body


class ClockedClient(Client):
    """The guarded client as it is, with every name on loopback; an answer takes the time that its server says."""

    def __init__(self, settings: Settings, stand: Newsstand, clock: Clock) -> None:
        super().__init__(settings, resolver=_loopback)
        self._stand = stand
        self._clock = clock

    async def get(self, url: str, **options) -> Answer:
        """Ask, and let the answer's seconds pass."""
        asked, answer = self._clock.now, await super().get(url, **options)
        self._clock.pass_(self._stand.last_seconds)
        return replace(answer, fetched_at=asked, seconds=self._stand.last_seconds)


async def _loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def since(start, days: float):
    """Give the moment so many days after the start."""
    return start + timedelta(days=days)
