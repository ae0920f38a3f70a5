"""Learn each host's habits from what its articles did, and say what was measured. Safe to repeat at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from copydesk.articles.edit_model import DAY, HORIZON, HOUR, WEEK, EditModel, Measured
from copydesk.articles.habits import KINDS, Habits
from copydesk.settings import Settings
from copydesk.store import habits as stored
from copydesk.store import revisits
from copydesk.store.db import Connection, Pool, Row

WINDOW = 90
"""Days that count: a newsroom's ways change."""
AGES = (HOUR, 3 * HOUR, 8 * HOUR, DAY, 3 * DAY, WEEK, HORIZON)
EDGES = (HOUR / 2, HOUR, 2 * HOUR, 3 * HOUR, 5 * HOUR, 8 * HOUR, 16 * HOUR, DAY, 3 * DAY, WEEK, 14 * DAY, HORIZON)


def learn(pool: Pool, settings: Settings) -> Counter[str]:
    """Work out every host's habits anew; gives how many hosts were read and how many changed."""
    with pool.connection() as conn:
        tempos = every_tempo(conn, settings)
        found = stored.followed(conn, EDGES, tempos, WINDOW)
        stored.forget_signals(conn, WINDOW)
    counts: Counter[str] = Counter()
    for host, group in groupby(found, key=lambda row: row["host"]):
        with pool.connection() as conn:  # a row at a time: the collector wants these rows too
            counts["hosts"] += 1
            counts["changed"] += stored.save(conn, host, _habits(conn, host, list(group)).to_json())
    return counts


def tempos_of(conn: Connection, settings: Settings, host: str | None = None) -> dict[str, float]:
    """Give the hosts to report on: the one asked for; else the public ones, or all where all are on loopback."""
    every = every_tempo(conn, settings)
    if host:
        return {host: settings.manners_for(host).revisit_tempo}
    return {name: tempo for name, tempo in every.items() if tempo == 1} or every


def every_tempo(conn: Connection, settings: Settings) -> dict[str, float]:
    """Give each host's tempo."""
    return {host: settings.manners_for(host).revisit_tempo for host in stored.hosts_with_articles(conn)}


def measured(conn: Connection, tempos: stored.Tempos, days: int = WINDOW) -> Measured:
    """Give the archive's own edit times in the form that the edit model takes."""
    by_age = stored.edits_by_age(conn, AGES, tempos, days)
    early = stored.first_edit(conn, tempos, days, DAY)
    followed = tuple((row["age"], row["followed"], row["edited"]) for row in by_age)
    return Measured(followed, early["median"])


def report(conn: Connection, settings: Settings, *, host: str | None = None, days: int = WINDOW) -> dict[str, Any]:
    """Say what was measured: edits by age, time to the first edit, signals, budgets; every share with its counts."""
    tempos = tempos_of(conn, settings, host)
    names = list(tempos)
    told = stored.signalled(conn, names, days)
    return {
        "days": days,
        "hosts": len(names),
        "loopback": any(tempo != 1 for tempo in tempos.values()),
        "edits_by_age": [
            {**row, "share": _share(row["edited"], row["followed"])}
            for row in stored.edits_by_age(conn, AGES, tempos, days)
        ],
        "first_edit": stored.first_edit(conn, tempos, days, HORIZON),
        "signals": [
            {**row, "precision": _share(row["right"], row["answered"])} for row in stored.signals(conn, names, days)
        ],
        "changes": {**told, "recall": _share(told["told"], told["changes"])},
        "budgets": [_budget(row, settings) for row in stored.budgets(conn, names)],
    }


def _habits(conn: Connection, host: str, found: Sequence[Row]) -> Habits:
    model, edges = EditModel(), (0.0, *EDGES)
    return Habits(
        articles=sum(row["articles"] for row in found),
        edited=sum(row["edited"] for row in found),
        expected=sum(row["articles"] * model.edited_by(edges[row["bucket"]]) for row in found),
        signals={kind: counts for kind in KINDS if (counts := revisits.precision(conn, host, kind))[0]},
    )


def _budget(row: Row, settings: Settings) -> dict[str, Any]:
    habits = Habits.from_json(row["habits"])
    manners = settings.manners_for(row["host"], row["manners"])
    return {
        "host": row["host"],
        "budget": manners.revisit_budget,
        "looks": row["looks"],
        "used": _share(row["looks"], manners.revisit_budget),
        "waiting": row["waiting"],
        "rests_until": row["rests_until"],
        "articles": habits.articles,
        "edited": habits.edited,
        "scale": "quiet" if habits.quiet else round(habits.scale, 2),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
