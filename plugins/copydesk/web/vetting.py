"""An address that somebody gives us to send to: refused at once if every try would be refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from copydesk.errors import Refused, UsageError
from copydesk.web.addresses import AllowList
from copydesk.web.failures import AddressRefused
from copydesk.web.targets import read_target
from copydesk.web.transport import Guard, GuardedResolver


def vet(url: str, allow: Iterable[str]) -> str:
    """Give the URL as it will be asked; raises UsageError where it is none, is not public or holds a password.

    A name that does not resolve today passes; each try judges the address anew.
    """
    rules = AllowList(allow)
    try:
        target = read_target(url, rules)
        if target.auth:
            raise UsageError(f"{target.text}: a user or password in the URL would be shown in lists; leave it out")
        asyncio.run(_resolve(target.url.raw_host or "", target.url.port or 0, rules))
    except (Refused, AddressRefused) as error:
        raise UsageError(f"{url}: {error}") from None
    return target.text


async def _resolve(host: str, port: int, rules: AllowList) -> None:
    resolver = GuardedResolver(Guard(rules))
    try:
        await asyncio.wait_for(resolver.resolve(host.strip("[]"), port), 5.0)
    except AddressRefused:
        raise
    except OSError:  # TimeoutError too
        return
    finally:
        await resolver.close()
