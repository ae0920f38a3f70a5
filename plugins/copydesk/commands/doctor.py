"""``copydesk doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import argparse
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg

from copydesk.commands.shared import print_json
from copydesk.errors import CopydeskError
from copydesk.local.airflow import BASE_URL
from copydesk.local.processes import Processes
from copydesk.settings import Settings
from copydesk.store import health
from copydesk.store.address import connect_url
from copydesk.store.db import Row, connect
from copydesk.store.migrate import read_folder, sql_folder

SCARCE = 0.05
"""Share of a disk that should be free: PostgreSQL stops at zero and needs room to recover."""
WAITED = 600.0
"""Seconds after which waiting work is trouble: two sweeps of `maintain` should have had it."""
OVERDUE = 1800.0
"""Seconds by which a feed may be late: an overloaded host may rest ten minutes, a gap may be two."""
OPEN = 600.0
"""Seconds after which an open transaction holds the change stream back for too long."""
LATE = 6 * 3600.0
"""Seconds from publication to storage at p95: polite polling of a quiet feed takes up to the ceiling of a day."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do when it is not well. "note" is no reason for exit 1."""

    about: str
    state: Literal["well", "note", "ill"]
    says: str
    do: str = ""


def register(commands: Any) -> None:
    """Add ``doctor``."""
    made = commands.add_parser(
        "doctor", help="what is wrong, and what to do", description="Look at database, Airflow, work and disk."
    )
    made.add_argument("--json", action="store_true", help="print JSON: {well, findings}")
    made.add_argument("--airflow", metavar="URL", help="Airflow's address (default: the one that 'up' started)")
    made.set_defaults(call=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    found = [*examine_disks(settings.home), *_airflow(settings, args.airflow), *_database(settings)]
    well = all(f.state != "ill" for f in found)
    if args.json:
        print_json({"well": well, "findings": [asdict(f) for f in found]})
        return 0 if well else 1
    marks = {"well": "  ok ", "note": "note ", "ill": "ILL  "}
    for finding in sorted(found, key=lambda f: ("ill", "note", "well").index(f.state)):
        print(f"{marks[finding.state]} {finding.about:14} {finding.says}")
        if finding.do and finding.state != "well":
            print(f"{'':20} → {finding.do}")
    return 0 if well else 1


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        dsn = connect_url(settings, start=False)
        with connect(dsn, name="copydesk-doctor") as conn:
            version = conn.info.server_version // 10_000
            yield Finding("database", "well", f"PostgreSQL {version} answers")
            missing = sorted(set(read_folder(sql_folder())) - set(health.migrations_done(conn)))
            if missing:
                numbers = ", ".join(f"{n:04}" for n in missing)
                yield Finding(
                    "migrations", "ill", f"not applied: {numbers}", "run 'copydesk status' once, it applies them"
                )
                return
            yield Finding("migrations", "well", "all applied")
            vitals, data = health.vitals(conn), health.folder(conn)
    except CopydeskError as error:
        yield Finding("database", "ill", str(error), "or set DATABASE_URL to the server that should be used")
        return
    except psycopg.OperationalError as error:
        yield Finding("database", "ill", str(error).strip().splitlines()[0], "is the server up, and reachable?")
        return
    if data and Path(data).is_dir():
        yield from examine_disks(Path(data), "data disk")
    yield from judge(vitals)


def judge(v: Row) -> list[Finding]:
    """Say what figures of the database mean (``health.vitals``)."""
    holder = f"{v['held_back_application'] or 'a transaction'} (process {v['held_back_pid']})"
    limits = (
        ("polling", v["most_overdue_seconds"], OVERDUE, "the most overdue feed is late by {}",
         "does the triggerer run ('copydesk status')? its log says what the collector does"),
        ("reading", v["oldest_unread_seconds"], WAITED, "the oldest unread page waits for {}",
         "is load_articles paused or failing? look at its last run in Airflow"),
        ("working out", v["oldest_work_seconds"], WAITED, "the oldest article waits for {}",
         "is correct_articles paused or failing? look at its last run in Airflow"),
        ("change stream", v["held_back_waiting"], OPEN, f"held back for {{}} by {holder}",
         "end that session: until then consumers of the stream see nothing newer"),
        ("lag", v["lag_p95"], LATE, f"p95 from publication to storage is {{}} ({v['lag_n']} articles)",
         "poll more often, or offer push: 'copydesk feeds list' shows when each is asked and why"),
        ("measuring", v["last_measured_seconds"], 2 * WAITED, "maintain measured {} ago",
         "is maintain paused? without it hours are not closed and metrics stand still"),
    )  # fmt: skip
    counts = (
        ("leases", v["lost_hosts"] + v["lost_pages"], "leases of workers that died",
         "they are claimed again; if the number grows, workers are being killed (memory?)", "note"),
        ("feeds", v["failing_feeds"], "feeds failed at their last poll", "'copydesk feeds list' names them", "note"),
        ("gaps", v["gaps"], "gaps in which entries may be lost",
         "poll those feeds more often, or fill the time with 'copydesk backfill'", "note"),
        ("quarantine", v["quarantined"], "items could not be read", "the desk in Airflow's UI lists them", "ill"),
        ("webhooks", v["dead_letters"], "dead letters",
         "'copydesk webhooks dead' lists them; once the receiver is mended, 'copydesk webhooks retry ID'", "note"),
        ("tasks", v["failed_tasks"], "tasks failed in the last hour", "the page 'Runs' names their errors", "ill"),
        ("review", v["review"], "corrections wait for a person", "see 'Corrections' in Airflow's UI", "note"),
    )  # fmt: skip
    return [*(_limit(*row) for row in limits), *(_count(*row) for row in counts)]


def examine_disks(path: Path, about: str = "disk") -> list[Finding]:
    """Say whether the disk of a folder (or of its first existing parent) has room."""
    existing = next(p for p in (path, *path.parents) if p.exists())
    usage = shutil.disk_usage(existing)
    says = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.0f} GB free at {existing}"
    return [Finding(about, "ill" if usage.free < SCARCE * usage.total else "well", says, "free some space now")]


def _airflow(settings: Settings, url: str | None) -> Iterator[Finding]:
    kept = settings.home / "airflow" / BASE_URL
    running = Processes(settings.home)
    dead = [name for name in running.names() if not running.running(name)]
    if dead:
        logs = "'copydesk up' starts them; their logs are in $COPYDESK_HOME/log"
        yield Finding("programs", "ill", f"not running: {', '.join(dead)}", logs)
    if url is None and not kept.exists():
        says = "not started from here; 'copydesk run' does the work without it"
        yield Finding("airflow", "note", says, "give its address with --airflow URL")
        return
    address = (url or kept.read_text().strip()).rstrip("/")
    try:
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=10) as answer:
            parts: dict[str, dict[str, Any]] = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError) as error:
        says = f"{address} does not answer: {error}"
        yield Finding("airflow", "ill", says, "start it with 'copydesk up', or see its log")
        return
    yield from parts_of_airflow(parts)


def parts_of_airflow(parts: dict[str, dict[str, Any]]) -> list[Finding]:
    """Say how Airflow's components are, from its own health report."""
    consequence = {
        "triggerer": "the collector does not run; poll_feeds takes over every five minutes",
        "scheduler": "no task starts",
        "dag_processor": "changed DAG files are not seen",
        "metadatabase": "Airflow cannot reach its own database",
    }
    found: list[Finding] = []
    for name, part in parts.items():
        status = part.get("status")
        ill = status not in ("healthy", None)
        says = f"{status or 'not used'}{': ' + consequence.get(name, '') if ill else ''}"
        found.append(Finding(name.replace("_", " "), "ill" if ill else "well", says, f"see the log of the {name}"))
    return found


def _limit(about: str, seconds: float | None, most: float, says: str, do: str) -> Finding:
    if seconds is None or seconds <= 0:
        return Finding(about, "well", "nothing waits")
    return Finding(about, "ill" if seconds > most else "well", says.format(_span(seconds)), do)


def _count(about: str, n: int, says: str, do: str, state: str) -> Finding:
    return (
        Finding(about, "ill" if state == "ill" else "note", f"{n} {says}", do)
        if n
        else Finding(about, "well", f"no {says}")
    )


def _span(seconds: float) -> str:
    parts: Sequence[tuple[float, str]] = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    size, unit = next((p for p in parts if seconds >= 2 * p[0]), (1, "s"))
    return f"{seconds / size:.0f} {unit}"
