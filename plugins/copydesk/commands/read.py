"""``copydesk article``, ``search``, ``changes``: what is in the archive."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from copydesk.articles.revisions import spans
from copydesk.commands.shared import database, print_json, print_rows, when
from copydesk.errors import UsageError
from copydesk.settings import Settings
from copydesk.store import articles, changes, clusters, search, versions
from copydesk.store.db import Connection, Row


def register(commands: Any) -> None:
    """Add the reading commands."""
    article = commands.add_parser("article", help="what a story said: now, at a time, in each version")
    article.add_argument("url")
    article.add_argument("--as-of", type=when, metavar="T", help="the text that a reader would have read at T")
    article.add_argument("--known-at", type=when, metavar="T", help="... given what the archive knew at T")
    article.add_argument("--versions", action="store_true", help="every version with its text")
    article.add_argument("--diff", nargs=2, type=int, metavar=("A", "B"), help="words that changed between versions")
    article.add_argument("--json", action="store_true", help="print JSON")
    article.set_defaults(call=_article)
    find = commands.add_parser("search", help="articles by words, publisher, time")
    find.add_argument("words", nargs="*")
    find.add_argument("--publisher")
    find.add_argument("--since", type=when, metavar="T")
    find.add_argument("--corrected", action="store_true", help="only those with a correction")
    find.add_argument("--limit", type=int, default=20)
    find.add_argument("--json", action="store_true", help="print JSON lines")
    find.set_defaults(call=_search)
    stream = commands.add_parser("changes", help="what happened, in order, after a cursor (JSON lines)")
    stream.add_argument("--after", default="", metavar="CURSOR")
    stream.add_argument("--limit", type=int, default=100)
    stream.set_defaults(call=_changes)


def _article(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        article = articles.find(conn, args.url)
        if article is None:
            raise UsageError(f"{args.url}: no article of this URL")
        if args.diff:
            return _diff(conn, article, *args.diff)
        if args.as_of or args.known_at:
            return _as_of(conn, article, args)
        listed = versions.listing(conn, article["id"])
        return _show(conn, article, listed, args)


def _as_of(conn: Connection, article: Row, args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    row = versions.as_of(conn, article["url"], args.as_of or now, args.known_at or now)
    if row is None:
        raise UsageError(f"{args.url}: nothing was known of it at that time")
    if args.json:
        print_json(row)
    else:
        print(f"{row['title']}\n{row['observed_at']:%Y-%m-%d %H:%M:%S} version {row['version_id']}\n\n{row['body']}")
    return 0


def _show(conn: Connection, article: Row, listed: list[Row], args: argparse.Namespace) -> int:
    if args.json:
        print_json(
            {
                "url": article["url"],
                "publisher": article["publisher"],
                "state": article["state"],
                "pub_status": article["pub_status"],
                "urls": articles.urls(conn, article["id"]),
                "cluster": clusters.shown(conn, article["id"]),
                "versions": listed,
            }
        )
        return 0
    print(f"{article['url']}  {article['state']} {article['pub_status']}")
    for mate in clusters.shown(conn, article["id"]):
        print(f"  cluster {mate['cluster_id']}: {mate['relation']:10} {mate['overlap']:.2f} {mate['url']}")
    for row in listed:
        _print_version(row, full=args.versions)
    return 0


def _print_version(row: Row, *, full: bool) -> None:
    if row["origin"] == "publisher":
        head = f"version {row['ordinal']} (id {row['id']})  {row['revision'] or 'first'}"
    else:
        head = f"  corrected text (id {row['id']}) of version id {row['based_on']}"
        head += f"  withdrawn: {row['withdrawn_why']}" if row["withdrawn_at"] else ""
    print(f"\n{head}  {row['observed_at']:%Y-%m-%d %H:%M:%S}  {row['title']}")
    for notice in row["notices"] or ():
        print(f"  notice [{notice['kind']}] {notice['text']}")
    if full:
        print("\n" + row["body"])


def _diff(conn: Connection, article: Row, a: int, b: int) -> int:
    bodies = {r["id"]: r["body"] for r in versions.listing(conn, article["id"])}
    by_ordinal = {r["ordinal"]: r["body"] for r in versions.listing(conn, article["id"]) if r["ordinal"]}
    texts = [bodies.get(n, by_ordinal.get(n)) for n in (a, b)]
    for number, text in zip((a, b), texts, strict=True):
        if text is None:
            raise UsageError(f"{article['url']}: no version {number}")
    for span in spans(str(texts[0]), str(texts[1])):
        old, new = span.old, span.new
        if span.op == "equal":
            print(old if len(old) < 120 else f"{old[:50]} ... {old[-50:]}", end="")
        else:
            print(f"[-{old}-]" * bool(old) + f"{{+{new}+}}" * bool(new), end="")
    print()
    return 0


def _search(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        found = search.find(
            conn, search.Query(" ".join(args.words), args.publisher, args.since, args.corrected, args.limit)
        )
        print_rows(found, as_json=args.json, columns=("observed_at", "publisher", "title", "url"))
    return 0


def _changes(args: argparse.Namespace) -> int:
    with database(Settings.from_env()) as conn:
        for row in changes.after(conn, args.after, args.limit):
            print_json(row, indent=None)
    return 0
