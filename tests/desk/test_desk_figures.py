"""What is counted: hours that are closed once, metrics that are told once, scorecards with their denominators."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.desk_app import airflow_ready

from copydesk.store import desk_corrections, desk_figures, measures, task_runs
from copydesk.store.db import connect, rows
from copydesk.store.task_runs import TaskTry

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def conn(asked):
    with connect(asked.dsn) as made:
        yield made


def figures_of(table):
    return {name: sum(row[name] for row in table) for name in desk_figures.FIGURES}


def test_hours_that_are_closed_count_as_they_did_before(conn):
    conn.execute("update versions set recorded_at = recorded_at - interval '5 h'")
    conn.execute("update revisions set decided_at = decided_at - interval '5 h'")
    conn.execute("update notices set recorded_at = recorded_at - interval '5 h'")
    conn.execute("update applications set decided_at = decided_at - interval '5 h'")
    conn.execute("update feed_polls set observed_at = observed_at - interval '5 h'")
    conn.execute("update latest_versions set first_stored_at = first_stored_at - interval '5 h'")
    before = [figures_of(table) for table in desk_figures.series(conn)]
    assert before[0]["articles"] > 20
    assert before[0]["silent"] > 0
    assert before[0]["polls"] > 0
    assert desk_figures.close_hours(conn) > 0
    assert desk_figures.close_hours(conn) == 0
    assert [figures_of(table) for table in desk_figures.series(conn)] == before
    conn.execute("delete from notices where id not in (select notice_id from corrections)")
    assert [figures_of(table) for table in desk_figures.series(conn)] == before, "a closed hour is not counted again"


def test_a_measurement_counts_from_where_the_last_good_one_began(conn):
    tried = lambda n: TaskTry("maintain", f"r{n}", "measure", -1, 1)  # noqa: E731
    assert task_runs.measured(conn)[0] is None
    task_runs.begin(conn, tried(1), "measure")
    _, first = task_runs.measured(conn)
    task_runs.end(conn, tried(1), {}, "it broke")
    assert task_runs.measured(conn)[0] is None, "what was not told is told by the next"
    task_runs.begin(conn, tried(2), "measure")
    task_runs.end(conn, tried(2), {"told": 3})
    since, until = task_runs.measured(conn)
    assert first < since < until
    assert [r["run_id"] for r in task_runs.recent(conn)] == ["r2", "r1"]


def test_what_happened_is_what_the_record_holds(conn):
    soon = datetime.now(UTC) + timedelta(seconds=5)
    told = {(r["name"], r["value"]): r["n"] for r in measures.happened(conn, soon - timedelta(minutes=50), soon)}
    for name, query in {
        "versions": "select origin as value, count(*) as n from versions group by 1",
        "revisions": "select kind as value, count(*) as n from revisions group by 1",
        "decisions": "select outcome as value, count(*) as n from applications group by 1",
    }.items():
        held = {row["value"]: row["n"] for row in rows(conn, query)}
        assert held == {value: n for (told_name, value), n in told.items() if told_name == name}
    assert measures.happened(conn, soon, soon + timedelta(hours=1)) == []


def documented() -> set[str]:
    """Every name in the tables of docs/metrics.md; ".paused" after "copydesk.feeds.active" is copydesk.feeds.paused."""
    found = set()
    for line in (DOCS / "metrics.md").read_text().splitlines():
        names = re.findall(r"`([a-z0-9_.]+)`", line.split("|")[1]) if line.startswith("| `copydesk.") else []
        found |= {names[0].rpartition(".")[0] + name if name.startswith(".") else name for name in names}
    return found


def test_metrics_go_out_under_their_documented_names(conn, monkeypatch):
    airflow_ready()
    from copydesk_airflow import metrics

    told = set()
    for kind in ("gauge", "incr", "timing"):
        monkeypatch.setattr(metrics.stats, kind, lambda name, *rest, **more: told.add(name))
    metrics.tell(measures.standing(conn), measures.happened(conn, None, datetime.now(UTC) + timedelta(seconds=5)))
    metrics.took("load", 1.0)
    metrics.failed("load")
    metrics.late("maintain")
    assert len(told) > 15
    assert told <= documented()


def test_the_dashboard_asks_for_metrics_that_are_told():
    board = json.loads((DOCS / "grafana" / "copydesk.json").read_text())
    asked = [t["expr"] for panel in board["panels"] for t in panel.get("targets", ())]
    found = {name for expr in asked for name in re.findall(r"airflow_(copydesk_[a-z0-9_]+)", expr)}
    assert len(found) > 12
    bare = {re.sub(r"(_milliseconds)?(_total|_sum|_count)?$", "", name) for name in found}
    assert bare <= {name.replace(".", "_") for name in documented()}


def test_the_scorecard_has_its_denominators(conn):
    live, _ = desk_corrections.scorecard(conn)
    first = next(row for row in live if row["publisher"] == "127.0.11.1")
    assert first["articles"] >= first["corrected_articles"] > 0
    assert first["material_edits"] >= first["announced"] > 0
    assert first["timed"] > 0 < first["seconds_to_correct"]
    carried = {row["publisher"]: row["errors_carried"] for row in live}
    assert carried["127.0.11.2"] > 0
    assert desk_corrections.count_scores(conn) == len(live)
    assert desk_corrections.counted_at(conn) is not None
