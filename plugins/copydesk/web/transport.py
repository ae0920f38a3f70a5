"""The sockets below the client: names resolve to vetted addresses, and only those are connected to.

Two checks, because the first alone would trust the HTTP library to connect to what
was resolved: the resolver hands out vetted addresses only, and every socket is
made by a factory that judges the very address it is made for.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from copydesk.settings import Settings
from copydesk.web.addresses import AllowList, refusal
from copydesk.web.decoding import ACCEPT_ENCODING
from copydesk.web.failures import AddressRefused
from copydesk.web.wire import CountingConnector

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) → its addresses. Raises OSError when the name does not resolve."""

DNS_TTL = 60
"""Seconds for which vetted addresses are reused."""
DNS_THREADS = 16
"""Own threads: slow names must not starve the threads that the rest of the process works with."""
KEEP_ALIVE = 30.0
MAX_HEADERS = 1000
"""News sites were seen with more than the 100 that Python's http.client accepts."""
MAX_FIELD = 32 * 1024
REMEMBERED = 10_000


class Guard:
    """Says for each address and port whether it may be connected to."""

    def __init__(self, allow: AllowList) -> None:
        self.allow = allow
        self._by_name: OrderedDict[tuple[str, int], None] = OrderedDict()

    def vet(self, host: str, port: int, addresses: Sequence[str]) -> list[str]:
        """Keep the addresses that may be connected to; raises AddressRefused when none is left."""
        if self.allow.host(host, port):
            self._remember(addresses, port)
            return list(addresses)
        good = [a for a in addresses if self._refusal(a, port) is None]
        if addresses and not good:
            raise AddressRefused(f"{host} is {addresses[0]}: {self._refusal(addresses[0], port)}")
        return good

    def check(self, address: str, port: int) -> None:
        """Judge the address of a socket that is about to connect; raises AddressRefused."""
        why = self._refusal(address, port)
        if why and (address, port) not in self._by_name:
            raise AddressRefused(f"{address}: {why}")

    def _refusal(self, address: str, port: int) -> str | None:
        why = refusal(address)
        return None if why is None or self.allow.address(address, port) else why

    def _remember(self, addresses: Sequence[str], port: int) -> None:
        for address in addresses:
            self._by_name[(address, port)] = None
        while len(self._by_name) > REMEMBERED:
            self._by_name.popitem(last=False)


class GuardedResolver(AbstractResolver):
    """Resolves names through ``lookup`` (the system's by default) and hands out vetted addresses only."""

    def __init__(self, guard: Guard, lookup: Lookup | None = None) -> None:
        self._guard = guard
        self._lookup = lookup or self._system
        self._threads: ThreadPoolExecutor | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve and vet. Raises AddressRefused, or OSError when there is no address."""
        vetted = self._guard.vet(host, port, await self._lookup(host, port))
        if not vetted:
            raise OSError(None, "no address")
        return [_result(host, address, port) for address in vetted]

    async def _system(self, host: str, port: int) -> Sequence[str]:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(DNS_THREADS, "copydesk-dns")
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _getaddrinfo, host, port)
        return list(dict.fromkeys(found))

    async def close(self) -> None:
        """Let the threads end by themselves; a name still being resolved is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [_with_scope(info[4]) for info in found if info[0] in (socket.AF_INET, socket.AF_INET6)]


def _with_scope(address: tuple[Any, ...]) -> str:
    scoped = len(address) == 4 and address[3] and "%" not in address[0]
    return f"{address[0]}%{address[3]}" if scoped else str(address[0])


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)


def open_session(
    settings: Settings, guard: Guard, lookup: Lookup | None, *, per_host: int, tls: ssl.SSLContext | None
) -> aiohttp.ClientSession:
    """Open the one session: no proxy, no .netrc, no cookies, no library timeouts, TLS verified."""
    resolver = GuardedResolver(guard, lookup)

    def make_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = info
        guard.check(_with_scope(address), address[1])
        made = socket.socket(family=family, type=kind, proto=proto)
        made.setblocking(False)
        return made

    connector = CountingConnector(
        resolver=resolver,
        socket_factory=make_socket,
        ssl=tls or ssl.create_default_context(),
        ttl_dns_cache=DNS_TTL,
        limit=0,
        limit_per_host=per_host,
        keepalive_timeout=KEEP_ALIVE,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": settings.user_agent, "Accept-Encoding": ACCEPT_ENCODING},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        auto_decompress=False,
        trust_env=False,
        requote_redirect_url=False,
        max_headers=MAX_HEADERS,
        max_field_size=MAX_FIELD,
        max_line_size=MAX_FIELD,
    )
