"""``copydesk search``: what is in the archive."""

from __future__ import annotations

import argparse
from typing import Any

from copydesk.commands.shared import database, print_rows, when
from copydesk.settings import Settings
from copydesk.store import search


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


def _search(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        found = search.find(
            conn, search.Query(" ".join(args.words), args.publisher, args.since, args.corrected, args.limit)
        )
        print_rows(found, as_json=args.json, columns=("observed_at", "publisher", "title", "url"))
    return 0
