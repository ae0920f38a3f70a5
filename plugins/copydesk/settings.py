"""Every setting of copydesk, read once from the environment.

Defaults are the polite values of the standards named at each; hosts on the
loopback allow-list may be given seconds, public hosts never get less than the
floor by accident (:func:`Manners.for_host`).
"""

from __future__ import annotations

import ipaddress
import itertools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from copydesk import __version__
from copydesk.errors import UsageError


@dataclass(frozen=True, slots=True)
class Manners:
    """How politely to ask. Seconds throughout.

    Floors: 15 min where conditional requests work, 60 min where they do not
    (Kroll's feed-reader score). Gap: one connection per host and at least 5 s
    between requests (the pace of Media Cloud's fetcher), at most 120 s.
    """

    floor_conditional: float = 15 * 60
    floor_unconditional: float = 60 * 60
    ceiling: float = 24 * 3600
    host_gap: float = 5.0
    host_gap_max: float = 120.0
    revisit_ages: tuple[float, ...] = (3600, 3 * 3600, 8 * 3600, 24 * 3600, 72 * 3600, 7 * 86400, 30 * 86400)
    revisit_burst: tuple[float, ...] = (30 * 60, 2 * 3600, 8 * 3600)
    """Extra looks after a change, counted from the look that saw it (docs/revisits.md: why these)."""
    revisit_floor: float = 5 * 60
    """Never two looks at one article within this time."""
    revisit_budget: int = 2880
    """Looks at known articles of one host in 24 hours: one in 30 s. First looks do not count."""
    revisit_tempo: float = 1.0
    """Factor for every time of a re-visit that is not an age; below 1 on loopback only."""
    robots: bool = True


OWN_MANNERS = ("floor_conditional", "floor_unconditional", "ceiling", "host_gap", "revisit_budget", "robots")
"""What one host may have of its own, with a written reason."""

LOOPBACK_MANNERS = Manners(
    floor_conditional=2,
    floor_unconditional=2,
    ceiling=5,
    host_gap=0.0,
    host_gap_max=0.0,
    revisit_ages=(5, 10, 20, 40, 80, 160, 320),
    revisit_budget=1_000_000,
    revisit_tempo=5 / 3600,
)
"""For hosts on the allow-list only: a demonstration takes minutes, latency can be measured."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request and one document (bytes, seconds), each against a threat of docs/threats.md."""

    deadline: float = 60.0
    feed_bytes: int = 20_000_000
    page_bytes: int = 20_000_000
    ratio: int = 200
    hops: int = 5
    parse_seconds: float = 20.0
    parse_memory: int = 1_500_000_000


CONTACT = "https://github.com/copydesk/copydesk"
"""Where a publisher reads who polls it; users set their own with COPYDESK_CONTACT."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration. Build it with :meth:`from_env`."""

    home: Path
    database_url: str | None = None
    allow: tuple[str, ...] = ()
    """Hosts or networks, optionally with a port, that the guard lets through although they are not public."""
    contact: str = CONTACT
    manners: Manners = field(default_factory=Manners)
    local_manners: Manners = LOOPBACK_MANNERS
    limits: Limits = field(default_factory=Limits)
    workers: int = 0
    """Extraction processes; 0 means one per core."""
    apply_threshold: float = 0.9
    snapshots: str = "postgres"
    """Where raw bytes are kept: in PostgreSQL, or below a URL of any store that fsspec reaches."""
    public_url: str | None = None
    """Where hubs reach ``copydesk push`` from the internet; None: no push."""
    backfill_nice: int = 10
    """How much a process that reads archives yields to others (nice): live polling goes first."""

    @property
    def user_agent(self) -> str:
        """The true name that every request carries."""
        return f"copydesk/{__version__} (+{self.contact})"

    def manners_for(self, host: str, own: Mapping[str, Any] | None = None) -> Manners:
        """Give the manners for a host (port or not): the polite ones unless it is an allow-listed literal address.

        ``own`` are the host's own, as ``copydesk feeds manners`` stores them.
        """
        usual = self.local_manners if self.is_local(host) else self.manners
        return replace(usual, **{k: v for k, v in own.items() if k in OWN_MANNERS}) if own else usual

    def is_local(self, host: str) -> bool:
        """Whether the user let this host (port or not) through by a literal address or name on the allow-list."""
        return _is_allowed(host, self.allow)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read COPYDESK_* and DATABASE_URL. Unreadable values raise UsageError naming the variable."""
        env = os.environ if env is None else env
        return cls(
            home=Path(env.get("COPYDESK_HOME") or default_home()),
            database_url=env.get("DATABASE_URL") or None,
            allow=tuple(x.strip() for x in env.get("COPYDESK_ALLOW", "").split(",") if x.strip()),
            contact=env.get("COPYDESK_CONTACT") or CONTACT,
            workers=_whole(env, "COPYDESK_WORKERS", 0),
            snapshots=env.get("COPYDESK_SNAPSHOTS") or "postgres",
            manners=_manners(env),
            public_url=env.get("COPYDESK_PUBLIC_URL") or None,
            backfill_nice=_whole(env, "COPYDESK_BACKFILL_NICE", 10),
        )


def default_home() -> Path:
    """Where the local server keeps its data: below the user's data folder; for root below /var/lib."""
    if os.name != "nt" and os.geteuid() == 0:
        return Path("/var/lib/copydesk")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "copydesk"


def _manners(env: Mapping[str, str]) -> Manners:
    usual = Manners()
    return replace(
        usual,
        revisit_ages=_spans(env, "COPYDESK_REVISIT_AGES", usual.revisit_ages),
        revisit_burst=_spans(env, "COPYDESK_REVISIT_BURST", usual.revisit_burst),
    )


_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


def _spans(env: Mapping[str, str], name: str, usual: tuple[float, ...]) -> tuple[float, ...]:
    raw = env.get(name, "")
    found = [re.fullmatch(r"(\d+(?:\.\d+)?)([dhms])", word) for word in raw.split()]
    if not all(found):
        raise UsageError(f"{name}={raw!r}: write times like '1h 3h 8h 24h 3d'")
    spans = [float(m[1]) * _UNITS[m[2]] for m in found if m]
    floor = Manners().revisit_floor  # times are written within a second
    if any(b - a < floor - 1 for a, b in itertools.pairwise([0.0, *spans])):
        raise UsageError(f"{name}={raw!r}: in rising order, each {as_spans([floor])} or more after the one before")
    return tuple(spans) or usual


def as_spans(seconds: Iterable[float]) -> str:
    """Write times as COPYDESK_REVISIT_AGES takes them: in the largest unit that says them within a second."""

    def word(span: float) -> str:
        unit, size = next(((u, s) for u, s in _UNITS.items() if span >= s and abs(span - round(span / s, 2) * s) < 1),
                          ("s", 1.0))  # fmt: skip
        return f"{round(span / size, 2):g}{unit}"

    return " ".join(map(word, seconds))


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    raw = env.get(name, "")
    try:
        return int(raw) if raw else default
    except ValueError:
        raise UsageError(f"{name}={raw!r} is not a whole number") from None


def _is_allowed(host: str, allow: tuple[str, ...]) -> bool:
    port = re.search(r":(\d+)$", host) if host.count(":") == 1 or "]" in host else None
    host, number = (host[: port.start()], port[1]) if port else (host, None)
    for rule in allow:
        if number and rule.count(":") == 1 and rule.rsplit(":", 1)[1] != number:
            continue
        network = rule.rsplit(":", 1)[0] if rule.count(":") == 1 else rule
        if host == network:
            return True
        try:
            if ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(network, strict=False):
                return True
        except ValueError:
            continue
    return False
