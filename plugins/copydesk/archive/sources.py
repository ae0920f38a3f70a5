"""Which source reads what a user names: ``KIND:PLACE``, or a place that speaks for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copydesk.archive import publisher
from copydesk.archive.asking import Asker
from copydesk.archive.boxes import TARS
from copydesk.archive.capture import Source
from copydesk.archive.folder import FolderSource
from copydesk.archive.listings import DatePages, FeedChain, Sitemaps
from copydesk.archive.places import is_remote
from copydesk.archive.publisher import Lister, PublisherSource
from copydesk.archive.warc import ENDINGS, Recall, Surveys, WarcSource
from copydesk.archive.wayback import WaybackSource
from copydesk.errors import UsageError
from copydesk.model import Answer
from copydesk.settings import Settings

KINDS = ("warc", "wayback", "folder", "sitemap", "feed", "pages")
RECORDS = (".zip", ".jsonl", ".ndjson", ".json", ".csv", ".mbox", ".html", ".htm", ".txt", ".jsonl.gz", *TARS)


@dataclass(frozen=True, slots=True)
class Tools:
    """What sources may use of the world around them."""

    settings: Settings
    recall: Recall
    surveys: Surveys
    asker: Asker


def open_source(named: str, tools: Tools, options: Mapping[str, Any]) -> Source:
    """Give the source of what a user named; raises UsageError when it is none."""
    kind, place = split(named)
    if not place:
        raise UsageError(f"{named}: nothing is named behind {kind}:")
    if kind == "warc":
        return WarcSource(place, tools.settings, tools.recall, tools.surveys)
    if kind == "folder":
        return FolderSource(place, tools.settings, options.get("map") or {}, tools.surveys)
    if kind == "wayback":
        return WaybackSource(place, tools.settings, tools.asker, options.get("archive"))
    if not place.startswith(("http://", "https://")):
        raise UsageError(f"{named}: name an http(s) URL")
    return PublisherSource(kind, place, tools.settings, tools.asker, _lister(kind, place, tools))


def _lister(kind: str, place: str, tools: Tools) -> Lister:
    def fetch(url: str) -> Answer:
        answer = publisher.ask(tools.asker, url, tools.settings)
        body = publisher.unpacked(answer.body, tools.settings)
        return answer if body is answer.body else _with_body(answer, body)

    if kind == "sitemap":
        return Sitemaps(place, fetch)
    if kind == "feed":
        return FeedChain(place, fetch)
    if not any(mark in place for mark in ("{yyyy}", "{yy}")):
        raise UsageError(f"pages:{place}: write the date into it, as https://host/archive/{{yyyy}}/{{mm}}/{{dd}}")
    return DatePages(place, fetch)


def _with_body(answer: Answer, body: bytes) -> Answer:
    return Answer(answer.url, answer.final_url, answer.status, answer.headers, body, answer.fetched_at, answer.seconds)


def split(named: str) -> tuple[str, str]:
    """Give the kind and the place of what a user named."""
    kind, place = named.partition(":")[0], place_of(named)
    if place != named:
        return kind, place
    lower = named.lower()
    if lower.endswith(ENDINGS):
        return "warc", named
    if "{yyyy}" in lower:
        return "pages", named
    if is_remote(named) and "sitemap" in lower:
        return "sitemap", named
    if not is_remote(named) and Path(named).expanduser().is_dir():
        held = {p.name.lower().endswith(ENDINGS) for p in Path(named).expanduser().rglob("*") if p.is_file()}
        return ("warc" if held == {True} else "folder"), named
    if not is_remote(named) and lower.endswith(RECORDS):
        return "folder", named
    raise UsageError(f"{named}: say what it is, as KIND:PLACE with one of {', '.join(KINDS)}")


def place_of(named: str) -> str:
    """Give what a user named without the kind in front of it, if one is there."""
    kind, colon, place = named.partition(":")
    return place if colon and kind in KINDS else named
