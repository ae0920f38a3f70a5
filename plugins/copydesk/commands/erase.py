"""``copydesk takedown``, ``retention``, ``verify``: erase on purpose, and prove what was there."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import sys
from typing import Any

from copydesk.commands.shared import database, print_json, print_rows, read_input, ready_dsn
from copydesk.errors import UsageError
from copydesk.settings import Settings
from copydesk.stages import erase
from copydesk.store import articles, clusters, ledger, retention, takedowns
from copydesk.store.db import Pool, open_pool, vacuum


def register(commands: Any) -> None:
    """Add the three commands."""
    down = commands.add_parser(
        "takedown",
        help="erase an article everywhere and never fetch it again; hashes stay",
        description="Erase every text, headline and byte of an article, in all tables, stores and feeds that "
        "carried it. URL, dates and the chain of hashes stay. There is no way back. Without URL: list them.",
    )
    down.add_argument("url", nargs="?")
    down.add_argument("--reason", help="why; it is kept and shown")
    down.add_argument("--json", action="store_true", help="print JSON")
    down.set_defaults(call=_takedown)
    group = commands.add_parser("retention", help="erase by age: add, list, remove, apply")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("add", help="add a rule; 'copydesk maintain' and the DAG apply rules once a day")
    add.add_argument("--publisher", metavar="DOMAIN")
    add.add_argument("--rights", metavar="FLAG", help="only what reserves this: noarchive, tdm_reserved ...")
    add.add_argument("--texts", type=_age, metavar="AGE", help="erase texts observed longer ago: 90d, 2y")
    add.add_argument("--snapshots", type=_age, metavar="AGE", help="erase raw bytes longer ago")
    add.add_argument("--reason", required=True)
    add.set_defaults(call=_add)
    listed = verbs.add_parser("list", help="every rule")
    listed.add_argument("--json", action="store_true", help="print JSON lines")
    listed.set_defaults(call=_list)
    remove = verbs.add_parser("remove", help="remove a rule")
    remove.add_argument("id", type=int)
    remove.set_defaults(call=_remove)
    apply = verbs.add_parser("apply", help="erase now what the rules say")
    apply.add_argument("--dry-run", action="store_true", help="only count")
    apply.set_defaults(call=_apply)
    check = commands.add_parser(
        "verify",
        help="check an article's chain of hashes, and whether a text stood in it",
        description="Recompute the chain of an article's texts, erased ones too. With --text, say whether a given text "
        "(title, empty line, body, in UTF-8) stood there: exit 1 if not. docs/outlets.md says how to check it by hand.",
    )
    check.add_argument("url")
    check.add_argument("--text", metavar="FILE", help="a file, or - for standard input")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(call=_verify)


def _age(text: str) -> Any:
    try:
        return erase.age(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _takedown(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    if args.url is None:
        with database(settings) as conn:
            columns = ("decided_at", "decided_by", "reason", "url")
            print_rows(takedowns.listing(conn), as_json=args.json, columns=columns)
        return 0
    if not args.reason:
        raise UsageError("a takedown needs its --reason")
    dsn = ready_dsn(settings)
    pool = open_pool(dsn, 2, name="copydesk-takedown")
    try:
        copies = _copies(pool, args.url)
        counts = erase.take_down(pool, args.url, args.reason, getpass.getuser())
    finally:
        pool.close()
    vacuum(dsn, takedowns.TABLES)
    if args.json:
        print_json({**counts, "copies": copies})
    else:
        print(f"{args.url}: erased: " + (", ".join(f"{what} {n}" for what, n in counts.items()) or "nothing was left"))
        for copy in copies:
            print(f"a copy stays: {copy}")
        print("backups, exports and receivers of the change stream have copies of their own", file=sys.stderr)
    return 0


def _copies(pool: Pool, url: str) -> list[str]:
    """Give the other articles that carry this one's text: each is another publisher's, or another address."""
    with pool.connection() as conn:
        article = articles.find(conn, url)
        mates = clusters.shown(conn, article["id"]) if article else []
        return [mate["url"] for mate in mates if article and mate["article_id"] != article["id"]]


def _add(args: argparse.Namespace) -> int:
    if not (args.texts or args.snapshots):
        raise UsageError("a rule needs --texts or --snapshots")
    with database(Settings.from_env()) as conn:
        made = retention.add(conn, args.publisher, args.rights, args.texts, args.snapshots, args.reason)
    print(f"rule {made}")
    return 0


def _list(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        columns = ("id", "publisher", "rights", "texts", "snapshots", "reason")
        rules = [
            {**rule, **{name: rule[name] and f"{rule[name].days} d" for name in ("texts", "snapshots")}}
            for rule in retention.listing(conn)
        ]
        print_rows(rules, as_json=args.json, columns=columns)
    return 0


def _remove(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        if not retention.remove(conn, args.id):
            raise UsageError(f"there is no rule {args.id}")
    return 0


def _apply(args: argparse.Namespace) -> int:
    pool = open_pool(ready_dsn(Settings.from_env()), 2, name="copydesk-retention")
    try:
        counts = erase.apply_retention(pool, dry_run=args.dry_run, progress=_progress)
    finally:
        pool.close()
    said = ", ".join(f"{what} {n}" for what, n in sorted(counts.items())) or "nothing is too old"
    print(("would erase: " if args.dry_run and counts else "") + said)
    return 0


def _progress(what: str, done: int) -> None:
    print(f"retention: {what} {done}", file=sys.stderr, flush=True)


def _verify(args: argparse.Namespace) -> int:
    wanted = hashlib.sha256(read_input(args.text).removesuffix(b"\n")).digest() if args.text else None
    with database(Settings.from_env()) as conn:
        article = articles.find(conn, args.url)
        if article is None:
            raise UsageError(f"{args.url}: no article of this URL")
        ledger.seal(conn, [article["id"]])
        chain = ledger.entries(conn, article["id"])
    faults = ledger.faults(chain)
    matches = [entry["seq"] for entry in chain if wanted and wanted in (entry["text_sha"], entry["stored_sha"])]
    if args.json:
        said = [{**entry, "statement": ledger.statement(entry)} for entry in chain]
        print_json({"url": article["url"], "intact": not faults, "faults": faults, "matches": matches, "entries": said})
    else:
        for entry in chain:
            gone = f"  erased: {entry['erased_why']}" if entry["erased_at"] else ""
            mark = "  <- this text" if entry["seq"] in matches else ""
            print(f"{ledger.statement(entry)}{gone}{mark}\n  link {entry['link'].hex()}")
        print("\n".join(faults) or "the chain is intact")
        if wanted and not matches:
            print("this text is in none of them", file=sys.stderr)
    return 1 if faults or (wanted and not matches) else 0
