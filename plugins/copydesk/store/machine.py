"""What the machine offers a local server: an account to run as, its processes, a free port."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
from pathlib import Path

from copydesk.errors import SetupError


def account() -> tuple[int, int] | None:
    """The (uid, gid) that root's server runs as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in filter(None, (os.environ.get("COPYDESK_OS_USER"), "postgres", "nobody")):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise SetupError("root needs an unprivileged account for the database; set COPYDESK_OS_USER to one")


def working_in(folder: Path) -> list[int]:
    """Give the processes whose current folder this is; every PostgreSQL process sits in its data folder."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{entry}/cwd") == str(folder):
                    found.append(int(entry))
    return found


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
