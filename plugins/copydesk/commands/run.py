"""``copydesk run``: the whole pipeline without Airflow."""

from __future__ import annotations

import argparse
import ipaddress
import sys
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from copydesk.commands.feeds import load_list, read_list
from copydesk.commands.shared import print_json, ready_dsn
from copydesk.pipeline import open_desk, run_forever, run_once
from copydesk.settings import Settings
from copydesk.store import status
from copydesk.store.db import connect


def register(commands: Any) -> None:
    """Add ``run``."""
    run = commands.add_parser(
        "run",
        help="poll, load and correct without Airflow",
        description="Poll feeds, fetch pages, store versions, apply corrections: what is due now, or on and on.",
    )
    run.add_argument(
        "feeds",
        nargs="*",
        help="OPML files or URLs to add to the list first; a list that is served from "
        "loopback may name feeds on loopback at that port",
    )
    run.add_argument("--once", action="store_true", help="do what is due now and stop")
    run.add_argument("--json", action="store_true", help="print the totals as JSON")
    run.set_defaults(call=_run)


def allowing(settings: Settings, sources: list[str]) -> Settings:
    """Let loopback at a list's own port through when the list itself was given as a loopback URL.

    Whoever types such a URL speaks of their own machine; a list from elsewhere gets no such leave.
    """
    ports = {urlsplit(s).port or 80 for s in sources if _is_loopback(s)}
    return replace(settings, allow=(*settings.allow, *(f"127.0.0.0/8:{port}" for port in sorted(ports))))


def _run(args: argparse.Namespace) -> int:
    settings = allowing(Settings.from_env(), args.feeds)
    bodies = [read_list(source, settings) for source in args.feeds]
    dsn = ready_dsn(settings)
    with connect(dsn) as conn:
        for body in bodies:
            load_list(conn, body)
    with open_desk(settings, dsn) as desk:
        if not args.once:
            run_forever(desk, _progress)
        counts = run_once(desk, _progress)
        with desk.pool.connection() as conn:
            totals = status.totals(conn)
    if args.json:
        print_json({"run": counts, "totals": totals})
    else:
        _table(counts, totals)
    return 0


def _table(counts: Counter[str], totals: dict[str, Any]) -> None:
    print("this run   " + (", ".join(f"{k} {v}" for k, v in sorted(counts.items()) if v) or "nothing was due"))
    print("in store   " + ", ".join(f"{k} {v}" for k, v in totals.items()))


def _progress(stage: str, counts: Counter[str]) -> None:
    if counts:
        print(f"{stage:8} " + ", ".join(f"{k} {v}" for k, v in sorted(counts.items()) if v), file=sys.stderr)


def _is_loopback(source: str) -> bool:
    if not source.startswith(("http://", "https://")):
        return False
    host = urlsplit(source).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
