"""Where bytes lie when they lie outside PostgreSQL: any store that fsspec reaches (file, memory, s3 ...).

A body's packed form lies at ``<url>/ab/cd/<sha256>.zst``; its name says what it must hash to.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from copydesk.errors import CopydeskError, SetupError, UsageError

POSTGRES = "postgres"
SUFFIX = ".zst"
BUCKETS = frozenset(["s3", "s3a", "gs", "gcs", "abfs", "az"])


class Place:
    """One store. Raises SetupError for one that cannot be reached, UsageError for a URL that names none."""

    def __init__(self, url: str) -> None:
        import fsspec

        if "://" not in url:
            raise UsageError(f"{url!r} names no store; write postgres, file:///folder or s3://bucket/folder")
        self.url = url.rstrip("/")
        try:
            self._fs, root = fsspec.core.url_to_fs(self.url)
        except ImportError as error:
            raise SetupError(f"{url}: {error}; for s3:// pip install 'copydesk[s3]'") from None
        except ValueError as error:
            raise UsageError(f"{url}: {error}") from None
        self._root = str(root).rstrip("/")

    def write(self, sha: bytes, packed: bytes) -> None:
        """Write a body; when this returns it is durable. An object store writes whole objects by itself."""
        path = self._path(sha)
        with self._named():
            if self._is_local:
                _write_file(Path(path), packed)
                return
            if not self._protocols & BUCKETS:  # there a folder is a part of the name, and a bucket is made by its owner
                self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self._fs.pipe_file(path, packed)

    def read(self, sha: bytes) -> bytes:
        """Give a body's packed form; raises LookupError where there is none."""
        with self._named():
            try:
                return bytes(self._fs.cat_file(self._path(sha)))
            except FileNotFoundError:
                raise LookupError(f"snapshot {sha.hex()} is not in {self.url}") from None

    def exists(self, sha: bytes) -> bool:
        """Whether a body is there."""
        with self._named():
            return bool(self._fs.exists(self._path(sha)))

    def delete(self, sha: bytes) -> None:
        """Remove a body; it need not be there."""
        with self._named(), suppress(FileNotFoundError):
            self._fs.rm_file(self._path(sha))

    def names(self, older_than: float) -> Iterator[bytes]:
        """Give the hash of every body that has been there for so many seconds."""
        now = time.time()
        with self._named():
            found = self._fs.find(self._root, detail=True)
        for path, info in found.items():
            name = str(path).rsplit("/", 1)[-1]
            if name.endswith(SUFFIX) and len(name) == 64 + len(SUFFIX) and now - _written(info) >= older_than:
                yield bytes.fromhex(name.removesuffix(SUFFIX))

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the store in whatever its driver raises: each has errors of its own."""
        try:
            yield
        except (CopydeskError, LookupError):
            raise
        except Exception as error:
            raise SetupError(f"{self.url}: {type(error).__name__}: {error}") from error

    @property
    def _protocols(self) -> set[str]:
        said = self._fs.protocol
        return set(said) if isinstance(said, tuple) else {said}

    @property
    def _is_local(self) -> bool:
        return "file" in self._protocols

    def _path(self, sha: bytes) -> str:
        name = sha.hex()
        return f"{self._root}/{name[:2]}/{name[2:4]}/{name}{SUFFIX}"


@lru_cache(maxsize=8)
def place(url: str) -> Place:
    """Open a store once."""
    return Place(url)


def _write_file(path: Path, packed: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with part.open("wb") as out:
            out.write(packed)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name too
        finally:
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)


def _written(info: Any) -> float:
    for name in ("mtime", "LastModified", "created"):
        value = info.get(name)
        if value is not None:
            return float(value.timestamp() if hasattr(value, "timestamp") else value)
    return 0.0
