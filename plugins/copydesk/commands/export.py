"""``copydesk export``: the archive, or a part of it, for other programs."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from copydesk.commands.shared import database, when
from copydesk.errors import UsageError
from copydesk.outlets.profiles import PROFILES
from copydesk.outlets.record import link
from copydesk.settings import Settings
from copydesk.stages.export import FORMATS, Export
from copydesk.store.db import Connection
from copydesk.store.export import Scope


def register(commands: Any) -> None:
    """Add ``export``."""
    made = commands.add_parser(
        "export",
        help="write versions as ndjson, parquet, jsonfeed, ninjs or warc",
        description="Write every version (jsonfeed: every article's latest; warc: every capture) in the given scope. "
        "A file appears whole or not at all.",
        epilog="Profiles: owner has everything; public titles, URLs, dates, hashes and short excerpts; "
        "training the texts that no publisher reserves. See docs/outlets.md.",
    )
    made.add_argument("--format", choices=FORMATS, required=True)
    made.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="PATH",
        help="file, or - for standard output; for parquet a folder",
    )
    made.add_argument("--profile", choices=PROFILES, default="owner")
    made.add_argument("--since", type=when, metavar="T", help="observed at T or later")
    made.add_argument("--until", type=when, metavar="T", help="observed before T")
    made.add_argument("--publisher", metavar="DOMAIN")
    made.add_argument("--as-of", type=when, metavar="T", help="only what a reader would have read at T")
    made.add_argument("--known-at", type=when, metavar="T", help="only what the archive knew at T (no look-ahead)")
    made.add_argument("--corrected", action="store_true", help="copydesk's corrected texts too (origin: correction)")
    made.add_argument("--base-url", metavar="URL", help="jsonfeed: in pages, to be served below URL")
    made.set_defaults(call=_export)


def _export(args: argparse.Namespace) -> int:
    if args.base_url and not link(args.base_url):
        raise UsageError(f"--base-url {args.base_url}: no http or https URL")
    if args.format != "parquet" and args.output.is_dir():
        raise UsageError(f"{args.output}: is a folder")
    scope = Scope(args.since, args.until, args.publisher, args.as_of, args.known_at, args.corrected)
    export = Export(args.format, scope, args.profile, args.output, args.base_url, _progress)
    with database(Settings.from_env()) as conn:
        counts = _to_stdout(export, conn) if str(args.output) == "-" else export.run(conn)
    print(f"{args.output}: {_said(counts)}", file=sys.stderr)
    return 1 if counts["damaged"] else 0


def _to_stdout(export: Export, conn: Connection) -> Counter[str]:
    """What can be written piece by piece goes to standard output as it comes: whole only if we exit with 0."""
    if export.format in ("parquet", "warc") or export.base_url:
        raise UsageError(f"{export.format}{' in pages' * bool(export.base_url)} needs a file: give -o a name")
    sys.stdout.flush()
    sys.stdout.buffer.writelines(export.pieces(conn))
    sys.stdout.buffer.flush()
    return export.counts


def _progress(counts: Counter[str]) -> None:
    print(f"export: {_said(counts)}", file=sys.stderr, flush=True)


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in sorted(counts.items()) if n) or "nothing in this scope"
