"""Archives of the sample newspaper, made for tests: WARC files of its editions, and of pages of our own."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from copydesk.sample_site import Paper, Site, read_site

START = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
EDITION = timedelta(hours=18)
"""Between editions: five of them touch five days."""


@dataclass(frozen=True)
class Shot:
    """What stood at a URL at a time."""

    url: str
    at: datetime
    status: int
    kind: str
    body: bytes


def shots(site: Site | None = None, *, feeds: bool = True) -> list[Shot]:
    """Every page and feed of every edition, as a crawler would have seen them a few minutes apart."""
    site = site or read_site()
    found: list[Shot] = []
    for edition in range(1, site.last_edition + 1):
        at = START + EDITION * (edition - 1)
        for publisher in site.publishers.values():
            paper = Paper(site, publisher, START.timestamp(), 1, f"https://{publisher.key}.example")
            if feeds:
                kind, text = paper.feed(edition)
                found.append(Shot(f"{paper.origin}/feed", at, 200, kind, text.encode()))
            for story in paper.stories(edition):
                at += timedelta(seconds=30)
                gone = story.gone
                body = b"Gone" if gone else paper.page(story).encode()
                found.append(Shot(paper.url(story), at, 410 if gone else 200, "text/html; charset=utf-8", body))
    return sorted(found, key=lambda shot: (shot.at, shot.url))


def write_warc(file: Path, found: Iterable[Shot], *, gzip: bool = True) -> list[int]:
    """Write shots as response records with warcio; gives where each record begins."""
    places = []
    with open(file, "wb") as out:
        writer = WARCWriter(out, gzip=gzip)
        writer.write_record(writer.create_warcinfo_record(file.name, {"software": "tests"}))
        for shot in found:
            places.append(out.tell())
            writer.write_record(response(writer, shot))
    return places


def response(writer: WARCWriter, shot: Shot, **headers: str):
    """One response record."""
    http = StatusAndHeaders(f"{shot.status} Said", [("Content-Type", shot.kind)], protocol="HTTP/1.1")
    said = {"WARC-Date": shot.at.strftime("%Y-%m-%dT%H:%M:%SZ"), **headers}
    return writer.create_warc_record(
        shot.url, "response", payload=io.BytesIO(shot.body), http_headers=http, warc_headers_dict=said
    )
