"""``copydesk feeds manners``: what one host is treated to instead of the usual, with the written reason."""

from __future__ import annotations

import argparse
import math
from typing import Any

from copydesk.articles.urls import host_of
from copydesk.commands.shared import database, print_rows
from copydesk.errors import UsageError
from copydesk.settings import Settings
from copydesk.store import hosts


def register(manners: argparse.ArgumentParser) -> None:
    """Add the options to the verb."""
    manners.add_argument("host", nargs="?", help="as in URLs: news.example, or news.example:8080")
    manners.add_argument("--gap", type=float, metavar="S", help="seconds between two requests")
    manners.add_argument("--floor", type=float, metavar="S", help="shortest time between two polls of a feed")
    manners.add_argument("--looks", type=int, metavar="N", help="looks at known pages in 24 hours; 0 for none")
    manners.add_argument("--ignore-robots", action="store_true", help="where the publisher allowed it in writing")
    manners.add_argument("--reason", help="why; stored with it, and required")
    manners.add_argument("--clear", action="store_true", help="back to the usual manners")
    manners.set_defaults(call=run)


def run(args: argparse.Namespace) -> int:
    """Set a host's own manners if one is named, then print all that have some."""
    host, own = _read(args)
    with database(Settings.from_env()) as conn:
        if host:
            hosts.set_manners(conn, host, own or None, args.reason)
        rows = hosts.own_manners(conn)
    print_rows(rows, as_json=args.json, columns=("host", "manners", "manners_reason"))
    return 0


def _read(args: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Give the host ("" for none) and what it shall have of its own (nothing: the usual)."""
    wanted = {"host_gap": args.gap, "floor_conditional": args.floor, "floor_unconditional": args.floor}
    own: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    own |= {"revisit_budget": args.looks} if args.looks is not None else {}
    own |= {"robots": False} if args.ignore_robots else {}
    if not args.host:
        if own or args.clear or args.reason:
            raise UsageError("name the host that these manners are for")
        return "", {}
    host = host_of(args.host if "//" in args.host else f"https://{args.host}/")
    if not host or " " in host:
        raise UsageError(f"{args.host}: not a host")
    if args.clear == bool(own):
        raise UsageError("give --gap, --floor, --looks or --ignore-robots, or else --clear")
    if not all(math.isfinite(value) and value >= 0 for value in own.values()):
        raise UsageError("--gap and --floor (seconds) and --looks: not less than 0")
    if own and not (args.reason or "").strip():
        raise UsageError(f"{host}: manners of its own need a --reason")
    return host, own
