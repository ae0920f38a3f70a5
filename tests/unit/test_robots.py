"""robots.txt by RFC 9309: statuses, groups, limits, and the cache around it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.web.robots import MAX_BYTES, Remembered, RobotsRules, allowed

SITE = "https://a.example"
RULES = b"User-agent: *\nDisallow: /private\nAllow: /private/open\n"


def rules(body, status=200, failure=None):
    return RobotsRules.parse(body, status, failure)


@pytest.mark.parametrize("status", [400, 404, 410, 451])
def test_a_missing_file_allows_all(status):
    assert rules(b"User-agent: *\nDisallow: /", status).allowed(SITE + "/x")


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 599, None])
def test_a_shut_or_failing_server_allows_nothing(status):
    assert not rules(b"", status).allowed(SITE + "/x")


@pytest.mark.parametrize("failure", ["dns", "timeout", "connect", "tls", "refused_address", "incomplete", "bomb"])
def test_network_trouble_allows_nothing(failure):
    assert not rules(b"", 200, failure).allowed(SITE + "/x")


@pytest.mark.parametrize("failure", ["too_many_hops", "redirect_loop"])
def test_endless_redirects_count_as_no_rules(failure):
    assert rules(b"", 302, failure).allowed(SITE + "/x")


def test_longest_match_and_allow_wins():
    found = rules(RULES)
    assert found.allowed(SITE + "/news")
    assert not found.allowed(SITE + "/private/x")
    assert found.allowed(SITE + "/private/open/x")


def test_our_own_group_counts_before_the_general_one():
    found = rules(b"User-agent: *\nDisallow: /\n\nUser-agent: Copydesk\nDisallow: /no\nCrawl-delay: 7\n")
    assert found.allowed(SITE + "/x")
    assert not found.allowed(SITE + "/no")
    assert not found.allowed(SITE + "/x", agent="another")
    assert found.crawl_delay == 7


def test_a_byte_order_mark_hides_no_rule():
    assert not rules(b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n").allowed(SITE + "/x")


@pytest.mark.parametrize(("stated", "honoured"), [("1e9", 120), ("120", 120), ("0.5", 0.5), ("3", 3)])
def test_crawl_delay_is_bounded(stated, honoured):
    assert rules(f"User-agent: *\nCrawl-delay: {stated}\n".encode()).crawl_delay == honoured


def test_sitemaps_are_listed():
    assert rules(b"Sitemap: https://a.example/news.xml\n").sitemaps == ("https://a.example/news.xml",)


def test_only_the_first_500_kib_count_and_a_cut_line_is_no_rule():
    head = b"User-agent: *\nDisallow: /early\n"
    filler = b"# filler\n" * (MAX_BYTES // 9)
    body = head + filler[: MAX_BYTES - len(head) - 9] + b"\nAllow: /early/but-cut-in-the-middle\nDisallow: /late\n"
    found = rules(body)
    assert not found.allowed(SITE + "/early/x")
    assert found.allowed(SITE + "/late")


@pytest.mark.parametrize("body", [b"<html>not rules</html>", b"\0\xff\xfe", b"Disallow", b":" * 9999, b"*a" * 5000])
def test_what_is_no_rule_forbids_nothing(body):
    assert rules(body).allowed(SITE + "/x")


def test_hostile_patterns_take_no_time():
    found = rules(b"User-agent: *\nDisallow: /" + b"*a" * 5000 + b"\n")
    assert found.allowed(SITE + "/" + "a" * 4000)


class Memory:
    def __init__(self, rows=()):
        self.rows = dict(rows)
        self.asked = 0

    async def get(self, origin):
        self.asked += 1
        return self.rows.get(origin)

    async def put(self, origin, status, failure, body):
        self.rows[origin] = {
            "status": status, "failure": failure, "body": body, "fetched_at": datetime.now(UTC),
        }  # fmt: skip


class OneAnswer:
    """Stands for the client: the same answer for every URL, and a list of what was asked."""

    def __init__(self, status=200, body=RULES, failure=None):
        self.settings = Settings(home=Path("/nowhere"))
        self.urls = []
        self._made = (status, body, failure)

    async def get(self, url, **options):
        self.urls.append(url)
        status, body, failure = self._made
        return Answer(url, url, status, (), body, datetime.now(UTC), 0.0, failure=failure)


def ask(client, cache, *urls):
    async def run():
        return [await allowed(client, cache, url) for url in urls]

    return asyncio.run(run())


def test_one_request_for_each_origin():
    client, cache = OneAnswer(), Memory()
    found = ask(client, cache, SITE + "/private", "https://u:pw@A.example/x", "http://a.example/x", SITE + "/y")
    assert [v.allowed for v in found] == [False, True, True, True]
    assert [v.asked for v in found] == [True, False, True, False]
    assert client.urls == ["https://a.example/robots.txt", "http://a.example/robots.txt"]


def test_old_trouble_is_asked_again_and_fresh_trouble_is_believed():
    for age, times in ((timedelta(minutes=5), 0), (timedelta(hours=2), 1)):
        row = {"status": 503, "failure": None, "body": b"", "fetched_at": datetime.now(UTC) - age}
        client = OneAnswer()
        (verdict,) = ask(client, Memory({SITE: row}), SITE + "/x")
        assert len(client.urls) == times
        assert verdict.allowed is bool(times)


def test_unreadable_urls_and_robots_txt_itself_need_no_request():
    client = OneAnswer()
    found = ask(client, Memory(), "http://[bad/", "", SITE + "/robots.txt")
    assert all(v.allowed for v in found)
    assert not client.urls


def test_the_remembered_row_spares_the_inner_cache():
    inner = Memory()
    client = OneAnswer()
    ask(client, Remembered(inner), SITE + "/a", SITE + "/b", SITE + "/c")
    assert inner.asked == 1
    assert len(client.urls) == 1


def test_the_remembered_rows_are_bounded():
    cache = Remembered(Memory(), size=3)
    ask(OneAnswer(), cache, *(f"https://h{n}.example/" for n in range(10)))
    assert len(cache._rows) == 3
