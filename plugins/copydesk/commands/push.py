"""``copydesk push``: the WebSub receiver, a small server of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from copydesk.commands.shared import ready_dsn
from copydesk.errors import SetupError, UsageError
from copydesk.feeds.push_app import PREFIX, PushApp
from copydesk.settings import Settings
from copydesk.stages.push import Inbox, Renewal
from copydesk.store.db import Pool, open_pool
from copydesk.web.client import Client

log = logging.getLogger(__name__)
EVERY = 60.0
"""Seconds between looks for subscriptions to ask for or to renew."""


def register(commands: Any) -> None:
    """Add ``push``."""
    made = commands.add_parser(
        "push",
        help="receive pushes from WebSub hubs",
        description="Subscribe to the hubs that feeds name and receive their pushes. A push makes its feed due at "
        "once; what it carries is never read. Needs COPYDESK_PUBLIC_URL (or --public-url): the https address "
        "at which hubs reach this server, through a proxy of yours that ends TLS.",
    )
    made.add_argument("--public-url", metavar="URL", help="instead of COPYDESK_PUBLIC_URL")
    made.add_argument("--listen", default="127.0.0.1:8090", metavar="HOST:PORT", help="default: %(default)s")
    made.set_defaults(call=_push)


def _push(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    public_url = _public(args.public_url or settings.public_url, settings)
    host, port = _address(args.listen)
    pool = open_pool(ready_dsn(settings), 4, name="copydesk-push")
    try:
        with _listen(host, port) as listening:
            address = "{}:{}".format(*listening.getsockname()[:2])
            print(f"copydesk push: listening on {address} for {public_url}{PREFIX}", file=sys.stderr, flush=True)
            asyncio.run(_serve(pool, settings, public_url, listening))
    finally:
        pool.close()
    return 0


async def _serve(pool: Pool, settings: Settings, public_url: str, listening: socket.socket) -> None:
    config = uvicorn.Config(
        PushApp(Inbox(pool, settings)),
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=200,
        timeout_keep_alive=5,
    )
    renewing = asyncio.create_task(_renew_forever(pool, settings, public_url))
    try:
        await uvicorn.Server(config).serve(sockets=[listening])
    finally:
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewing


async def _renew_forever(pool: Pool, settings: Settings, public_url: str) -> None:
    async with Client(settings) as client:
        renewal = Renewal(pool, settings, client, public_url)
        while True:
            try:
                counts = await renewal.run()
                log.info("subscriptions: %s", dict(counts) or "nothing was due")
            except Exception:  # the receiver goes on; the next look tries again
                log.exception("subscriptions")
            await asyncio.sleep(EVERY)


def _public(url: str | None, settings: Settings) -> str:
    if not url:
        raise UsageError("push is off: set COPYDESK_PUBLIC_URL to the https address at which hubs reach this server")
    parts = urlsplit(url)
    if not parts.netloc or (
        parts.scheme != "https" and not (parts.scheme == "http" and settings.is_local(parts.netloc))
    ):
        raise UsageError(f"{url}: the public URL must be https, because hubs are told a secret for it")
    return url.rstrip("/")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not port.isascii() or not int(port) < 65536:
        raise UsageError(f"--listen {text}: write HOST:PORT, as 127.0.0.1:8090")
    return host.strip("[]"), int(port)


def _listen(host: str, port: int) -> socket.socket:
    """Open the port before anything else is begun. Port 0 takes a free one, which is then named on stderr."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SetupError(f"cannot listen on {host}:{port}: {error.strerror or error}; choose with --listen") from None
