"""How one feed is shown to people: when it is asked next and why then, what it answered, what is open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from copydesk.commands.shared import print_rows
from copydesk.store.db import Row

POLLS = ("observed_at", "conditional", "status", "failure", "size", "items", "new_items", "why")
GAPS = ("from_at", "to_at", "closed_at", "detail")


def print_page(feed: Row, now: datetime) -> None:
    """Print what :func:`copydesk.store.feed_list.about` gives."""
    for name, value in _lines(feed, now):
        print(f"{name:12} {_safe(value)}")
    if feed["gaps"]:
        print("\nentries may have been missed between")
        print_rows(feed["gaps"], as_json=False, columns=GAPS)
    if feed["polls"]:
        print("\nlast polls, newest first; why: why the next one came when it did")
        print_rows(feed["polls"], as_json=False, columns=POLLS)


def span(seconds: float) -> str:
    """Say a span in its largest unit: ``45 s``, ``12 min``, ``3.5 h``, ``2.0 d``."""
    for limit, unit, size in ((90, "s", 1), (5400, "min", 60), (172_800, "h", 3600)):
        if abs(seconds) < limit:
            return f"{seconds / size:.0f} {unit}" if unit != "h" else f"{seconds / size:.1f} h"
    return f"{seconds / 86_400:.1f} d"


def _lines(feed: Row, now: datetime) -> Iterator[tuple[str, object]]:
    yield "feed", f"{feed['id']}  {feed['title'] or '(no title yet)'}"
    yield "url", feed["url"]
    yield from (("before", url) for url in feed["aliases"])
    yield from ((name, feed[name]) for name in ("home", "folder") if feed[name])
    yield "status", feed["status"]
    yield "next poll", _next(feed, now)
    yield "last poll", _last(feed, now)
    yield "validators", _validators(feed)
    yield "entries", f"{feed['entries']}" + (f", newest {_at(feed['newest_entry_at'])}" if feed["entries"] else "")
    yield "identity", f"by {feed['identity']}"
    yield "gaps", f"{sum(gap['closed_at'] is None for gap in feed['gaps'])} open of {len(feed['gaps'])}"
    yield "host", _host(feed, now)
    yield "push", _push(feed, now)


def _next(feed: Row, now: datetime) -> str:
    if feed["status"] != "active":
        return f"none: the feed is {feed['status']} ({feed['why']})"
    wait = (feed["next_poll_at"] - now).total_seconds()
    when = f"in {span(wait)}" if wait > 0 else "due now"
    return f"{_at(feed['next_poll_at'])} ({when}): {feed['why']}"


def _last(feed: Row, now: datetime) -> str:
    if feed["last_poll_at"] is None:
        return "never"
    said = feed["last_failure"] or f"status {feed['last_status']}"
    return f"{_at(feed['last_poll_at'])} ({span((now - feed['last_poll_at']).total_seconds())} ago): {said}"


def _validators(feed: Row) -> str:
    named = (("ETag", feed["etag"]), ("Last-Modified", feed["last_modified"]))
    return ", ".join(f"{name} {value}" for name, value in named if value) or "none: it is asked unconditionally"


def _host(feed: Row, now: datetime) -> str:
    wait = (feed["host_next_at"] - now).total_seconds() if feed["host_next_at"] else 0.0
    said = [feed["host"], f"not asked for another {span(wait)}" if wait > 0 else "may be asked"]
    said += [f"at 1/{feed['host_backoff']:.1f} of its rate after a 429"] if feed["host_backoff"] > 1 else []
    said += [f"own manners {feed['host_manners']}: {feed['host_manners_reason']}"] if feed["host_manners"] else []
    return ", ".join(said)


def _push(feed: Row, now: datetime) -> str:
    hub = feed["push"]
    if hub is None:
        return f"not subscribed; it names {', '.join(feed['hubs'])}" if feed["hubs"] else "it names no hub"
    lease = hub["lease_until"]
    said = [hub["hub"], f"until {_at(lease)}" if lease and lease > now else "no running lease"]
    said += [f"{hub['pending']} asked {_at(hub['pending_since'])}, not verified"] if hub["pending"] else []
    said += [f"{hub['pushes']} pushes, last {_at(hub['last_push_at'])}"] if hub["pushes"] else ["no push yet"]
    return ", ".join(said)


def _at(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else "never"


def _safe(value: object) -> str:
    """Publishers' words never reach the terminal as control sequences."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(str(value).split()))
