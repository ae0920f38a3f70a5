"""Users who ask at once: each asks, reads a while, asks again; what the server took, and what they waited."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

_TOOK = re.compile(r"app;dur=([\d.]+)")


@dataclass
class Times:
    """Milliseconds of one page or call."""

    server: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    errors: int = 0


def ask(
    base: str, token: str, calls: Mapping[str, Sequence[str]], *, users: int, seconds: float, think: float
) -> dict[str, Times]:
    """Let so many users ask for so long; ``think`` seconds lie on average between an answer and the next question."""
    return asyncio.run(_all(base, token, calls, users, seconds, think))


async def _all(base, token, calls, users, seconds, think):
    found: dict[str, Times] = defaultdict(Times)
    headers = {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:
        until = time.monotonic() + seconds
        await asyncio.gather(*(_user(session, base, calls, found, until, think, n) for n in range(users)))
    return dict(found)


async def _user(session, base, calls, found, until, think, n):
    rng, names = random.Random(n), sorted(calls)
    await asyncio.sleep(rng.uniform(0, think))
    while time.monotonic() < until:
        name = rng.choice(names)
        began = time.monotonic()
        async with session.get(base + rng.choice(calls[name])) as answer:
            await answer.read()
            times = found[name]
            took = _TOOK.search(answer.headers.get("server-timing", ""))
            if answer.status != 200 or not took:
                times.errors += 1
            else:
                times.server.append(float(took[1]))
                times.waited.append(1000 * (time.monotonic() - began))
        await asyncio.sleep(rng.expovariate(1 / think) if think else 0)
