"""Histories through the whole stage on PostgreSQL: the chain equals the truth, and the past stays what it was."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from copydesk.articles import extract as extracting
from copydesk.articles.pool import Extractors
from copydesk.cli import main
from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.stages import chain as chaining
from copydesk.stages.load import load
from copydesk.store import articles, snapshots, versions
from copydesk.store.db import one, open_pool, rows

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HISTORIES = int(os.environ.get("COPYDESK_HISTORIES", "24"))
"""More for a figure: see docs/versions.md."""
LONG = (
    "The harbour firms asked the customs office for a delay of the new tariff on timber and grain number {}. "
    "In a letter addressed to the head of the office the firms said that they needed weeks to change their books. "
    "A first hearing is planned for the end of the month, and the firms want the mayor of the town to lead it. "
)
TEXTS = {name: LONG.format(name) * 3 for name in "ABC"} | {
    name: f"Only a short text of kind {name} stood here then, no more of it than that line." * 3 for name in "ab"
}


def page(text, title="Firms ask for delay"):
    body = "".join(f"<p>{p}</p>" for p in text.split("\n\n"))
    return (f"<html lang=en><head><title>{title}</title><meta property=og:type content=article></head>"
            f"<body><article><h1>{title}</h1>{body}</article></body></html>").encode()  # fmt: skip


def see(conn, url, minute, body, status=200, failure=None, final=None, hops=()):
    """Let one look arrive that was made at that minute."""
    article = articles.ensure(conn, url, START, evidence="entry", visit=False)
    answer = Answer(url, final or url, status, (("content-type", "text/html"),), body,
                    START + timedelta(minutes=minute), 0.1, hops, failure)  # fmt: skip
    kept = snapshots.put(conn, body) if body else None
    articles.save_look(conn, articles.Look(article, url, answer, "backfill", kept), next_visit_at=None)
    return article


@pytest.fixture(scope="module")
def extractors():
    with Extractors(1, Settings(home="/nowhere").limits) as pool:
        yield pool


@pytest.fixture
def pool(dsn):
    with open_pool(dsn, 3) as opened:
        yield opened


@pytest.fixture
def work(pool, extractors, settings):
    """Let looks arrive together and be read until nothing waits."""

    def run(*looks):
        with pool.connection() as conn:
            for each in looks:
                see(conn, *each)
        while load(pool, extractors, settings):
            pass

    return run


def chain_of(conn, url):
    found = rows(conn, """
        select v.title, v.body, v.observed_at from versions v join articles a on a.id = v.article_id
        where a.url = %s and v.origin = 'publisher' order by v.observed_at, v.content_sha""", url)  # fmt: skip
    names = {
        text.split("number ")[1][0] if "number " in text else text.split("kind ")[1][0]: text for text in TEXTS.values()
    }
    return [(next(n for n in names if f"number {n}." in r["body"] or f"kind {n} " in r["body"]),
             round((r["observed_at"] - START).total_seconds() / 60)) for r in found]  # fmt: skip


def history(chance):
    """(looks, truth): what was seen at which minute, and the texts that stood with the minute of their first look."""
    looks, truth, minute, before = [], [], 0, None
    for _ in range(chance.randint(1, 4)):
        text = chance.choice([t for t in "ABCab" if t != before])
        proof = text.islower() and before is not None and before.isupper()
        first = None
        count = chance.randint(2 if proof else 1, 3)
        for n in range(count):
            minute += chance.randint(11, 500)
            looks.append((minute, page(TEXTS[text])))
            first = first or minute
            if proof and n + 1 < count:
                continue
            for _ in range(chance.choice([0, 0, 1, 2])):
                minute += chance.randint(1, 300)
                looks.append((minute, *noise(chance, text)))
        truth.append((text, first))
        before = text
    return looks, truth


def noise(chance, text):
    whole = page(TEXTS[text])
    return chance.choice([
        (b"", 404), (b"", 500), (b"", None, "timeout"),
        (whole[: len(whole) // 2], 200, "incomplete"),
        (page("Please accept.", "We value your privacy"),),
        (page(f"Stub {chance.random()}."),),
        (b"<html><head><title>Page not found</title></head><body><h1>Page not found</h1></body></html>",),
    ])  # fmt: skip


def test_histories_end_as_the_truth_whatever_fails_on_the_way(pool, extractors, settings, monkeypatch):
    """Random editions, orders of arrival, failures, repeats; workers are killed between any two statements."""
    chance = random.Random(1)
    expected, arriving = {}, []
    for number in range(HISTORIES):
        url = f"http://h{number % 7}.example/story-{number}"
        looks, expected[url] = history(chance)
        arriving += [(url, *x) for x in looks + chance.sample(looks, k=chance.randrange(len(looks) + 1))]
    chance.shuffle(arriving)
    kill_now_and_then(monkeypatch, chance)
    while arriving:
        group, arriving = arriving[:90], arriving[90:]
        with pool.connection() as conn:
            for each in group:
                see(conn, *each)
        drain(pool, extractors, settings)
    with pool.connection() as conn:
        assert {url: chain_of(conn, url) for url in expected} == expected
        count = one(conn, "select count(*) as n from observations where state = 'done'")["n"]
    print(f"{len(expected)} histories, {count} looks, 0 wrong")


class Killed(BaseException):
    """A worker's end at that instant."""


def kill_now_and_then(monkeypatch, chance):
    for module, name in ((chaining.chains, "attribute"), (chaining.chains, "settle"), (chaining.versions, "insert"),
                         (chaining.changes, "add"), (chaining.versions, "replace_revisions")):  # fmt: skip
        usual = getattr(module, name)

        def perhaps(*args, _usual=usual, **more):
            if chance.random() < 0.002:
                raise Killed
            done = _usual(*args, **more)
            if chance.random() < 0.002:
                raise Killed
            return done

        monkeypatch.setattr(module, name, perhaps)


def drain(pool, extractors, settings):
    while True:
        try:
            if not load(pool, extractors, settings):
                return
        except Killed:
            with pool.connection() as conn:
                conn.execute("update observations set lease_until = '-infinity', attempts = 0 where state = 'new'")


def test_an_answer_about_the_past_never_changes(pool, extractors, settings):
    """What is asked as of a moment, at that moment, is what is answered for it ever after; nothing later leaks."""
    chance = random.Random(2)
    for number in range(max(6, HISTORIES // 5)):
        url = f"http://past.example/story-{number}"
        looks, _ = history(chance)
        chance.shuffle(looks)
        asked = []
        for each in looks:
            with pool.connection() as conn:
                see(conn, url, *each)
            while load(pool, extractors, settings):
                pass
            with pool.connection() as conn:
                now = one(conn, "select clock_timestamp() as now")["now"]
                for _ in range(4):
                    seen = START + timedelta(minutes=chance.randint(-5, 4000))
                    asked.append((seen, now, versions.as_of(conn, url, seen, now)))
        with pool.connection() as conn:
            for seen, known, answer in asked:
                assert versions.as_of(conn, url, seen, known) == answer
                if answer:
                    assert answer["recorded_at"] <= known
                    assert answer["observed_at"] <= seen


def test_as_of_answers_the_text_that_stood(work, pool):
    url = "http://as.example/of-it"
    work((url, 10, page(TEXTS["A"])), (url, 100, page(TEXTS["B"])), (url, 200, page(TEXTS["A"])))
    with pool.connection() as conn:

        def text(minute):
            row = versions.as_of(conn, url, START + timedelta(minutes=minute), datetime.now(UTC))
            return row and row["body"][row["body"].index("number ") + 7]

        assert [text(m) for m in (5, 10, 99, 100, 199, 200, 999)] == [None, "A", "A", "B", "B", "A", "A"]
        assert versions.as_of(conn, url, START + timedelta(minutes=999), START) is None


def test_a_stub_that_came_first_leaves_the_chain_and_may_come_back(work, pool):
    url = "http://stub.example/a-story"
    work((url, 60, page(TEXTS["a"])))
    work((url, 0, page(TEXTS["A"])))
    with pool.connection() as conn:
        assert chain_of(conn, url) == [("A", 0)]
        assert one(conn, "select state from articles")["state"] == "suspect"
        assert one(conn, "select count(*) as n from versions where origin = 'suspect'")["n"] == 1
    work((url, 90, page(TEXTS["a"])))
    with pool.connection() as conn:
        assert chain_of(conn, url) == [("A", 0), ("a", 60)]
        kinds = [r["kind"] for r in rows(conn, "select kind from changes order by id")]
        assert kinds == ["created", "set_aside", "version", "suspect", "version", "live"]


def test_two_texts_of_one_instant_are_both_kept(work, pool):
    with pool.connection() as conn:
        article = articles.ensure(conn, "http://two.example/a-story", START, evidence="entry", visit=False)
        articles.alias(conn, article, "http://two.example/a-story/amp", evidence="amp")
    work(("http://two.example/a-story", 5, page(TEXTS["A"])), ("http://two.example/a-story/amp", 5, page(TEXTS["B"])))
    with pool.connection() as conn:
        assert len(chain_of(conn, "http://two.example/a-story")) == 2


def test_a_permanent_move_keeps_the_chain_and_the_new_address(work, pool):
    url, new = "http://move.example/news/a-story", "http://move.example/news/a-better-title"
    work((url, 0, page(TEXTS["A"])), (url, 60, page(TEXTS["B"]), 200, None, new, ((301, new),)))
    with pool.connection() as conn:
        assert chain_of(conn, url) == [("A", 0), ("B", 60)]
        assert articles.find(conn, new)["url"] == url
        assert [u["evidence"] for u in articles.urls(conn, articles.find(conn, url)["id"])] == ["entry", "redirect"]


@pytest.mark.parametrize(
    ("final", "hops", "state"),
    [
        ("http://move.example/", ((301, "/"),), "live"),
        ("http://move.example/news", ((301, "/news"),), "live"),
        ("http://move.example/news/known-story", ((301, "/x"),), "moved"),
        ("http://move.example/news/other-title", ((302, "/x"),), "live"),
    ],
)
def test_redirects_that_make_no_version_or_no_alias(work, pool, final, hops, state):
    url = "http://move.example/news/a-story"
    work((url, 0, page(TEXTS["A"])), ("http://move.example/news/known-story", 0, page(TEXTS["C"])))
    work((url, 60, page(TEXTS["B" if "other" in final else "C"]), 200, None, final, hops))
    with pool.connection() as conn:
        assert [name for name, _ in chain_of(conn, url)] == (["A", "B"] if "other" in final else ["A"])
        row = articles.find(conn, url)
        assert row["state"] == state
        assert len(articles.urls(conn, row["id"])) == 1


def test_gone_and_back(work, pool):
    url = "http://gone.example/a-story"
    day = 24 * 60
    work((url, 0, page(TEXTS["A"])), *((url, n * day, b"", 404) for n in (1, 2, 3)))
    with pool.connection() as conn:
        assert articles.find(conn, url)["state"] == "gone"
    work((url, 4 * day, page(TEXTS["A"])))
    with pool.connection() as conn:
        assert articles.find(conn, url)["state"] == "live"
        assert chain_of(conn, url) == [("A", 0)]
        assert [r["kind"] for r in rows(conn, "select kind from changes order by id")] == ["created", "gone", "live"]


def test_a_late_look_never_sets_back_the_state(work, pool):
    url = "http://late.example/a-story"
    work((url, 0, page(TEXTS["A"])), (url, 600, b"", 410))
    work((url, 300, page(TEXTS["B"])))
    with pool.connection() as conn:
        assert articles.find(conn, url)["state"] == "gone"
        assert chain_of(conn, url) == [("A", 0), ("B", 300)]


def test_a_page_that_says_it_was_taken_down_is_withdrawn(work, pool):
    url = "http://down.example/a-story"
    work((url, 0, page(TEXTS["A"])), (url, 60, page("This article has been removed by the editors.")))
    with pool.connection() as conn:
        assert articles.find(conn, url)["state"] == "withdrawn"
        assert one(conn, "select count(*) as n from versions where origin = 'publisher'")["n"] == 2


def test_flapping_is_flagged_once(work, pool):
    url = "http://flap.example/a-story"
    work(*((url, n * 60, page(TEXTS["AB"[n % 2]])) for n in range(5)))
    with pool.connection() as conn:
        assert articles.find(conn, url)["flapping"]
        assert [n for n, _ in chain_of(conn, url)] == ["A", "B", "A", "B", "A"]
        assert one(conn, "select count(*) as n from changes where kind = 'flapping'")["n"] == 1


def test_times_of_change_are_intervals(work, pool):
    url = "http://when.example/a-story"
    work((url, 0, page(TEXTS["A"])), (url, 30, page(TEXTS["A"])), (url, 45, b"", 500), (url, 90, page(TEXTS["B"])))
    with pool.connection() as conn:
        found = rows(conn, "select changed_after, changed_before from revision_times order by changed_before")
        minutes = [tuple(t and round((t - START).total_seconds() / 60) for t in r.values()) for r in found]
        assert minutes == [(None, 0), (30, 90)]


def test_other_images_and_dates_make_no_version_but_are_kept(work, pool):
    url = "http://image.example/a-story"
    head = b"<meta property=og:image content=http://image.example/%s.jpg></head>"
    one_, other = (page(TEXTS["A"]).replace(b"</head>", head % name) for name in (b"a", b"b"))
    work((url, 0, one_), (url, 60, other))
    with pool.connection() as conn:
        assert chain_of(conn, url) == [("A", 0)]
        assert [
            r["claims"] and r["claims"]["image"][-5:] for r in rows(conn, "select claims from observations order by id")
        ] == [None, "b.jpg"]


# --- another extractor -----------------------------------------------------------


@pytest.fixture
def upgraded(monkeypatch):
    """Change what the extractor gives, and its name: from now on it drops (or keeps) the last paragraph."""

    def change(name, alter):
        usual = extracting.assemble

        def assemble(reading, _):
            reading.cleared.blocks = alter(reading.cleared.blocks)
            return usual(reading, name)

        monkeypatch.setattr(extracting, "EXTRACTOR", name)
        monkeypatch.setattr(extracting, "assemble", assemble)
        return Extractors(1, Settings(home="/nowhere").limits, start_method="fork")

    return change


def drained(pool, readers, settings):
    with readers:
        while load(pool, readers, settings):
            pass


def test_an_extractor_upgrade_makes_no_version(work, pool, settings, upgraded):
    url = "http://new.example/a-story"
    text = TEXTS["A"].replace(". In a", ".\n\nIn a") + "\n\nA ferry runs twice a day from the old pier to the mills."
    work((url, 0, page(text)))
    with pool.connection() as conn:
        before = one(conn, "select extractor, body from versions")
        see(conn, url, 60, page(text) + b"<!-- other bytes -->")
        see(conn, url, 120, page(text.replace("first hearing", "second hearing")) + b"<!-- -->")
        see(conn, url, 180, page(text.replace("first hearing", "second hearing")) + b"<!-- again -->")
    drained(pool, upgraded("copydesk/test+extract.2", lambda blocks: blocks[:-1]), settings)
    with pool.connection() as conn:
        chain = rows(
            conn,
            "select v.extractor, v.body, r.kind, r.edits, r.facts from versions v join revisions r on r.version_id = v.id order by v.observed_at",
        )
        assert [r["extractor"] for r in chain] == [before["extractor"], "copydesk/test+extract.2"]
        assert "A ferry" in before["body"]
        assert "A ferry" not in chain[1]["body"]
        edits = {(e["old"], e["new"]) for e in chain[1]["edits"]}
        assert edits == {("first", "second")}  # and not the paragraph that the new one leaves out
        looks = [r["decision"] for r in rows(conn, "select decision from observations order by observed_at")]
        assert looks == ["new", "unchanged", "new", "unchanged"]


def test_an_upgrade_between_and_back(work, pool, extractors, settings, upgraded, monkeypatch):
    """A, B by the old one; A again by the new one is the third version, and late looks find their place."""
    url = "http://back.example/a-story"
    work((url, 0, page(TEXTS["A"])), (url, 100, page(TEXTS["B"])))
    with pool.connection() as conn:
        for minute, name in ((200, "A"), (150, "B"), (50, "A"), (250, "A")):
            see(conn, url, minute, page(TEXTS[name]) + b"<!-- %d -->" % minute)
    drained(pool, upgraded("copydesk/test+extract.2", lambda blocks: [*blocks, *blocks[-1:]]), settings)
    with pool.connection() as conn:
        assert chain_of(conn, url) == [("A", 0), ("B", 100), ("A", 200)]


def test_a_suspect_text_is_confirmed_by_another_extractor(work, pool, settings, upgraded):
    url = "http://short.example/a-story"
    work((url, 0, page(TEXTS["A"])), (url, 60, page(TEXTS["a"])))
    with pool.connection() as conn:
        see(conn, url, 90, page(TEXTS["a"]) + b"<!-- -->")
    drained(pool, upgraded("copydesk/test+extract.2", lambda blocks: [*blocks, *blocks[-1:]]), settings)
    with pool.connection() as conn:
        assert chain_of(conn, url) == [("A", 0), ("a", 60)]


# --- the command -----------------------------------------------------------------


@pytest.fixture
def command(work, dsn, monkeypatch, capsys):
    """Call ``copydesk article`` for a story of three versions; gives exit code, output and errors."""
    monkeypatch.setenv("DATABASE_URL", dsn)
    url = "http://read.example/a-story"
    text = TEXTS["A"].replace(". In a", ".\n\nIn a")
    fixed = text.replace("for a delay", "for no delay", 1).replace("number A", "number 7", 1)
    work(
        (url, 0, page(text)), (url, 30, page(text)), (url, 90, page(fixed)), (url, 200, page(text, "Another headline"))
    )

    def call(*args):
        code = main(["article", url, *args])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_diff_is_readable(command):
    code, out, _ = command("--diff", "1", "2")
    assert code == 0
    assert "version 1 → 2: silent_correction, material, made between 2026-03-02 08:30:00 and 2026-03-02 09:30:00" in out
    assert "for [-a-]{+no+} delay of the new tariff on timber and grain number [-A-]{+7+}" in out
    assert "body: negation (none) → no" in out
    assert "paragraphs unchanged" in out
    assert "\x1b" not in out


def test_the_diff_as_data(command):
    code, out, _ = command("--diff", "2", "3", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["from"]["ordinal"], told["to"]["ordinal"]) == (2, 3)
    assert told["changed_before"].startswith("2026-03-02T11:20")
    assert "".join(p.get("new", "") for p in told["title"]) == "Another headline"
    assert {"op", "start", "new_start", "old", "new"} <= set(told["body"][1])


def test_versions_are_listed_with_the_interval_of_their_change(command):
    _, out, _ = command()
    assert "version 2 (id 2)  silent_correction  between 2026-03-02 08:30:00 and 2026-03-02 09:30:00" in out
    assert "negation no added" in out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--diff", "1", "9"), "no version 9; there are 1, 2, 3 (or #ID)"),
        (("--as-of", "2020-01-01"), "nothing was known of it at that time"),
        (("--diff", "1", "2", "--as-of", "2026-03-03"), "give one of them"),
    ],
)
def test_wrong_use_of_the_command(command, args, said):
    code, out, err = command(*args)
    assert (code, out) == (2, "")
    assert said in err
