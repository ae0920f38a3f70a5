"""WARC 1.1 (ISO 28500): every answer that we keep, with the time at which it was captured.

A capture whose bytes stand in the file already is a *revisit* record that names the first
(identical payload digest; a 304 is of the profile server-not-modified). The payload is the
decoded body, byte for byte as it was hashed and read. Of the HTTP head only the headers that
copydesk keeps are there; the metadata record beside each capture says so.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import IO, Any

from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from copydesk.outlets.lines import stamp
from copydesk.outlets.record import uri

IDENTICAL = RecordBuilder.REVISIT_PROFILE_1_1
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_NAMESPACE = uuid.UUID("6d0b2a53-31f7-4c3e-9c3d-8d1c61a3f8a5")
"""Of our record ids: the same capture has the same id in every export."""
_BREAK = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer as it was stored."""

    observation_id: int
    url: str
    observed_at: datetime
    status: int
    headers: Mapping[str, str]
    body: bytes
    sha256: bytes
    facts: Mapping[str, Any]
    """What the metadata record says: article, version, source, what the publisher reserves."""


class WarcFile:
    """Writes captures to an open binary file. Captures of one article must come together."""

    def __init__(self, out: IO[bytes], name: str, software: str, *, gzip: bool = True) -> None:
        self._writer = WARCWriter(out, gzip=gzip, warc_version="1.1")
        self._article: Any = None
        self._first: dict[bytes, Capture] = {}
        info = {"software": software, "format": "WARC File Format 1.1", "description": "exported by copydesk"}
        self._writer.write_record(self._writer.create_warcinfo_record(_one_line(name), info))

    def write(self, capture: Capture) -> str:
        """Write one capture and its metadata; gives the record type: response or revisit."""
        if capture.facts.get("article") != self._article:
            self._article, self._first = capture.facts.get("article"), {}
        first = self._first.get(capture.sha256)
        record = self._revisit(capture, first) if first else self._response(capture)
        self._writer.write_record(record)
        self._writer.write_record(self._metadata(capture))
        if not first:
            self._first[capture.sha256] = capture
        return "revisit" if first else "response"

    def _response(self, capture: Capture) -> Any:
        # A 304 has no body. Where the answer that it stands for lies outside the export,
        # its bytes come as those of the 200 that they were.
        status = 200 if capture.status == 304 else capture.status
        return self._writer.create_warc_record(
            uri(capture.url),
            "response",
            payload=io.BytesIO(capture.body),
            length=len(capture.body),
            http_headers=_head(capture, status, len(capture.body)),
            warc_headers_dict=_record_headers(capture, "response"),
        )

    def _revisit(self, capture: Capture, first: Capture) -> Any:
        record = self._writer.create_revisit_record(
            uri(capture.url),
            digest(first.body),
            uri(first.url),
            stamp(first.observed_at),
            http_headers=_head(capture, capture.status, None),
            warc_headers_dict=_record_headers(capture, "revisit") | {"WARC-Refers-To": record_id(first, "response")},
        )
        if capture.status == 304:
            record.rec_headers.replace_header("WARC-Profile", NOT_MODIFIED)
        return record

    def _metadata(self, capture: Capture) -> Any:
        said = {
            **capture.facts,
            "payload-sha256": capture.sha256.hex(),
            "http-head": "the headers that copydesk keeps, and a Content-Length of the decoded body",
        }
        block = "".join(f"{k}: {_one_line(str(v))}\r\n" for k, v in said.items() if v not in (None, "", ())).encode()
        about = record_id(capture, "capture")
        return self._writer.create_warc_record(
            uri(capture.url),
            "metadata",
            payload=io.BytesIO(block),
            length=len(block),
            warc_headers_dict=_record_headers(capture, "metadata") | {"WARC-Refers-To": about},
        )


def record_id(capture: Capture, kind: str) -> str:
    """Give the id of a record of this capture; response and revisit are the capture itself."""
    what = "capture" if kind in ("response", "revisit") else kind
    return f"<urn:uuid:{uuid.uuid5(_NAMESPACE, f'{what} {capture.observation_id} {capture.sha256.hex()}')}>"


def digest(body: bytes) -> str:
    """Give the labelled digest by which replay tools know equal payloads (SHA-1, Base32)."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def _record_headers(capture: Capture, kind: str) -> dict[str, str]:
    return {"WARC-Record-ID": record_id(capture, kind), "WARC-Date": stamp(capture.observed_at)}


def _head(capture: Capture, status: int, length: int | None) -> StatusAndHeaders:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    headers = [(_one_line(name), _one_line(value)) for name, value in capture.headers.items()]
    if length is not None:
        headers.append(("content-length", str(length)))
    return StatusAndHeaders(f"{status} {reason}", headers, protocol="HTTP/1.1")


def _one_line(text: str) -> str:
    return _BREAK.sub(" ", text).strip()
