"""Write the archive, or a part of it, in a format of others: whole or not at all."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, count, islice
from pathlib import Path
from typing import IO

from copydesk import __version__
from copydesk.articles import rights
from copydesk.errors import UsageError
from copydesk.outlets import jsonfeed, lines, ninjs, parquet, profiles, record, warc
from copydesk.outlets.record import Record
from copydesk.store import export as store
from copydesk.store import snapshots
from copydesk.store.db import Connection, Row
from copydesk.store.export import Scope

log = logging.getLogger(__name__)
FORMATS = ("ndjson", "parquet", "jsonfeed", "ninjs", "warc")


@dataclass(slots=True)
class Export:
    """One export: of what, as what, for whom, where to. Use :meth:`run`."""

    format: str
    scope: Scope
    profile: str
    path: Path
    base_url: str | None = None
    progress: Callable[[Counter[str]], None] = lambda counts: None
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, conn: Connection) -> Counter[str]:
        """Write it; gives counts of what was written and of what the profile left out. Raises UsageError."""
        if self.format == "parquet":
            self._parquet(conn)
        elif self.format == "warc":
            self._warc(conn)
        elif self.format == "jsonfeed" and self.base_url:
            self._jsonfeed_pages(conn, self.base_url)
        else:
            with whole(self.path) as out:
                out.writelines(self.pieces(conn))
        return self.counts

    def pieces(self, conn: Connection) -> Iterator[bytes]:
        """Give what one file of ndjson, ninjs or jsonfeed holds, piece by piece: for who sends it on."""
        if self.format == "jsonfeed":
            self.scope = replace(self.scope, latest=True)
            for piece in jsonfeed.pieces(self._records(conn), title=self._title()):
                yield piece.encode()
            return
        write = lines.line if self.format == "ndjson" else _ninjs_line
        for found in self._records(conn):
            yield write(found).encode() + b"\n"

    def _title(self) -> str:
        return f"copydesk: {self.scope.publisher or 'all publishers'}"

    def _records(self, conn: Connection, *, by_day: bool = False) -> Iterator[Record]:
        for row in store.versions(conn, self.scope, by_day=by_day):
            found = profiles.fit(record.read(row), self.profile)
            self._count("written" if found else "withheld")
            if found:
                yield found

    def _parquet(self, conn: Connection) -> None:
        dataset = parquet.Dataset(self.path, self.profile)
        self.counts["dropped"] = dataset.drop(store.erased(conn))
        self.counts["new"] = dataset.add(self._records(conn, by_day=True))

    def _jsonfeed_pages(self, conn: Connection, base_url: str) -> None:
        self.scope = replace(self.scope, latest=True)
        records = self._records(conn)
        with Pages(self.path, base_url) as pages:
            for number in count(1):
                page = list(islice(records, jsonfeed.PAGE))
                following = list(islice(records, 1))
                records = chain(following, records)
                urls = {"feed_url": pages.url(number), "next_url": pages.url(number + 1) if following else None}
                pages.add(number, "".join(jsonfeed.pieces(page, title=self._title(), **urls)).encode())
                if not following:
                    return

    def _warc(self, conn: Connection) -> None:
        if self.profile == "public":
            raise UsageError("warc holds whole pages, and the public profile has none; choose owner or training")
        with whole(self.path) as out:
            file = warc.WarcFile(out, self.path.name, f"copydesk/{__version__}", gzip=self.path.suffix == ".gz")
            for row in store.captures(conn, self.scope):
                flags = {*(row["flags"] or ())} & rights.FLAGS | rights.of_headers(row["headers"])
                if not profiles.passes(flags, self.profile):
                    self._count("withheld")
                    continue
                try:
                    self._count(file.write(_capture(conn, row, flags)))
                except (snapshots.Damaged, LookupError) as error:  # one torn body must not cost the others
                    log.error("%s of %s is left out", error, row["url"])
                    self._count("damaged")

    def _count(self, what: str) -> None:
        self.counts[what] += 1
        if self.counts.total() % 1000 == 0:
            self.progress(self.counts)


def _ninjs_line(found: Record) -> str:
    return lines.dumps(ninjs.news_object(found))


def _capture(conn: Connection, row: Row, flags: set[str] | frozenset[str]) -> warc.Capture:
    facts = {
        "article": row["article"],
        "version-id": row["version_id"],
        "source": row["source"],
        "decision": row["decision"],
        "rights": ", ".join(sorted(flags)),
    }
    body = snapshots.body_of(conn, row["sha256"], row)
    return warc.Capture(
        row["id"], row["url"], row["observed_at"], row["status"], row["headers"], body, row["sha256"], facts
    )


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when all of it is written and durable."""
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with part.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)


class Pages:
    """Pages of one feed: ``feed.json``, ``feed-2.json`` ... They appear together, the last first."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._path, self._base = path, base_url.rstrip("/")
        self._parts: list[tuple[Path, Path]] = []

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for part, final in reversed(self._parts):
            if kind is None:
                os.replace(part, final)
            part.unlink(missing_ok=True)

    def name(self, number: int) -> str:
        """The file name of a page."""
        return self._path.name if number == 1 else f"{self._path.stem}-{number}{self._path.suffix}"

    def url(self, number: int) -> str:
        """The address at which a page will be served."""
        return f"{self._base}/{self.name(number)}"

    def add(self, number: int, body: bytes) -> None:
        """Write a page beside its place."""
        final = self._path.with_name(self.name(number))
        part = final.with_name(f".{final.name}.{os.getpid()}.tmp")
        self._parts.append((part, final))
        part.write_bytes(body)
