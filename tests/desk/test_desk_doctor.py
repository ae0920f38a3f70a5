"""`copydesk doctor`: what it says, what it advises, and with which code it ends."""

import json

import pytest

from copydesk import cli
from copydesk.commands import doctor
from copydesk.store import health, webhooks
from copydesk.store.db import connect


@pytest.fixture
def home(tmp_path, dsn, monkeypatch):
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", dsn)


def told(capsys, *more) -> dict:
    code = cli.main(["doctor", "--json", *more])
    said = json.loads(capsys.readouterr().out)
    assert code == (0 if said["well"] else 1)
    return {f["about"]: f for f in said["findings"]} | {"well": said["well"]}


def test_an_empty_archive_is_well(home, capsys):
    said = told(capsys)
    assert said["well"]
    assert said["migrations"]["says"] == "all applied"
    assert cli.main(["doctor"]) == 0
    assert "ok  database" in capsys.readouterr().out


def test_what_waits_too_long_is_ill_and_says_what_to_do(home, dsn, capsys):
    with connect(dsn) as conn:
        conn.execute("insert into hosts (host) values ('h.example')")
        conn.execute(
            """insert into feeds (url, url_sha, host, next_poll_at, status)
               values ('http://h.example/f', 'x', 'h.example', now() - interval '2 h', 'active')"""
        )
        conn.execute("insert into quarantine (stage, reason, detail, ref, code) values ('load', 'torn', '', '7', '')")
    said = told(capsys)
    assert {about for about, f in said.items() if about != "well" and f["state"] == "ill"} == {"polling", "quarantine"}
    assert said["polling"]["says"] == "the most overdue feed is late by 2 h"
    assert "triggerer" in said["polling"]["do"]
    assert cli.main(["doctor"]) == 1
    assert capsys.readouterr().out.startswith("ILL ")


def test_a_database_that_is_not_there_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none?connect_timeout=2")
    said = told(capsys)
    assert said["database"]["state"] == "ill"
    assert "127.0.0.1" in said["database"]["says"]
    assert "DATABASE_URL" in said["database"]["do"]


def test_a_migration_that_is_missing_is_named(home, dsn, capsys):
    with connect(dsn) as conn:
        conn.execute("delete from schema_migrations where version = (select max(version) from schema_migrations)")
    assert told(capsys)["migrations"]["says"].startswith("not applied: 00")


def test_who_holds_the_stream_back_is_named(dsn):
    with connect(dsn) as conn, connect(dsn, name="a long transaction") as other:
        other.execute("insert into hosts (host) values ('open.example')")
        conn.execute("insert into changes (kind, data) values ('live', '{}')")
        conn.commit()
        vitals = health.vitals(conn)
        other.rollback()
    assert vitals["held_back_application"] == "a long transaction"
    found = {f.about: f for f in doctor.judge(vitals | {"held_back_waiting": 900.0})}["change stream"]
    assert (found.state, "a long transaction" in found.says) == ("ill", True)


def test_dead_letters_are_noted(dsn):
    with connect(dsn) as conn:
        hook = webhooks.add(conn, "https://hooks.example/", "whsec_AAAA", [], "0-0")
        event = {"id": "evt_1", "article_id": None}
        webhooks.bury(conn, hook, event, attempts=11, answer="503")
        found = {f.about: f for f in doctor.judge(health.vitals(conn))}["webhooks"]
    assert (found.state, found.says) == ("note", "1 dead letters")


def test_airflows_own_report_is_judged():
    found = doctor.parts_of_airflow(
        {"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}, "dag_processor": {"status": None}}
    )
    assert [f.state for f in found] == ["well", "ill", "well"]
    assert "poll_feeds takes over" in found[1].says


def test_an_airflow_that_does_not_answer_is_ill(home, capsys):
    said = told(capsys, "--airflow", "http://127.0.0.1:9")
    assert said["airflow"]["state"] == "ill"
    assert "http://127.0.0.1:9 does not answer" in said["airflow"]["says"]
