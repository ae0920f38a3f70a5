"""Hostile words in every field that a page shows: they are text, nothing runs, nobody else is asked."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.browser.payloads import payloads
from tests.desk_app import BASE, mounted, token

from copydesk.store.db import connect
from copydesk_airflow.office import office

PAYLOADS = payloads()
AT = datetime(2026, 11, 20, tzinfo=UTC)


def fill(conn) -> int:
    """One article for each payload, which is its headline, byline, notice and evidence; bodies hold all of them."""
    conn.execute("insert into hosts (host) values ('h.example')")
    for n, words in enumerate(PAYLOADS):
        words = words.replace("\x01", "\ufffd")
        ids = {"n": n, "at": AT + timedelta(minutes=n), "words": words, "sha": hashlib.sha256(str(n).encode()).digest()}
        ids["body"] = "\n\n".join([words, *PAYLOADS[n % 12 :: 12]]).replace("\x01", "\ufffd")
        ids["facts"] = json.dumps({"standfirst": {"value": words}, "agency": words, "notices": []})
        ids["spot"] = json.dumps([{"edit": {"start": 0, "end": 3, "old": ids["body"][:3], "new": words},
                                   "score": 1, "sentence": words, "reasons": [words]}])  # fmt: skip
        row = conn.execute(
            """insert into articles (host, url, publisher, first_seen_at, state, why)
            values ('h.example', %(words)s, %(words)s, %(at)s, 'live', %(words)s) returning id""",
            ids,
        ).fetchone()
        ids["article"] = row["id"]
        conn.execute(
            "insert into article_urls (url_sha, url, article_id, evidence) values (%(sha)s, %(words)s, %(article)s, 'entry')",
            ids,
        )
        for later in (0, 1):
            ids |= {"seen": ids["at"] + timedelta(seconds=later), "text": ids["body"] + (" more" if later else "")}
            ids["version"] = conn.execute(
                """insert into versions (article_id, origin, observed_at, content_sha, title,
                byline, body, facts, lang, words, scheme, shingles, fingerprint, extractor)
                values (%(article)s, 'publisher', %(seen)s, %(sha)s, %(words)s, array[%(words)s], %(text)s, %(facts)s,
                %(words)s, 1, 1, 1, '{}', %(words)s) returning id""",
                ids,
            ).fetchone()["id"]
            conn.execute(
                "insert into revisions (version_id, article_id, kind, material, edits, summary) values (%(version)s, %(article)s, %(words)s, true, '[]', %(words)s)",
                ids,
            )
        ids["notice"] = conn.execute(
            """insert into notices (article_id, text_sha, kind, text, placement, lang, confidence,
            rule, first_version_id, last_version_id, observed_at) values (%(article)s, %(sha)s, %(words)s, %(words)s, 'top',
            'en', 1, '', %(version)s, %(version)s, %(at)s) returning id""",
            ids,
        ).fetchone()["id"]
        ids["correction"] = conn.execute(
            """insert into corrections (notice_id, target_id, kind, claims, wrong, "right",
            field, confidence, actionable, reading) values (%(notice)s, %(article)s, %(words)s, '[]', %(words)s, %(words)s,
            'body', 1, true, '{}') returning id""",
            ids,
        ).fetchone()["id"]
        conn.execute(
            """insert into applications (correction_id, version_id, article_id, outcome, reason, candidates,
            evidence, decided_by) values (%(correction)s, %(version)s, %(article)s, 'review', %(words)s, %(spot)s,
            jsonb_build_object('context', array[%(words)s::text]), %(words)s)""",
            ids,
        )
        conn.execute(
            """insert into feeds (url, url_sha, host, title, home, folder, why, last_failure, last_status)
            values (%(words)s, %(sha)s, 'h.example', %(words)s, %(words)s, %(words)s, %(words)s, %(words)s, 500)""",
            ids,
        )
        conn.execute(
            "insert into quarantine (stage, reason, detail, ref, code) values (%(words)s, %(words)s, %(words)s, %(n)s::text || %(words)s, '')",
            ids,
        )
        conn.execute(
            """insert into task_runs (dag_id, run_id, task_id, try, stage, started_at, counts, failure)
            values (%(words)s, 'r', %(n)s::text, 1, '', now(), jsonb_build_object(%(words)s::text, 1), %(words)s)""",
            ids,
        )
    conn.execute("insert into clusters (id, origin_id) overriding system value select 1, min(id) from articles")
    conn.execute(
        "insert into cluster_members (article_id, cluster_id, relation, overlap) select id, 1, 'same', 1 from articles limit 40"
    )
    conn.execute(
        "insert into feed_polls (feed_id, observed_at, failure, detail) select id, now(), title, title from feeds"
    )
    conn.execute("insert into gaps (feed_id, to_at, detail) select id, now(), title from feeds")
    conn.execute(
        "insert into entries (feed_id, key, title, link, first_seen_at, last_seen_at, content_sha) select id, 'k', title, url, now(), now(), '' from feeds"
    )
    return ids["article"]


@pytest.fixture
def served(dsn, monkeypatch):
    """The application on a port of loopback."""
    import uvicorn

    monkeypatch.setenv("DATABASE_URL", dsn)
    office.close()
    with connect(dsn) as conn:
        fill(conn)
    server = uvicorn.Server(uvicorn.Config(mounted(), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    office.close()


def test_there_are_enough():
    assert len(set(PAYLOADS)) >= 120


def test_nothing_runs_and_nobody_is_asked(served, watched):
    watched.home = served
    watched.context.add_cookies([{"name": "_token", "value": token("admin"), "url": served}])
    page = watched.page
    lists = ["/", "/corrections", "/corrections/ledger", "/scorecard", "/feeds", "/feeds?state=trouble", "/runs",
             "/api", "/articles?q=%3Cscript%3Ealert(1)%3C/script%3E"]  # fmt: skip
    singles = [f"/articles/{n}" for n in range(1, 13)] + [f"/corrections/{n}" for n in (1, 6, 11, 27, 50)]
    singles += [f"/feeds/{n}" for n in (1, 6, 11, 27)] + ["/articles?publisher=%22%3E%3Csvg%20onload=alert(1)%3E"]
    for path in [*lists, *singles]:
        answer = page.goto(f"{served}{BASE}{path}")
        assert answer.status == 200, path
        drawn = page.content()
        assert "alert(1)" in drawn or "evil.example" in drawn or path in ("/api", "/scorecard"), path
    shown = set()
    for path in ("/articles", "/feeds", "/corrections"):
        page.goto(f"{served}{BASE}{path}")
        while True:
            shown |= set(page.locator("ol.articles h2 a, td:first-child > a, .case h2 a").all_inner_texts())
            following = page.locator("a[rel=next]")
            if not following.count():
                break
            following.click()
    folded = {" ".join(text.split()) for text in shown}
    missing = [p for p in PAYLOADS if " ".join(p.replace("\x01", "\ufffd").split()) not in folded]
    assert len(missing) <= 3, missing  # some hold characters that a browser draws as none
    page.goto(f"{served}{BASE}/articles/3")
    page.locator("#when").press("Home")
    page.locator("#when").press("End")
    page.get_by_text("more", exact=True).first.wait_for()
    for link in page.locator("a[href]").all():
        assert link.get_attribute("href").lower().startswith(("/", "#", "http://", "https://")), link
    assert watched.errors == []


def test_links_that_are_no_web_addresses_are_not_links(served, watched):
    watched.context.add_cookies([{"name": "_token", "value": token("viewer"), "url": served}])
    for n in range(1, len(PAYLOADS), 27):
        watched.page.goto(f"{served}{BASE}/articles/{n}")
        for link in watched.page.locator("a").all():
            assert (
                not (link.get_attribute("href") or "")
                .lower()
                .lstrip()
                .startswith(("javascript", "data:", "vbscript", "file"))
            )
