"""``copydesk up``, ``down``, ``status``: everything on this machine."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import replace
from types import FrameType
from typing import Any

from copydesk.commands.feeds import load_list, read_list
from copydesk.commands.run import allowing
from copydesk.commands.shared import database, print_json
from copydesk.local import up
from copydesk.local.processes import Processes
from copydesk.sample import PORT, port_for
from copydesk.settings import Settings
from copydesk.store import feeds, status
from copydesk.store.address import connect_url
from copydesk.store.db import connect

SAMPLE_FOLDER = "Sample newspaper"
SHOWN = (
    "feeds",
    "entries",
    "articles",
    "versions",
    "clusters",
    "corrections",
    "applied",
    "review",
    "waiting",
)


def register(commands: Any) -> None:
    """Add the commands about this machine."""
    start = commands.add_parser("up", help="start the database, Airflow and the sample newspaper, and watch over them")
    start.add_argument("--port", type=int, default=8080, help="port of the UI (default 8080)")
    start.add_argument(
        "--feeds",
        action="append",
        default=[],
        metavar="OPML",
        help="run on these feeds instead of the sample newspaper",
    )
    start.add_argument(
        "--every",
        type=float,
        default=45.0,
        metavar="S",
        help="seconds between editions of the sample newspaper",
    )
    start.set_defaults(call=_up)
    stop = commands.add_parser("down", help="stop everything that 'up' started; data stays")
    stop.set_defaults(call=_down)
    made = commands.add_parser("status", help="what runs and what is stored")
    made.add_argument("--json", action="store_true", help="print JSON")
    made.set_defaults(call=_status)


def _up(args: argparse.Namespace) -> int:
    settings = allowing(Settings.from_env(), args.feeds)
    sample = not args.feeds
    sample_port = port_for(settings.home) if sample else PORT
    if sample:
        settings = replace(settings, allow=(*settings.allow, f"127.0.0.0/8:{sample_port}"))
    bodies = [read_list(source, settings) for source in args.feeds]
    stack = up.Stack(settings, args.port, sample, say=_say, every=args.every, sample_port=sample_port)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        stack.start()
        _choose_feeds(stack, bodies)
        _watch(stack)
    except KeyboardInterrupt:
        _say("stopping")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stack.stop()
    return 0


def _choose_feeds(stack: up.Stack, bodies: list[bytes]) -> None:
    """Add the given lists, or the sample newspaper's; the sample's feeds rest while it is not served."""
    settings, sample = stack.settings, stack.sample
    with connect(connect_url(settings, start=True)) as conn:
        if sample:
            load_list(conn, read_list(stack.sample_feeds, settings))
        for body in bodies:
            load_list(conn, body)
        for feed in feeds.listing(conn):
            if feed["folder"].startswith(SAMPLE_FOLDER) and feed["status"] != ("active" if sample else "paused"):
                feeds.set_status(conn, feed["id"], "active" if sample else "paused")


def _watch(stack: up.Stack) -> None:
    """Print a short live table, and keep everything running, until interrupted."""
    paper = f"  paper  {stack.sample_feeds.removesuffix('feeds.opml')}\n" if stack.sample else ""
    print(
        f"\n{paper}  UI     {stack.url}\n  login  admin / {stack.login()}\n  stop   Ctrl-C, or 'make down'\n",
        flush=True,
    )
    print("  ".join(f"{name:>11}" for name in SHOWN), flush=True)
    last = ""
    dsn = connect_url(stack.settings, start=False)
    while True:
        try:
            with connect(dsn) as conn:
                totals = status.totals(conn)
            line = "  ".join(f"{totals[name]:>11}" for name in SHOWN)
        except Exception as error:
            line = f"database: {type(error).__name__}"
        if line != last:
            end = "\r" if sys.stdout.isatty() else "\n"
            print(line, end=end, flush=True)
            last = line
        stack.tend()
        time.sleep(2)


def _down(args: argparse.Namespace) -> int:
    found = up.down(Settings.from_env(), _say)
    print("stopped" if found else "nothing was running")
    return 0


def _status(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    processes = Processes(settings.home)
    running = {name: bool(processes.running(name)) for name in processes.names()}
    with database(settings) as conn:
        totals, lag = status.totals(conn), status.lag(conn)
    if args.json:
        print_json({"running": running, "totals": totals, "lag_seconds": lag})
        return 0
    for name, alive in running.items():
        print(f"{name:18} {'running' if alive else 'not running'}")
    for name, value in totals.items():
        print(f"{name:18} {value}")
    if lag["n"]:
        print(f"{'lag':18} p50 {lag['p50']:.1f} s, p95 {lag['p95']:.1f} s over {lag['n']} articles of the last day")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
