"""Outages, storms, lists that roll over, GUIDs in chaos, moves and floods: nothing lost in silence, nothing twice."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from copydesk.feeds.history import FeedState, PollEvent
from copydesk.feeds.schedule import plan
from copydesk.model import Answer
from copydesk.settings import Manners
from copydesk.stages import poll
from copydesk.store import feeds, hosts
from copydesk.store.db import connect, one, rows
from copydesk.web.caching import freshness

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MANNERS = Manners()
HOUR, DAY = 3600.0, 86400.0


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class OneFeed:
    """A feed in the database, and polls of it whose answers the test makes up."""

    def __init__(self, dsn: str, url: str = "http://paper.example/feed") -> None:
        self.dsn, self.url = dsn, url
        with connect(dsn) as conn:
            self.id, _ = feeds.add(conn, url)

    def poll(self, body: bytes, at: datetime, *, status=200, headers=(), final=None, hops=()):
        """Answer one poll with this, and store it as a worker would; gives the counts."""
        with connect(self.dsn) as conn:
            feed = feeds.find(conn, str(self.id))
            conn.execute("update hosts set due_at = 'infinity'")
            conn.execute("update hosts set due_at = now(), next_at = '-infinity' where host = %s", (feed["host"],))
            (lease,) = hosts.claim(conn, 1)
            answer = Answer(feed["url"], final or feed["url"], status, tuple(headers), body, at, 0.1, tuple(hops))
            reading = poll.read(feed, answer, poll.how_to_ask(feed, at))
            counts = poll.save(conn, lease, feed, reading, lambda host, own=None: MANNERS, 5.0)
            hosts.release(conn, lease)
        return counts

    def entries(self):
        """Give what is stored of it."""
        with connect(self.dsn) as conn:
            return rows(conn, "select guid, link, title, key from entries where feed_id = %s order by id", self.id)


def items(numbers, **given):
    made = []
    for n in numbers:
        item = {"id": f"id-{n}", "url": f"http://paper.example/{n}", "title": f"Item {n}"}
        item |= {name: make(n) for name, make in given.items()}
        made.append({k: v for k, v in item.items() if v is not None})
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": made}).encode()


def test_after_an_outage_the_list_is_read_before_it_rolls_over():
    """R12: a hundred outages of an hour to a fortnight."""
    rng = random.Random(12)
    flagged = lost = 0
    for number in range(100):
        every = rng.choice((0.25, 1, 6, 24)) * HOUR
        length = rng.choice((10, 20, 50))
        begins = 10 * DAY + rng.uniform(0, DAY)
        ends = begins + rng.choice((HOUR, 6 * HOUR, DAY, 3 * DAY, 14 * DAY)) * rng.uniform(1, 1.2)
        state, at, seen, url = FeedState(), 0.0, set(), f"http://paper.example/{number}"
        while at < ends + 3 * DAY:
            shown = set(range(max(0, int(at // every) - length), int(at // every)))
            if begins <= at < ends:
                event = PollEvent(rng.choice((500, 502, None)), rng.choice(("timeout", "connect")))
            else:
                dates = tuple(later(n * every) for n in shown)
                new = len(shown - seen)
                event = PollEvent(200, changed=bool(new), has_validators=True, items=len(shown), new_items=new,
                                  overlap=len(shown & seen), item_dates=dates)  # fmt: skip
            made = plan(state, event, later(at), MANNERS, url=url)
            if event.status == 200 and seen:
                missed = set(range(max(seen) + 1, min(shown, default=0)))
                lost += bool(missed)
                flagged += bool(missed) and made.possible_gap
                if missed:  # only what had rolled off by the time that half a list had passed since the outage
                    assert min(missed) * every + length * every < max(ends, begins + length * every * 1.2)
                seen |= shown
            elif event.status == 200:
                seen |= shown
            state, at = made.state, (made.next_poll_at - NOW).total_seconds()
        assert seen
    assert lost > 10
    assert flagged == lost


def test_a_list_that_rolled_over_is_written_down_every_time(dsn):
    """R13: fifty of fifty."""
    feed = OneFeed(dsn)
    for number in range(51):
        feed.poll(items(range(number * 20, number * 20 + 10)), later(number * HOUR))
        feed.poll(items(range(number * 20 + 1, number * 20 + 11)), later(number * HOUR + 1800))
    with connect(dsn) as conn:
        gaps = rows(conn, "select from_at, to_at from gaps where feed_id = %s order by to_at", feed.id)
    assert len(gaps) == 50
    assert [(g["from_at"], g["to_at"]) for g in gaps[:2]] == [
        (later(1800), later(HOUR)),
        (later(HOUR + 1800), later(2 * HOUR)),
    ]


FORMS = {
    "seconds": lambda wait, clock: str(int(wait)),
    "date": lambda wait, clock: format_datetime(clock + timedelta(seconds=wait), usegmt=True),
    "rfc 850 date": lambda wait, clock: (clock + timedelta(seconds=wait)).strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "asctime": lambda wait, clock: (clock + timedelta(seconds=wait)).strftime("%a %b %e %H:%M:%S %Y"),
}


@pytest.mark.parametrize("form", FORMS)
def test_in_five_hundred_storms_nobody_is_asked_early(form):
    """R15: by the server's own clock, which may be an hour off."""
    rng = random.Random(form)
    for number in range(125):
        state, at, clock = (
            FeedState(window=HOUR, validators_work=True),
            NOW,
            timedelta(seconds=rng.randint(-3600, 3600)),
        )
        for _ in range(rng.randint(1, 6)):
            wait = rng.choice((1, 60, 1800, 7200, 86400, 7 * 86400))
            headers = (
                ("date", format_datetime(at + clock, usegmt=True)),
                ("retry-after", FORMS[form](wait, at + clock)),
            )
            answer = Answer("u", "u", rng.choice((429, 503)), headers, b"", at, 0.2)
            said = freshness(answer)
            made = plan(state, PollEvent(answer.status, retry_after=said.retry_after), at, MANNERS, url=f"{number}")
            assert made.next_poll_at >= (at + timedelta(seconds=wait)).replace(microsecond=0)
            state, at = made.state, made.next_poll_at


CHAOS = {
    "one for all": {"id": lambda n: "same"},
    "none": {"id": lambda n: None},
    "empty": {"id": lambda n: " "},
    "new at every poll": {},
    "changed once": {},
    "every fifth shared": {"id": lambda n: f"id-{n - n % 5}"},
    "two shared in a short list": {"id": lambda n: f"id-{n - n % 100 if n % 100 < 2 else n}"},
    "no link": {"url": lambda n: None},
    "neither": {"url": lambda n: None, "id": lambda n: None},
    "one link for all": {"url": lambda n: "http://paper.example/live"},
}


STEPS_DOWN = {"one for all", "new at every poll", "changed once", "every fifth shared", "two shared in a short list"}


@pytest.mark.parametrize("kind", CHAOS)
def test_guids_in_chaos_lose_and_double_nothing(dsn, kind):
    """R23: by the titles, which the script alone knows to be the items' names."""
    rng = random.Random(kind)
    for number in range(4):
        feed = OneFeed(dsn, f"http://paper.example/feed{number}")
        top, shown, last = 0, set(), ()
        for turn in range(8):
            top += rng.randint(1, 12)
            now = range(max(0, top - 15), top)
            given = dict(CHAOS[kind])
            if kind == "new at every poll" or (kind == "changed once" and turn > 4):
                given["id"] = lambda n, turn=turn: f"id-{n}-{turn if kind == 'new at every poll' else 'b'}"
            assert not last or set(last) & set(now)
            feed.poll(items(now, **given), later(turn * HOUR))
            shown |= set(now)
            last = now
        titles = [e["title"] for e in feed.entries()]
        assert sorted(set(titles)) == sorted(f"Item {n}" for n in shown)
        assert len(titles) == len(shown)
        with connect(dsn) as conn:
            policy = feeds.find(conn, str(feed.id))["identity"]
        assert (policy == "guid") == (kind not in STEPS_DOWN)


def test_an_identity_policy_is_never_upgraded(dsn):
    feed = OneFeed(dsn)
    feed.poll(items(range(10), id=lambda n: "same"), NOW)
    for turn in range(5):
        feed.poll(items(range(10 + turn)), later((turn + 1) * HOUR))
    with connect(dsn) as conn:
        assert feeds.find(conn, str(feed.id))["identity"] == "link"
    assert len(feed.entries()) == 14


@pytest.mark.parametrize("guids", ["new", "the same"])
def test_a_feed_that_moves_doubles_nothing(dsn, guids):
    """R33: thirty moves, half of them with GUIDs that change on the way."""
    for number in range(15):
        feed = OneFeed(dsn, f"http://paper.example/feed{number}")
        feed.poll(items(range(12)), NOW)
        target = f"http://paper.example/new{number}"
        given = {"id": lambda n: f"http://cms.example/?p={n}"} if guids == "new" else {}
        for turn in range(9):
            feed.poll(
                items(range(turn, 12 + turn), **given), later(turn * DAY + HOUR), final=target, hops=[(301, target)]
            )
        with connect(dsn) as conn:
            found = feeds.find(conn, feed.url)  # the old address leads to it still
            assert (found["id"], found["url"]) == (feed.id, target)
            assert not rows(conn, "select 1 from gaps where feed_id = %s", feed.id)
        feed.poll(items(range(9, 21), **given), later(10 * DAY))
        assert sorted(e["title"] for e in feed.entries()) == sorted(f"Item {n}" for n in range(21))


def test_a_flood_drops_nothing_and_holds_nobody_up(dsn):
    """R34: a sitemap of 50,000 addresses is stored whole, within one lease."""
    body = "".join(f"<url><loc>http://paper.example/{n}</loc></url>" for n in range(50_000))
    feed = OneFeed(dsn)
    started = time.process_time()
    feed.poll(f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{body}</urlset>".encode(), NOW)
    print(f"50,000 entries: {time.process_time() - started:.1f} s of our processor time")
    with connect(dsn) as conn:
        assert one(conn, "select count(*) as n from entries where feed_id = %s", feed.id)["n"] == 50_000
        assert one(conn, "select count(*) as n from articles")["n"] == 50_000
        assert one(conn, "select next_poll_at > now() as later from feeds where id = %s", feed.id)["later"] is not None


def test_what_stays_unreadable_is_kept_with_its_bytes_and_costs_nothing_else(dsn):
    feed = OneFeed(dsn)
    feed.poll(items(range(3)), NOW, headers=[("etag", '"1"')])
    feed.poll(b"<html>maintenance</html>", later(HOUR), headers=[("etag", '"2"')])
    with connect(dsn) as conn:
        kept = one(
            conn, "select q.reason, q.resolved_at, s.size from quarantine q join snapshots s on s.sha256 = q.snapshot"
        )
        assert (kept["reason"], kept["resolved_at"], kept["size"]) == ("not_a_feed", None, 24)
        assert feeds.find(conn, str(feed.id))["etag"] == b'"1"'  # what could not be read has vouched for nothing
    feed.poll(items(range(4)), later(3 * HOUR))
    with connect(dsn) as conn:
        assert one(conn, "select resolved_at from quarantine")["resolved_at"] is not None
    assert len(feed.entries()) == 4


def test_validators_are_renewed_by_every_answer(dsn):
    feed = OneFeed(dsn)

    def known():
        with connect(dsn) as conn:
            row = feeds.find(conn, str(feed.id))
            return row["etag"], row["last_modified"]

    dated = "Mon, 02 Mar 2026 10:00:00 GMT"
    feed.poll(items(range(3)), NOW, headers=[("etag", 'W/"a b"'), ("last-modified", dated)])
    assert known() == (b'W/"a b"', dated.encode())
    feed.poll(b"", later(HOUR), status=304, headers=[("etag", "unquoted")])
    assert known() == (b"unquoted", dated.encode())  # a 304 brings what it brings
    feed.poll(items(range(3)), later(2 * HOUR), headers=[("etag", '"same bytes"')])
    assert known() == (b'"same bytes"', None)  # a 200 replaces both, though its bytes are known
    feed.poll(b"oops", later(3 * HOUR), status=500, headers=[("etag", '"of an error page"')])
    assert known() == (b'"same bytes"', None)


def test_a_tombstone_is_recorded_and_erases_nothing(dsn):
    feed = OneFeed(dsn)
    atom = """<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>T</title>{}
        <entry><id>tag:{}</id><title>Item</title><updated>2026-03-0{}T10:00:00Z</updated></entry></feed>"""
    gone = "<at:deleted-entry ref='tag:1' when='2026-03-02T12:00:00Z'/><at:deleted-entry ref='tag:of another feed' when='x'/>"
    feed.poll(atom.format("", 1, 1).encode(), NOW)
    feed.poll(atom.format(gone, 1, 3).encode(), later(3 * DAY))
    with connect(dsn) as conn:
        assert one(conn, "select deleted_at from entries")["deleted_at"] is None  # it was updated after that
    feed.poll(atom.format(gone, 2, 1).encode(), later(4 * DAY))
    with connect(dsn) as conn:
        found = rows(conn, "select guid, deleted_at from entries order by guid")
    assert [(r["guid"], r["deleted_at"] and r["deleted_at"].isoformat()[:13]) for r in found] == [
        ("tag:1", "2026-03-02T12"),
        ("tag:2", None),
    ]


def test_a_polite_answer_is_asked_for_in_hours_that_are_allowed():
    state = replace(FeedState(), skip_hours=tuple(range(23)))
    made = plan(state, PollEvent(429, retry_after=HOUR), NOW, MANNERS, url="u")
    assert made.next_poll_at.hour == 23
