"""Files in folders, zip and tar archives, one after the other, never unpacked to the disk.

A member whose name leads out of its archive, a link, and one that would become far
larger than it is are refused by name; the others are read.
"""

from __future__ import annotations

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from copydesk.archive.capture import ArchiveError

RATIO = 200
"""A member may become so many times its packed size (as in :mod:`copydesk.web.decoding`)."""
GRACE = 1_000_000
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its name below the box, when it was written, how to open it; or why it is refused."""

    name: str
    written: datetime | None
    size: int
    open: Callable[[], IO[bytes]]
    refused: str = ""


@contextmanager
def members(path: Path) -> Iterator[Iterator[Member]]:
    """Give the files of a folder, of a zip or tar file, or the one file itself, in order of their names."""
    lower = path.name.lower()
    if path.is_dir():
        yield (_plain(p, str(p.relative_to(path))) for p in sorted(path.rglob("*")) if p.is_file() or p.is_symlink())
        return
    try:
        if lower.endswith(".zip"):
            with zipfile.ZipFile(path) as box:
                yield (_zipped(box, info) for info in sorted(box.infolist(), key=_name) if not info.is_dir())
        elif lower.endswith(TARS):
            with tarfile.open(path) as tar:
                yield (_tarred(tar, info) for info in tar if not info.isdir())
        else:
            yield iter((_plain(path, path.name),))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise ArchiveError("damaged_archive", f"{path}: {error}") from None


def read(member: Member, limit: int) -> bytes:
    """Read one file, unpacked where its name ends in .gz; raises ArchiveError for one that is too long."""
    with opened(member) as stream:
        body = stream.read(limit + 1)
    if len(body) > limit:
        raise ArchiveError("too_large", f"{member.name}: more than {limit} bytes")
    if len(body) > GRACE and len(body) > RATIO * max(member.size, 1):
        raise ArchiveError("bomb", f"{member.name}: {len(body)} bytes out of {member.size}")
    return body


@contextmanager
def opened(member: Member) -> Iterator[IO[bytes]]:
    """Open one file as a stream, unpacked where its name ends in .gz; raises ArchiveError for damage."""
    try:
        with member.open() as stream:
            if member.name.lower().endswith(".gz"):
                with gzip.open(stream) as unpacked:
                    yield unpacked  # type: ignore[misc]
            else:
                yield stream
    except (OSError, zlib.error, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ArchiveError("unreadable_file", f"{member.name}: {error}") from None


def leads_out(name: str) -> bool:
    """Whether a name points to outside of its box."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else True


def _plain(path: Path, name: str) -> Member:
    refused = "link" if path.is_symlink() else ""
    state = path.lstat()
    return Member(name, datetime.fromtimestamp(state.st_mtime, UTC), state.st_size, lambda: path.open("rb"), refused)


def _zipped(box: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    linked = info.external_attr >> 16 & 0o170000 == 0o120000
    refused = "traversal" if leads_out(info.filename) else "link" if linked else _swollen(info)
    try:
        written = datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        written = None
    return Member(info.filename, written, info.compress_size, lambda: box.open(info), refused)


def _swollen(info: zipfile.ZipInfo) -> str:
    return "bomb" if info.file_size > GRACE and info.file_size > RATIO * max(info.compress_size, 1) else ""


def _tarred(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    refused = "traversal" if leads_out(info.name) else "" if info.isreg() and not info.issparse() else "link"

    def open_() -> IO[bytes]:
        stream = tar.extractfile(info)
        if stream is None:
            raise OSError("no regular file")
        return stream

    return Member(info.name, datetime.fromtimestamp(info.mtime, UTC), info.size, open_, refused)


def _name(info: zipfile.ZipInfo) -> str:
    return info.filename
