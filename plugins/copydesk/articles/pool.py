"""Extraction in worker processes with limits: a page that kills its reader costs only itself.

Each worker reads one page at a time. It has limits of its own (address space, CPU
seconds: RLIMIT_AS, RLIMIT_CPU) and the parent watches the clock; a worker that dies,
hangs or outgrows its limits is replaced and its page is given back with a named failure.
Results come in the order in which they are ready.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import resource
import signal
import sys
import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Literal

from copydesk.errors import Unreadable
from copydesk.model import Document, Item
from copydesk.settings import Limits

StartMethod = Literal["forkserver", "fork"]

_START_WITHIN = 120.0
_GRACE = 1.5
"""Wall seconds for each CPU second until a look is taken at whether the reader still computes."""


@dataclass(frozen=True, slots=True)
class Job:
    """One page to read. ``key`` comes back with the result."""

    key: Hashable
    body: bytes
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    item: Item | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one job: a document, or the stable reason why there is none."""

    key: Hashable
    document: Document | None = None
    failure: str | None = None
    """crashed, too_slow, out_of_memory, or the reason of PageUnreadable."""
    detail: str = ""
    cpu_seconds: float = 0.0


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    job: Job | None = None
    deadline: float = field(default=float("inf"))
    ready: bool = False


class Extractors:
    """A pool of readers. Use as a context manager; leaving it ends every process.

    ``workers`` 0 means one per core. Of ``limits`` it heeds ``parse_seconds`` and
    ``parse_memory`` (bytes of address space). Processes come from a fork server: a fork of the
    caller would copy its threads' locks.
    """

    def __init__(
        self,
        workers: int = 0,
        limits: Limits | None = None,
        start_method: Literal["forkserver", "fork"] = "forkserver",
    ) -> None:
        self._count = workers or len(os.sched_getaffinity(0))
        self._limits = limits or Limits()
        self._context: ForkServerContext | ForkContext
        self._context = mp.get_context("fork") if start_method == "fork" else mp.get_context("forkserver")
        if start_method == "forkserver":
            self._context.set_forkserver_preload(["copydesk.articles.extract"])
        self._workers: list[_Worker] = []

    def __enter__(self) -> Extractors:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every worker process."""
        for worker in self._workers:
            _end(worker)
        self._workers.clear()

    def run(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """Read every job; never more than one a worker is taken from ``jobs`` ahead of time."""
        waiting = iter(jobs)
        self._fill()
        for worker in list(self._workers):
            self._hand(worker, waiting)
        while busy := [w for w in self._workers if w.job is not None]:
            ready = wait([w.pipe for w in busy], timeout=self._patience(busy))
            for worker in busy:
                if worker.pipe in ready:
                    yield self._collect(worker)
                elif time.monotonic() > worker.deadline:
                    if _computes(worker) or worker.pipe.poll():
                        worker.deadline = self._later()
                    else:
                        yield self._kill(worker)
            self._fill()
            for worker in self._workers:
                if worker.job is None:
                    self._hand(worker, waiting)

    def _fill(self) -> None:
        self._workers = [w for w in self._workers if w.process.is_alive() or w.job is not None]
        while len(self._workers) < self._count:
            self._workers.append(self._start())

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._limits), daemon=True)
        with _without_main():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _hand(self, worker: _Worker, waiting: Iterator[Job]) -> None:
        job = next(waiting, None)
        if job is None:
            return
        _await_ready(worker)
        worker.job = job
        worker.deadline = self._later()
        try:
            worker.pipe.send(job)
        except (BrokenPipeError, ConnectionError):
            worker.deadline = 0.0

    def _later(self) -> float:
        return time.monotonic() + self._limits.parse_seconds * _GRACE

    def _patience(self, busy: list[_Worker]) -> float:
        return max(0.0, min(w.deadline for w in busy) - time.monotonic()) + 0.01

    def _collect(self, worker: _Worker) -> Result:
        job = _taken(worker)
        try:
            result: Result = worker.pipe.recv()
        except (EOFError, ConnectionError):
            worker.process.join(_GRACE)  # its own exit code, not that of our kill
            _end(worker)
            return Result(job.key, failure=_cause(worker.process.exitcode), detail=_died(worker.process))
        if result.failure == "out_of_memory":
            _end(worker)  # its heap is in an unknown state
        return result

    def _kill(self, worker: _Worker) -> Result:
        job = _taken(worker)
        _end(worker)
        return Result(job.key, failure="too_slow", detail=f"over {self._limits.parse_seconds:g} s")


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the caller's ``__main__``: a new process would run it again, and under Airflow that is Airflow."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _await_ready(worker: _Worker) -> None:
    """A process that cannot even start is our trouble and must not be blamed on a page: raises RuntimeError."""
    if worker.ready:
        return
    try:
        if not worker.pipe.poll(_START_WITHIN):
            raise RuntimeError(f"a reading process was not ready within {_START_WITHIN:g} s")
        worker.pipe.recv()
    except (EOFError, ConnectionError):
        raise RuntimeError("a reading process ended before it could read anything; its error stands above") from None
    worker.ready = True


def _taken(worker: _Worker) -> Job:
    job, worker.job, worker.deadline = worker.job, None, float("inf")
    assert job is not None
    return job


def _end(worker: _Worker) -> None:
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join(5)
    worker.pipe.close()


def _computes(worker: _Worker) -> bool:
    """Whether a reader runs or waits for a processor: then the machine is busy, which is no fault of the page.

    The kernel ends it at its CPU seconds. A reader that sleeps hangs. Where there is no /proc, none is believed.
    """
    try:
        said = Path(f"/proc/{worker.process.pid}/stat").read_text()
    except OSError:
        return False
    return said.rpartition(")")[2].split()[0] in ("R", "D")


def _cause(exit_code: int | None) -> str:
    return "too_slow" if exit_code in (-signal.SIGXCPU, -signal.SIGKILL) else "crashed"


def _died(process: BaseProcess) -> str:
    code = process.exitcode
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit {code}"


# --- in the worker -----------------------------------------------------------


def _serve(pipe: Connection, limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.parse_memory, limits.parse_memory))
    pipe.send("ready")
    while True:
        try:
            job: Job = pipe.recv()
        except (EOFError, OSError):
            return
        _allow(limits.parse_seconds)
        pipe.send(_read(job))


def _allow(seconds: float) -> None:
    """Let the process use so many CPU seconds more than it has; the kernel ends it beyond."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, hard))


def _read(job: Job) -> Result:
    from copydesk.articles.extract import extract

    started = time.process_time()
    try:
        document = extract(job.body, url=job.url, headers=dict(job.headers), item=job.item, observed_at=job.observed_at)
    except Unreadable as error:
        return Result(job.key, None, error.reason, error.detail, time.process_time() - started)
    except MemoryError:
        return Result(job.key, None, "out_of_memory", "", time.process_time() - started)
    except Exception as error:  # a reader's bug must cost one page, by name
        detail = f"{type(error).__name__}: {error}"[:500]
        return Result(job.key, None, "extractor_failed", detail, time.process_time() - started)
    return Result(job.key, document, cpu_seconds=time.process_time() - started)
