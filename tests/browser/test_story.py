"""What a person does at the desk, in the real Airflow, on the running sample newspaper; and who sees and hears it."""

from __future__ import annotations

import os
import re
import urllib.error

import pytest
from tests.browser.stack import asker, gazette, password, running, until

REQUIRED = os.environ.get("COPYDESK_BROWSER") == "required"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REQUIRED, reason="starts a whole Airflow: .ci/run and `make browser` do (2 minutes)"),
]
SHOTS = os.environ.get("COPYDESK_SHOTS")
"""A folder: pictures of every page are written there (for docs/images)."""


@pytest.fixture(scope="module")
def paper(chromium):
    """Everything, running, with an archive of all five editions."""
    with gazette() as other, running(other.url.removeprefix("http://")) as stack:
        ask = asker(stack)
        stack.other, stack.ask = other, ask

        def corrected():
            hits = ask("/articles?q=letter&publisher=127.0.11.1")["items"]
            if not hits or hits[0]["versions"] < 3 or not ask("/corrections/queue")["items"]:
                return False
            return any(notice["wrong"] for notice in ask(f"/articles/{hits[0]['article_id']}/notices"))

        until("the Tuesday story is corrected", corrected)
        yield stack


def log_in(page, stack, user: str) -> None:
    page.goto(f"{stack.url}/auth/login")
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(password(stack.home, user))
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: "/auth/login" not in url, timeout=60_000)


def picture(page, name: str) -> None:
    """For the docs, if asked."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def test_the_whole_story(paper, watched):
    """Log in, find the Tuesday story, move the slider, see the change; approve, undo; add a feed, see it polled."""
    page = watched.page
    log_in(page, paper, "admin")
    watched.home = paper.url
    page.get_by_role("link", name="Newsroom").click()
    desk = page.frame_locator("iframe")
    desk.get_by_role("heading", name="The desk").wait_for(timeout=60_000)
    picture(page, "desk-in-airflow")

    desk.get_by_role("searchbox", name="Find articles").fill("letter customs")
    desk.get_by_role("searchbox", name="Find articles").press("Enter")
    desk.locator("ol.articles li", has_text="127.0.11.1").get_by_role("link").first.click()
    slider = desk.get_by_role("slider")
    slider.press("Home")
    desk.locator("#text .body", has_text="dated Tuesday").wait_for()
    slider.press("End")
    desk.locator("#text ins", has_text="Wednesday").first.wait_for()
    assert "Tuesday" in desk.locator("#text del").all_inner_texts()
    assert slider.get_attribute("aria-valuetext").startswith("version 3")
    assert desk.locator("mark.wrong").first.inner_text().endswith("Tuesday")

    desk.get_by_role("navigation", name="copydesk").get_by_role("link", name="Corrections").click()
    desk.locator("section.case").first.wait_for()
    desk.locator("body").press("j")
    desk.locator("section.case:focus").press("a")
    said = desk.locator(".done").inner_text()
    assert "approved" in said
    number = re.search(r"Decision (\d+)", said)[1]
    stands = paper.ask(f"/corrections/{number}")
    assert (stands["outcome"], stands["decided_by"]) == ("applied", "admin")
    desk.get_by_role("link", name="Ledger").click()
    desk.locator("tr", has=page.frame_locator("iframe").locator(f"a[href$='/corrections/{number}']")).get_by_role(
        "button", name="Undo"
    ).click()
    desk.locator(".done", has_text="taken back").wait_for()
    history = paper.ask(f"/corrections/{number}")["history"]
    assert [h["outcome"] for h in history] == ["review", "applied", "undone"]

    desk.get_by_role("navigation", name="copydesk").get_by_role("link", name="Feeds").click()
    desk.get_by_label("Add a feed").fill(f"{paper.other.url}/feed")
    desk.get_by_role("button", name="Add feed").click()
    desk.get_by_role("heading", name="The Weir Gazette").wait_for()
    asked = paper.other.asked
    desk.get_by_role("button", name="Poll now").click()
    until("the new feed is polled by the collector", lambda: paper.other.asked > asked, 60)
    assert watched.errors == []


def test_runs_lead_to_what_they_did(paper, watched):
    page = watched.page
    log_in(page, paper, "viewer")
    done = until("a task has ended", lambda: [r for r in paper.ask("/runs")["items"] if r["ended_at"] and r["counts"]])
    run = done[0]
    page.goto(f"{paper.url}/dags/{run['dag_id']}/runs/{run['run_id']}/plugin/copydesk-run")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name=run["dag_id"]).wait_for(timeout=60_000)
    assert frame.locator(".count-of").count()
    picture(page, "desk-run-in-airflow")
    frame.get_by_role("link", name=re.compile("in Airflow")).click()
    page.wait_for_url(re.compile(rf"/dags/{run['dag_id']}/runs/[^/]+/?$"), timeout=60_000, wait_until="commit")


def test_without_a_session_there_is_nothing(paper, watched):
    answer = watched.page.goto(f"{paper.url}/copydesk/articles")
    assert answer.status == 401
    assert watched.page.get_by_role("link", name="Log in to Airflow").is_visible()
    with pytest.raises(urllib.error.HTTPError):
        asker(paper)("/nothing")


def pages(ask) -> dict[str, str]:
    letter = ask("/articles?q=letter&publisher=127.0.11.1")["items"][0]["article_id"]
    copy = ask("/articles?q=letter&publisher=127.0.11.2")["items"][0]["article_id"]
    chain = ask(f"/articles/{letter}/versions")
    feed = ask("/feeds")["items"][0]["id"]
    run = next(r for r in ask("/runs")["items"] if r["counts"])
    decided = next(d for d in ask("/corrections")["items"] if d["outcome"] == "applied")["id"]
    from urllib.parse import urlencode

    run_page = "/runs?" + urlencode({"dag_id": run["dag_id"], "run_id": run["run_id"]})
    return {
        "desk": "/", "corrections": "/corrections", "ledger": "/corrections/ledger", "decision": f"/corrections/{decided}",
        "articles": "/articles", "article": f"/articles/{letter}?version={chain[2]['id']}&against={chain[1]['id']}",
        "copy": f"/articles/{copy}", "feeds": "/feeds", "feed": f"/feeds/{feed}", "scorecard": "/scorecard",
        "runs": "/runs", "run": run_page, "api": "/api",
    }  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_every_page(paper, chromium, theme):
    """axe-core finds nothing serious, wide and on a phone; nothing is wider than the phone."""
    from axe_playwright_python.sync_playwright import Axe

    axe, found = Axe(), []
    context = chromium.new_context(color_scheme=theme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    log_in(page, paper, "admin")
    for name, path in pages(paper.ask).items():
        page.goto(f"{paper.url}/copydesk{path}")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        for size, (wide, high) in (("wide", (1280, 900)), ("phone", (360, 780))):
            page.set_viewport_size({"width": wide, "height": high})
            assert page.evaluate("document.documentElement.scrollWidth") <= wide, (name, size)
            picture(page, f"desk-{name}-{size}-{theme}")
            for violation in axe.run(page).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    found.append((name, size, violation["id"], [n["html"][:200] for n in violation["nodes"]][:3]))
    context.close()
    assert found == []
