"""``copydesk backfill``: load history from archives, and see, stop and resume what is under way."""

from __future__ import annotations

import argparse
import os
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from copydesk.archive.capture import Interval
from copydesk.archive.sources import KINDS, place_of, split
from copydesk.commands.run import allowing
from copydesk.commands.shared import print_json, print_rows, ready_dsn, when
from copydesk.errors import UsageError
from copydesk.pipeline import Desk, backfill, open_desk
from copydesk.settings import Settings
from copydesk.stages.backfill import Planned, Request, enlist, plan
from copydesk.store import backfill as ledger
from copydesk.store.db import Row

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "all": timedelta(days=36525)}
_COLUMNS = ("id", "source", "place", "since", "until", "state", "captures", "expected", "stored", "entries", "error")
_EPILOG = """\
A SOURCE is KIND:PLACE:
  warc:PATH            WARC files: a path, glob, folder or URL (CC-NEWS, Heritrix, wget)
  wayback:URL          captures of a URL, of a path (https://host/news/*) or of a host (host)
  folder:PATH          HTML, text, JSON, NDJSON, CSV, mbox; a folder, a zip or tar, or one file
  sitemap:URL          articles that a sitemap names, as they stand now
  feed:URL             a feed's archived documents (RFC 5005) and pages, and their articles as they stand now
  pages:URL            archive pages by date: https://host/archive/{yyyy}/{mm}/{dd}, and {page}
Times are UTC unless they say otherwise; --to is exclusive. Without --from and --to everything is taken.
"""


def register(commands: Any) -> None:
    """Add ``backfill``."""
    parser = commands.add_parser(
        "backfill",
        help="load history from archives",
        description="Load captures of archives as looks at the time at which they were made.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sources", nargs="*", metavar="SOURCE")
    parser.add_argument("--from", dest="since", type=when, metavar="D", help="first moment that counts")
    parser.add_argument("--to", dest="until", type=when, metavar="D", help="first moment that counts no more")
    parser.add_argument("--slice", choices=STEPS, default="day", help="length of a slice (default: day)")
    parser.add_argument("--feed", action="append", default=[], metavar="URL", help="only what belongs to this feed")
    parser.add_argument("--host", action="append", default=[], metavar="HOST", help="only what stood at this publisher")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N captures of each slice")
    parser.add_argument("--map", metavar="A=B,...", help="fields of a folder's records: url=, time=, body=, title=")
    parser.add_argument("--archive", metavar="URL", help="another Memento archive than the Wayback Machine")
    parser.add_argument("--again", action="store_true", help="read slices that are done once more")
    parser.add_argument("--dry-run", action="store_true", help="say how many slices, captures and bytes there are")
    parser.add_argument("--status", action="store_true", help="show the ledger (of the SOURCEs' kinds)")
    parser.add_argument("--stop", action="store_true", help="stop every open slice; its checkpoint stays")
    parser.add_argument("--resume", action="store_true", help="go on with stopped and failed slices")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(call=_run)


def _run(args: argparse.Namespace) -> int:
    chosen = [name for name in ("dry_run", "status", "stop", "resume") if getattr(args, name)]
    if len(chosen) > 1:
        raise UsageError(" and ".join(f"--{name.replace('_', '-')}" for name in chosen) + " do not go together")
    if not args.sources and not {"status", "stop", "resume"} & set(chosen):
        raise UsageError("name a SOURCE to load, or --status, --stop or --resume")
    if args.limit is not None and args.limit < 1:
        raise UsageError(f"--limit {args.limit}: a number from 1 on")
    settings = allowing(Settings.from_env(), [*map(place_of, args.sources), *filter(None, [args.archive])])
    request = _request(args) if args.sources else None
    with open_desk(settings, ready_dsn(settings)) as desk:
        if args.status or args.stop:
            return _ledger(desk, args)
        if args.resume:
            with desk.pool.connection() as conn:
                ids = ledger.reopen(conn)
        else:
            assert request is not None
            planned = plan(desk.pool, settings, request, count=args.dry_run)
            if args.dry_run:
                return _say_plan(planned, as_json=args.json)
            ids = enlist(desk.pool, request, planned)
        return _load(desk, ids, as_json=args.json)


def _request(args: argparse.Namespace) -> Request:
    since = args.since or datetime(1991, 8, 6, tzinfo=UTC)
    until = args.until or datetime.now(UTC) + timedelta(days=1)
    if since >= until:
        raise UsageError(f"--from {since:%Y-%m-%d %H:%M} is not before --to {until:%Y-%m-%d %H:%M}")
    step = STEPS["all"] if args.since is None or args.until is None else STEPS[args.slice]
    options: dict[str, Any] = {"hosts": sorted(args.host), "feeds": sorted(args.feed), "limit": args.limit}
    options["archive"] = args.archive
    if args.map:
        pairs = [pair.partition("=") for pair in args.map.split(",")]
        if not all(name and value for name, _, value in pairs):
            raise UsageError(f"--map {args.map}: write url=FIELD,time=FIELD,body=FIELD")
        options["map"] = {name.strip(): value.strip() for name, _, value in pairs}
    options = {name: value for name, value in options.items() if value}
    return Request(args.sources, Interval(since, until), step, options, uuid.uuid4().hex if args.again else "")


def _say_plan(planned: Sequence[Planned], *, as_json: bool) -> int:
    rows = [
        {
            "source": part.source,
            "place": piece.place,
            "since": piece.interval.since,
            "until": piece.interval.until,
            "captures": piece.captures,
            "bytes": piece.size,
        }
        for part in planned
        for piece in part.pieces
    ]
    pieces = [piece for part in planned for piece in part.pieces]
    total = {
        "slices": len(pieces),
        "captures": _sum(piece.captures for piece in pieces),
        "bytes": _sum(piece.size for piece in pieces),
    }
    if as_json:
        print_json({"slices": rows, "total": total})
        return 0
    print_rows(rows, as_json=False, columns=("source", "place", "since", "until", "captures", "bytes"))
    captures, size = _count(total["captures"]), _count(total["bytes"])
    print(f"\n{total['slices']} slices, {captures} captures, {size} bytes; nothing was loaded")
    return 0


def _ledger(desk: Desk, args: argparse.Namespace) -> int:
    kinds = {source if source in KINDS else split(source)[0] for source in args.sources}
    with desk.pool.connection() as conn:
        if args.stop:
            stopped = sum(ledger.stop(conn, kind) for kind in kinds) if kinds else ledger.stop(conn)
            print(f"{stopped} slices stopped; go on with --resume", file=sys.stderr)
        rows = [row for row in ledger.listing(conn) if not kinds or row["source"] in kinds]
    print_rows(rows, as_json=args.json, columns=_COLUMNS)
    return 0


def _load(desk: Desk, ids: Sequence[int], *, as_json: bool) -> int:
    os.nice(desk.settings.backfill_nice)
    progress = Progress(desk, ids)
    backfill(desk, ids, progress.tell, progress.wait)
    with desk.pool.connection() as conn:
        rows = ledger.listing(conn, ids)
    failed = [row for row in rows if row["state"] == "failed"]
    total = summary(rows)
    if as_json:
        print_json({"total": total, "slices": rows})
    else:
        print(", ".join(f"{name} {value}" for name, value in total.items()))
    for row in failed:
        print(f"copydesk: slice {row['id']} ({row['place']}): {row['error']}: {row['detail']}", file=sys.stderr)
    return 1 if failed else 0


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Give the totals of slices: their states, counts, and what was passed over and why."""
    states = Counter(row["state"] for row in rows)
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons.update(row["reasons"])
    counts = {name: sum(row[name] for row in rows) for name in ("captures", "stored", "entries", "bytes")}
    return {"slices": len(rows), **states, **counts, **reasons}


class Progress:
    """Says on stderr how far it is, at most every two seconds."""

    def __init__(self, desk: Desk, ids: Sequence[int]) -> None:
        self._desk, self._ids, self._last, self._started = desk, ids, 0.0, time.monotonic()

    def tell(self, piece: Row, counts: Counter[str]) -> None:
        """Say it, unless it was said just now."""
        if time.monotonic() - self._last < 2:
            return
        self._last = time.monotonic()
        with self._desk.pool.connection() as conn:
            rows = ledger.listing(conn, self._ids)
        print(progress_line(rows, time.monotonic() - self._started), file=sys.stderr)

    def wait(self, seconds: float) -> None:
        """Say for how long every open slice has to wait, and do so."""
        if seconds > 2:
            why = "an archive asked for a pause, or a worker holds the slice that may have died"
            print(f"backfill: {why}; going on in {seconds:.0f} s", file=sys.stderr)
        time.sleep(seconds)


def progress_line(rows: Sequence[Row], seconds: float) -> str:
    """Give slices, captures, bytes and the time that is left, in one line."""
    over = sum(row["state"] in ("done", "failed") for row in rows)
    seen, size = sum(row["captures"] for row in rows), sum(row["bytes"] for row in rows)
    expected = [row["expected"] for row in rows]
    line = f"backfill: {over} of {len(rows)} slices, {seen} captures, {size / 1e6:.1f} MB"
    if seen and seconds > 1 and None not in expected:
        left = max(0, sum(expected) - seen)
        line += f", about {timedelta(seconds=round(left * seconds / seen))} left"
    return line


def _sum(numbers: Iterable[int | None]) -> int | None:
    """Add up; None where one of them is not known."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def _count(number: int | None) -> str:
    return "an unknown number of" if number is None else f"{number:,}"
