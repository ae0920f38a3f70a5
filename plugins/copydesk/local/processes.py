"""Child processes that are started, watched, restarted and stopped by name.

What runs is written to ``<home>/run/<name>.json`` with the process's start time,
so that a stale file or a process id that went to somebody else is never taken
for ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE = 25.0
"""Seconds from SIGTERM to SIGKILL; Airflow's scheduler waits for running tasks."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to keep running."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Running:
    """A process of ours: its id and when the kernel says that it started."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return _birth(self.pid) == self.started


class Processes:
    """The processes of one home folder."""

    def __init__(self, home: Path) -> None:
        self._run = home / "run"
        self._log = home / "log"
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, program: Program) -> Running:
        """Start a program in a session of its own, its output in ``log/<name>.log``."""
        for folder in (self._run, self._log):
            folder.mkdir(parents=True, exist_ok=True)
        with open(self.log_file(program.name), "ab") as log:
            child = subprocess.Popen(
                program.command,
                env=dict(program.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self._run.parent,
            )
        self._children[child.pid] = child
        running = Running(child.pid, _birth(child.pid) or "")
        self._file(program.name).write_text(json.dumps({"pid": running.pid, "started": running.started}))
        return running

    def running(self, name: str) -> Running | None:
        """Give the live process of that name, if any."""
        for child in self._children.values():
            child.poll()  # reap, so that a dead child is no zombie
        try:
            data = json.loads(self._file(name).read_text())
            found = Running(int(data["pid"]), str(data["started"]))
        except (OSError, ValueError, KeyError):
            return None
        return found if found.alive() else None

    def names(self) -> list[str]:
        """Give the names of everything that was ever started and not stopped."""
        return sorted(p.stem for p in self._run.glob("*.json"))

    def note(self, name: str, pid: int) -> None:
        """Write down a process that somebody else started (the supervisor itself)."""
        self._run.mkdir(parents=True, exist_ok=True)
        self._file(name).write_text(json.dumps({"pid": pid, "started": _birth(pid) or ""}))

    def forget(self, name: str) -> None:
        """Remove the note of a process."""
        self._file(name).unlink(missing_ok=True)

    def stop(self, names: Sequence[str], grace: float = GRACE) -> None:
        """End processes: SIGTERM to all their groups, then SIGKILL to what is left."""
        found = {name: process for name in names if (process := self.running(name))}
        for process in found.values():
            _signal(process.pid, signal.SIGTERM)
        until = time.monotonic() + grace
        while time.monotonic() < until and any(self.running(name) for name in found):
            time.sleep(0.1)
        for process in found.values():
            _signal(process.pid, signal.SIGKILL)  # whatever the group still holds
        for name in names:
            self.forget(name)

    def log_file(self, name: str) -> Path:
        """Where the output of a program goes."""
        return self._log / f"{name}.log"

    def last_words(self, name: str, lines: int = 15) -> str:
        """Give the end of a program's log, for a message."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log_file(name).read_text(errors="replace").splitlines()[-lines:])
        return ""

    def _file(self, name: str) -> Path:
        return self._run / f"{name}.json"


def free_port(preferred: int = 0) -> int:
    """Give the preferred loopback port if it is free, else any free one."""
    return preferred if preferred and port_is_free(preferred) else _any_port()


def port_is_free(port: int) -> bool:
    """Whether a server could listen on that loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _birth(pid: int) -> str | None:
    """Give the start time of a process in kernel ticks, or None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _birth_without_proc(pid)
    return None if fields[0] in "ZX" else fields[19]


def _birth_without_proc(pid: int) -> str | None:
    """The same where there is no /proc (macOS): what ps says."""
    if os.path.isdir("/proc/self"):
        return None
    said = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = said.stdout.strip().partition(" ")
    return started.strip() if state and "Z" not in state else None
