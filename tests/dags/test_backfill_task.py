"""The task of the DAG backfill, called as Airflow calls it: its interval is the slice."""

from __future__ import annotations

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.archive.papers import START, shots, write_warc

from copydesk.store.db import connect, one
from copydesk_airflow import backfill

DAY = timedelta(days=1)
FIRST = START.replace(hour=0)


@pytest.fixture(autouse=True)
def surroundings(dsn, tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COPYDESK_WORKERS", "1")
    monkeypatch.setenv("COPYDESK_BACKFILL_NICE", "0")
    monkeypatch.delenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", raising=False)
    write_warc(tmp_path / "papers.warc.gz", shots())
    (tmp_path / "bad.warc.gz").write_bytes(b"time,url\n")


@pytest.fixture
def warc(tmp_path):
    return f"warc:{tmp_path / 'papers.warc.gz'}"


def run(day=0, cleared=0):
    begin = FIRST + day * DAY
    return SimpleNamespace(dag_id="backfill", run_id=f"backfill__{begin:%Y-%m-%d}", clear_number=cleared,
                           data_interval_start=begin, data_interval_end=begin + DAY)  # fmt: skip


def task(dag_run, attempt=1, **params):
    return backfill.read_slice(dag_run, SimpleNamespace(try_number=attempt), params)


def count(dsn, query):
    with connect(dsn) as conn:
        return one(conn, query)["n"]


def test_a_run_reads_its_day_and_a_cleared_one_adds_nothing(dsn, warc, caplog):
    today = [shot for shot in shots() if FIRST <= shot.at < FIRST + DAY]
    with caplog.at_level(logging.INFO):
        told = task(run(), source=warc)
    assert (told["slices"], told["done"], told["captures"]) == (1, 1, len(today))
    assert told["stored"] == sum(not shot.url.endswith("/feed") for shot in today)
    assert f"found 1 slices, {len(today)} captures" in caplog.text
    assert count(dsn, "select count(*) as n from versions") > 0
    versions = count(dsn, "select count(*) as n from versions")
    assert task(run(), source=warc)["captures"] == len(today)  # a retry of a run that is done reads nothing again
    again = task(run(cleared=1), source=warc)
    assert (again["captures"], again["stored"]) == (len(today), 0)
    assert count(dsn, "select count(*) as n from versions") == versions


def test_a_retry_takes_over_from_a_worker_that_died(dsn, warc):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("copydesk.stages.backfill.Reader.drain", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            task(run(), source=warc)
    assert count(dsn, "select count(*) as n from backfill_slices where state = 'running' and lease_until > now()") == 1
    assert task(run(), attempt=2, source=warc)["done"] == 1


def test_a_failed_slice_fails_the_task_by_name_and_costs_no_other(warc, tmp_path):
    with pytest.raises(RuntimeError, match=r"bad\.warc\.gz: not_warc"):
        task(run(), source=f"{warc} warc:{tmp_path / 'bad.warc.gz'}")
    assert task(run(1), source=warc)["done"] == 1


def test_a_dry_run_writes_no_ledger(dsn, warc):
    assert task(run(), source=warc, dry_run=True)["captures"] > 0
    assert count(dsn, "select count(*) as n from backfill_slices") == 0
    assert count(dsn, "select count(*) as n from observations") == 0


def test_the_run_of_the_schedule_does_nothing(warc):
    from airflow.sdk.exceptions import AirflowSkipException

    for params in ({}, {"source": None}, {"source": " "}):
        with pytest.raises(AirflowSkipException):
            task(run(), **params)


def test_a_long_pause_gives_the_place_to_others(monkeypatch):
    from airflow.sdk.exceptions import AirflowRescheduleException

    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    backfill._pause(5.0)
    with pytest.raises(AirflowRescheduleException):
        backfill._pause(60.0)
    assert slept == [5.0]
