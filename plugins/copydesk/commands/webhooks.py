"""``copydesk webhooks``: who gets the change stream sent, what did not arrive."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from copydesk.commands.shared import database, print_json, print_rows, ready_dsn
from copydesk.errors import UsageError
from copydesk.outlets.signing import new_secret
from copydesk.settings import Settings
from copydesk.stages.deliver import deliver
from copydesk.store import changes, webhooks
from copydesk.store.db import open_pool
from copydesk.web.vetting import vet


def register(commands: Any) -> None:
    """Add ``webhooks`` with its verbs."""
    group = commands.add_parser(
        "webhooks", help="send the change stream to URLs: add, list, pause, resume, remove, deliver, dead, retry"
    )
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("add", help="send events to a URL from now on; prints its secret, this once")
    add.add_argument("url")
    add.add_argument("--type", action="append", default=[], choices=list(changes.TYPES), help="only such events")
    add.add_argument("--after", default="now", metavar="CURSOR", help="from this cursor on ('' for the beginning)")
    add.set_defaults(call=_add)
    for name, call, help_ in (
        ("list", _list, "every webhook, what waits and what is dead"),
        ("deliver", _deliver, "send what is due now"),
        ("dead", _dead, "dead letters: what was given up after a day"),
    ):
        made = verbs.add_parser(name, help=help_)
        made.add_argument("--json", action="store_true", help="print JSON lines")
        made.set_defaults(call=call)
    for name, call, help_ in (
        ("pause", _pause, "send nothing for a while; nothing is skipped"),
        ("resume", _resume, "send again, at once"),
        ("remove", _remove, "forget a webhook and its dead letters"),
        ("retry", _retry, "try dead letters again"),
    ):
        made = verbs.add_parser(name, help=help_)
        made.add_argument("id", type=int)
        if name == "retry":
            made.add_argument("--event", metavar="evt_N", help="this one only")
        made.set_defaults(call=call)


def _add(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    url = vet(args.url, settings.allow)
    if args.after != "now":
        changes.parse(args.after)
    secret = new_secret()
    with database(settings) as conn:
        cursor = changes.newest(conn) if args.after == "now" else args.after
        made = webhooks.add(conn, url, secret, args.type, cursor)
    print_json({"id": made, "url": url, "secret": secret})
    print("keep the secret: it is not shown again; receivers check signatures with it", file=sys.stderr)
    return 0


def _list(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        print_rows(
            webhooks.listing(conn),
            as_json=args.json,
            columns=("id", "state", "waiting", "dead", "failures", "last_answer", "last_ok_at", "url"),
        )
    return 0


def _deliver(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    pool = open_pool(ready_dsn(settings), 2, name="copydesk-deliver")
    try:
        counts = deliver(pool, settings)
    finally:
        pool.close()
    if args.json:
        print_json(counts, indent=None)
    else:
        print(", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "nothing was due")
    return 0


def _dead(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        columns = ("webhook_id", "event", "type", "attempts", "first_at", "last_answer", "article")
        print_rows(webhooks.dead(conn), as_json=args.json, columns=columns)
    return 0


def _pause(args: argparse.Namespace) -> int:
    return _known(args, "paused")


def _resume(args: argparse.Namespace) -> int:
    return _known(args, "active")


def _known(args: argparse.Namespace, state: str) -> int:
    with database(Settings.from_env()) as conn:
        if not webhooks.set_state(conn, args.id, state):
            raise UsageError(f"there is no webhook {args.id}")
    return 0


def _remove(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        if not webhooks.remove(conn, args.id):
            raise UsageError(f"there is no webhook {args.id}")
    return 0


def _retry(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        count = webhooks.revive(conn, args.id, args.event)
    if not count:
        raise UsageError(f"webhook {args.id} has no such dead letter")
    print(f"{count} will be tried again")
    return 0
