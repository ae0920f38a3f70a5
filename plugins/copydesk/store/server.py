"""A PostgreSQL server of our own, supervised: as root or not, twice at once, after any crash.

The carriers' own start-up code believes stale process ids, stops the server when
the first process exits and fails after kill -9; this starts initdb and pg_ctl
itself. The server listens on 127.0.0.1 and on a socket in a 0700 folder, asks for
a random password (SCRAM), and stays until :meth:`LocalServer.stop`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from copydesk.errors import SetupError
from copydesk.store import binaries, machine

DEFAULTS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_lock_waits": "on",
    "client_connection_check_interval": "2s",  # a killed client's locks go with it
}
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
SOCKET_PATH_LIMIT = 85
"""Of 107 bytes that a socket's path may have, less the file's own name."""
START_SECONDS = 110


class LocalServer:
    """The server whose data lies in ``home``. ``settings`` override postgresql.conf; ``port`` fixes the port."""

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None, port: int | None = None) -> None:
        self.home = home.absolute()
        self.data = self.home / "data"
        self._settings = {**DEFAULTS, **(settings or {})}
        self._wanted_port = port
        self._account = machine.account()
        self._binaries: Path | None = None

    def start(self) -> LocalServer:
        """Start the server unless it runs; gives itself. Raises SetupError with what to do."""
        self._make_home()
        with self._lock():
            if self.alive():
                return self
            self._initialise()
            self._clear_stale()
            self._configure()
            log = self.data / "start.log"
            done = self._run("pg_ctl", "-D", self.data, "-w", "-t", START_SECONDS, "-l", log, "start", check=False)
            if done.returncode:
                words = log.read_text(errors="replace")[-2000:] if log.exists() else ""
                raise SetupError(f"the database did not start: {done.stdout.strip()}\n{words}".rstrip())
        return self

    def stop(self, mode: str = "fast") -> None:
        """Stop the server (fast: roll back what is open; immediate: as a crash)."""
        if not (self.data / "postmaster.pid").exists():
            return
        with self._lock():
            self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop", check=False)

    def alive(self) -> bool:
        """Whether the server answers, or is starting up after a crash."""
        if not (self.data / "PG_VERSION").exists() or not self._file("port").exists():
            return False
        ready = self._run("pg_isready", "-q", "-h", self._socket(), "-p", self._port(), check=False).returncode
        until = time.monotonic() + START_SECONDS
        while ready == 1 and time.monotonic() < until:  # recovering: wait, do not start a second one
            time.sleep(0.2)
            ready = self._run("pg_isready", "-q", "-h", self._socket(), "-p", self._port(), check=False).returncode
        return ready == 0

    def dsn(self, dbname: str = "copydesk", *, tcp: bool = False) -> str:
        """Give the libpq connection string of a database, over the socket or TCP."""
        host = "127.0.0.1" if tcp else str(self._socket())
        return psycopg.conninfo.make_conninfo(
            host=host, port=self._port(), user="postgres", password=self._password(), dbname=dbname
        )

    def url(self, dbname: str, driver: str = "postgresql") -> str:
        """Give the SQLAlchemy URL of a database over TCP."""
        return f"{driver}://postgres:{self._password()}@127.0.0.1:{self._port()}/{dbname}"

    def ensure_database(self, name: str) -> None:
        """Create a database unless it is there."""
        with (
            psycopg.connect(self.dsn("postgres"), autocommit=True) as conn,
            contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation),
        ):
            if not conn.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                conn.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    # --- files ---------------------------------------------------------------

    def _file(self, name: str) -> Path:
        return self.home / f".pg-{name}"

    def _password(self) -> str:
        return self._file("password").read_text().strip()

    def _port(self) -> int:
        return int(self._file("port").read_text())

    def _socket(self) -> Path:
        folder = self.home / "run-pg"
        if len(os.fsencode(folder)) <= SOCKET_PATH_LIMIT:
            return folder
        short = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"copydesk-{short}"

    def _make_home(self) -> None:
        try:
            self.home.mkdir(mode=0o755 if self._account else 0o700, parents=True, exist_ok=True)
            self._file("lock").touch()
        except OSError as error:
            raise SetupError(
                f"{self.home} cannot be written ({error.strerror}); set COPYDESK_HOME to a folder that can"
            ) from None
        if self._account and not binaries.reachable(self.home):
            raise SetupError(
                f"root's server runs as an unprivileged account, which cannot reach {self.home}; "
                "set COPYDESK_HOME to a folder that others may pass through, such as /var/lib/copydesk"
            )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with open(self._file("lock"), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # --- programs ------------------------------------------------------------

    def _bin(self) -> Path:
        if self._binaries is None:
            found = binaries.find()
            if self._account and not binaries.reachable(found):
                found = binaries.copy_to(found, self.home / f"pg-{binaries.major(found)}")
            self._binaries = found
        return self._binaries

    def _run(self, program: str, *args: Any, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's account, its output in a file (pg_ctl leaves it open)."""
        as_account: dict[str, Any] = {}
        if self._account:
            as_account = {"user": self._account[0], "group": self._account[1], "extra_groups": []}
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C.UTF-8"}
        with tempfile.TemporaryFile() as out:
            done = subprocess.run(
                [str(self._bin() / program), *map(str, args)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                env=env,
                timeout=2 * START_SECONDS,
                start_new_session=True,
                check=False,
                **as_account,
            )
            out.seek(0)
            said = out.read().decode(errors="replace")
        if check and done.returncode:
            raise SetupError(f"{program} failed: {said.strip()[-2000:]}")
        return subprocess.CompletedProcess(done.args, done.returncode, said, "")

    # --- steps of a start ----------------------------------------------------

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            have, want = int((self.data / "PG_VERSION").read_text()), binaries.major(self._bin())
            if have != want:
                raise SetupError(
                    f"{self.data} belongs to PostgreSQL {have}, the binaries are {want}: dump it with "
                    "the old ones and load it into a new home, or set DATABASE_URL"
                )
            return
        fresh = self.home / "data.new"
        for leftover in (self.data, fresh):  # an initdb that died half way
            shutil.rmtree(leftover, ignore_errors=True)
        password = self._secret("password", secrets.token_urlsafe(24))
        fresh.mkdir(mode=0o700)
        self._own(fresh, password)
        try:
            self._run(
                "initdb",
                "-D",
                fresh,
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--auth=scram-sha-256",
                f"--pwfile={password}",
                *LOCALE,
            )
        except SetupError as error:
            if "effective user ID" in str(error):
                raise SetupError(
                    "this user id has no account on this machine, which initdb needs; "
                    "set DATABASE_URL to a server instead"
                ) from None
            raise
        with open(fresh / "postgresql.conf", "a") as conf:
            conf.write("\ninclude_dir = 'conf.d'\n")
        (fresh / "conf.d").mkdir()
        self._own(fresh / "conf.d")
        fresh.rename(self.data)  # PG_VERSION is seen only once initdb was complete

    def _secret(self, name: str, value: str) -> Path:
        file = self._file(name)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(value + "\n")
        return file

    def _configure(self) -> None:
        port = self._wanted_port or self._kept_port() or machine.free_port()
        self._file("port").write_text(str(port))
        self._socket().mkdir(mode=0o700, exist_ok=True)
        values = {
            **self._settings,
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(self._socket()),
        }
        conf = self.data / "conf.d" / "10-copydesk.conf"
        quoted = ((k, v.replace("'", "''")) for k, v in values.items())
        conf.write_text("".join(f"{k} = '{v}'\n" for k, v in quoted))
        self._own(conf, self._socket())

    def _kept_port(self) -> int | None:
        """The port of the last run, if nobody took it meanwhile."""
        with contextlib.suppress(OSError, ValueError):
            port = self._port()
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
            return port
        return None

    def _clear_stale(self) -> None:
        """Remove a postmaster.pid that names no server on our data: a zombie, or somebody else's process."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not os.path.isdir("/proc/self"):
            return
        until = time.monotonic() + 15
        while users := machine.working_in(self.data.resolve()):  # orphans of a killed postmaster end by themselves
            if time.monotonic() > until:
                raise SetupError(f"processes {users} still use {self.data}; end them and try again")
            time.sleep(0.1)
        pid_file.unlink(missing_ok=True)
        for lock in self._socket().glob(".s.PGSQL.*"):
            lock.unlink(missing_ok=True)

    def _own(self, *paths: Path) -> None:
        for path in paths if self._account else ():
            os.chown(path, *self._account)  # type: ignore[misc]
