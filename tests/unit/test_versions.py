"""The chain of versions as a pure function: equal to the truth, whatever came in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.articles.chain import Patience, build
from copydesk.articles.looks import Look, judge, led_to_front
from copydesk.articles.versions import Stored, decide, fold, neighbours, reconcile
from copydesk.model import Block, Document, Fact, Notice

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(minutes):
    return START + timedelta(minutes=minutes)


def look(minutes, text="A", length=1000, **more):
    return Look(at(minutes), text.encode(), length, **more)


def texts(chain):
    return [(run.content_hash.decode(), run.looks[0].observed_at) for run in chain.runs]


def names(chain):
    return "".join(run.content_hash.decode() for run in chain.runs)


# --- histories ------------------------------------------------------------------


@st.composite
def histories(draw):
    """(looks in order of time, the texts that truly stood with the time of their first look)."""
    looks, truth = [], []
    minute, stubs = 0, 0
    before = None
    for _ in range(draw(st.integers(1, 6))):
        text = draw(st.sampled_from([t for t in "ABCab" if t != before]))
        length = 1000 if text.isupper() else 300  # small letters: a text so short that it looks like a stub
        needs_proof = text.islower() and before is not None and before.isupper()
        count = draw(st.integers(2 if needs_proof else 1, 3))
        first = None
        for n in range(count):
            minute += draw(st.integers(11, 500))
            looks.append(look(minute, text, length))
            first = first or at(minute)
            if needs_proof and n + 1 < count:
                continue  # nothing between the looks that prove it
            for _ in range(draw(st.integers(0, 2))):
                minute += draw(st.integers(1, 300))
                kind = draw(st.sampled_from(["failed", "missing", "wall", "stub", "walled"]))
                stubs += 1
                if kind in ("stub", "walled"):
                    looks.append(look(minute, f"s{stubs}", 30, walled=kind == "walled"))
                else:
                    looks.append(Look(at(minute), sign=kind, reason=kind))
        truth.append((text, first))
        before = text
    return looks, truth


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_any_order_of_arrival_gives_the_truth(history, chance):
    looks, truth = history
    arrived = [*looks, *chance.sample(looks, k=chance.randrange(len(looks) + 1))]  # some twice
    chance.shuffle(arrived)
    assert texts(fold(arrived)) == truth
    assert fold(arrived) == fold(looks)


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_stored_versions_follow_the_chain(history, chance):
    """What the store does with the plans, in memory: rows are never lost, and end as the chain says."""
    looks = [replace(x, id=n) for n, x in enumerate(history[0], 1)]
    chance.shuffle(looks)
    known, shown, rows = [], {}, {}
    for one in looks:
        chain = decide(known, one).chain
        plan = reconcile(chain, shown, list(rows.values()))
        for key in plan.set_aside:
            rows[key] = replace(rows[key], standing=False)
        shown = {}
        for place in plan.places:
            key = place.version or len(rows) + 1
            assert place.version is None or rows[key].content_hash == place.run.content_hash
            rows[key] = Stored(key, place.run.content_hash, place.run.looks[0].observed_at)
            shown |= {x.id: key for x in place.run.looks}
        for waiting in plan.unheld:
            rows[len(rows) + 1] = Stored(len(rows) + 1, waiting.content_hash, waiting.observed_at, False)
        known.append(one)
        standing = sorted((r for r in rows.values() if r.standing), key=lambda r: r.observed_at)
        assert [(r.content_hash.decode(), r.observed_at) for r in standing] == texts(chain)
        assert {r.content_hash for r in rows.values()} >= {x.content_hash for x in known if x.sign == "text"}


# --- single rules ----------------------------------------------------------------


def test_the_same_text_again_is_a_version_of_its_own():
    chain = fold([look(0), look(60, "B"), look(120)])
    assert names(chain) == "ABA"
    assert not chain.flapping


def test_to_and_fro_is_flapping_and_every_version_is_kept():
    chain = fold([look(60 * n, "AB"[n % 2]) for n in range(4)])
    assert (names(chain), chain.flapping) == ("ABAB", True)
    assert not fold([look(60 * n, "ABCB"[n]) for n in range(4)]).flapping
    assert not fold([*(look(60 * n, "AB"[n % 2]) for n in range(4)), look(300, "C")]).flapping


def test_actions():
    known = [look(0), look(60)]
    assert decide([], look(0)).action == "new"
    assert decide(known, look(90)).action == "unchanged"
    assert decide(known, look(-30)).action == "extend_back"
    assert decide(known, look(30)).action == "unchanged"
    assert (d := decide(known, look(30, "B"))).action == "new"
    assert (d.reason, d.position, names(d.chain)) == ("late", 1, "ABA")
    assert decide(known, look(90, "B")).reason == "changed"
    assert decide(known, look(90, "b", 300)).action == "suspect"
    assert decide(known, Look(at(90), sign="failed", reason="status_500")).action == "failed"
    assert decide(known, Look(at(90), sign="wall", reason="consent")).action == "suspect"
    assert decide([], Look(at(90), sign="wall", reason="consent")).action == "not_article"


def test_a_suspect_text_waits_for_a_second_look():
    known = [look(0), look(60, "b", 300)]
    assert (decide(known, look(65, "b", 300)).action, build(known).state) == ("suspect", "suspect")
    confirmed = decide(known, look(70, "b", 300))
    assert (confirmed.action, confirmed.reason) == ("new", "confirmed")
    assert texts(confirmed.chain) == [("A", at(0)), ("b", at(60))]
    assert decide(known, look(61, "b", 300), Patience(confirm=timedelta(minutes=1))).action == "new"


def test_a_stub_that_comes_and_goes_proves_nothing():
    chain = fold([look(0), look(60, "b", 300), look(120), look(180, "b", 300), look(240)])
    assert names(chain) == "A"


def test_a_paywall_is_never_confirmed():
    assert names(fold([look(0), *(look(60 * n, "w", 500, walled=True) for n in range(1, 9))])) == "A"


def test_a_short_text_that_explains_itself_is_believed_at_once():
    assert decide([look(0)], look(60, "b", 100, explained=True)).action == "new"


def test_a_stub_that_came_first_is_set_aside_when_the_text_before_it_comes():
    stub = look(60, "s", 100, id=1)
    assert names(build([stub])) == "s"
    chain = decide([stub], look(0, id=2)).chain
    assert (names(chain), chain.waiting) == ("A", (stub,))
    plan = reconcile(chain, {1: 7}, [Stored(7, b"s", at(60))])
    assert (plan.set_aside, [p.version for p in plan.places]) == ([7], [None])


def test_two_texts_of_one_instant_stand_in_one_order():
    looks = [look(0, "B"), look(0, "A")]
    assert names(fold(looks)) == names(fold(looks[::-1])) == "AB"


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        ("t", "live"), ("tg", "gone"), ("tgt", "live"), ("tmm", "live"), ("tmmm", "gone"), ("tmfmfm", "gone"),
        ("tmmmt", "live"), ("tmtmtm", "live"), ("tw", "suspect"), ("w", "no_article"), ("tf", "live"), ("", "new"),
        ("twm", "suspect"), ("gmmm", "gone"), ("to", "moved"),
    ],
)  # fmt: skip
def test_states(signs, state):
    kinds = {"t": "text", "g": "gone", "m": "missing", "f": "failed", "w": "wall", "o": "moved"}
    looks = [Look(at(n * 24 * 60), b"A", 1000, sign=kinds[c]) for n, c in enumerate(signs)]
    assert fold(looks).state == state
    assert fold(looks[::-1]).state == state


def test_three_not_founds_within_a_day_are_not_gone():
    assert fold([look(0), *(Look(at(60 * n), sign="missing") for n in (1, 2, 3, 9))]).state == "live"


def test_neighbours_are_what_a_new_extractor_must_read_again():
    known = [look(0), look(60), look(120, "B"), look(200, "s", 30)]
    assert neighbours(known, at(90)) == [known[1], known[2], known[3]]
    assert neighbours(known, at(300)) == [known[2], known[3]]


# --- judging a page ----------------------------------------------------------------


def document(text="A text that is long enough. " * 40, page="article", **more):
    return Document("http://x.example/a", page, title=Fact("Title", "h1"), blocks=(Block("paragraph", text),) if text else (),
                    **more)  # fmt: skip


def judged(doc, status=200, **more):
    return judge(doc, observed_at=START, status=status, **more)


@pytest.mark.parametrize(
    ("look", "sign", "reason"),
    [
        (judged(None, 410), "gone", "status_410"),
        (judged(None, 404), "missing", "status_404"),
        (judged(None, 500), "failed", "status_500"),
        (judged(None, None, failure="timeout"), "failed", "timeout"),
        (judged(document(), failure="incomplete"), "failed", "incomplete"),
        (judged(document(flags=frozenset({"truncated"}))), "failed", "truncated"),
        (judged(document("", "consent", why="it says 'We value'")), "wall", "consent"),
        (judged(document("", "error", why="it says 'Page not found'")), "missing", "says_not_found"),
        (judged(document("")), "wall", "empty"),
        (judged(document(), url="http://x.example/news/a-1", final_url="http://www.x.example/"), "missing",
         "redirected_to_front"),
        (judged(document(), url="http://x.example/news/a-1", final_url="http://x.example/news/a-1-new-title"), "text", ""),
    ],
)  # fmt: skip
def test_what_a_look_is_worth(look, sign, reason):
    assert (look.sign, look.reason) == (sign, reason)


def test_a_page_that_says_that_its_story_is_gone_is_withdrawn():
    assert judged(document("This article has been removed for legal reasons.")).withdrawn
    assert judged(document("Dieser Artikel wurde zurückgezogen.")).withdrawn
    assert judged(document(notices=(Notice("retraction", "Retraction: We retract this story."),))).withdrawn
    assert not judged(document()).withdrawn
    gone = fold([look(0), replace(judged(document("This article has been removed.")), observed_at=at(60))])
    assert (len(gone.runs), gone.state) == (2, "withdrawn")
    assert fold([look(0), look(60, "w", 50, explained=True, withdrawn=True), look(120)]).state == "live"


@pytest.mark.parametrize(
    ("final", "front"),
    [
        ("http://x.example/", True), ("http://x.example/news", True), ("http://x.example/news/2026/", True),
        ("http://m.x.example/sport", True), ("http://x.example/news/2026/other-story-77", False),
        ("http://x.example/news/2026/a-story?page=2", False), ("http://other.example/", False), (None, False),
        ("http://x.example/news/2026/a-story", False), ("https://x.example/news/2026/a-story", False),
    ],
)  # fmt: skip
def test_redirects_to_the_front_page(final, front):
    assert led_to_front("http://x.example/news/2026/a-story", final) is front
