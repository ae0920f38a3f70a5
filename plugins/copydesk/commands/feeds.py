"""``copydesk feeds``: the list of feeds."""

from __future__ import annotations

import argparse
from typing import Any

from copydesk.commands.shared import database, print_json, print_rows, read_input
from copydesk.errors import UsageError
from copydesk.feeds.discover import find_feeds
from copydesk.feeds.opml import OpmlRow, read_opml, write_opml
from copydesk.feeds.parse import read_feed
from copydesk.settings import Settings
from copydesk.store import feeds
from copydesk.store.db import Connection, Row
from copydesk.web.client import fetch

COLUMNS = ("id", "status", "title", "url", "last_status", "last_failure", "entries", "next_poll_at", "why")


def register(commands: Any) -> None:
    """Add ``feeds`` with its verbs."""
    group = commands.add_parser("feeds", help="the list of feeds: add, import, export, list, show, pause ...")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = _verb(verbs, "add", _add, "add a feed by its URL, or by the URL of a site that names its feeds")
    add.add_argument("url")
    add.add_argument("--folder", default="", help="folder of the list, as in OPML")
    add.add_argument("--no-check", action="store_true", help="add the URL as it is, without fetching it")
    imports = _verb(verbs, "import", _import, "add every feed of an OPML file (all or none)")
    imports.add_argument("file", help='file name, http(s) URL, or "-" for standard input')
    _verb(verbs, "export", _export, "print the list as OPML")
    _verb(verbs, "list", _list, "print the list with each feed's state")
    for name, help_ in (
        ("show", "one feed and its last polls"),
        ("pause", "stop polling it"),
        ("resume", "poll it again"),
        ("remove", "stop polling; its history stays"),
        ("poll", "make it due now"),
    ):
        _verb(verbs, name, _one, help_).add_argument("feed", help="id or URL")


def load_list(conn: Connection, body: bytes) -> tuple[int, int]:
    """Add every feed of an OPML document in one transaction; gives (added, known before)."""
    added = known = 0
    for outline in read_opml(body):
        fresh = feeds.add(conn, outline.xml_url, title=outline.title, home=outline.html_url, folder=outline.folder)[1]
        added, known = added + fresh, known + (not fresh)
    return added, known


def read_list(source: str, settings: Settings) -> bytes:
    """Read an OPML document from a file, standard input or a URL."""
    if not source.startswith(("http://", "https://")):
        return read_input(source)
    answer = fetch(source, settings)
    if answer.failure or answer.status != 200:
        raise UsageError(f"{source}: {answer.failure or f'status {answer.status}'} {answer.detail}".rstrip())
    return answer.body


def _verb(verbs: Any, name: str, call: Any, help_: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=help_)
    made.add_argument("--json", action="store_true", help="print JSON")
    made.set_defaults(call=call)
    return made


def _add(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    url = args.url if args.no_check else _checked(args.url, settings)
    with database(settings) as conn:
        key, fresh = feeds.add(conn, url, folder=args.folder)
        if not fresh:
            raise UsageError(f"{url}: already in the list as feed {key}")
        _print(feeds.find(conn, str(key)), args.json)
    return 0


def _checked(url: str, settings: Settings) -> str:
    """Give the feed's URL: the given one if it is a feed, else the first that its page names."""
    answer = fetch(url, settings)
    if answer.failure or answer.status != 200:
        raise UsageError(f"{url}: {answer.failure or f'status {answer.status}'} {answer.detail}".rstrip())
    headers = dict(answer.headers)
    try:
        read_feed(answer.body, url=answer.final_url, headers=headers)
        return url
    except Exception as error:
        found = find_feeds(answer.body, url=answer.final_url, headers=headers)
        if not found:
            raise UsageError(f"{url}: no feed, and it names none ({error})") from None
        return found[0].url


def _import(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    body = read_list(args.file, settings)
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
        print_json(rows)
    else:
        outlines = [OpmlRow(r["title"] or r["url"], r["url"], r["home"], r["folder"]) for r in rows]
        print(write_opml(outlines).decode())
    return 0


def _list(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        print_rows(feeds.listing(conn), as_json=args.json, columns=COLUMNS)
    return 0


def _one(args: argparse.Namespace) -> int:
    status = {"pause": "paused", "resume": "active", "remove": "removed"}.get(args.verb)
    with database(Settings.from_env()) as conn:
        feed = feeds.find(conn, args.feed)
        if status:
            feeds.set_status(conn, feed["id"], status)
        elif args.verb == "poll":
            feeds.poll_now(conn, feed["id"])
        row = feeds.find(conn, str(feed["id"]))
        _print({**row, "polls": feeds.polls(conn, feed["id"])} if args.verb == "show" else row, args.json)
    return 0


def _print(row: Row, as_json: bool) -> None:
    shown = {k: v for k, v in row.items() if k not in ("url_sha", "body_sha")}
    if as_json:
        print_json(shown)
        return
    polls = shown.pop("polls", None)
    for name, value in shown.items():
        if name != "schedule":
            print(f"{name:14} {value if value is not None else '-'}")
    if polls is not None:
        print()
        print_rows(
            polls,
            as_json=False,
            columns=("observed_at", "status", "failure", "size", "items", "new_items", "why"),
        )
