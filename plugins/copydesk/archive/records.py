"""One file of a folder as captures: HTML and text, JSON and CSV records with a mapping, mbox dumps of feeds.

Where a record does not say where and when it stood, it is refused by name: a guess
would put a text into the past at which it never stood.
"""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any

from copydesk.archive import boxes
from copydesk.archive.boxes import Member
from copydesk.archive.capture import ArchiveError

NAMES: Mapping[str, tuple[str, ...]] = {
    "url": ("url", "link", "uri", "canonical_url", "source_url"),
    "time": (
        "captured_at",
        "captured",
        "observed_at",
        "fetched_at",
        "crawled_at",
        "date_download",
        "timestamp",
        "time",
    ),
    "body": ("html", "raw_html", "body_html", "content_html"),
    "text": ("text", "maintext", "plain_text", "body", "content"),
    "title": ("title", "headline"),
    "status": ("status", "status_code"),
    "file": ("file", "path", "filename"),
}
"""Fields that are taken where the mapping names none. What a page says of its publication is no time of capture."""
LINE = 50_000_000
_HTML_URL = re.compile(
    rb"""<link[^>]{0,300}rel=["']?canonical["']?[^>]{0,300}href=["']([^"'>]{8,2000})|"""
    rb"""<link[^>]{0,300}href=["']([^"'>]{8,2000})["'][^>]{0,300}rel=["']?canonical|"""
    rb"""<!--\s*saved from url=\(\d+\)(\S{8,2000})""",
    re.I,
)
_STAMP = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[-_/.]?([01]\d)[-_/.]?([0-3]\d)"
    r"(?:[-_T/ ]?([0-2]\d)[-_:.]?([0-5]\d)[-_:.]?([0-5]\d))?(?!\d)"
)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::\d+)?", re.I)
_MAIL_URL = ("content-location", "x-feed-url", "x-url", "x-rss-url", "x-rss-feed")


@dataclass(frozen=True, slots=True)
class Found:
    """One record: where, when and what; or why it is refused."""

    url: str = ""
    at: datetime | None = None
    body: bytes = b""
    kind: str = ""
    status: int = 200
    refused: str = ""
    detail: str = ""


def records(member: Member, mapping: Mapping[str, str], limit: int, siblings: Mapping[str, Member]) -> Iterator[Found]:
    """Read the records of one file; what cannot be read is given as refused."""
    name = member.name.lower().removesuffix(".gz")
    try:
        if member.refused:
            raise ArchiveError(member.refused, member.name)
        if name.endswith((".jsonl", ".ndjson")):
            with boxes.opened(member) as stream:
                yield from (_mapped(row, mapping, member, limit, siblings) for row in _lines(stream, member))
        elif name.endswith(".json"):
            said = json.loads(boxes.read(member, LINE))
            rows = said if isinstance(said, list) else [said]
            yield from (_mapped(row, mapping, member, limit, siblings) for row in rows)
        elif name.endswith(".csv"):
            text = io.StringIO(boxes.read(member, LINE).decode("utf-8-sig", "replace"))
            yield from (_mapped(row, mapping, member, limit, siblings) for row in csv.DictReader(text))
        elif name.endswith((".mbox", ".mbx")):
            with boxes.opened(member) as stream:
                yield from (_mail(raw, member) for raw in _messages(stream, limit))
        elif name.endswith((".html", ".htm", ".xhtml", ".txt", ".xml", ".rss", ".atom")):
            yield _page(member, mapping, boxes.read(member, limit))
    except ArchiveError as error:
        yield Found(refused=error.reason, detail=error.detail)
    except (ValueError, csv.Error) as error:
        yield Found(refused="unreadable_file", detail=f"{member.name}: {error}"[:300])


def read_time(said: Any) -> datetime | None:
    """Read a point in time: ISO 8601, RFC 5322, 14 digits, (milli)seconds since 1970; UTC where no zone is said."""
    text = str(said).strip() if said is not None else ""
    try:
        if re.fullmatch(r"\d{14}", text):
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
            number = float(text)
            return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _mapped(row: Any, mapping: Mapping[str, str], member: Member, limit: int, siblings: Mapping[str, Member]) -> Found:
    if isinstance(row, Found):
        return row
    if not isinstance(row, dict):
        return Found(refused="no_record", detail=f"{member.name}: a record that is no object")
    said = {name: _field(row, name, mapping) for name in NAMES}
    at = read_time(said["time"])
    if not said["url"] or at is None:
        missing = "url" if not said["url"] else "time"
        detail = f"{member.name}: no {missing} that can be read; name its field with --map {missing}=FIELD"
        return Found(refused=f"no_{missing}", detail=detail)
    status = int(said["status"]) if str(said["status"] or "").isdigit() else 200
    if said["file"]:
        return _beside(str(said["file"]), said["url"], at, status, member, limit, siblings)
    if said["body"]:
        return Found(said["url"], at, str(said["body"]).encode("utf-8", "replace"), "text/html; charset=utf-8", status)
    parts = [str(part) for part in (said["title"], said["text"]) if part]
    text = "\n\n".join(parts)
    return Found(said["url"], at, text.encode("utf-8", "replace"), "text/plain; charset=utf-8", status)


def _beside(
    name: str, url: str, at: datetime, status: int, member: Member, limit: int, siblings: Mapping[str, Member]
) -> Found:
    """The file that a row of a manifest names; one that cannot be read costs the other rows nothing."""
    other = siblings.get(name)
    if other is None or other.refused:
        return Found(refused="no_such_file", detail=f"{member.name}: {name}")
    try:
        return Found(url, at, boxes.read(other, limit), _kind(other.name), status)
    except ArchiveError as error:
        return Found(refused=error.reason, detail=f"{member.name}: {error.detail}")


def _field(row: Mapping[str, Any], name: str, mapping: Mapping[str, str]) -> Any:
    if wanted := mapping.get(name):
        return _template(wanted, row) if "{" in wanted else row.get(wanted)
    return next((row[key] for key in NAMES[name] if row.get(key)), None)


def _template(wanted: str, row: Mapping[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(row.get(match[1], "")), wanted)


def _page(member: Member, mapping: Mapping[str, str], body: bytes) -> Found:
    at = member.written if mapping.get("time") == "mtime" else _stamped(member.name)
    if at is None:
        detail = f"{member.name}: no date in its name; say --map time=mtime, or add a manifest.jsonl"
        return Found(refused="no_time", detail=detail)
    url = _template(mapping["url"], {"name": member.name}) if "url" in mapping else _url_of(member.name, body)
    if not url:
        return Found(refused="no_url", detail=f"{member.name}: neither its path nor its canonical link names a URL")
    return Found(url, at, body, _kind(member.name))


def _url_of(name: str, body: bytes) -> str:
    """A page's own canonical link, or the path that wget gave it (host/path)."""
    match = _HTML_URL.search(body[:200_000])
    if match:
        return next(g for g in match.groups() if g).decode("utf-8", "replace")
    parts = name.removesuffix(".gz").split("/")
    at = next((i for i, part in enumerate(parts[:-1]) if _HOST.fullmatch(part)), None)
    if at is None:
        return ""
    path = "/".join(parts[at:])
    return "https://" + (path.removesuffix("index.html") if path.endswith("/index.html") else path)


def _stamped(name: str) -> datetime | None:
    match = next(iter(_STAMP.finditer(name)), None)
    if match is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:
        return None


def _kind(name: str) -> str:
    lower = name.lower().removesuffix(".gz")
    if lower.endswith(".txt"):
        return "text/plain"
    return "application/xml" if lower.endswith((".xml", ".rss", ".atom")) else "text/html"


def _lines(stream: IO[bytes], member: Member) -> Iterator[Any]:
    number = 0
    while line := stream.readline(LINE):
        number += 1
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Found(refused="bad_json", detail=f"{member.name}, line {number}: {error}"[:300])


def _messages(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    """Cut an mbox at its From_ lines; a message longer than the limit is cut short and then fails to read."""
    held: list[bytes] = []
    size, blank = 0, True
    while line := stream.readline(1 << 16):
        if line.startswith(b"From ") and blank:
            if held:
                yield b"".join(held)
            held, size = [], 0
        elif size < 2 * limit:
            held.append(line[1:] if line.startswith(b">From ") else line)
            size += len(line)
        blank = not line.strip()
    if held:
        yield b"".join(held)


def _mail(raw: bytes, member: Member) -> Found:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    url = next((str(mail[name]).strip() for name in _MAIL_URL if mail[name]), "")
    at = read_time(mail["date"])
    if not url or at is None:
        missing = "url" if not url else "time"
        return Found(
            refused=f"no_{missing}", detail=f"{member.name}: a message without {' or '.join(_MAIL_URL)} and Date"
        )
    parts = [part for part in mail.walk() if not part.is_multipart()]
    best = min(parts, key=lambda part: part.get_content_type() == "text/plain", default=None)
    body = best.get_payload(decode=True) if best is not None else None
    if not isinstance(body, bytes) or not body.strip():
        return Found(refused="empty", detail=f"{member.name}: {url}")
    return Found(url, at, body, str(best["content-type"] or best.get_content_type()) if best is not None else "")
