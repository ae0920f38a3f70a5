"""Files near and far under one name: paths, globs, folders, and URLs through fsspec.

http(s) goes through the guarded sockets of ``copydesk.web``; object stores
(``s3://``, ``gs://``) need their fsspec driver installed beside copydesk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import aiohttp
import fsspec

from copydesk.archive.capture import ArchiveError
from copydesk.errors import UsageError
from copydesk.settings import Settings
from copydesk.web.addresses import AllowList
from copydesk.web.transport import Guard, open_session

_REMOTE = re.compile(r"[a-z][a-z0-9+]+://", re.I)
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Place:
    """One file: its name as the ledger keeps it, a mark that changes with it, its size, and how to open it."""

    name: str
    mark: str
    size: int
    open: Callable[[], IO[bytes]]


def is_remote(name: str) -> bool:
    """Whether a name is a URL."""
    return _REMOTE.match(name) is not None


def find(pattern: str, settings: Settings, *, wanted: Callable[[str], bool]) -> list[Place]:
    """Give the files that a path, glob, folder or URL names, in order of their names; a folder gives the ``wanted``.

    Raises UsageError when there is none.
    """
    if is_remote(pattern):
        return [_remote(pattern, settings)]
    path = Path(pattern).expanduser()
    if path.is_dir():
        found: Iterable[Path] = (p for p in path.rglob("*") if p.is_file() and wanted(p.name))
    elif _GLOB.search(pattern) and not path.exists():
        anchor = Path(path.anchor) if path.is_absolute() else Path()
        found = (p for p in anchor.glob(str(path.relative_to(anchor) if path.anchor else path)) if p.is_file())
    else:
        found = [path] if path.is_file() else []
    places = [_local(p) for p in sorted(found)]
    if not places:
        raise UsageError(f"{pattern}: no such file, or none in that folder that this source reads")
    return places


def _local(path: Path) -> Place:
    full = path.resolve()
    state = full.stat()
    return Place(str(full), f"{state.st_size} bytes, {state.st_mtime_ns}", state.st_size, lambda: full.open("rb"))


def _remote(url: str, settings: Settings) -> Place:
    try:
        files, path = fsspec.core.url_to_fs(url, **_options(url, settings))
        info = files.info(path)
    except ImportError as error:
        raise UsageError(f"{url}: {error}") from None
    except FileNotFoundError:  # what the http driver makes of every refusal, the guard's too
        said = "there is no such file, its server refuses it, or its address is not public (COPYDESK_ALLOW)"
        raise ArchiveError("unreachable", f"{url}: {said}") from None
    except Exception as error:  # each driver has its own; all mean that the file cannot be reached
        raise ArchiveError("unreachable", f"{url}: {type(error).__name__}: {error}"[:300]) from None
    size = info.get("size")
    if not isinstance(size, int):
        raise ArchiveError("unreachable", f"{url}: the server does not say how long it is, so no part can be asked for")
    if size and not info.get("partial") and url.lower().startswith("http"):
        _probe(files, path, url, size)
    mark = " ".join(str(info.get(key)) for key in ("size", "ETag", "mtime", "LastModified") if info.get(key))
    return Place(url, mark, size, lambda: _opened(files, path))


def _probe(files: Any, path: str, url: str, size: int) -> None:
    """Ask for the last byte: a server that can only give the whole would be asked for it once a slice."""
    try:
        with _opened(files, path) as stream:
            stream.seek(size - 1)
            stream.read(1)
    except ValueError:
        said = "the server gives no part of a file (range requests); download it and name the local file"
        raise ArchiveError("no_ranges", f"{url}: {said}") from None


def _opened(files: Any, path: str) -> IO[bytes]:
    stream: IO[bytes] = files.open(path, "rb", block_size=4 << 20)
    return stream


def _options(url: str, settings: Settings) -> dict[str, Any]:
    if not url.lower().startswith(("http://", "https://")):
        return {}

    async def guarded(**kwargs: Any) -> aiohttp.ClientSession:
        return open_session(settings, Guard(AllowList(settings.allow)), None, per_host=2, tls=None)

    return {"get_client": guarded, "skip_instance_cache": True}
