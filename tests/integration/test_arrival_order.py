"""Notice, fix and copies arrive in whatever order: the archive is the same in the end."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.newsroom import archive, arrive

from copydesk.articles.pool import Extractors
from copydesk.settings import Settings
from copydesk.stages.correct import correct
from copydesk.stages.load import load
from copydesk.store.db import open_pool

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STORY = [
    "The harbour firms asked the customs office on Monday for a delay of the new tariff on timber and grain.",
    "In a letter dated {} and addressed to the head of the customs office, 41 firms said that they needed six weeks "
    "to change their books.",
    "“We cannot print new forms overnight,” the owner of a sawmill said on Tuesday at the old grain exchange.",
    "The office said that it would answer within ten days. A first hearing is planned for the end of the month, and "
    "the firms want the mayor to lead it.",
    "Timber that passes through the port has doubled in four years, and 3,200 people work on the quays.",
]
NOTICE = ("Correction: The letter was dated Wednesday. An earlier version of this article incorrectly said that the "
          "letter to the customs office was dated Tuesday.")  # fmt: skip


def page(title: str, day: str, *, own: str = "", notice: str = "") -> bytes:
    paragraphs = [p.format(day) for p in STORY] + ([own] if own else []) + ([notice] if notice else [])
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>".encode()


LOOKS = [  # (URL, hours after the start, page)
    ("http://wire.example/letter", 0, page("Firms ask for delay", "Tuesday")),
    ("http://ledger.example/firms", 1, page("Sawmills want time", "Tuesday", own="Readers may write to the editor.")),
    ("http://courier.example/tariff", 2, page("Tariff: firms write", "Tuesday")),
    ("http://wire.example/letter", 5, page("Firms ask for delay", "Wednesday", notice=NOTICE)),
    ("http://courier.example/tariff", 9, page("Tariff: firms write", "Wednesday")),
]


def standing(rows):
    """What holds now. What was applied and withdrawn again on the way depends on the way, and is kept apart."""
    return [row for row in rows if (row[0], row[2]) != ("application", "withdrawn") and row[5] != "true"]


@pytest.fixture(scope="module")
def extractors():
    pool = Extractors(1, Settings(home="/nowhere").limits)
    yield pool
    pool.close()


@pytest.fixture
def archive_after(pg_server, template, tmp_path, extractors):
    """Let looks arrive, in groups, each worked out before the next comes; gives the archive."""
    numbers = itertools.count()

    def run(groups):
        name = f"order_{next(numbers)}"
        with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
            conn.execute(f"drop database if exists {name}")
            conn.execute(f"create database {name} template {template} strategy file_copy")
        settings = Settings(home=tmp_path, database_url=pg_server.dsn(name), workers=1)
        pool = open_pool(pg_server.dsn(name), 4)
        try:
            for group in groups:
                with pool.connection() as conn:
                    for look in group:
                        url, hours, body = look
                        arrive(conn, url, START + timedelta(hours=hours), body)
                while load(pool, extractors, settings) + correct(pool, settings):
                    pass
            with pool.connection() as conn:
                return standing(archive(conn))
        finally:
            pool.close()

    return run


def test_the_order_of_arrival_does_not_matter(archive_after):
    expected = archive_after([[look] for look in LOOKS])
    outcomes = {(row[1].split("//")[1].split(".")[0], row[2]) for row in expected if row[0] == "application"}
    assert outcomes == {("ledger", "applied"), ("courier", "already_corrected"), ("wire", "already_corrected")}
    chance = random.Random(7)
    for _ in range(30):
        looks = LOOKS[:]
        chance.shuffle(looks)
        cut = chance.randrange(1, len(looks))
        groups = chance.choice([[[look] for look in looks], [looks], [looks[:cut], looks[cut:]]])
        assert archive_after(groups) == expected, [(look[0], look[1]) for group in groups for look in group]


def test_arriving_twice_is_arriving_once(archive_after):
    assert archive_after([LOOKS, LOOKS]) == archive_after([LOOKS])
