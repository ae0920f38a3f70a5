"""Re-visits on PostgreSQL and loopback: signals bring looks forward, budgets hold, habits count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.newsroom import edition, time_passes

from copydesk.articles.habits import Habits
from copydesk.model import Answer, Dated, Item
from copydesk.pipeline import run_once
from copydesk.settings import LOOPBACK_MANNERS, Manners
from copydesk.store import articles, entries, hosts, revisits
from copydesk.store.db import connect, jsonb, one, rows

HOST = "paper.example"
POLITE = Manners()


@pytest.fixture
def conn(dsn):
    with connect(dsn) as opened:
        hosts.register(opened, [HOST])
        yield opened


def make(conn, slug, *, host=HOST, looked=timedelta(hours=2)):
    """An article seen three hours ago and looked at (304) so long ago."""
    now = datetime.now(UTC)
    article = articles.ensure(conn, f"http://{host}/{slug}", now - timedelta(hours=3), evidence="entry")
    url = f"http://{host}/{slug}"
    answer = Answer(url, url, 200, (), b"", now - looked, 0.1)
    articles.save_look(conn, articles.Look(article, url, answer, "live", None), next_visit_at=now + timedelta(days=9))
    return article


def next_visit(conn, article):
    row = one(conn, "select next_visit_at, visit_why from articles where id = %s", article)
    return row["next_visit_at"], row["visit_why"]


def polite(host):
    return POLITE


def item(slug, *, title="A", updated=None, source="feed"):
    url = f"http://{HOST}/{slug}"
    return Item(url, url, title, None, None, published=Dated(None, None), updated=Dated("", updated, "stated", source))


def poll(conn, feed, *items):
    pairs = [(i.guid, i) for i in items]
    return entries.save(
        conn, feed, pairs, entries.known(conn, feed["id"], [k for k, _ in pairs]), datetime.now(UTC), None, polite
    )


@pytest.fixture
def feed(conn):
    return one(
        conn, "insert into feeds (url, url_sha, host) values ('http://paper.example/f', 'x', %s) returning *", HOST
    )


def test_a_changed_entry_a_later_date_and_a_push_bring_the_look_within_a_quarter(conn, feed):
    now = datetime.now(UTC)
    for slug in ("entry", "updated", "sitemap", "push", "still"):
        make(conn, slug)
    early = now - timedelta(hours=5)
    kinds = {"updated": "feed", "sitemap": "sitemap"}
    slugs = ("entry", "updated", "sitemap", "still")
    poll(conn, feed, *(item(s, updated=early, source=kinds.get(s, "feed")) for s in slugs), item("push"))
    later = {"updated": now, "sitemap": now}
    poll(
        conn,
        feed,
        *(
            item(s, title="B" if s == "entry" else "A", updated=later.get(s, early), source=kinds.get(s, "feed"))
            for s in slugs
        ),
    )
    poll(conn, {**feed, "why": "a push from its hub"}, item("push", title="B"))
    found = {r["url"].rsplit("/", 1)[1]: r for r in rows(conn, "select url, next_visit_at, visit_why from articles")}
    for slug in ("entry", "updated", "sitemap", "push"):
        assert found[slug]["visit_why"] == slug
        assert found[slug]["next_visit_at"] <= datetime.now(UTC) + timedelta(minutes=15)
    assert found["still"]["next_visit_at"] > now + timedelta(days=8)
    assert one(conn, "select due_at from hosts where host = %s", HOST)["due_at"] < now + timedelta(minutes=15)


def test_a_new_entry_of_another_list_counts_where_it_is_newer_than_our_look(conn, feed):
    fresh, old = make(conn, "fresh"), make(conn, "old")
    now = datetime.now(UTC)
    poll(conn, feed, item("fresh", updated=now), item("old", updated=now - timedelta(hours=2, minutes=30)))
    assert next_visit(conn, fresh)[1] == "updated"
    assert next_visit(conn, old)[1] == ""


def test_a_kind_that_is_always_wrong_is_learned_at_its_host(conn):
    article, now = make(conn, "a"), datetime.now(UTC)
    for place in range(30):
        told = now - timedelta(hours=2) + timedelta(minutes=place)
        revisits.signal(conn, [article], "sitemap", told, polite)
        revisits.settle(conn, article, told + timedelta(seconds=30), changed=False)
    conn.execute("update articles set next_visit_at = %s, visit_why = 'age'", (now + timedelta(days=9),))
    revisits.signal(conn, [article], "sitemap", now, polite)
    assert next_visit(conn, article)[0] > now + timedelta(hours=1)
    revisits.signal(conn, [article], "entry", now, polite)
    assert next_visit(conn, article)[0] <= now + timedelta(minutes=15)
    assert revisits.precision(conn, HOST, "sitemap") == (30, 0)


def test_a_signal_told_while_a_look_is_under_way_is_not_lost(conn):
    article, now = make(conn, "a"), datetime.now(UTC)
    revisits.signal(conn, [article], "entry", now, polite)
    url = f"http://{HOST}/a"
    answer = Answer(url, url, 200, (), b"", now - timedelta(seconds=5), 0.1)
    articles.save_look(
        conn, articles.Look(article, url, answer, "revisit", None), next_visit_at=now + timedelta(days=1), why="age"
    )
    assert next_visit(conn, article)[1] == "entry"
    assert next_visit(conn, article)[0] <= now + timedelta(minutes=15)


def test_the_budget_lets_the_worthiest_through_and_the_host_rests(conn):
    manners = Manners(revisit_budget=240)  # ten at once
    now = datetime.now(UTC)
    known = [make(conn, f"k{n}") for n in range(40)]
    articles.ensure(conn, f"http://{HOST}/new", now, evidence="entry")
    conn.execute("update articles set next_visit_at = %s, visit_why = 'age' where visits > 0", (now,))
    revisits.signal(conn, known[30:33], "entry", now - timedelta(minutes=10), polite)
    conn.execute("update articles set visit_why = 'entry' where id = any(%s)", (known[30:33],))
    due = revisits.due(conn, HOST, manners, 25)
    assert len(due) == 11
    assert due[0]["url"].endswith("/new")
    assert {row["id"] for row in due[1:4]} == set(known[30:33])
    for _ in range(10):
        revisits.spend(conn, HOST, manners, now)
    assert [row["url"] for row in revisits.due(conn, HOST, manners, 25)] == [f"http://{HOST}/new"]
    conn.execute("update articles set next_visit_at = null where visits = 0")
    (lease,) = hosts.claim(conn, 1)
    hosts.release(conn, lease)
    rest = one(conn, "select due_at - clock_timestamp() as wait from hosts where host = %s", HOST)["wait"]
    assert timedelta(minutes=4) < rest < timedelta(minutes=9)


def test_a_budget_holds_in_a_whole_run(desk, site):
    edition(desk, site, 1)
    with desk.pool.connection() as conn:
        conn.execute("update hosts set manners = '{\"revisit_budget\": 48}', manners_reason = 'test'")
        time_passes(conn)
    before = dict(site.hits)
    run_once(desk)
    asked = dict.fromkeys(site.papers, 0)
    for path, hits in site.hits.items():
        if path.endswith(".html"):
            asked[path.split("/")[0]] += hits - before.get(path, 0)
    assert max(asked.values()) == 2
    with desk.pool.connection() as conn:
        assert one(conn, "select min(revisit_at) > now() as rests from hosts")["rests"]


def test_the_habits_of_a_host_move_its_next_look(desk, site):
    edition(desk, site, 1)
    with desk.pool.connection() as conn:
        quiet = Habits(600, 0, 120.0).to_json()
        conn.execute("update hosts set habits = %s where host like '127.0.11.1:%%'", (jsonb(quiet),))
        time_passes(conn)
    run_once(desk)
    with desk.pool.connection() as conn:
        found = rows(
            conn,
            """select host like '127.0.11.1:%%' as quiet,
                      min(extract(epoch from next_visit_at - first_seen_at))::float as first
               from articles where visit_why = 'age' and state = 'live' group by 1""",
        )
    first = {row["quiet"]: row["first"] for row in found}
    assert first[True] == pytest.approx(LOOPBACK_MANNERS.revisit_ages[3], abs=0.1)
    assert first[False] < LOOPBACK_MANNERS.revisit_ages[3]


def test_a_corrected_copy_brings_the_others_forward(desk, site):
    edition(desk, site, 1)
    with desk.pool.connection() as conn:
        conn.execute("update articles set next_visit_at = now() + interval '9 days' where url like '%%/letter.html'")
    site.set_edition(3)
    with desk.pool.connection() as conn:
        agency = site.url("harbour-wire", "letter")
        conn.execute("update articles set next_visit_at = now() where url = %s", (agency,))
        conn.execute("update feeds set next_poll_at = now() + interval '1 day'")
        conn.execute("update hosts set due_at = now(), next_at = now()")
    run_once(desk)
    with desk.pool.connection() as conn:
        mates = rows(
            conn,
            """select a.url, s.kind from revisit_signals s join articles a on a.id = s.article_id
               where a.url like '%%/letter.html'""",
        )
    told = {(row["url"], row["kind"]) for row in mates}
    assert (site.url("morning-ledger", "letter"), "copy") in told
    assert (site.url("pelican-markets", "letter"), "copy") in told
    assert (site.url("morning-ledger", "letter"), "correction") in told
    assert site.url("harbour-wire", "letter") not in {url for url, _ in told}


def test_a_date_that_moved_alone_is_a_signal(desk, site):
    for number in range(1, 6):
        edition(desk, site, number)
    with desk.pool.connection() as conn:
        told = rows(
            conn,
            """select a.url from revisit_signals s join articles a on a.id = s.article_id where s.kind = 'date'""",
        )
    assert site.url("harbour-wire", "storm") in {row["url"] for row in told}


def test_signals_are_answered_by_the_look_that_follows(desk, site):
    for number in range(1, 4):
        edition(desk, site, number)
    with desk.pool.connection() as conn:
        answered = one(
            conn,
            "select count(*) as n, count(*) filter (where changed) as hit from revisit_signals where kind = 'entry'"
            " and looked_at is not null",
        )
        late = one(conn, "select count(*) as n from revisit_signals where looked_at < told_at")["n"]
    assert answered["n"] >= answered["hit"] >= 1
    assert late == 0
