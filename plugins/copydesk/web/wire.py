"""What one request may receive, counted below HTTP: a server must not keep us reading what is no body.

A body has its cap, but an answer's head, its interim answers (103 and the like), the
extensions of its chunks and its trailers are read by the HTTP library without end:
measured, a flood of 103 answers cost all of one core until the deadline. So bytes are
counted where they arrive, and the connection is dropped when the allowance is used up.
Connections are counted in the same place: of thousands of hosts polled in turn, most
are not worth an open socket until their next turn.
"""

from __future__ import annotations

import functools
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from copydesk.errors import Refused

HEAD_BYTES = 1_000_000
"""For the head with all interim answers. Heads that were seen have up to 30 kB; one read of the socket has 256 kB."""
FRAMING = 2
"""A chunked body may take this many times its cap on the wire; servers that flush each line stay below 1.1."""
KEPT = 256
"""Open connections beyond which a finished one is closed: a process may have 1,024 files open by default."""


class Allowance:
    """The bytes that the request under way may still receive."""

    def __init__(self) -> None:
        self.left = HEAD_BYTES
        self.refusal = Refused("header_error", f"more than {HEAD_BYTES} bytes before a body")

    def begin_body(self, limit: int) -> None:
        """The head is whole: allow a body of ``limit`` bytes with its framing."""
        self.left = HEAD_BYTES + FRAMING * limit
        self.refusal = Refused("too_large", f"more than {self.left} bytes on the wire for a body of {limit}")


_allowance: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


def allow() -> Allowance:
    """Give the request that this task is about to make an allowance of its own."""
    made = Allowance()
    _allowance.set(made)
    return made


class Connections:
    """How many connections are open."""

    def __init__(self) -> None:
        self.open = 0


class CountingHandler(ResponseHandler):
    """aiohttp's protocol of one connection, with an allowance for each of its requests."""

    def __init__(self, connections: Connections, loop: Any) -> None:
        super().__init__(loop)
        self._connections = connections
        self._allowance: Allowance | None = None

    def set_response_params(self, **options: Any) -> None:
        """A request begins on this connection, in the task that makes it."""
        self._allowance = _allowance.get()
        super().set_response_params(**options)

    def data_received(self, data: bytes) -> None:
        """Count, then read."""
        if self._allowance is not None and data:
            self._allowance.left -= len(data)
            if self._allowance.left < 0:
                self._refuse(self._allowance.refusal)
                return
        super().data_received(data)

    @property
    def should_close(self) -> bool:
        """Whether the connection is closed when its answer is read."""
        return self._connections.open > KEPT or super().should_close

    def connection_made(self, transport: Any) -> None:
        """One more is open."""
        self._connections.open += 1
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """One less is open."""
        self._connections.open -= 1
        super().connection_lost(exc)

    def _refuse(self, refusal: Refused) -> None:
        self.set_exception(refusal)
        if self._payload is not None:
            self._payload.set_exception(refusal)
        if self.transport is not None:
            self.transport.abort()


class CountingConnector(aiohttp.TCPConnector):
    """aiohttp's connector, whose connections count."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.connections = Connections()
        # aiohttp names no public place for it; tests/integration/test_client_floods.py fails when this one moves.
        self._factory: Any = functools.partial(CountingHandler, self.connections, loop=self._loop)
