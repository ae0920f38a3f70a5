"""``copydesk search``, ``changes``: what is in the archive."""

from __future__ import annotations

import argparse
from typing import Any

from copydesk.commands.shared import database, print_json, print_rows, when
from copydesk.settings import Settings
from copydesk.store import changes, search


def register(commands: Any) -> None:
    """Add the reading commands."""
    find = commands.add_parser("search", help="articles by words, publisher, time")
    find.add_argument("words", nargs="*")
    find.add_argument("--publisher")
    find.add_argument("--since", type=when, metavar="T")
    find.add_argument("--corrected", action="store_true", help="only those with a correction")
    find.add_argument("--limit", type=int, default=20)
    find.add_argument("--json", action="store_true", help="print JSON lines")
    find.set_defaults(call=_search)
    stream = commands.add_parser("changes", help="what happened, in order, after a cursor (JSON lines)")
    stream.add_argument("--after", default="", metavar="CURSOR")
    stream.add_argument("--limit", type=int, default=100)
    stream.set_defaults(call=_changes)


def _search(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        found = search.find(
            conn, search.Query(" ".join(args.words), args.publisher, args.since, args.corrected, args.limit)
        )
        print_rows(found, as_json=args.json, columns=("observed_at", "publisher", "title", "url"))
    return 0


def _changes(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        for row in changes.after(conn, args.after, args.limit):
            print_json(row, indent=None)
    return 0
