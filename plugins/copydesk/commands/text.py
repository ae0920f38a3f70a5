"""``copydesk extract``, ``notices``, ``correct``, ``cluster``: one stage alone, on a file, without a database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from copydesk.articles.decode import decode
from copydesk.articles.extract import as_json, extract
from copydesk.articles.tree import parse
from copydesk.clusters import assign
from copydesk.commands.shared import print_json, read_input, when
from copydesk.corrections import notice as notices
from copydesk.corrections.apply import apply_edits, correct_text
from copydesk.errors import UsageError
from copydesk.model import Notice


def register(commands: Any) -> None:
    """Add the commands that need no database."""
    page = commands.add_parser("extract", help="a page (HTML or plain text) to clean article and facts, as JSON")
    page.add_argument("file", nargs="?", default="-", help='file, or "-" for standard input')
    page.add_argument("--url", default="", help="the URL that the page came from")
    page.add_argument("--observed-at", type=when, metavar="T", help="when it was fetched")
    page.set_defaults(call=_extract)
    found = commands.add_parser("notices", help="the correction notices of a page or text, as JSON lines")
    found.add_argument("file", nargs="?", default="-")
    found.add_argument("--format", choices=("html", "text"), help="default: by looking at it")
    found.add_argument("--lang")
    found.add_argument("--publisher", metavar="HOST")
    found.set_defaults(call=_notices)
    correct = commands.add_parser("correct", help="what a correction would change in a text, with the evidence")
    source = correct.add_mutually_exclusive_group()
    source.add_argument("--notice", metavar="FILE", help="the notice (default: the one in the text itself)")
    source.add_argument("--corrected", metavar="FILE", help="the publisher's corrected text")
    correct.add_argument("text", help='the text to correct, or "-"')
    correct.add_argument("--write", action="store_true", help="print the corrected text instead of the decision")
    correct.set_defaults(call=_correct)
    group = commands.add_parser("cluster", help="group texts that are the same story, as JSON lines")
    group.add_argument("source", help="folder of text files, or FILE.jsonl with {id, title, text, ...}")
    group.set_defaults(call=_cluster)


def _extract(args: argparse.Namespace) -> int:
    print_json(as_json(extract(read_input(args.file), url=args.url, observed_at=args.observed_at)))
    return 0


def _notices(args: argparse.Namespace) -> int:
    body = read_input(args.file)
    decoded = decode(body, None).text
    if args.format == "html" or (args.format is None and decoded.lstrip()[:1] == "<"):
        found = notices.find_in_html(parse(decoded)[0], lang=args.lang, publisher=args.publisher)
    else:
        found = notices.find_in_text(decoded, lang=args.lang, publisher=args.publisher)
    for notice in found:
        print_json(notices.as_row(notice), indent=None)
    return 0


def _correct(args: argparse.Namespace) -> int:
    text = _text(args.text)
    inside = notices.find_in_text(text)
    notice = _notice(args, inside)
    spans = [(n.start, n.end) for n in inside if n.start is not None and n.end is not None]
    verdict = correct_text(
        notice, text, notice_spans=spans, corrected=_text(args.corrected) if args.corrected else None
    )
    if args.write:
        sys.stdout.buffer.write(apply_edits(text, verdict.edits).encode("utf-8", "surrogateescape"))
        return 0
    decision = {"applied": "apply", "review": "review"}.get(verdict.outcome, "refuse")
    print_json(
        {
            "decision": decision,
            "outcome": verdict.outcome,
            "reason": verdict.reason,
            "edits": verdict.edits,
            "candidates": verdict.candidates,
            "evidence": dict(verdict.evidence),
            "notice": notice,
        }
    )
    return 0


def _notice(args: argparse.Namespace, inside: tuple[Notice, ...]) -> Notice:
    if args.notice:
        found = notices.find_in_text(_text(args.notice))
        if not found:
            raise UsageError(f"{args.notice}: no correction notice in it")
        return found[0]
    if args.corrected:
        found = notices.find_in_text(_text(args.corrected))
        return found[0] if found else Notice("correction", "", confidence=1.0, rule="corrected_text")
    if not inside:
        raise UsageError(f"{args.text}: no correction notice in it; give one with --notice or --corrected")
    return inside[0]


def _text(name: str) -> str:
    """Read a text so that writing it again gives the same bytes."""
    return read_input(name).decode("utf-8", "surrogateescape")


def _cluster(args: argparse.Namespace) -> int:
    items = [
        assign.item(
            row["id"],
            f"{row.get('title') or ''}\n{row['text']}".strip(),
            published_at=_time(row.get("published_at")),
            publisher=row.get("publisher"),
        )
        for row in _rows(Path(args.source))
    ]
    for found in assign.cluster(items):
        print_json(
            {
                "id": found.id,
                "cluster": found.cluster,
                "origin": found.origin,
                "overlap": round(found.overlap, 4),
            },
            indent=None,
        )
    return 0


def _rows(source: Path) -> Iterator[dict[str, Any]]:
    if source.is_dir():
        for file in sorted(p for p in source.rglob("*") if p.is_file()):
            yield {"id": str(file.relative_to(source)), "text": file.read_bytes().decode("utf-8", "replace")}
        return
    for number, line in enumerate(read_input(str(source)).splitlines(), 1):
        try:
            row = json.loads(line)
            yield {**row, "id": str(row["id"]), "text": str(row["text"])}
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{source}, line {number}: not an object with id and text ({error})") from None


def _time(raw: str | None) -> datetime | None:
    try:
        return when(raw) if raw else None
    except argparse.ArgumentTypeError as error:
        raise UsageError(str(error)) from None
