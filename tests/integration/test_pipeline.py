"""The whole way on the sample newspaper: every edition, every outcome, nothing twice."""

from __future__ import annotations

from tests.newsroom import edition

from copydesk.pipeline import Desk, run_once
from copydesk.store.db import rows

SOURCES = ["harbour-wire", "morning-ledger", "northgate-courier", "pelican-markets", "elbtal-anzeiger"]
LETTER = "In a letter dated {} and addressed to the head of the customs office"


def ask(desk: Desk, query: str, *args):
    with desk.pool.connection() as conn:
        return rows(conn, query, *args)


def texts(desk: Desk, url: str, origin: str) -> list[str]:
    found = ask(desk, """select v.body from versions v join articles a on a.id = v.article_id
                         where a.url = %s and v.origin = %s order by v.observed_at, v.id""", url, origin)  # fmt: skip
    return [row["body"] for row in found]


def outcomes(desk: Desk, url: str) -> set[tuple[str, str]]:
    found = ask(desk, """select p.outcome, p.reason from applications p join articles a on a.id = p.article_id
                         where a.url = %s""", url)  # fmt: skip
    return {(row["outcome"], row["reason"]) for row in found}


def counted(desk: Desk) -> list[int]:
    tables = ("entries", "articles", "versions", "notices", "corrections", "applications", "revisions", "changes")
    return [ask(desk, f"select count(*) as n from {table}")[0]["n"] for table in tables]


def test_every_edition(desk, site):
    for number in range(1, 6):
        edition(desk, site, number)
    url = site.url
    agency = texts(desk, url("harbour-wire", "letter"), "publisher")
    assert [LETTER.format("Tuesday") in body for body in agency] == [True, True, False]
    assert LETTER.format("Wednesday") in agency[-1]
    for copy in ("morning-ledger", "pelican-markets"):
        (stood,) = texts(desk, url(copy, "letter"), "publisher")
        (derived,) = texts(desk, url(copy, "letter"), "correction")
        assert derived == stood.replace(LETTER.format("Tuesday"), LETTER.format("Wednesday"))
        assert derived != stood
        assert derived.count("Tuesday") == stood.count("Tuesday") - 1
    assert ("withdrawn", "newer_publisher_version") in outcomes(desk, url("northgate-courier", "letter"))
    assert ("already_corrected", "right_stands") in outcomes(desk, url("northgate-courier", "letter"))
    assert ("contradicted", "notice_says_fixed_text_is_not") in outcomes(desk, url("northgate-courier", "bus"))
    assert outcomes(desk, url("pelican-markets", "museum")) == {("review", "several_places")}
    assert outcomes(desk, url("morning-ledger", "museum")) == {("refused", "wrong_words_not_found")}
    assert outcomes(desk, url("morning-ledger", "bridge")) == {("review", "in_quotation")}
    assert outcomes(desk, url("morning-ledger", "school")) == {("refused", "clarification_edits_no_words")}
    (terminal,) = texts(desk, url("pelican-markets", "terminal"), "correction")
    assert "The terminal loaded 12,500 tonnes of barley" in terminal
    assert "set aside 15,200 square metres" in terminal
    assert ("already_corrected", "right_stands") in outcomes(desk, url("elbtal-anzeiger", "faehre"))


def test_states_and_versions(desk, site):
    for number in range(1, 6):
        edition(desk, site, number)
    url = site.url
    assert len(texts(desk, url("northgate-courier", "market"), "publisher")) == 3  # A, B, A
    assert len(texts(desk, url("northgate-courier", "rowers"), "publisher")) == 2  # a headline only
    assert len(texts(desk, url("harbour-wire", "storm"), "publisher")) == 2  # a modified date alone is no version
    assert outcomes(desk, url("harbour-wire", "storm")) == set()  # an update is no correction
    state = {r["url"]: r for r in ask(desk, "select url, state, pub_status from articles")}
    assert state[url("morning-ledger", "ferry")]["state"] == "gone"
    assert state[url("harbour-wire", "trees")]["pub_status"] == "canceled"
    assert state[url("morning-ledger", "trees")]["pub_status"] == "withheld"
    assert state[url("harbour-wire", "letter")]["pub_status"] == "usable"


def test_a_second_run_changes_nothing(desk, site):
    edition(desk, site, 3)
    before = counted(desk)
    done = edition(desk, site, 3)
    assert counted(desk) == before
    assert done["polls_changed"] == 0
    assert done["pages_fetched"] == 0


def test_working_out_everything_again_changes_nothing(desk, site):
    for number in (1, 2, 3):
        edition(desk, site, number)
    before = counted(desk)
    with desk.pool.connection() as conn:
        conn.execute("insert into correction_work (article_id) select id from articles on conflict do nothing")
    run_once(desk)
    assert counted(desk) == before


def test_a_correction_applied_by_a_person_can_be_undone(desk, site, monkeypatch):
    from copydesk.cli import main

    monkeypatch.setenv("DATABASE_URL", desk.settings.database_url)

    for number in (1, 2):
        edition(desk, site, number)
    assert main(["corrections", "list"]) == 0
