"""``copydesk article``: what a story said: now, at a time, in each version, and what changed between two."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from copydesk.articles.revisions import classify, spans
from copydesk.articles.urls import url_key
from copydesk.commands import show
from copydesk.commands.shared import database, print_json, when
from copydesk.errors import UsageError
from copydesk.model import Revision, VersionText
from copydesk.settings import Settings
from copydesk.store import articles, clusters, takedowns, versions
from copydesk.store.db import Connection, Row


def register(commands: Any) -> None:
    """Add the command."""
    article = commands.add_parser(
        "article",
        help="what a story said: now, at a time, in each version",
        description="What a story said: now, at a time, in each version, and what changed between two of them.",
    )
    article.add_argument("url")
    article.add_argument("--as-of", type=when, metavar="T", help="the text that a reader would have read at T")
    article.add_argument("--known-at", type=when, metavar="T", help="... given what the archive knew at T")
    article.add_argument("--versions", action="store_true", help="every version with its text")
    article.add_argument(
        "--diff", nargs=2, metavar=("A", "B"), help="words that changed between two versions, by number or id (#7)"
    )
    article.add_argument("--json", action="store_true", help="print JSON")
    article.set_defaults(call=_article)


def _article(args: argparse.Namespace) -> int:
    if args.diff and (args.as_of or args.known_at):
        raise UsageError("--diff compares versions, --as-of asks for a time: give one of them")
    with database(Settings.from_env()) as conn:
        article = articles.find(conn, args.url)
        if article is None:
            raise UsageError(f"{args.url}: no article of this URL")
        if args.diff:
            return _diff(conn, article, args)
        if args.as_of or args.known_at:
            return _as_of(conn, args)
        return _show(conn, article, args)


def _as_of(conn: Connection, args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    row = versions.as_of(conn, url_key(args.url), args.as_of or now, args.known_at or now)
    if row is None:
        raise UsageError(f"{args.url}: nothing was known of it at that time")
    if args.json:
        print_json(row)
    else:
        print(f"{row['title']}\nversion id {row['version_id']}, first seen {_time(row['observed_at'])}, "
              f"recorded {_time(row['recorded_at'])}\n\n{row['body'] or '(the text was erased)'}")  # fmt: skip
    return 0


def _show(conn: Connection, article: Row, args: argparse.Namespace) -> int:
    listed = versions.listing(conn, article["id"])
    urls, mates = articles.urls(conn, article["id"]), clusters.shown(conn, article["id"])
    if args.json:
        named = {key: article[key] for key in ("url", "publisher", "state", "why", "flapping", "pub_status")}
        named |= {"rights": article["rights"], "takedown": takedowns.of(conn, article["id"])}
        print_json({**named, "urls": urls, "cluster": mates, "versions": listed})
        return 0
    state = f"{article['state']}{', flapping' * article['flapping']} {article['pub_status']}"
    print(f"{article['url']}  {state}{'  (' + article['why'] + ')' if article['why'] else ''}")
    if down := takedowns.of(conn, article["id"]):
        print(f"  taken down {_time(down['decided_at'])} by {down['decided_by']}: {down['reason']}")
    for other in urls:
        if other["url"] != article["url"]:
            print(f"  also {other['url']}  ({other['evidence']})")
    for mate in mates:
        print(f"  cluster {mate['cluster_id']}: {mate['relation']:10} {mate['overlap']:.2f} {mate['url']}")
    for row in listed:
        _print_version(row, full=args.versions)
    return 0


def _print_version(row: Row, *, full: bool) -> None:
    print(f"\n{_head(row)}  {row['title']}{(row['erased_why'] and ' (erased: ' + row['erased_why'] + ')') or ''}")
    if row["revision"] not in (None, "first") and row["summary"]:
        print(f"  {row['summary']}")
    for notice in row["notices"] or ():
        print(f"  notice [{notice['kind']}] {notice['text']}")
    if full:
        print("\n" + row["body"])


def _head(row: Row) -> str:
    if row["origin"] == "suspect":
        return f"suspect text (id {row['id']}), no version  seen {_time(row['observed_at'])}"
    if row["origin"] == "correction":
        withdrawn = f"  withdrawn: {row['withdrawn_why']}" if row["withdrawn_at"] else ""
        return (
            f"  corrected text (id {row['id']}) of version id {row['based_on']}{withdrawn}  {_time(row['observed_at'])}"
        )
    return f"version {row['ordinal']} (id {row['id']})  {row['revision'] or 'first'}  {_made(row)}"


def _made(row: Row) -> str:
    """When the change was made: an interval, because nobody looked in between."""
    if row["changed_after"] is None:
        return _time(row["observed_at"])
    return f"between {_time(row['changed_after'])} and {_time(row['observed_at'])}"


def _diff(conn: Connection, article: Row, args: argparse.Namespace) -> int:
    listed = versions.listing(conn, article["id"])
    (a, b), chain = (_chosen(article, listed, name) for name in args.diff), versions.texts(conn, article["id"])
    by_id = {version.id: version for version in chain}
    before, after = (by_id.get(row["id"]) or _text(row) for row in (a, b))
    before, after = versions.comparable(conn, before, after)
    earlier = [v for v in chain if v.observed_at and before.observed_at and v.observed_at < before.observed_at]
    revision = classify(before, after, earlier=earlier)
    if args.json:
        print_json(_as_data(article, (a, b), revision, (before, after)))
    else:
        _print_diff(article, (a, b), revision, (before, after))
    return 0


def _chosen(article: Row, listed: list[Row], name: str) -> Row:
    key, number = ("id", name[1:]) if name.startswith("#") else ("ordinal", name)
    found = next((row for row in listed if str(row[key]) == number), None)
    if found is None:
        known = ", ".join(str(row["ordinal"]) for row in listed if row["ordinal"]) or "none"
        raise UsageError(f"{article['url']}: no version {name}; there are {known} (or #ID)")
    return found


def _text(row: Row) -> VersionText:
    return VersionText(row["title"], row["body"], tuple(row["byline"]), observed_at=row["observed_at"], id=row["id"])


def _as_data(
    article: Row, rows: tuple[Row, Row], revision: Revision, texts: tuple[VersionText, VersionText]
) -> dict[str, Any]:
    ends = [
        {key: row[key] for key in ("id", "ordinal", "origin", "title", "observed_at", "recorded_at", "extractor")}
        for row in rows
    ]
    return {
        "url": article["url"],
        "from": ends[0],
        "to": ends[1],
        "changed_after": rows[1]["changed_after"],
        "changed_before": rows[1]["observed_at"],
        "kind": revision.kind,
        "material": revision.material,
        "summary": revision.summary,
        "fields": revision.fields,
        "facts": revision.facts,
        "title": spans(texts[0].title, texts[1].title),
        "body": spans(texts[0].body, texts[1].body),
    }


def _print_diff(
    article: Row, rows: tuple[Row, Row], revision: Revision, texts: tuple[VersionText, VersionText]
) -> None:
    a, b = (f"{row['ordinal'] or '#' + str(row['id'])}" for row in rows)
    style = show.marks()
    print(
        f"{article['url']}\nversion {a} → {b}: {revision.kind}{', material' * revision.material}, made {_made(rows[1])}"
    )
    for fact in revision.facts:
        print(f"  {fact.field}: {fact.kind} {fact.old or '(none)'} → {fact.new or '(none)'}")
    for field in revision.fields:
        if field.field not in ("title", "notices"):
            print(f"  {field.field}: {field.old or '(none)'} → {field.new or '(none)'}")
    for field in revision.fields:
        if field.field in ("title", "notices"):
            print(f"\n{show.rendered(spans(field.old, field.new), style, whole=True)}")
    print(f"\n{show.rendered(spans(texts[0].body, texts[1].body), style)}")


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
