"""``copydesk feeds``: the list of feeds."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from copydesk.articles.urls import url_key
from copydesk.commands import manners
from copydesk.commands.feed_add import find_feed, save_first, served
from copydesk.commands.feed_page import print_page
from copydesk.commands.shared import database, print_json, print_rows, read_input
from copydesk.errors import UsageError
from copydesk.feeds.opml import Outline, read_opml, write_opml
from copydesk.settings import Settings
from copydesk.store import feed_list, feeds
from copydesk.store.db import Connection

COLUMNS = ("id", "status", "title", "url", "last_status", "last_failure", "entries", "next_poll_at", "why")
BECOMES = {"pause": "paused", "resume": "active", "remove": "removed"}


def register(commands: Any) -> None:
    """Add ``feeds`` with its verbs."""
    help_ = "the list of feeds: add, import, export, list, show, pause ..."
    group = commands.add_parser("feeds", help=help_, description="The list of feeds. Each verb takes --json.")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = _verb(verbs, "add", _add, "add a feed by its URL, or by the URL of a site that names its feeds")
    add.add_argument("url")
    add.add_argument("--folder", default="", help='folder of the list, as in OPML; "A/B" is B in A')
    add.add_argument("--no-check", action="store_true", help="add the URL as it is, without fetching it")
    imports = _verb(verbs, "import", _import, "add every feed of an OPML file (all or none)")
    imports.add_argument("file", help='file name, http(s) URL, or "-" for standard input')
    imports.add_argument("--merge", action="store_true", help="take a feed that the file names twice once")
    _verb(verbs, "export", _export, "print the list as OPML")
    lists = _verb(verbs, "list", _list, "print the list with each feed's state")
    lists.add_argument("--removed", action="store_true", help="with the feeds that were removed")
    for name, call, help_ in (
        ("show", _show, "one feed: when it is asked next and why then, what it answered, its gaps and its hub"),
        ("pause", _change, "stop polling it"),
        ("resume", _change, "poll it again: when it would have been due, or now"),
        ("remove", _change, "stop polling and take it off the list; its history stays"),
        ("poll", _poll, "make it due now"),
    ):
        _verb(verbs, name, call, help_).add_argument("feed", help="id or URL")
    manners.register(_verb(verbs, "manners", manners.run, "print the hosts with manners of their own, or set one's"))


def load_list(conn: Connection, body: bytes) -> tuple[int, int]:
    """Add every feed of an OPML document in one transaction; gives (added, known before)."""
    outlines = read_opml(body)
    added = feeds.add_all(conn, outlines)
    return added, len({url_key(outline.xml_url) for outline in outlines}) - added


def read_list(source: str, settings: Settings) -> bytes:
    """Read an OPML document from a file, standard input or a URL."""
    return served(source, settings).body if source.startswith(("http://", "https://")) else read_input(source)


def refuse_twins(body: bytes) -> None:
    """Raise UsageError when a list names one feed twice, with both lines."""
    lines: dict[str, int] = {}
    for outline in read_opml(body):
        key = url_key(outline.xml_url)
        if key in lines:
            raise UsageError(
                f"OPML, line {outline.line}: {outline.xml_url} is also on line {lines[key]} "
                "(--merge takes it once, in the folder of the first)"
            )
        lines[key] = outline.line


def _verb(verbs: Any, name: str, call: Any, help_: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
    made.add_argument("--json", action="store_true", help="print JSON")
    made.set_defaults(call=call)
    return made


def _add(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    if args.no_check:
        answer, url = None, args.url
    else:
        with database(settings) as conn:  # a feed that is known is not asked for
            _refuse_known(conn, args.url)
        answer = find_feed(args.url, settings)
        url = answer.url
    with database(settings) as conn:
        _refuse_known(conn, answer.final_url if answer else url)
        key, fresh = feeds.add(conn, url, folder=args.folder)
        if not fresh:
            _refuse_known(conn, url)
        if answer:
            save_first(conn, key, answer, settings)
        _print(conn, key, args.json)
    return 0


def _refuse_known(conn: Connection, url: str) -> None:
    known = feeds.known(conn, url)
    if known and known["status"] != "removed":
        raise UsageError(f"{url}: already in the list as feed {known['id']} ({known['status']})")


def _import(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    body = read_list(args.file, settings)
    if not args.merge:
        refuse_twins(body)
    with database(settings) as conn:
        added, known = load_list(conn, body)
    if args.json:
        print_json({"added": added, "known": known})
    else:
        print(f"{added} added, {known} already in the list")
    return 0


def _export(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        rows = feeds.listing(conn)
    if args.json:
        print_json([feed_list.readable(row) for row in rows])
    else:
        listed = (Outline(row["title"], row["url"], row["home"], row["folder"]) for row in rows)
        sys.stdout.write(write_opml(listed).decode())
    return 0


def _list(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        rows = feed_list.overview(conn, removed=args.removed)
    print_rows(rows, as_json=args.json, columns=COLUMNS)
    return 0


def _show(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        _print(conn, args.feed, args.json)
    return 0


def _change(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        feed = feeds.find(conn, args.feed)
        if feed["status"] == "removed":
            raise UsageError(f"feed {feed['id']} is removed: 'copydesk feeds add {feed['url']}' brings it back")
        feeds.set_status(conn, feed["id"], BECOMES[args.verb])
        _print(conn, feed["id"], args.json)
    return 0


def _poll(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        feed = feeds.find(conn, args.feed)
        if not feeds.poll_now(conn, feed["id"]):
            raise UsageError(f"feed {feed['id']} is {feed['status']}; 'copydesk feeds resume {feed['id']}' polls it")
        _print(conn, feed["id"], args.json)
    return 0


def _print(conn: Connection, ref: object, as_json: bool) -> None:
    page = feed_list.about(conn, str(ref))
    if as_json:
        print_json(page)
    else:
        print_page(page, datetime.now(UTC))
