"""S26 and S27 on loopback: whose an article and a feed are is never decided by what a stranger says.

Papers have names here, because loopback's addresses are all one domain; every name is this machine.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.integration.test_client_threats import Server, answer, redirect
from tests.newsroom import time_passes

from copydesk.pipeline import correct_articles, load_articles, open_desk
from copydesk.settings import Manners
from copydesk.stages.collect import Collector
from copydesk.store import feeds
from copydesk.store.db import rows
from copydesk.web.client import Client

TEXT = "The council of {0} voted on Monday to reopen the old bridge, after nine months of repairs to its arches. " * 8
DAYS = 8 * 86400


class Town:
    """Papers by name at one port: ``routes`` by (name, path), and what is on file about them."""

    def __init__(self, desk, server):
        self.desk, self.server, self.routes = desk, server, {}
        server.routes = self

    def get(self, path, otherwise):
        head = self.server.requests[-1]
        name = head.partition(b"Host: ")[2].partition(b":")[0].decode()
        return self.routes.get((name, path), answer(b"", status="404 Not Found"))

    def url(self, name, path):
        return f"http://{name}:{self.server.port}{path}"

    def add(self, name, path="/feed"):
        with self.desk.pool.connection() as conn:
            return feeds.add(conn, self.url(name, path))[0]

    async def run(self):
        """Let a day pass and take everything the whole way, until nothing is new."""
        with self.desk.pool.connection() as conn:
            time_passes(conn)
            for name in ("moved_since", "gone_at", "last_poll_at"):
                conn.execute(
                    """update feeds set schedule = jsonb_set(schedule, array[%s],
                           to_jsonb((schedule ->> %s)::float8 - 86400)) where schedule ? %s""",
                    (name, name, name),
                )
        async with Client(self.desk.settings, resolver=here) as client:
            counts = await Collector(self.desk.pool, self.desk.settings, client).drain()
        await asyncio.to_thread(load_articles, self.desk)
        await asyncio.to_thread(correct_articles, self.desk)
        return counts

    def on_file(self, query, *args):
        with self.desk.pool.connection() as conn:
            return rows(conn, query, *args)


async def here(host, port):
    return ["127.0.0.1"]


@pytest.fixture
def play(settings):
    """Run a scene in a town of its own."""
    quick = replace(settings, manners=replace(Manners(), host_gap=0.0, host_gap_max=0.0))

    def run(scene):
        async def go():
            server = Server({})
            with open_desk(quick, quick.database_url) as desk:
                async with await asyncio.start_server(server.handle, "127.0.0.1", 0) as listening:
                    server.port = listening.sockets[0].getsockname()[1]
                    await scene(Town(desk, server))

        asyncio.run(go())

    return run


def page(title, text, head=""):
    return answer(
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}<meta property=og:type content=article></head>"
        f"<body><article><h1>{title}</h1><p>{text}</p></article></body></html>".encode(),
        "Content-Type: text/html",
    )


def rss(*items, more="", tag=None):
    told = "".join(
        f"<item><guid isPermaLink='false'>{g}</guid><title>{t}</title><link>{u}</link></item>" for g, t, u in items
    )
    body = f"<rss version='2.0'><channel><title>P</title>{more}{told}</channel></rss>".encode()
    return answer(body, "Content-Type: application/rss+xml", *([f"ETag: {tag}"] if tag else []))


# --- S26: a page or a feed says that it is another publisher's ------------------------------------------------

CLAIMS = {
    "canonical": "<link rel=canonical href='{0}'>",
    "og": "<meta property=og:url content='{0}'>",
    "jsonld": "<script type='application/ld+json'>{{'@type':'NewsArticle','url':'{0}','mainEntityOfPage':'{0}'}}</script>",
    "amp": "<link rel=amphtml href='{0}'>",
    "base": "<base href='{0}'>",
    "refresh": "<meta http-equiv=refresh content='0; url={0}'>",
}

CHAIN = """
    select v.title, v.body, v.origin, v.observed_at, v.withdrawn_at from versions v join articles a on a.id = v.article_id
    where a.publisher = 'victim.example' order by v.id"""
NAMES = """
    select u.url, u.evidence, a.url as article from article_urls u join articles a on a.id = u.article_id
    where a.publisher = 'victim.example' order by 1"""
ENTRY = """
    select e.key, e.title, e.link, e.deleted_at from entries e join feeds f on f.id = e.feed_id
    where f.url like '%%victim.example%%' order by e.id"""


def test_s26_whatever_a_stranger_claims_the_victims_chain_is_unchanged(play):
    async def scene(town):
        story = town.url("victim.example", "/story")
        town.routes |= {
            ("victim.example", "/feed"): rss(("v1", "Bridge", story)),
            ("victim.example", "/story"): page("Bridge", TEXT.format("Northport")),
        }
        town.add("victim.example")
        await town.run()
        before = [town.on_file(query) for query in (CHAIN, NAMES, ENTRY)]
        assert [len(found) for found in before] == [1, 1, 1]

        for name, claim in CLAIMS.items():
            text = TEXT.format(f"Southport, as {name} tells it,")
            town.routes[("thief.example", f"/{name}")] = page("Bridge", text, claim.replace("'@", '"@').format(story))
        town.routes[("thief.example", "/moved")] = redirect(story, b"", "301 Moved Permanently")
        town.routes[("thief.example", "/header")] = page("Bridge", TEXT.format("Westport")).replace(
            b"\r\n", f'\r\nLink: <{story}>; rel="canonical"\r\nContent-Location: {story}\r\n'.encode(), 1
        )
        own = [*CLAIMS, "moved", "header"]
        # The victim's own GUID for each, a tombstone for it, and a false title for the victim's own page.
        deleted = (
            "<at:deleted-entry xmlns:at='http://purl.org/atompub/tombstones/1.0' ref='v1' when='2030-01-01T00:00:00Z'/>"
        )
        town.routes[("thief.example", "/feed")] = rss(
            ("v1", "Bridge", town.url("thief.example", "/canonical")),
            *((f"t{n}", "Bridge", town.url("thief.example", f"/{n}")) for n in own[1:]),
            ("v2", "Bridge collapsed", story),
            more=deleted,
        )
        town.add("thief.example")
        for _ in range(3):
            await town.run()

        assert [town.on_file(query) for query in (CHAIN, NAMES, ENTRY)] == before
        theirs = town.on_file("select url from articles where publisher = 'thief.example' order by url")
        assert [row["url"] for row in theirs] == sorted(town.url("thief.example", f"/{name}") for name in own)
        read = town.on_file("""
            select distinct a.url from versions v join articles a on a.id = v.article_id
            where a.publisher = 'thief.example' and v.body like '%%Southport%%' or v.body like '%%Westport%%'""")
        assert len(read) >= len(CLAIMS)  # they were read, and are the stranger's own

    play(scene)


# --- S27: a feed's domain expired, and its new owner sends it for good to another list -------------------------


@pytest.mark.parametrize("first_for_now", [0, 2], ids=["for good", "for now at first"])
@pytest.mark.parametrize("copied", [0, 2], ids=["nothing known there", "a few old items copied"])
def test_s27_a_feed_sent_for_good_to_a_strangers_list_stays_where_it_is_and_the_ledger_says_so(
    play, copied, first_for_now
):
    async def scene(town):
        story = [town.url("victim.example", f"/story{n}") for n in range(6)]
        town.routes |= {
            ("victim.example", "/feed"): rss(*((f"v{n}", f"Bridge {n}", url) for n, url in enumerate(story))),
            **{("victim.example", f"/story{n}"): page(f"Bridge {n}", TEXT.format(f"Port {n}")) for n in range(6)},
        }
        feed = town.add("victim.example")
        await town.run()
        before = [town.on_file(query) for query in (CHAIN, NAMES)]

        kept = [(f"v{n}", f"Bridge {n}", url) for n, url in enumerate(story[:copied])]
        for day in range(14):
            status = "302 Found" if day < first_for_now else "301 Moved Permanently"
            town.routes[("victim.example", "/feed")] = redirect(town.url("casino.example", "/list"), b"", status)
            spam = [(f"s{n}", "Win now", town.url("casino.example", f"/{n}")) for n in range(day, day + 6)]
            town.routes[("casino.example", "/list")] = rss(*kept, *spam)
            await town.run()
        why = town.on_file("select why from feeds where id = %s", feed)[0]["why"]
        assert "redirects to casino.example, whose list was another" in why
        town.routes[("victim.example", "/feed")] = answer(b"", status="410 Gone")
        await town.run()

        found = town.on_file("select url, aliases, status from feeds where id = %s", feed)[0]
        assert (found["url"], found["aliases"]) == (town.url("victim.example", "/feed"), [])
        assert [town.on_file(query) for query in (CHAIN, NAMES)] == before
        # The alarm: the list that was ours is not continued there.
        gaps = town.on_file("select detail from gaps where feed_id = %s", feed)
        assert len(gaps) == (0 if copied else 1), gaps

    play(scene)


def test_s27_the_same_list_at_a_new_home_is_followed_there(play):
    """The rule does not stop an honest move: its own entries stand at the new address."""

    async def scene(town):
        told = [(f"v{n}", f"Bridge {n}", town.url("victim.example", f"/story{n}")) for n in range(6)]
        town.routes[("victim.example", "/feed")] = rss(*told)
        feed = town.add("victim.example")
        await town.run()
        town.routes[("victim.example", "/feed")] = redirect(
            town.url("home.example", "/feed"), b"", "301 Moved Permanently"
        )
        town.routes[("home.example", "/feed")] = rss(*told)
        for _ in range(10):
            await town.run()
        assert town.on_file("select url from feeds where id = %s", feed)[0]["url"] == town.url("home.example", "/feed")

    play(scene)
