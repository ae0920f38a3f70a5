"""One feed, one answer: what it means, and the one transaction that writes it all.

Reading is pure (bytes in, values out) so that it can run in a thread; saving is
one transaction: snapshot, poll, entries, validators, next poll.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from copydesk import __version__
from copydesk.errors import FeedUnreadable
from copydesk.feeds.identity import choose_policy, entry_key
from copydesk.feeds.parse import read_feed
from copydesk.feeds.schedule import FeedState, Plan, PollEvent, plan
from copydesk.model import Answer, FeedDocument
from copydesk.settings import Settings
from copydesk.store import entries, feeds, hosts, quarantine, snapshots
from copydesk.store.db import Connection, Row
from copydesk.web import caching


@dataclass(frozen=True, slots=True)
class PollReading:
    """What one answer of a feed brought, before anything is written."""

    answer: Answer
    conditional: bool
    body_sha: bytes | None
    document: FeedDocument | None = None
    failure: str | None = None
    detail: str = ""
    freshness: caching.Freshness | None = None

    @property
    def changed(self) -> bool:
        """Whether there is a new document to read entries from."""
        return self.document is not None

    @property
    def hold_off(self) -> float:
        """Seconds for which the whole host asks to be left alone (429)."""
        wish = self.freshness.retry_after if self.freshness else None
        return (wish or 60.0) if self.answer.status == 429 else 0.0


def refused_by_robots(url: str) -> Answer:
    """The answer that stands for a request which robots.txt forbids and which was not made."""
    return Answer(url, url, None, (), b"", datetime.now(UTC), 0.0, failure="robots", detail="robots.txt disallows it")


def read(feed: Row, answer: Answer, asked: Mapping[str, str]) -> PollReading:
    """Read an answer: unchanged, a document, or why it is neither."""
    fresh = caching.freshness(answer)
    conditional = bool(asked)
    if answer.failure or answer.status != 200:
        return PollReading(answer, conditional, None, failure=answer.failure, freshness=fresh)
    body_sha = hashlib.sha256(answer.body).digest()
    if feed["body_sha"] == body_sha:
        return PollReading(answer, conditional, body_sha, freshness=fresh)
    try:
        document = read_feed(answer.body, url=answer.final_url, headers=dict(answer.headers))
    except FeedUnreadable as error:
        return PollReading(answer, conditional, body_sha, None, error.reason, error.detail, fresh)
    return PollReading(answer, conditional, body_sha, document, freshness=fresh)


def save(
    conn: Connection, lease: hosts.Lease, feed: Row, reading: PollReading, settings: Settings, gap: float
) -> Counter[str]:
    """Write one poll whole, under the host's lease; gives the counts."""
    document, answer = reading.document, reading.answer
    entries.lock_hosts(conn, lease.host, document.items if document else ())
    hosts.hold(conn, lease)
    snapshot = snapshots.put(conn, answer.body) if answer.body else None
    policy, keyed = _identify(conn, feed, document)
    stored = entries.known(conn, feed["id"], [k.key for k in keyed])
    signal = timedelta(seconds=min(15 * 60.0, settings.manners_for(lease.host).revisit_ages[0] / 4))
    new = entries.save(conn, feed, keyed, answer.fetched_at, snapshot, signal_after=signal)
    for key, dated in document.tombstones if document else ():
        entries.tombstone(conn, feed["id"], key, dated.value or answer.fetched_at)
    schedule = _plan(feed, reading, len(keyed), new, len(stored), settings, lease.host)
    feeds.save_poll(conn, feed, _record(feed, reading, schedule, snapshot, policy, len(keyed), new))
    _aftermath(conn, lease, feed, reading, schedule, snapshot, gap)
    return Counter({"polls": 1, f"polls_{_kind(reading)}": 1, "entries": len(keyed), "new_entries": new})


def _identify(conn: Connection, feed: Row, document: FeedDocument | None) -> tuple[str, list[entries.Keyed]]:
    if document is None:
        return feed["identity"], []
    policy = choose_policy(feed["identity"], document, _moved_guids(conn, feed, document))
    return policy, [entries.Keyed(entry_key(item, policy), item) for item in document.items]


def _moved_guids(conn: Connection, feed: Row, document: FeedDocument) -> float:
    """The share of items whose link this feed carried before, but under another GUID."""
    links = {item.link: item for item in document.items if item.link and item.guid}
    if not links or feed["identity"] != "guid":
        return 0.0
    known_links = entries.known_links(conn, feed["id"], links)
    keys = {entry_key(links[link], "guid"): link for link in known_links if link in links}
    known_keys = entries.known(conn, feed["id"], list(keys))
    return (len(keys) - len(known_keys)) / len(links)


def _plan(feed: Row, reading: PollReading, items: int, new: int, overlap: int, settings: Settings, host: str) -> Plan:
    document, fresh = reading.document, reading.freshness
    dates = tuple(
        d for item in (document.items if document else ()) if (d := item.published.value or item.updated.value)
    )
    event = PollEvent(
        status=reading.answer.status,
        failure=reading.failure,
        freshness=fresh.max_age if fresh else None,
        retry_after=fresh.retry_after if fresh else None,
        ttl=document.ttl if document else None,
        update_every=document.update_every if document else None,
        skip_hours=document.skip_hours if document else frozenset(),
        skip_days=document.skip_days if document else frozenset(),
        new_items=new,
        overlap=overlap,
        item_dates=dates,
        changed=reading.changed,
        conditional=reading.conditional,
        items=items,
        permanent_target=_permanent(reading.answer),
    )
    return plan(
        FeedState.from_json(feed["schedule"]),
        event,
        reading.answer.fetched_at,
        settings.manners_for(host),
        key=feed["url"],
    )


def _permanent(answer: Answer) -> str | None:
    """Where a chain of permanent redirects led; one temporary hop makes it none."""
    return answer.final_url if answer.hops and all(status in (301, 308) for status, _ in answer.hops) else None


def _record(
    feed: Row, reading: PollReading, schedule: Plan, snapshot: bytes | None, policy: str, items: int, new: int
) -> feeds.PollRecord:
    answer, document = reading.answer, reading.document
    etag, modified = _validators(feed, reading, schedule)
    return feeds.PollRecord(
        answer=answer,
        conditional=reading.conditional,
        snapshot=snapshot,
        items=items,
        new_items=new,
        next_poll_at=schedule.next_poll_at,
        why=schedule.why,
        schedule=schedule.state.to_json(),
        identity=policy,
        etag=etag,
        last_modified=modified,
        body_sha=reading.body_sha if reading.body_sha and not reading.failure else feed["body_sha"],
        title=document.title if document else None,
        home=document.home if document else None,
        hubs=document.hubs if document else feed["hubs"],
        status="gone" if schedule.gone else "active",
    )


def _validators(feed: Row, reading: PollReading, schedule: Plan) -> tuple[bytes | None, bytes | None]:
    """Renew both validators on every answer: a 200 replaces them, a 304 brings what it brings."""
    answer = reading.answer
    etag, modified = _raw(answer.header("etag")), _raw(answer.header("last-modified"))
    if schedule.probe_next:
        return None, None  # the next poll asks unconditionally: a server that lies about 304 is found out
    if reading.failure or answer.failure or answer.status not in (200, 304):
        return feed["etag"], feed["last_modified"]
    if answer.status == 304:
        return etag or feed["etag"], modified or feed["last_modified"]
    return etag, modified


def _aftermath(
    conn: Connection,
    lease: hosts.Lease,
    feed: Row,
    reading: PollReading,
    schedule: Plan,
    snapshot: bytes | None,
    gap: float,
) -> None:
    hosts.note_answer(conn, lease, reading.answer.seconds, gap)
    ref = f"feed {feed['id']}"
    if reading.answer.status == 429:
        hosts.hold_off(conn, lease, schedule.host_backoff or reading.hold_off)
    if schedule.possible_gap:
        feeds.note_gap(conn, feed["id"], feed["last_poll_at"], reading.answer.fetched_at, schedule.why)
    if snapshot and reading.failure and not reading.answer.failure:
        quarantine.add(conn, "feed", reading.failure, reading.detail, ref, snapshot, __version__)
    elif reading.document:
        quarantine.resolve(conn, "feed", ref)


def _raw(value: str | None) -> bytes | None:
    return value.encode("latin-1", "replace") if value else None


def _kind(reading: PollReading) -> str:
    if reading.failure or reading.answer.failure:
        return "failed"
    if reading.answer.status == 304:
        return "not_modified"
    return "changed" if reading.changed else "same_body" if reading.answer.status == 200 else "refused"
