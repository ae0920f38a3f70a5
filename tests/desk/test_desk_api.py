"""The API and the pages over a sample archive: what users ask, page by page and call by call."""

import threading
import time

from tests.desk_app import BASE, csrf, token

from copydesk.store import changes
from copydesk.store.db import connect

API = f"{BASE}/api/v1"


def test_the_story_of_the_letter(asked):
    (hit,) = asked.get("/articles", params={"q": "letter Tuesday", "publisher": "127.0.11.1"})["items"]
    article = asked.get(f"/articles/{hit['article_id']}")
    assert [v["ordinal"] for v in article["versions"]] == [1, 2, 3]
    first, _, last = (v["id"] for v in article["versions"])
    shown = asked.get("/diff", params={"a": first, "b": last})
    marked = [(p["op"], p["text"]) for run in shown["paragraphs"] for p in run if p["op"] != "equal"]
    assert ("delete", "Tuesday") in marked
    assert ("insert", "Wednesday") in marked
    then = asked.get("/articles/as-of", params={"url": article["url"], "seen": article["versions"][0]["observed_at"]})
    assert then["id"] == first
    assert asked.get(f"/versions/{last}")["body"] == article["text"]["body"]
    cluster = asked.get(f"/clusters/{article['cluster_id']}")
    assert cluster["origin_id"] == article["id"]
    carried = {m["publisher"]: m["still_wrong"] for m in cluster["members"]}
    assert carried["127.0.11.1"] == 0
    assert carried["127.0.11.2"] == 1
    assert asked.get(f"/articles/{article['id']}/notices")[0]["wrong"] == "Tuesday"


def test_pages_go_by_cursor_and_miss_none(asked):
    every = asked.get("/articles", params={"limit": 100})
    assert every["exact"]
    assert every["next"] is None
    seen, after = [], ""
    while after is not None:
        part = asked.get("/articles", params={"limit": 4, "after": after})
        seen += [row["article_id"] for row in part["items"]]
        after = part["next"]
    assert seen == [row["article_id"] for row in every["items"]]
    assert len(seen) == len(set(seen)) == every["about"] > 20


def test_facets_give_exactly_what_fits(asked):
    every = asked.get("/articles", params={"limit": 100})["items"]
    for asking, fits in (
        ({"lang": "de"}, lambda r: r["lang"] == "de"),
        ({"silent": "true"}, lambda r: r["silent"] > 0),
        ({"corrected": "true"}, lambda r: r["corrections"] > 0),
        ({"copies": "3"}, lambda r: r["copies"] >= 3),
        ({"publisher": "127.0.11.2"}, lambda r: r["publisher"] == "127.0.11.2"),
    ):
        found = asked.get("/articles", params={"limit": 100, **asking})["items"]
        assert [r["article_id"] for r in found] == [r["article_id"] for r in every if fits(r)] != [], asking


def test_both_ways_to_words_find_the_same(asked, monkeypatch):
    from copydesk.store import desk_search

    few = asked.get("/articles", params={"q": "office -bridge"})["items"]
    monkeypatch.setattr(desk_search, "SMALL", 0)
    monkeypatch.setattr(desk_search, "_few", lambda articles, about: False)
    assert (
        [r["article_id"] for r in asked.get("/articles", params={"q": "office -bridge"})["items"]]
        == [r["article_id"] for r in few]
        != []
    )


def test_an_answer_that_is_known_is_not_sent_again(asked):
    for path in ("/articles", "/articles/1", "/versions/1", "/corrections", "/feeds", "/openapi.json"):
        first = asked.client.get(API + path, headers=asked.as_("viewer"))
        again = asked.client.get(
            API + path, headers=asked.as_("viewer") | {"if-none-match": f"W/{first.headers['etag']}"}
        )
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"]), path


WRONG = (
    ("/articles/99999", 404), ("/articles/0", 422), ("/articles/99999999999999999999", 422), ("/articles/x", 422),
    ("/articles?after=nonsense", 400), ("/articles?after=WzEsMl0", 400), ("/articles?since=soon", 400),
    ("/articles?limit=1000", 422), ("/changes?after=x", 400), ("/diff?a=1&b=99999", 404), ("/nothing", 404),
    ("/articles?q=%00", 200), ("/articles?q=%22%27%3B--", 200), ("/corrections?outcome=odd", 422),
    ("/corrections?after=W10", 400), ("/feeds?after=eyJhIjoxfQ", 400), ("/changes?wait=999", 422),
)  # fmt: skip


def test_errors_name_what_was_wrong(asked):
    for path, status in WRONG:
        answer = asked.client.get(API + path, headers=asked.as_("viewer"))
        assert answer.status_code == status, (path, answer.text)
        if status != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
            assert problem["status"] == status
            assert problem["detail"]


def review(asked, key, role="user", **wish):
    return asked.client.post(f"{API}/corrections/{key}/reviews", headers=asked.as_(role), json=wish)


def test_a_person_decides_and_takes_back(asked):
    waiting = asked.get("/corrections/queue")["items"]
    case = next(row for row in waiting if row["reason"] == "several_places")
    done = review(asked, case["id"], action="approve", place=2, note="the second")
    assert done.status_code == 201, done.text
    assert (done.json()["outcome"], done.json()["decided_by"]) == ("applied", "user")
    text = asked.get(f"/versions/{done.json()['result_id']}")
    assert text["origin"] == "correction"
    assert text["based_on"] == case["version_id"]
    assert review(asked, case["id"], action="approve").status_code == 400, "superseded"
    back = review(asked, done.json()["id"], role="op", action="undo")
    assert (back.json()["outcome"], back.json()["decided_by"]) == ("undone", "op")
    whole = asked.get(f"/corrections/{case['id']}")
    assert [h["outcome"] for h in whole["history"]] == ["review", "applied", "undone"]
    assert whole["standing_id"] == back.json()["id"]
    assert [(r["reviewer"], r["action"], r["note"]) for r in asked.get("/reviews")["items"]] == [
        ("op", "undo", ""), ("user", "approve", "the second")]  # fmt: skip
    place = case["candidates"][0]["edit"]
    edited = review(asked, back.json()["id"], action="edit", edits=[{**place, "new": "May"}])
    assert edited.json()["reason"] == "edited_by_person"
    assert "May" in asked.get(f"/versions/{edited.json()['result_id']}")["body"]
    wrong = review(asked, edited.json()["id"], action="edit", edits=[{**place, "old": "other words", "new": "x"}])
    assert wrong.status_code == 400


def test_the_queue_works_as_a_plain_form(asked):
    session = {"cookie": f"_token={token('user')}", "sec-fetch-site": "same-origin"}
    page = asked.client.get(f"{BASE}/corrections", headers=session).text
    assert "several places fit" in page
    key = asked.get("/corrections/queue")["items"][0]["id"]
    form = {"csrf": csrf("user"), "place": "1", "new": "eight", "note": "said by telephone"}
    done = asked.client.post(f"{BASE}/corrections/{key}/edit", headers=session, data=form)
    assert done.status_code == 303, done.text
    assert "applied+as+you+wrote+it" in done.headers["location"]
    assert asked.client.post(f"{BASE}/corrections/{key}/edit", headers=session, data=form).status_code == 400


def test_waiting_for_changes_wakes_up(asked):
    cursor = ""
    while items := asked.get("/changes", params={"after": cursor, "limit": 1000})["items"]:
        cursor = items[-1]["cursor"]

    def happens():
        time.sleep(0.7)
        with connect(asked.dsn) as conn:
            changes.add(conn, "correction", 1, None, {"outcome": "applied"})

    threading.Thread(target=happens).start()
    began = time.monotonic()
    news = asked.get("/changes", params={"after": cursor, "wait": 15})
    assert [item["data"]["outcome"] for item in news["items"]] == ["applied"]
    assert 0.5 < time.monotonic() - began < 10
    assert asked.get("/changes", params={"after": news["next"]}) == {"items": [], "next": news["next"]}


def test_a_manager_keeps_the_list(asked):
    opml = (
        b'<opml version="2.0"><body><outline type="rss" xmlUrl="http://127.0.11.9:9/feed" text="Other"/></body></opml>'
    )
    session = {"cookie": f"_token={token('op')}", "sec-fetch-site": "same-origin"}
    done = asked.client.post(f"{BASE}/feeds/import", headers=session | {"x-csrf-token": csrf("op")},
                             files={"file": ("list.opml", opml)})  # fmt: skip
    assert done.status_code == 303, done.text
    feed = asked.get("/feeds", params={"q": "Other"})["items"][0]
    headers = asked.as_("op")
    changed = asked.client.patch(f"{API}/feeds/{feed['id']}", headers=headers, json={"status": "paused"})
    assert changed.json()["status"] == "paused"
    assert asked.client.post(f"{API}/feeds/{feed['id']}/polls", headers=headers).status_code == 400
    assert asked.client.patch(f"{API}/feeds/{feed['id']}", headers=headers, json={"status": "x"}).status_code == 422
    known = asked.client.post(
        f"{API}/feeds", headers=headers, json={"url": f"{asked.url('harbour-wire', 'x')[:-7]}/feed"}
    )
    assert known.status_code == 200, known.text
    assert b"127.0.11.9" in asked.client.get(f"{BASE}/feeds.opml", headers=headers).content


def test_every_page_opens_and_says_what_is_there(asked):
    articles = asked.get("/articles", params={"publisher": "127.0.11.1", "q": "letter"})["items"]
    key = articles[0]["article_id"]
    chain = asked.get(f"/articles/{key}/versions")
    snapshot = chain[0]["snapshot"]
    says = {
        "/": "waiting for a person", "/articles?q=letter": "Exporters", f"/articles/{key}": "What the notices say",
        f"/articles/{key}?version={chain[2]['id']}&against={chain[1]['id']}": "<del>Tuesday</del>",
        f"/articles/{key}?seen={chain[0]['observed_at'].replace('+', '%2B')}": "version 1 of 3",
        f"/articles/{key}?seen=2001-01-01": "No text of this article stood then",
        f"/articles/{key}/text?version={chain[0]['id']}": "dated Tuesday",
        "/corrections": "What the notice says", "/corrections/ledger": "exactly one place fits",
        "/corrections/1": "What was decided, in order", "/scorecard": "Errors still carried",
        "/feeds": "Next poll, and why then", "/feeds/1": "When entries arrive", "/runs": "No task has run yet",
        "/api": "/api/v1/articles/as-of",
    }  # fmt: skip
    for path, words in says.items():
        answer = asked.client.get(BASE + path, headers=asked.as_("viewer"))
        assert answer.status_code == 200, (path, answer.text)
        assert words in answer.text, (path, words)
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
    raw = asked.client.get(f"{BASE}/snapshots/{snapshot}", headers=asked.as_("viewer"))
    assert b"<html" in raw.content
    assert raw.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in raw.headers["content-security-policy"]
    for path in ("/articles/999", "/corrections/999", "/feeds/999", "/snapshots/zz", "/snapshots/" + "0" * 64,
                 "/corrections/ledger?outcome=odd", f"/articles/{key}?version=99999", "/nothing"):  # fmt: skip
        assert asked.client.get(BASE + path, headers=asked.as_("viewer")).status_code == 404, path


def test_a_url_goes_straight_to_its_article(asked):
    answer = asked.client.get(f"{BASE}/articles", params={"q": asked.url("harbour-wire", "letter")},
                              headers=asked.as_("viewer"))  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{BASE}/articles/")


def test_viewers_see_no_button_that_they_may_not_press(asked):
    waiting = asked.get("/corrections/queue")["items"][0]["id"]
    for path in ("/corrections", f"/corrections/{waiting}", "/feeds", "/feeds/1"):
        page = asked.client.get(BASE + path, headers=asked.as_("viewer")).text
        assert 'method="post"' not in page, path
        assert 'method="post"' in asked.client.get(BASE + path, headers=asked.as_("admin")).text, path
