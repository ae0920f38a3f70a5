"""``copydesk changes``: what happened, in order, after a cursor."""

from __future__ import annotations

import argparse
import itertools
import select
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from copydesk.commands.shared import print_json, ready_dsn
from copydesk.errors import UsageError
from copydesk.settings import Settings
from copydesk.stages import stream
from copydesk.store import changes
from copydesk.store.db import Pool, Row, open_pool


def register(commands: Any) -> None:
    """Add ``changes``."""
    made = commands.add_parser(
        "changes",
        help="what happened, in order, after a cursor (JSON lines)",
        description="Print events as JSON lines. Keep the last line's 'cursor' and go on from there: nothing is "
        "skipped and nothing comes twice. 'id' is the same for ever.",
        epilog="types: " + ", ".join(changes.TYPES),
    )
    made.add_argument("--after", default="", metavar="CURSOR", help="the last cursor you had; 'now' for the end")
    made.add_argument("--limit", type=int, metavar="N", help="stop after N events")
    made.add_argument("--follow", action="store_true", help="wait for what comes, until interrupted")
    made.add_argument(
        "--held-back",
        type=float,
        default=stream.HELD_BACK,
        metavar="S",
        help="say on stderr when an open transaction holds events back for S seconds (default %(default)g)",
    )
    made.set_defaults(call=_changes)


def _changes(args: argparse.Namespace) -> int:
    if args.limit is not None and args.limit < 1:
        raise UsageError(f"--limit {args.limit}: a whole number from 1 on")
    if args.after != "now":
        changes.parse(args.after)
    listener = _Listener()
    if args.follow:
        listener.catch_signals()
    pool = open_pool(ready_dsn(Settings.from_env()), 1, name="copydesk-changes")
    try:
        events = itertools.islice(_events(pool, args, listener), args.limit)
        for event in itertools.takewhile(lambda _: not listener.stopped, events):
            print_json(event, indent=None)
            sys.stdout.flush()
    finally:
        pool.close()
    return 0


class _Listener:
    """Whether anybody still wants the next event: no signal came, and the reader of our output is there."""

    stopped = False

    def catch_signals(self) -> None:
        """Let SIGINT and SIGTERM end the stream between two events, never within a line or a query."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)

    def pause(self, seconds: float) -> bool:
        """Wait so long; False at a signal, or as soon as the reader has left although there is nothing to write."""
        poller = select.poll()
        poller.register(sys.stdout.fileno(), 0)  # errors and hang-ups are always told
        return not (poller.poll(seconds * 1000) or self.stopped)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True


def _events(pool: Pool, args: argparse.Namespace, listener: _Listener) -> Iterator[Row]:
    with pool.connection() as conn:
        cursor = changes.newest(conn) if args.after == "now" else args.after
    pause = listener.pause if args.follow else lambda seconds: False
    return stream.follow(pool, cursor, pause=pause, alarm=_alarm, held_back=args.held_back)


def _alarm(blocked: Row) -> None:
    print(held_back(blocked), file=sys.stderr, flush=True)


def held_back(blocked: Row) -> str:
    """Say what holds the stream back and what to do."""
    who = (
        f"process {blocked['pid']} ({blocked['application'] or 'unnamed'}, database {blocked['database']}), "
        f"open for {blocked['open']:.0f} s"
        if blocked["pid"]
        else "a prepared transaction (see pg_prepared_xacts)"
    )
    return (
        f"copydesk: {blocked['events']} events wait since {blocked['waiting']:.0f} s behind {who}; "
        "nothing is lost: they come when it ends"
    )
