"""Which resolved addresses may be connected to: a table of our own, and nothing else.

``ipaddress.is_global`` calls 192.0.0.192 (a cloud's metadata service), 224.0.0.1,
64:ff9b::7f00:1 (NAT64 of loopback) and 2002:7f00:1:: (6to4 of loopback) global, so
it is not asked. The tables follow the IANA IPv4 and IPv6 Special-Purpose Address
Registries; what serves no public web server is refused, also where the registry
calls it reachable. What is checked is always the *resolved* address, therefore no
spelling of a host gets around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from copydesk.errors import UsageError

REFUSED_V4: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network, RFC 791"),
    ("10.0.0.0/8", "private, RFC 1918"),
    ("100.64.0.0/10", "shared, RFC 6598"),
    ("127.0.0.0/8", "loopback, RFC 1122"),
    ("168.63.129.16/32", "a cloud's host agent in public range"),
    ("169.254.0.0/16", "link-local and metadata services, RFC 3927"),
    ("172.16.0.0/12", "private, RFC 1918"),
    ("192.0.0.0/24", "protocol assignments and a cloud's metadata service, RFC 6890"),
    ("192.0.2.0/24", "documentation, RFC 5737"),
    ("192.31.196.0/24", "AS112, RFC 7535"),
    ("192.52.193.0/24", "AMT, RFC 7450"),
    ("192.88.99.0/24", "6to4 relay, RFC 7526"),
    ("192.168.0.0/16", "private, RFC 1918"),
    ("192.175.48.0/24", "AS112, RFC 7534"),
    ("198.18.0.0/15", "benchmarking, RFC 2544"),
    ("198.51.100.0/24", "documentation, RFC 5737"),
    ("203.0.113.0/24", "documentation, RFC 5737"),
    ("224.0.0.0/4", "multicast, RFC 1112"),
    ("240.0.0.0/4", "reserved and broadcast, RFC 1112"),
)

GLOBAL_V6 = "2000::/3"
"""The only global unicast space (RFC 4291 with IANA's assignment); all else is refused unread:
loopback, unique local, link- and site-local, multicast, IPv4-compatible, segment routing."""

REFUSED_V6: tuple[tuple[str, str], ...] = (
    ("2001::/23", "protocol assignments, with Teredo 2001::/32 (RFC 4380) and ORCHID"),
    ("2001:db8::/32", "documentation, RFC 3849"),
    ("2002::/16", "6to4, RFC 7526: carries an IPv4 address and is deprecated"),
    ("2620:4f:8000::/48", "AS112, RFC 7534"),
    ("3fff::/20", "documentation, RFC 9637"),
)

EMBEDDED_V4: tuple[tuple[str, str], ...] = (
    ("::ffff:0:0/96", "IPv4-mapped, RFC 4291"),
    ("64:ff9b::/96", "NAT64, RFC 6052"),
)
"""Prefixes whose last 32 bits are the IPv4 address that is really reached: that one is judged."""

_V4 = tuple((IPv4Network(net), why) for net, why in REFUSED_V4)
_V6 = tuple((IPv6Network(net), why) for net, why in REFUSED_V6)
_EMBEDDED = tuple(IPv6Network(net) for net, _ in EMBEDDED_V4)
_GLOBAL_V6 = IPv6Network(GLOBAL_V6)


@lru_cache(maxsize=4096)
def refusal(address: str) -> str | None:
    """Say why this resolved address is no public unicast address, or None when it is one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "no address"
    return _refusal_v4(parsed) if isinstance(parsed, IPv4Address) else _refusal_v6(parsed)


def _refusal_v4(address: IPv4Address) -> str | None:
    return next((why for network, why in _V4 if address in network), None)


def _refusal_v6(address: IPv6Address) -> str | None:
    if address.scope_id is not None:
        return "scoped, RFC 4007"
    if any(address in network for network in _EMBEDDED):
        return _refusal_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address not in _GLOBAL_V6:
        return "outside global unicast, RFC 4291"
    return next((why for network, why in _V6 if address in network), None)


def ends_in_number(host: str) -> bool:
    """Whether a host can only be an IPv4 address in some spelling (WHATWG URL, "ends in a number").

    ``2130706433``, ``0x7f000001``, ``0177.0.0.1`` and ``127.1`` are; no DNS name is.
    """
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:]))


@dataclass(frozen=True, slots=True)
class _Rule:
    host: str
    network: IPv4Network | IPv6Network | None
    port: int | None


class AllowList:
    """The exceptions of ``COPYDESK_ALLOW``: hosts or networks, optionally with a port.

    ``127.0.0.0/8``, ``127.0.0.1:8099``, ``[::1]:8099``, ``::1``, ``press.internal``.
    A rule that is neither a host nor a network raises UsageError.
    """

    def __init__(self, rules: Iterable[str]) -> None:
        self._rules = tuple(_parse_rule(rule) for rule in rules)

    def host(self, host: str, port: int) -> bool:
        """Whether this name was allowed by name, whatever it resolves to."""
        wanted = host.lower().rstrip(".")
        return any(r.network is None and r.host == wanted and r.port in (None, port) for r in self._rules)

    def address(self, address: str, port: int) -> bool:
        """Whether this address was allowed by a network rule."""
        if not self._rules:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(r.network is not None and r.port in (None, port) and parsed in r.network for r in self._rules)


@lru_cache(maxsize=4096)
def _inside(address: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(address) in network
    except ValueError:
        return False


def _parse_rule(rule: str) -> _Rule:
    host, port = _split_port(rule.strip().lower())
    try:
        return _Rule(host, ip_network(host, strict=False), port)
    except ValueError:
        if not host or "/" in host or ":" in host or ends_in_number(host):
            raise UsageError(f"COPYDESK_ALLOW: {rule!r} is neither a host nor a network") from None
        return _Rule(host.rstrip("."), None, port)


def _split_port(rule: str) -> tuple[str, int | None]:
    host, colon, port = rule.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if colon and port.isdecimal() and (bracketed or ":" not in host):
        return host.strip("[]"), int(port)
    return rule.strip("[]"), None
