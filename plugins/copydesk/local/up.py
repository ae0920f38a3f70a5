"""Start everything in order, keep it running, stop it cleanly.

The supervisor starts again what dies (a component killed by the kernel, the
database after a crash), with a growing pause, and says so. It holds no state of
its own: kill it, start it again, and it takes over what still runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from copydesk.errors import SetupError
from copydesk.local import airflow
from copydesk.local.processes import Processes, Program, port_is_free
from copydesk.sample import NETWORK, PORT, PORT_FILE
from copydesk.settings import Settings
from copydesk.store.address import connect_url
from copydesk.store.migrate import migrate
from copydesk.store.server import LocalServer

Say = Callable[[str], None]
SUPERVISOR = "supervisor"
HEALTHY_WITHIN = 240.0
"""Seconds until Airflow must answer; measured 37-62 s on two busy cores, 105 s without compiled files."""


@dataclass
class Stack:
    """What runs for one home folder."""

    settings: Settings
    port: int
    sample: bool
    say: Say = print
    every: float = 45.0
    """Seconds between editions of the sample newspaper."""
    sample_port: int = PORT
    programs: list[Program] = field(default_factory=list)
    _tries: dict[str, tuple[int, float]] = field(default_factory=dict)
    _workers: set[int] = field(default_factory=set)
    _workers_of: int = 0

    def __post_init__(self) -> None:
        self.processes = Processes(self.settings.home)
        self.server = LocalServer(self.settings.home) if not self.settings.database_url else None

    def start(self) -> None:
        """Start the database, bring both databases up to date, start the programs, wait until Airflow answers."""
        self._check()
        self.processes.note(SUPERVISOR, os.getpid())
        self.say("database: starting")
        dsn = connect_url(self.settings, start=True)
        migrate(dsn, log=lambda said: self.say(f"database: {said}"))
        env = self._environment(dsn)
        self.say("airflow: preparing its database")
        self._prepare(env)
        self._launch(airflow.programs(env))
        self._wait_for_airflow()
        if self.sample:  # last: its first edition should be seen, and passes within a minute
            self._launch([self._sample(env)])
            self._wait_for_sample()

    def _launch(self, programs: list[Program]) -> None:
        for program in programs:
            self.programs.append(program)
            if not self.processes.running(program.name):
                self.say(f"{program.name}: starting")
                self.processes.start(program)

    def tend(self) -> None:
        """Start again what died since the last look."""
        if self.server is not None and not self.server.alive():
            self.say("database: not answering; starting it again")
            self.server.start()
        self._free_the_executor()
        for program in self.programs:
            if self.processes.running(program.name):
                continue
            tries, last = self._tries.get(program.name, (0, 0.0))
            if time.monotonic() - last < min(2.0**tries, 60.0):
                continue
            recent = time.monotonic() - last < 120
            self._tries[program.name] = (tries + 1 if recent else 1, time.monotonic())
            self.say(f"{program.name}: died; starting it again (log: {self.processes.log_file(program.name)})")
            self.processes.start(program)

    def _free_the_executor(self) -> None:
        """End the scheduler when one of its workers was killed: a worker that dies waiting holds the queue's lock
        for ever, and no task starts any more. It is started again at once and adopts what still runs."""
        scheduler = self.processes.running("scheduler")
        now = executor_workers(scheduler.pid) if scheduler else set()
        if scheduler and self._workers - now and self._workers_of == scheduler.pid:
            self.say("scheduler: lost a worker process; starting it again")
            for pid in (scheduler.pid, *now):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            now = set()
        self._workers, self._workers_of = now, scheduler.pid if scheduler else 0

    def stop(self) -> None:
        """Stop the programs, then the database; nothing stored is lost."""
        stop_programs(self.processes, self.say)
        if self.server is not None:
            self.server.stop()
            self.say("database: stopped")
        self.processes.forget(SUPERVISOR)

    @property
    def url(self) -> str:
        """Where the UI is."""
        return f"http://127.0.0.1:{self.port}"

    def login(self) -> str:
        """The password of admin."""
        stored: dict[str, str] = json.loads(airflow.passwords(self.settings.home).read_text())
        return stored["admin"]

    def _check(self) -> None:
        """Refuse before anything is started: another supervisor, a taken port, a folder that cannot be written."""
        home = self.settings.home
        other = self.processes.running(SUPERVISOR)
        if other and other.pid != os.getpid():
            raise SetupError(f"copydesk already runs for {home} (process {other.pid}); stop it with 'make down'")
        try:
            home.mkdir(parents=True, exist_ok=True)
            probe = home / ".writable"
            probe.write_text("")
            probe.unlink()
        except OSError as error:
            raise SetupError(
                f"{home} cannot be written ({error.strerror}); set COPYDESK_HOME to a folder that can"
            ) from None
        if not self.processes.running("api-server") and not port_is_free(self.port):
            raise SetupError(f"port {self.port} is in use by another program; choose one with 'make run PORT=8090'")

    def _environment(self, dsn: str) -> dict[str, str]:
        if self.server is not None:
            self.server.ensure_database("airflow")
            metadata = airflow.Metadata(
                self.server.url("airflow", "postgresql+psycopg2"),
                self.server.url("airflow", "postgresql+psycopg"),
            )
        else:
            metadata = _given_metadata()
        extra = {
            "DATABASE_URL": dsn,
            "COPYDESK_HOME": str(self.settings.home),
            "COPYDESK_ALLOW": ",".join(self.settings.allow),
            "COPYDESK_CONTACT": self.settings.contact,
        }
        return airflow.environment(self.settings.home, metadata, self.port, extra)

    def _prepare(self, env: dict[str, str]) -> None:
        log = self.processes.log_file("prepare")
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as out:
            done = subprocess.run(
                [sys.executable, "-m", "copydesk_airflow.prepare"],
                env=env,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        if done.returncode:
            raise SetupError(f"Airflow's database could not be made ready:\n{self.processes.last_words('prepare')}")

    def _sample(self, env: dict[str, str]) -> Program:
        (self.settings.home / PORT_FILE).write_text(str(self.sample_port))
        since = self.settings.home / "sample-since"
        if not since.exists():
            since.write_text(str(time.time()))  # editions go on where they were when everything is started again
        command = (
            sys.executable,
            "-m",
            "copydesk.sample",
            "--port",
            str(self.sample_port),
            "--every",
            str(self.every),
            "--since",
            since.read_text(),
        )
        return Program("sample-newspaper", command, env)

    @property
    def sample_feeds(self) -> str:
        """The sample newspaper's feed list."""
        return f"http://{NETWORK}1:{self.sample_port}/feeds.opml"

    def _wait_for_sample(self) -> None:
        until = time.monotonic() + 20
        while not _answers(self.sample_feeds):
            if not self.processes.running("sample-newspaper") or time.monotonic() > until:
                raise SetupError(
                    f"the sample newspaper does not answer:\n{self.processes.last_words('sample-newspaper')}"
                )
            time.sleep(0.2)

    def _wait_for_airflow(self) -> None:
        started = time.monotonic()
        while not _answers(f"{self.url}/api/v2/version"):
            waited = time.monotonic() - started
            if not self.processes.running("api-server") and waited > 5:
                raise SetupError(f"Airflow's api-server ended:\n{self.processes.last_words('api-server')}")
            if waited > HEALTHY_WITHIN:
                raise SetupError(
                    f"Airflow does not answer at {self.url} after {waited:.0f} s; "
                    f"see {self.processes.log_file('api-server')}"
                )
            time.sleep(0.5)
        self.say(f"airflow: answers after {time.monotonic() - started:.0f} s")


def executor_workers(scheduler: int) -> set[int]:
    """Give the process ids of LocalExecutor's workers below a scheduler (from /proc; none where there is no /proc)."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == scheduler and b"LocalExecutor" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except (OSError, ValueError, IndexError):
            continue  # it ended while we looked
    return found


def down(settings: Settings, say: Say = print) -> bool:
    """Stop whatever runs for this home, whoever started it; gives whether there was anything."""
    processes = Processes(settings.home)
    supervisor = processes.running(SUPERVISOR)
    found = bool(processes.names())
    if supervisor and supervisor.pid != os.getpid():
        os.kill(supervisor.pid, signal.SIGTERM)
        until = time.monotonic() + 60
        while processes.running(SUPERVISOR) and time.monotonic() < until:
            time.sleep(0.2)
    stop_programs(processes, say)
    if not settings.database_url and (settings.home / "data").exists():
        server = LocalServer(settings.home)
        found = found or server.alive()
        server.stop()
    processes.forget(SUPERVISOR)
    return found


def stop_programs(processes: Processes, say: Say) -> None:
    """Stop every program that is noted as running, the supervisor excepted."""
    names = [name for name in processes.names() if name != SUPERVISOR]
    if names:
        say(f"stopping {', '.join(names)}")
        processes.stop(names)


def share(settings: Settings) -> Path:
    """Where dags/, sql/ and seeds/ are."""
    return airflow.share_folder()


def _given_metadata() -> airflow.Metadata:
    sync = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    if not sync:
        raise SetupError(
            "with DATABASE_URL set, Airflow needs its own database too: set "
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://... "
            "and ..._ASYNC=postgresql+psycopg://..."
        )
    given = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC")
    return airflow.Metadata(sync, given or sync.replace("+psycopg2", "+psycopg"))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
