"""``copydesk replay``: what the present extractor would read otherwise, and its readings if wanted."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from copydesk.commands.shared import database, print_json, printable, ready_dsn, when
from copydesk.errors import UsageError
from copydesk.pipeline import open_desk
from copydesk.settings import Settings
from copydesk.stages.replay import replay, summary
from copydesk.store import articles, replays
from copydesk.store.replays import Scope

SAID = {
    "same": "read the same",
    "differ": "read otherwise",
    "written": "got the new reading (the old one is kept)",
    "kept_for_a_person": "keep the old reading: a person's correction stands in it",
    "as_its_version": "further looks at a version read the same",
    "apart": "further looks at a version read otherwise",
    "readable_now": "could not be read before and can be now",
    "without_version": "are no article, as before",
    "no_longer_an_article": "would be no article any more; their text stays",
    "unreadable": "could not be read",
    "bytes_missing": "have no bytes, or damaged ones",
    "erased": "were erased",
}


def register(commands: Any) -> None:
    """Add ``replay``."""
    made = commands.add_parser(
        "replay",
        help="read stored pages again with the present extractor: a report, then --write",
        description="Read every stored page of the scope again and report what differs, by field and with examples. "
        "Nothing is written without --write; then versions get the new reading, the old one is kept, and no "
        "publisher's version is made. Interrupted, it goes on where it was.",
    )
    made.add_argument("--since", type=when, metavar="T", help="looks made at T or later")
    made.add_argument("--until", type=when, metavar="T", help="looks made before T")
    made.add_argument("--publisher", metavar="DOMAIN")
    made.add_argument("--article", metavar="URL", help="one article")
    made.add_argument("--write", action="store_true", help="store what reads better")
    made.add_argument("--show", type=int, metavar="ID", help="print the report of a replay that ran; reads nothing")
    made.add_argument("--json", action="store_true", help="print the report as JSON")
    made.set_defaults(call=_replay)


def _replay(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    if args.show is not None:
        return _show(settings, args)
    with open_desk(settings, ready_dsn(settings), connections=4) as desk:
        article = None
        if args.article:
            with desk.pool.connection() as conn:
                found = articles.find(conn, args.article)
            if found is None:
                raise UsageError(f"{args.article}: no article of this URL")
            article = found["id"]
        scope = Scope(args.since, args.until, args.publisher, article)
        report = replay(desk.pool, desk.extractors, scope, write=args.write, progress=_progress)
    print_json(report) if args.json else _print(report)
    return 0


def _show(settings: Settings, args: argparse.Namespace) -> int:
    with database(settings) as conn:
        report = summary(replays.show(conn, args.show))
    print_json(report) if args.json else _print(report)
    return 0


def _progress(done: int, total: int) -> None:
    print(f"replay: {done} of {total} pages", file=sys.stderr, flush=True)


def _print(report: dict[str, Any]) -> None:
    print(f"replay {report['replay']}: {report['pages']} pages with {report['extractor']}")
    for name, text in SAID.items():
        if report["counts"].get(name):
            print(f"{report['counts'][name]:9}  {text}")
    if report["fields"]:
        print("\nfields   " + ", ".join(f"{name} {n}" for name, n in report["fields"].items()))
    for sample in report["samples"]:
        print(f"\n{printable(sample['field'])}  {printable(sample['url'])} (version {sample['version_id']})")
        print(f"  - {printable(sample['old'])}\n  + {printable(sample['new'])}")
    if report["counts"].get("differ") and not report["writes"]:
        print("\nnothing was written; 'copydesk replay --write' stores the new readings")
