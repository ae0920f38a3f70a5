"""``copydesk corrections``: what was decided, what waits for a person, who still has it wrong."""

from __future__ import annotations

import argparse
import getpass
import json
from typing import Any

from copydesk.commands.shared import database, print_json, print_rows, read_input
from copydesk.errors import UsageError
from copydesk.settings import Settings
from copydesk.stages import review
from copydesk.store import decisions
from copydesk.store.db import Connection, Row


def register(commands: Any) -> None:
    """Add ``corrections`` with its verbs."""
    group = commands.add_parser("corrections", help="corrections: list, show, review, apply, undo, still-wrong")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = _verb(verbs, "list", _list, "decisions, newest first")
    listing.add_argument(
        "--outcome",
        choices=("already_corrected", "applied", "review", "contradicted", "refused", "withdrawn", "undone"),
    )
    listing.add_argument("--limit", type=int, default=100)
    _verb(verbs, "show", _show, "one decision with all its evidence").add_argument("id", type=int)
    judge = _verb(verbs, "review", _review, "decide what waits for a person")
    judge.add_argument("id", type=int)
    judge.add_argument("action", choices=("approve", "edit", "reject"))
    judge.add_argument("--place", type=int, default=1, help="which candidate place, as shown (1 is the best)")
    judge.add_argument("--edits", metavar="FILE", help="for edit: JSON list of {start, end, old, new}")
    apply = _verb(verbs, "apply", _apply, "approve the best place")
    apply.add_argument("id", type=int)
    undo = _verb(verbs, "undo", _undo, "take an applied correction back")
    undo.add_argument("id", type=int)
    for verb in (judge, apply, undo):
        verb.add_argument("--reviewer", default=getpass.getuser(), help="who decides (default: the login name)")
        verb.add_argument("--note", default="")
    wrong = _verb(verbs, "still-wrong", _still_wrong, "copies that still carry an error, and since when")
    wrong.add_argument("correction", type=int, nargs="?")


def _verb(verbs: Any, name: str, call: Any, help_: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=help_)
    made.add_argument("--json", action="store_true", help="print JSON")
    made.set_defaults(call=call)
    return made


def _list(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        found = decisions.listing(conn, outcome=args.outcome, limit=args.limit)
    print_rows(found, as_json=args.json, columns=("id", "outcome", "reason", "wrong", "right", "publisher", "url"))
    return 0


def _show(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        row = _found(conn, args.id)
        row["reviews"] = decisions.reviews(conn, args.id)
    if args.json:
        print_json(row)
        return 0
    for name in (
        "id",
        "outcome",
        "reason",
        "decided_by",
        "decided_at",
        "kind",
        "wrong",
        "right",
        "url",
        "notice",
    ):
        print(f"{name:11} {row[name]}")
    for number, candidate in enumerate(row["candidates"], 1):
        print(f"place {number}     {candidate['score']:.2f} {candidate.get('sentence', '')}")
    for edit in row["edits"]:
        print(f"edit        {edit['start']}-{edit['end']} {edit.get('old', '')!r} -> {edit.get('new', '')!r}")
    print(f"evidence    {json.dumps(row['evidence'], ensure_ascii=False)}")
    return 0


def _review(args: argparse.Namespace) -> int:
    edits = json.loads(read_input(args.edits)) if args.edits else None
    return _decide(args, review.Review(args.action, args.reviewer, args.note, args.place, edits))


def _apply(args: argparse.Namespace) -> int:
    return _decide(args, review.Review("approve", args.reviewer, args.note))


def _undo(args: argparse.Namespace) -> int:
    return _decide(args, review.Review("undo", args.reviewer, args.note))


def _decide(args: argparse.Namespace, wish: review.Review) -> int:
    with database(Settings.from_env()) as conn:
        row = review.decide(conn, args.id, wish)
    if args.json:
        print_json(row)
    else:
        print(f"decision {row['id']}: {row['outcome']} ({row['reason']})")
    return 0


def _still_wrong(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        found = decisions.still_wrong(conn, args.correction)
    print_rows(
        found,
        as_json=args.json,
        columns=("correction_id", "since", "publisher", "outcome", "wrong", "right", "url"),
    )
    return 0


def _found(conn: Connection, key: int) -> Row:
    row = decisions.show(conn, key)
    if row is None:
        raise UsageError(f"no decision {key}")
    return row
