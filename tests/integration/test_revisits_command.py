"""``copydesk revisits``: what a plan is expected to catch, what was caught, what was learned; wrong use is named."""

import json
from functools import partial

import pytest
from tests.newsroom import edition

from copydesk.articles.forecast import expect
from copydesk.cli import main
from copydesk.commands import revisits
from copydesk.store.db import one, rows


@pytest.fixture
def call(settings, monkeypatch, capsys):
    """Run ``copydesk revisits ...``: (exit code, standard output, standard error)."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("COPYDESK_ALLOW", "127.0.0.0/8")
    monkeypatch.setattr(revisits, "expect", partial(expect, sample=300))

    def run(*args):
        capsys.readouterr()
        try:
            code = main(["revisits", *args])
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_plan_is_expected_to_keep_the_promise_and_says_so_as_settings(call):
    code, out, _ = call("plan")
    assert code == 0
    assert "COPYDESK_REVISIT_AGES='1h 3h 8h 1d 3d 7d 30d'" in out
    assert "the literature" in out
    rows_ = json.loads(call("plan", "--json")[1])["expected"]
    assert [row["signalled"] for row in rows_] == [0.0, 0.3, 0.6, 0.9]
    assert all(row["requests"] <= 9 and row["right"] >= 0.98 for row in rows_)
    assert rows_[0]["versions"] < rows_[3]["versions"]


def test_the_plan_for_a_number_of_requests_can_be_set_and_costs_no_more(call, monkeypatch):
    code, out, err = call("plan", "--requests", "3")
    assert code == 0
    assert "looking for the best ages for 3 requests" in err
    for line in out.splitlines()[:2]:
        name, value = line.split("=", 1)
        monkeypatch.setenv(name, value.strip("'"))
    again = json.loads(call("plan", "--json")[1])
    assert again["expected"][0]["requests"] <= 3.2
    assert again["ages"][-1] == 30 * 86400


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("plan", "--requests", "0"), "between 1 and 200"),
        (("plan", "--host", "nowhere.example"), "nowhere.example: no such host"),
        (("report", "--host", "nowhere.example"), "nowhere.example: no such host"),
        (("report", "--days", "0"), "--days 0"),
    ],
)
def test_wrong_use_is_named(call, args, said):
    code, out, err = call(*args)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COPYDESK_REVISIT_AGES", "3h 1h"),
        ("COPYDESK_REVISIT_AGES", "1h 1h"),
        ("COPYDESK_REVISIT_BURST", "1 h"),
        ("COPYDESK_REVISIT_BURST", "1m"),
    ],
)
def test_ages_that_are_none_are_named(call, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    code, out, err = call("plan")
    assert (code, out) == (2, "")
    assert f"{name}='{value}'" in err


def test_an_archive_without_articles_says_so(call):
    code, out, _ = call("report")
    assert code == 0
    assert "no article has been looked at again yet" in out


def test_a_report_counts_what_the_looks_caught(call, desk, site):
    for number in range(1, 4):
        edition(desk, site, number)
    said = json.loads(call("report", "--json")[1])
    with desk.pool.connection() as conn:
        changed = one(conn, "select count(*) as n from articles where last_change_at is not null")["n"]
        answered = rows(
            conn,
            """select kind, count(looked_at) as answered, count(*) filter (where changed) as hit
               from revisit_signals group by kind order by kind""",
        )
    by_age = said["edits_by_age"]
    assert said["loopback"]
    assert said["first_edit"]["n"] == changed > 0
    assert all(r["edited"] <= r["followed"] for r in by_age)
    assert [r["followed"] for r in by_age] == sorted((r["followed"] for r in by_age), reverse=True)
    assert [(s["kind"], s["answered"], s["right"]) for s in said["signals"]] == [
        (r["kind"], r["answered"], r["hit"]) for r in answered
    ]
    assert said["changes"]["changes"] >= said["changes"]["told"] >= 1
    text = call("report")[1]
    assert f"(n = {changed}," in text
    assert "Budgets" in text


def test_learning_writes_habits_and_a_small_budget_gets_a_plan_of_its_own(call, desk, site):
    for number in (1, 2):
        edition(desk, site, number)
    code, out, _ = call("learn")
    assert code == 0
    assert "hosts read" in out
    with desk.pool.connection() as conn:
        row = one(
            conn,
            """select host, (habits ->> 'articles')::int as articles from hosts
               where habits <> '{}' order by articles desc limit 1""",
        )
        conn.execute("update hosts set manners = '{\"revisit_budget\": 1}', manners_reason = 'test'")
    assert row["articles"] > 0
    said = json.loads(call("plan", "--host", row["host"], "--json")[1])
    assert said["host"]["habits"]["articles"] == row["articles"]
    assert said["host"]["requests_a_day"] > said["host"]["budget"] == 1
    assert said["within_budget"]["expected"][0]["requests"] < said["expected"][0]["requests"]
