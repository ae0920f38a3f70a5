"""``copydesk revisits``: what the plan of re-visits is expected to catch, and what it caught."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from copydesk.articles.edit_model import DAY, END, HOUR, EditModel, fitted
from copydesk.articles.forecast import Signals, expect, worst
from copydesk.articles.habits import UNKNOWN, Habits
from copydesk.articles.revisit import ages
from copydesk.articles.tuning import robust, tune
from copydesk.commands.shared import database, print_json, print_rows, ready_dsn
from copydesk.errors import UsageError
from copydesk.settings import Manners, Settings, as_spans
from copydesk.stages import learn
from copydesk.store import habits as stored
from copydesk.store.db import open_pool

SHARES = (0.0, 0.3, 0.6, 0.9)
"""Parts of the edits that publishers signal; how many they do, ``revisits report`` measures."""
LEAST, MOST = 1.0, 200.0


def register(commands: Any) -> None:
    """Add ``revisits`` with its verbs."""
    group = commands.add_parser("revisits", help="how often articles are looked at again, and what that catches")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    plan = _verb(verbs, "plan", _plan, "say what the plan is expected to catch, or find the best one for a budget")
    which = plan.add_mutually_exclusive_group()
    which.add_argument("--requests", type=float, metavar="N", help="find the best ages for N requests an article")
    which.add_argument("--host", help="the plan of one host: its habits, its budget, its own edit times")
    report = _verb(verbs, "report", _report, "print what was measured: edits by age, signals, budgets")
    report.add_argument("--host", help="of one host only")
    report.add_argument("--days", type=int, default=learn.WINDOW, help="of so many days (%(default)s)")
    _verb(verbs, "learn", _learn, "work out every host's habits now (runs every hour by itself)")


def _verb(verbs: Any, name: str, call: Any, help_: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=help_)
    made.add_argument("--json", action="store_true", help="print JSON")
    made.set_defaults(call=call)
    return made


def _plan(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    if args.requests is not None and not LEAST <= args.requests <= MOST:
        raise UsageError(f"--requests {args.requests:g}: between {LEAST:g} and {MOST:g} requests an article")
    said = _plan_host(args.host, settings) if args.host else _plan_any(args.requests, settings)
    if args.json:
        print_json(said)
    else:
        _print_plan(said)
    return 0


def _plan_any(requests: float | None, settings: Settings) -> dict[str, Any]:
    with database(settings) as conn:
        model = fitted(learn.measured(conn, learn.tempos_of(conn, settings)))
    manners = settings.manners
    if requests is not None:
        _progress(f"looking for the best ages for {requests:g} requests an article (up to a minute)")
        manners = tune(requests, robust(model), manners).manners(manners)
    return _expected(manners, UNKNOWN, model)


def _plan_host(host: str, settings: Settings) -> dict[str, Any]:
    with database(settings) as conn:
        row = stored.of(conn, host)
        if row is None:
            raise UsageError(f"{host}: no such host here (copydesk feeds list shows the feeds)")
        model = fitted(learn.measured(conn, learn.tempos_of(conn, settings, host)))
    manners, habits = settings.manners_for(host, row["manners"]), Habits.from_json(row["habits"])
    said = _expected(_unhurried(manners, settings.manners), habits, model)
    needs = said["expected"][0]["requests"] * float(row["articles_a_day"])
    said["host"] = {
        "host": host,
        "habits": {**habits.to_json(), "scale": round(habits.scale, 3), "quiet": habits.quiet},
        "articles_a_day": round(float(row["articles_a_day"]), 2),
        "requests_a_day": round(needs, 1),
        "budget": manners.revisit_budget,
    }
    if needs > manners.revisit_budget:
        fits = max(LEAST, manners.revisit_budget / float(row["articles_a_day"]))
        _progress(f"the budget lets through {fits:.1f} requests an article: looking for the best ages for them")
        tuned = tune(fits, robust(model), settings.manners)
        said["within_budget"] = _expected(tuned.manners(settings.manners), UNKNOWN, model)
    return said


def _unhurried(manners: Manners, usual: Manners) -> Manners:
    """What is expected is said of a newsroom's tempo, for hosts on loopback too."""
    return manners if manners.revisit_tempo == 1 else usual


def _expected(manners: Manners, habits: Habits, model: EditModel) -> dict[str, Any]:
    _progress("running the planner on edit histories")
    models = robust(model)
    return {
        "ages": ages(manners, habits),
        "burst": manners.revisit_burst,
        "model": {"source": model.source, "early_medians": [m.early_median for m in models]},
        "expected": [_worst(share, models, manners, habits) for share in SHARES],
    }


def _worst(share: float, models: Sequence[EditModel], manners: Manners, habits: Habits) -> dict[str, Any]:
    found = worst([expect(manners, m, habits=habits, signals=Signals(share), horizon=END) for m in models])
    return {
        "signalled": share,
        "requests": round(found.requests, 2),
        "detected": round(found.detected, 4),
        "right": round(found.right, 4),
        "versions": round(found.versions, 4),
        "lag_seconds": round(found.lag),
        "of_edited": found.edited,
        "of_edits": found.edits,
    }


def _print_plan(said: dict[str, Any]) -> None:
    host = said.get("host")
    if host:
        print(f"{host['host']}: {host['articles_a_day']:g} articles and {host['requests_a_day']:g} requests a day "
              f"of a budget of {host['budget']}")  # fmt: skip
        print(
            f"ages {as_spans(60.0 * round(age / 60) for age in said['ages'])}; after a change {as_spans(said['burst'])}"
        )
    else:
        print(f"COPYDESK_REVISIT_AGES={as_spans(said['ages'])!r}")
        print(f"COPYDESK_REVISIT_BURST={as_spans(said['burst'])!r}")
    medians = ", ".join(f"{m / 3600:.1f} h" for m in said["model"]["early_medians"])
    source = said["model"]["source"]
    print(f"\nExpected at worst; edit times of {source}, median of the early edits {medians}:\n")
    print_rows([_line(row) for row in said["expected"]], as_json=False, columns=list(_line(said["expected"][0])))
    first = said["expected"][0]
    print(f"\nof {first['of_edited']} edited articles and {first['of_edits']} edits drawn, within {END / DAY:.0f} days")
    if "within_budget" in said:
        print("\nThe budget does not reach for that. The best plan that it does reach for:\n")
        _print_plan(said["within_budget"])


def _readable(age: float) -> float:
    step = 60.0 if age < 5 * HOUR else HOUR / 2
    return step * round(age / step)


def _line(row: dict[str, Any]) -> dict[str, str]:
    return {
        "edits signalled": f"{row['signalled']:.0%}",
        "requests": f"{row['requests']:.1f}",
        "edited detected": f"{row['detected']:.1%}",
        "last text right": f"{row['right']:.1%}",
        "versions caught": f"{row['versions']:.1%}",
        "median lag": f"{row['lag_seconds'] / 60:.0f} min",
    }


def _report(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    if not 1 <= args.days <= 3650:
        raise UsageError(f"--days {args.days}: between 1 and 3650")
    with database(settings) as conn:
        if args.host and stored.of(conn, args.host) is None:
            raise UsageError(f"{args.host}: no such host here (copydesk feeds list shows the feeds)")
        said = learn.report(conn, settings, host=args.host, days=args.days)
    if args.json:
        print_json(said)
    else:
        _print_report(said)
    return 0


def _print_report(said: dict[str, Any]) -> None:
    if not said["edits_by_age"][0]["followed"] and not said["first_edit"]["n"]:
        print(f"no article has been looked at again yet of those first seen in the last {said['days']} days\n")
    where = " (loopback: times as in a newsroom, ages are scaled)" if said["loopback"] else ""
    print(f"Edits by age, articles first seen in the last {said['days']} days at {said['hosts']} hosts{where}\n")
    rows = [{**r, "age": as_spans([r["age"]]), "share": _percent(r["share"])} for r in said["edits_by_age"]]
    print_rows(rows, as_json=False, columns=("age", "followed", "edited", "share"))
    first = said["first_edit"]
    if first["n"]:
        quartiles = ", ".join(f"{first[q] / 3600:.2f} h" for q in ("q1", "median", "q3"))
        print(f"\nTime to the first edit: quartiles {quartiles} (n = {first['n']}, "
              f"known to within {first['width'] / 3600:.2f} h)")  # fmt: skip
    changes = said["changes"]
    print(
        f"\nSignals; {changes['told']} of {changes['changes']} changes were told of ({_percent(changes['recall'])})\n"
    )
    rows = [{**r, "precision": _percent(r["precision"])} for r in said["signals"]]
    print_rows(rows, as_json=False, columns=("kind", "told", "answered", "right", "precision"))
    print("\nBudgets of known pages, last 24 hours\n")
    rows = [{**r, "used": _percent(r["used"])} for r in said["budgets"]]
    print_rows(rows, as_json=False, columns=("host", "looks", "budget", "used", "waiting", "rests_until", "articles",
                                            "edited", "scale"))  # fmt: skip


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _learn(args: argparse.Namespace) -> int:
    settings = Settings.from_env()
    pool = open_pool(ready_dsn(settings), 2)
    try:
        counts = learn.learn(pool, settings)
    finally:
        pool.close()
    if args.json:
        print_json(dict(counts))
    else:
        print(f"{counts['hosts']} hosts read, {counts['changed']} changed")
    return 0


def _progress(said: str) -> None:
    print(f"copydesk: {said} ...", file=sys.stderr)
