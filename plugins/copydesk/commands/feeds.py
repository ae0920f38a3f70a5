"""``copydesk feeds``: the list of feeds."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from copydesk.articles.urls import host_of, url_key
from copydesk.commands.shared import database, print_json, print_rows, read_input
from copydesk.errors import FeedUnreadable, UsageError
from copydesk.feeds.discover import find_feeds, guesses
from copydesk.feeds.opml import OpmlRow, read_opml, write_opml
from copydesk.feeds.parse import read_feed
from copydesk.settings import Settings
from copydesk.store import feeds, hosts
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
    imports.add_argument("--merge", action="store_true", help="take a feed that the file names twice once")
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
    manners = _verb(verbs, "manners", _manners, "print the hosts with manners of their own, or give one host its own")
    manners.add_argument("host", nargs="?", help="as in URLs: news.example, or news.example:8080")
    manners.add_argument("--gap", type=float, metavar="S", help="seconds between two requests")
    manners.add_argument("--floor", type=float, metavar="S", help="shortest time between two polls of a feed")
    manners.add_argument("--ignore-robots", action="store_true", help="where the publisher allowed it in writing")
    manners.add_argument("--reason", help="why; stored with it, and required")
    manners.add_argument("--clear", action="store_true", help="back to the usual manners")


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
    except FeedUnreadable as error:
        found = [f.url for f in find_feeds(answer.body, url=answer.final_url, headers=headers)]
        found = found or [guess for guess in guesses(answer.final_url) if _is_feed(guess, settings)]
        if not found:
            raise UsageError(f"{url}: no feed, and it names none ({error})") from None
        print(f"{url} is no feed; it names {found[0]}", file=sys.stderr)
        for other in found[1:]:
            print(f"  and also {other}", file=sys.stderr)
        return found[0]


def _is_feed(url: str, settings: Settings) -> bool:
    time.sleep(settings.manners_for(host_of(url)).host_gap)
    answer = fetch(url, settings)
    if answer.failure or answer.status != 200:
        return False
    try:
        return bool(read_feed(answer.body, url=answer.final_url, headers=dict(answer.headers)))
    except FeedUnreadable:
        return False


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


def _manners(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    with database(settings) as conn:
        if args.host:
            _set_manners(conn, args)
        print_rows(hosts.own_manners(conn), as_json=args.json, columns=("host", "manners", "manners_reason"))
    return 0


def _set_manners(conn: Connection, args: argparse.Namespace) -> None:
    host = host_of(args.host if "//" in args.host else f"https://{args.host}/")
    if not host:
        raise UsageError(f"{args.host}: not a host")
    wanted = {"host_gap": args.gap, "floor_conditional": args.floor, "floor_unconditional": args.floor}
    own: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    own |= {"robots": False} if args.ignore_robots else {}
    if args.clear == bool(own):
        raise UsageError("give --gap, --floor or --ignore-robots, or else --clear")
    if any(value < 0 for value in own.values()):
        raise UsageError("--gap and --floor are seconds, not less than 0")
    if own and not (args.reason or "").strip():
        raise UsageError(f"{host}: manners of its own need a --reason")
    hosts.set_manners(conn, host, None if args.clear else own, args.reason)


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
