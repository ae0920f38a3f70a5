"""``copydesk feeds add``: from what a person typed to a feed whose first poll is done."""

from __future__ import annotations

import sys
import time

from copydesk.articles.urls import host_of
from copydesk.commands.feed_page import span
from copydesk.errors import CopydeskError, FeedUnreadable, UsageError
from copydesk.feeds.discover import find_feeds, guesses
from copydesk.feeds.parse import read_feed
from copydesk.model import Answer
from copydesk.settings import Settings
from copydesk.stages import poll
from copydesk.store import feeds, hosts
from copydesk.store.db import Connection
from copydesk.web import pace
from copydesk.web.client import fetch
from copydesk.web.failures import REASONS

PASSING = frozenset({"dns", "connect", "tls", "timeout", "incomplete"})
"""Trouble that may be over on the next try: exit 1. Anything else is wrong with the URL: exit 2."""
LOOKS = 4
"""Feeds that a page names and that are asked for until one is a feed."""


def find_feed(url: str, settings: Settings) -> Answer:
    """Give the answer that is a feed: the URL's own, else that of the first feed which its page names.

    A page that names none is guessed at twice. Raises UsageError or CopydeskError naming the URL.
    """
    if not host_of(url):
        raise UsageError(f"{url}: not an http(s) URL")
    answer = served(url, settings)
    why = _unreadable(answer)
    if why is None:
        return answer
    named = [found.url for found in find_feeds(answer.body, url=answer.final_url, headers=dict(answer.headers))]
    for candidate in (named or guesses(answer.final_url))[:LOOKS]:
        pause = pace.gap(settings.manners_for(host_of(candidate)), None, answer.seconds)
        print(f"{url} is {'a page that names' if named else 'no feed; trying'} {candidate}", file=sys.stderr)
        print(f"  asking in {span(pause)}" if pause >= 1 else "  asking", file=sys.stderr)
        time.sleep(pause)
        found = fetch(candidate, settings, limit=settings.limits.feed_bytes)
        if not found.failure and found.status == 200 and _unreadable(found) is None:
            return found
    raise UsageError(f"{url}: no feed, and it names none that is one ({why})")


def served(url: str, settings: Settings) -> Answer:
    """Ask for a URL that must be served with 200; raises UsageError or CopydeskError saying what came instead."""
    answer = fetch(url, settings, limit=settings.limits.feed_bytes)
    if answer.failure:
        kind = CopydeskError if answer.failure in PASSING else UsageError
        said = f"{REASONS[answer.failure]} ({answer.detail})" if answer.detail else REASONS[answer.failure]
        hint = "; COPYDESK_ALLOW lets it through" if answer.failure == "refused_address" else ""
        raise kind(f"{url}: {said}{hint}")
    if answer.status != 200:
        kind = CopydeskError if answer.status == 429 or (answer.status or 0) >= 500 else UsageError
        raise kind(f"{url}: the server answered {answer.status}")
    return answer


def save_first(conn: Connection, feed_id: int, answer: Answer, settings: Settings) -> None:
    """Write the answer that was just read as the feed's first poll, so that nobody asks for it again at once."""
    feed = feeds.find(conn, str(feed_id))
    lease = hosts.claim_one(conn, feed["host"])
    if lease is None:  # somebody talks to this host just now: the poller will come by
        return
    manners = settings.manners_for(lease.host, lease.manners)
    ask = poll.Ask({})
    reading = poll.read(feed, answer, ask)
    poll.save(conn, lease, feed, reading, settings.manners_for, pace.gap(manners, None, answer.seconds))
    hosts.release(conn, lease)


def _unreadable(answer: Answer) -> str | None:
    try:
        read_feed(answer.body, url=answer.final_url, headers=dict(answer.headers), now=answer.fetched_at)
    except FeedUnreadable as error:
        return str(error)
    return None
