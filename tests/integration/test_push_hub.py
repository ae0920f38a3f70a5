"""WebSub over real HTTP on loopback: a newspaper, its hub, our receiver in uvicorn and our poller, end to end."""

import asyncio
import hashlib
import hmac
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import pytest
import uvicorn
from aiohttp import web

from copydesk.feeds.push_app import PushApp
from copydesk.pipeline import open_desk
from copydesk.stages.collect import Collector
from copydesk.stages.push import Inbox, Renewal
from copydesk.store import feeds, push
from copydesk.store.db import connect, maybe, rows
from copydesk.web.client import Client

ITEM = "<item><guid>{0}</guid><title>Story {0}</title><link>http://127.0.0.1:{1}/story/{0}</link></item>"


class Town:
    """A newspaper with a feed and a hub, on one port. ``mood`` says how the hub treats a subscription."""

    def __init__(self, *, discovery="header", mood="verify"):
        self.discovery, self.mood = discovery, mood
        self.stories, self.feed_requests, self.forms, self.challenges = ["a"], [], [], []
        self.subscribers = {}
        self.port = 0
        self.later = timedelta(0)

    @property
    def topic(self):
        return f"http://127.0.0.1:{self.port}/self.xml"

    @property
    def hub(self):
        return f"http://127.0.0.1:{self.port}/hub"

    async def feed(self, request):
        self.feed_requests.append(dict(request.headers))
        inside, headers = "", {"ETag": f'"{len(self.stories)}"', "Content-Type": "application/rss+xml"}
        if self.discovery == "header":
            headers["Link"] = f'<{self.hub}>; rel="hub", <{self.topic}>; rel="self"'
        else:
            atom = "xmlns='http://www.w3.org/2005/Atom'"
            inside = f"<link {atom} rel='hub' href='{self.hub}'/><link {atom} rel='self' href='{self.topic}'/>"
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        items = "".join(ITEM.format(name, self.port) for name in self.stories)
        text = f"<rss version='2.0'><channel><title>Town</title>{inside}{items}</channel></rss>"
        return web.Response(text=text, headers=headers)

    async def subscribe(self, request):
        form = dict(parse_qsl(await request.text()))
        self.forms.append(form)
        if self.mood == "down":
            return web.Response(status=500)
        if self.mood != "silent":
            asyncio.get_running_loop().create_task(self.verify(form))
        return web.Response(status=202)

    async def verify(self, form):
        mode = "denied" if self.mood == "deny" else form["hub.mode"]
        query = {"hub.mode": mode, "hub.topic": form["hub.topic"], "hub.challenge": f"c{len(self.challenges)}",
                 "hub.lease_seconds": "86400"}  # fmt: skip
        url = f"{form['hub.callback']}?{urlencode(query)}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            self.challenges.append((mode, answer.status, await answer.text() == query["hub.challenge"]))
            if answer.status == 200 and mode == "subscribe":
                self.subscribers[form["hub.callback"]] = form["hub.secret"]
            if answer.status == 200 and mode == "unsubscribe":
                self.subscribers.pop(form["hub.callback"], None)

    async def publish(self, story, *, name="sha256", secret=None, body=None):
        """Add a story and tell every subscriber; gives their answers' codes."""
        self.stories.insert(0, story)
        body = body or f"<rss>{story}</rss>".encode()
        codes = []
        async with aiohttp.ClientSession() as session:
            for callback, own in self.subscribers.items():
                digest = hmac.new((secret or own).encode(), body, getattr(hashlib, name)).hexdigest()
                async with session.post(callback, data=body, headers={"X-Hub-Signature": f"{name}={digest}"}) as said:
                    codes.append(said.status)
        return codes


@asynccontextmanager
async def opened(town, desk):
    """The town on its port, our receiver on another, a client; gives a namespace to act with."""
    application = web.Application()
    application.router.add_get("/feed.xml", town.feed)
    application.router.add_post("/hub", town.subscribe)
    runner = web.AppRunner(application)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    town.port = listening.getsockname()[1]
    await web.SockSite(runner, listening).start()
    with socket.create_server(("127.0.0.1", 0)) as ours:
        app = PushApp(Inbox(desk.pool, desk.settings), now=lambda: datetime.now(UTC) + town.later)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[ours]))
        async with Client(desk.settings) as client:
            yield Us(town, desk, client, f"http://127.0.0.1:{ours.getsockname()[1]}")
        server.should_exit = True
        await serving
    await runner.cleanup()


class Us:
    def __init__(self, town, desk, client, base):
        self.town, self.desk, self.client, self.base = town, desk, client, base
        with desk.pool.connection() as conn:
            self.feed, _ = feeds.add(conn, f"http://127.0.0.1:{town.port}/feed.xml")

    def now(self):
        return datetime.now(UTC) + self.town.later

    async def poll(self):
        return await Collector(self.desk.pool, self.desk.settings, self.client).drain()

    async def renew(self):
        counts = await Renewal(self.desk.pool, self.desk.settings, self.client, self.base, now=self.now).run()
        before = len(self.town.challenges)
        for _ in range(100 if counts["hubs_asked"] and self.town.mood != "silent" else 0):
            if len(self.town.challenges) > before or self.subscription["pending"] is None:
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.02)
        return counts

    @property
    def subscription(self):
        with self.desk.pool.connection() as conn:
            return maybe(conn, "select * from push_subscriptions where feed_id = %s", self.feed)

    @property
    def state(self):
        with self.desk.pool.connection() as conn:
            return feeds.find(conn, str(self.feed))

    def due_in(self):
        return (self.state["next_poll_at"] - datetime.now(UTC)).total_seconds()

    def rest(self):
        """Let the last poll be long ago and the next one far away, as at a polite public feed."""
        with self.desk.pool.connection() as conn:
            conn.execute("update feeds set last_poll_at = now() - interval '1 hour', next_poll_at = now() + interval '1 hour'")  # fmt: skip

    def stories(self):
        with self.desk.pool.connection() as conn:
            return {row["title"] for row in rows(conn, "select title from entries")}


def play(settings, scene, **mood):
    async def run():
        with open_desk(settings, settings.database_url) as desk:
            async with opened(Town(**mood), desk) as us:
                await us.poll()
                await scene(us)

    asyncio.run(run())


@pytest.mark.parametrize("discovery", ["header", "document"])
def test_from_discovery_to_a_pushed_story(settings, discovery):
    async def scene(us):
        assert (us.state["hubs"], us.state["topic"]) == ([us.town.hub], us.town.topic)
        await us.renew()
        assert us.town.challenges == [("subscribe", 200, True)]
        form = us.town.forms[0]
        assert form["hub.topic"] == us.town.topic
        assert len(urlsplit(form["hub.callback"]).path) > 40, "unguessable"
        assert us.subscription["secret"] == form["hub.secret"]
        assert us.subscription["lease_until"] - us.subscription["confirmed_at"] == timedelta(days=1)
        us.rest()
        assert (await us.poll()).total() == 0
        assert await us.town.publish("b") == [202]
        assert us.state["why"] == "a push from its hub"
        assert us.due_in() <= 0
        assert (await us.poll())["polls_changed"] == 1
        assert us.stories() == {"Story a", "Story b"}
        assert us.town.feed_requests[-1]["If-None-Match"] == '"1"', "a push is a signal; the poll stays conditional"
        assert us.subscription["pushes"] == 1

    play(settings, scene, discovery=discovery)


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_each_good_signature_counts(settings, name):
    async def scene(us):
        await us.renew()
        us.rest()
        assert await us.town.publish("b", name=name) == [202]
        assert us.due_in() <= 0

    play(settings, scene)


@pytest.mark.parametrize(
    "forged", [{"name": "sha1"}, {"secret": "guessed"}, {"body": b"x" * 10_000_000}], ids=["sha1", "secret", "10 MB"]
)
def test_a_forged_push_writes_nothing(settings, forged):
    async def scene(us):
        await us.renew()
        us.rest()
        before = (us.subscription, us.state)
        assert (await us.town.publish("b", **forged))[0] == 202
        assert (us.subscription, us.state) == before

    play(settings, scene)


def test_strangers_write_nothing(settings):
    async def scene(us):
        await us.renew()
        us.rest()
        callback = us.town.forms[0]["hub.callback"]
        await us.town.publish("b")
        await us.poll()
        us.rest()
        before = (us.subscription, us.state)
        wrong = {"hub.mode": "subscribe", "hub.topic": us.town.topic, "hub.challenge": "x", "hub.lease_seconds": "1"}
        async with aiohttp.ClientSession() as session:
            for url, code in (
                (f"{callback}?{urlencode(wrong)}", 404),  # nothing is pending
                (f"{callback}?{urlencode(wrong | {'hub.mode': 'unsubscribe'})}", 404),
                (f"{callback}?{urlencode(wrong | {'hub.mode': 'denied'})}", 404),
                (f"{us.base}/websub/guess?{urlencode(wrong)}", 404),
            ):
                async with session.get(url) as said:
                    assert said.status == code
            async with session.post(callback, data=b"no signature") as said:
                assert said.status == 202
            body, secret = b"<rss>b</rss>", us.subscription["secret"].encode()
            replay = {"X-Hub-Signature": f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"}
            async with session.post(callback, data=body, headers=replay) as said:
                assert said.status == 202, "a replay of what was pushed before"
        assert (us.subscription, us.state) == before

    play(settings, scene)


def test_a_renewal_at_half_of_the_lease_keeps_the_old_secret_until_it_is_verified(settings):
    async def scene(us):
        await us.renew()
        old = us.subscription["secret"]
        us.town.later = timedelta(hours=11)
        await us.renew()
        assert len(us.town.forms) == 1
        us.town.later, us.town.mood = timedelta(hours=12, minutes=1), "silent"
        await us.renew()
        assert us.subscription["pending"] == "subscribe"
        assert us.subscription["secret"] == old
        us.rest()
        await us.town.publish("b")
        assert us.due_in() <= 0, "signed with the old secret while the new one is pending"
        us.town.later, us.town.mood = timedelta(hours=13, minutes=2), "verify"
        await us.renew()
        assert us.town.forms[2]["hub.secret"] == us.town.forms[1]["hub.secret"], "asked again, with the same secret"
        assert us.subscription["secret"] == us.town.forms[1]["hub.secret"] != old
        assert us.subscription["attempts"] == 0
        us.rest()
        await us.town.publish("c", secret=old)
        assert us.due_in() > 0
        await us.town.publish("d")
        assert us.due_in() <= 0

    play(settings, scene)


def test_a_hub_that_denies_is_left_alone_for_a_day(settings):
    async def scene(us):
        await us.renew()
        assert us.town.challenges == [("denied", 200, False)]
        await us.renew()
        us.town.later = timedelta(hours=23)
        await us.renew()
        assert len(us.town.forms) == 1
        us.town.later = timedelta(hours=25)
        await us.renew()
        assert len(us.town.forms) == 2
        us.rest()
        assert us.state["status"] == "active"

    play(settings, scene, mood="deny")


@pytest.mark.parametrize("mood", ["silent", "down", "verify"])
def test_polling_goes_on_beside_a_dead_hub(settings, mood):
    """The hub says yes, or not even that, and never pushes: the next poll is when it was and finds the story."""

    async def scene(us):
        before = us.state["next_poll_at"]
        await us.renew()
        assert us.state["next_poll_at"] == before
        us.town.stories.insert(0, "b")
        await asyncio.sleep(max(0.0, us.due_in()))
        await us.poll()
        assert "Story b" in us.stories()
        for hours in range(1, 49):
            us.town.later = timedelta(hours=hours)
            await us.renew()
        # Ever more rarely: after 1, 3, 7, 15, 31 hours; a working one at half of its day.
        assert len(us.town.forms) <= 6

    play(settings, scene, mood=mood)


def test_a_removed_feed_ends_its_subscription(settings):
    async def scene(us):
        await us.renew()
        with us.desk.pool.connection() as conn:
            feeds.set_status(conn, us.feed, "removed")
        await us.renew()
        assert us.town.forms[-1]["hub.mode"] == "unsubscribe"
        assert "hub.secret" not in us.town.forms[-1]
        assert us.town.challenges[-1] == ("unsubscribe", 200, True)
        assert (us.subscription["secret"], us.town.subscribers) == (None, {})
        await us.renew()
        assert len(us.town.forms) == 2

    play(settings, scene)


def test_a_hub_may_not_lead_into_the_house(settings):
    """S4: the hub's URL comes out of the feed. It is asked nothing, and no secret travels unencrypted."""

    async def scene(us):
        with us.desk.pool.connection() as conn:
            hubs = ["http://169.254.169.254/", "http://hub.example/", "javascript:alert(1)", "https://10.0.0.1/hub"]
            conn.execute("update feeds set hubs = %s", (hubs[:3],))
        assert (await us.renew())["unusable_hubs"] == 1
        assert us.subscription is None
        with us.desk.pool.connection() as conn:
            conn.execute("update feeds set hubs = %s", (hubs[3:],))
        us.base = "https://desk.example"
        assert (await us.renew())["hubs_failed"] == 1
        assert us.subscription["last_answer"].startswith("subscribe: refused_address")

    play(settings, scene)


def test_the_next_hub_is_tried_when_the_first_stays_silent(settings):
    async def scene(us):
        with us.desk.pool.connection() as conn:
            conn.execute("update feeds set hubs = %s", ([us.town.hub, us.town.hub + "?second"],))
        for hours in (0, 1.1, 3.2, 7.3):
            us.town.later = timedelta(hours=hours)
            await us.renew()
        assert us.subscription["hub"] == us.town.hub + "?second"
        assert us.subscription["attempts"] == 1

    play(settings, scene, mood="silent")


def test_ten_receivers_ask_a_hub_once(settings):
    async def scene(us):
        asking = [Renewal(us.desk.pool, us.desk.settings, us.client, us.base).run() for _ in range(10)]
        await asyncio.gather(*asking)
        assert len(us.town.forms) == 1

    play(settings, scene)


def test_nothing_of_a_subscription_that_is_secret_is_shown(settings):
    async def scene(us):
        await us.renew()
        with connect(settings.database_url) as conn:
            shown = str(push.state(conn, us.feed))
        assert us.subscription["secret"] not in shown
        assert us.subscription["token"] not in shown

    play(settings, scene)
