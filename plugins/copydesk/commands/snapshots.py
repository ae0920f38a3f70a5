"""``copydesk snapshots``: where the raw bytes lie, and whether they are whole."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import Any

from copydesk.commands.shared import database, print_rows, ready_dsn
from copydesk.settings import Settings
from copydesk.stages import keep
from copydesk.store import snapshots
from copydesk.store.db import Pool, open_pool


def register(commands: Any) -> None:
    """Add ``snapshots`` with its verbs."""
    group = commands.add_parser("snapshots", help="raw bytes: list, move, verify, sweep")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    listed = verbs.add_parser("list", help="every store with what lies there")
    listed.add_argument("--json", action="store_true", help="print JSON lines")
    listed.set_defaults(call=_list)
    move = verbs.add_parser(
        "move",
        help="move all bytes to another store",
        description="Each body is written, read back and checked before its row names the new store. Interrupted, "
        "run it again. New bytes follow COPYDESK_SNAPSHOTS.",
    )
    move.add_argument("--to", required=True, metavar="URL", help="postgres, file:///folder, s3://bucket/folder ...")
    move.set_defaults(call=_move)
    verify = verbs.add_parser("verify", help="read every body and check its hash; exit 1 if one is damaged")
    verify.set_defaults(call=_verify)
    sweep = verbs.add_parser("sweep", help="remove from a store what no row names (older than an hour)")
    sweep.add_argument("url", nargs="?", metavar="URL", help="default: COPYDESK_SNAPSHOTS")
    sweep.set_defaults(call=_sweep)


def _list(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        print_rows(snapshots.places(conn), as_json=args.json, columns=("store", "bodies", "bytes"))
    return 0


def _move(args: argparse.Namespace) -> int:
    with _pool() as pool:
        return _said(keep.move(pool, args.to, progress=_progress), "everything is there")


def _verify(args: argparse.Namespace) -> int:
    with _pool() as pool:
        return _said(keep.verify(pool, progress=_progress), "there is nothing")


def _sweep(args: argparse.Namespace) -> int:
    with _pool() as pool:
        return _said(keep.sweep(pool, args.url or Settings.from_env().snapshots), "there is nothing to sweep")


def _pool() -> Pool:
    return open_pool(ready_dsn(Settings.from_env()), 2, name="copydesk-snapshots")


def _said(counts: Counter[str], nothing: str) -> int:
    print(", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or nothing)
    if counts["damaged"]:
        print("damaged bodies stay where they are; the desk in Airflow's UI lists them (quarantine)", file=sys.stderr)
    return 1 if counts["damaged"] else 0


def _progress(done: int, total: int) -> None:
    print(f"snapshots: {done}" + f" of {total}" * bool(total), file=sys.stderr, flush=True)
