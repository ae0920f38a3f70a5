"""Parquet with Hive partitions by the day of observation: ``observed_date=2026-11-23/part-000.parquet``.

Files never change: what is stored later comes as new files, of an old day too, and
``_manifest.json`` names all files that count, with rows and SHA-256. Files that a
killed export left behind are not in it and are removed by the next. One exception:
a file with a text that was taken down is written again without it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC
from itertools import groupby
from pathlib import Path
from typing import Any

from copydesk.errors import SetupError, UsageError
from copydesk.outlets.lines import dumps
from copydesk.outlets.record import Record

MANIFEST = "_manifest.json"
ROWS = 2000
"""Rows to a row group: about 10 MB of texts in memory."""

_JSON = ("edits", "notices", "instruments")


def engine() -> Any:
    """Give pyarrow; raises SetupError that names the extra."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise SetupError("Parquet needs pyarrow: pip install 'copydesk[parquet]'") from None
    return pyarrow


class Dataset:
    """A folder of partitions. Raises UsageError for a folder that holds something else."""

    def __init__(self, folder: Path, profile: str) -> None:
        self._arrow = engine()
        self._folder, self._profile = folder, profile
        self._files: dict[str, dict[str, Any]] = self._open()
        self._sweep()
        self._held = self._read_ids()

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """The files that count, by path within the folder: rows and sha256."""
        return dict(self._files)

    def add(self, records: Iterable[Record]) -> int:
        """Write the records that the dataset does not hold yet (they come by observed_at); gives how many."""
        fresh = (r for r in records if not self._holds(r.version_id))
        written = 0
        for day, group in groupby(fresh, key=lambda r: r.observed_at.astimezone(UTC).date().isoformat()):
            name = self._free_name(day)
            rows = self._write(name, group)
            self._files[name] = {"rows": rows, "sha256": _sha256(self._folder / name)}
            written += rows
        self._save()
        return written

    def drop(self, version_ids: Collection[int]) -> int:
        """Write files anew without these versions, which were erased; gives how many rows went."""
        gone = [v for v in version_ids if self._holds(v)]
        if not gone:
            return 0
        parquet, dropped = self._arrow.parquet, 0
        for name in list(self._files):
            table = parquet.read_table(self._folder / name, partitioning=None)
            keep = table.filter(self._arrow.compute.invert(self._arrow.compute.is_in(
                table["version_id"], value_set=self._arrow.array(gone, self._arrow.int64()))))  # fmt: skip
            if keep.num_rows == table.num_rows:
                continue
            dropped += table.num_rows - keep.num_rows
            self._replace(name, keep)
        return dropped

    def _replace(self, name: str, keep: Any) -> None:
        fresh = self._free_name(name.split("/")[0].removeprefix("observed_date="))
        if keep.num_rows:
            self._arrow.parquet.write_table(keep, self._folder / (fresh + ".tmp"), compression="zstd")
            os.replace(self._folder / (fresh + ".tmp"), self._folder / fresh)
            self._files[fresh] = {"rows": keep.num_rows, "sha256": _sha256(self._folder / fresh)}
        del self._files[name]
        self._save()
        (self._folder / name).unlink()

    def _open(self) -> dict[str, dict[str, Any]]:
        self._folder.mkdir(parents=True, exist_ok=True)
        manifest = self._folder / MANIFEST
        if not manifest.exists():
            if any(self._folder.iterdir()) and not any(self._folder.glob("observed_date=*")):
                raise UsageError(f"{self._folder}: holds something else; name an empty folder or one exported before")
            return {}
        said = json.loads(manifest.read_text())
        if said["profile"] != self._profile:
            raise UsageError(f"{self._folder}: was exported for {said['profile']!r}; name another folder")
        return dict(said["files"])

    def _sweep(self) -> None:
        for file in self._folder.glob("observed_date=*/part-*"):
            if str(file.relative_to(self._folder)) not in self._files:
                file.unlink()

    def _read_ids(self) -> bytearray:
        """One bit a version: a million versions are 125 kB."""
        held = bytearray()
        for name in self._files:
            with self._arrow.parquet.ParquetFile(self._folder / name) as file:
                for batch in file.iter_batches(columns=["version_id"]):
                    for version in batch.column(0).to_pylist():
                        _set(held, version)
        return held

    def _holds(self, version: int) -> bool:
        return version >> 3 < len(self._held) and bool(self._held[version >> 3] & 1 << (version & 7))

    def _free_name(self, day: str) -> str:
        taken = [int(n.rsplit("-", 1)[1].split(".")[0]) for n in self._files if n.startswith(f"observed_date={day}/")]
        return f"observed_date={day}/part-{max(taken, default=-1) + 1:04}.parquet"

    def _write(self, name: str, records: Iterable[Record]) -> int:
        path, rows = self._folder / name, 0
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(path.name + ".tmp")
        shape = schema(self._arrow)
        with self._arrow.parquet.ParquetWriter(part, shape, compression="zstd") as writer:
            for batch in _batches(records):
                writer.write_table(self._arrow.Table.from_pylist([row(r) for r in batch], schema=shape))
                rows += len(batch)
                for record in batch:
                    _set(self._held, record.version_id)
        os.replace(part, path)
        return rows

    def _save(self) -> None:
        part = self._folder / (MANIFEST + ".tmp")
        said = {"format": "copydesk/1", "profile": self._profile, "files": dict(sorted(self._files.items()))}
        part.write_text(json.dumps(said, indent=1) + "\n")
        os.replace(part, self._folder / MANIFEST)


def schema(arrow: Any) -> Any:
    """Give the columns: names and types are stable; new ones come at the end."""
    text, number, time = arrow.string(), arrow.int64(), arrow.timestamp("us", tz="UTC")
    special = {
        **dict.fromkeys(("version_id", "article_id", "ordinal", "words", "based_on"), number),
        **dict.fromkeys(("published_at", "observed_at", "recorded_at", "first_seen_at"), time),
        **dict.fromkeys(("byline", "rights"), arrow.list_(text)),
    }
    return arrow.schema([(name, special.get(name, text)) for name in Record.__dataclass_fields__])


def row(record: Record) -> dict[str, Any]:
    """Give a record as a row; nested values stand as JSON."""
    found = asdict(record)
    return found | {name: dumps(found[name]) for name in _JSON}


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _set(bits: bytearray, version: int) -> None:
    if version >> 3 >= len(bits):
        bits.extend(bytes(max((version >> 3) + 1 - len(bits), len(bits))))
    bits[version >> 3] |= 1 << (version & 7)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
