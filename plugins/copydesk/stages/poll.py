"""One feed, one answer: what it means, and the one transaction that writes it all.

Reading is pure (bytes in, values out) so that it can run in a thread; saving is
one transaction: snapshot, poll, entries, validators, next poll. Validators never
get ahead of the entries that they vouch for.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from copydesk import __version__
from copydesk.articles.urls import host_of, url_key
from copydesk.errors import FeedUnreadable
from copydesk.feeds import schedule
from copydesk.feeds.discover import read_links
from copydesk.feeds.history import FeedState, Plan, PollEvent
from copydesk.feeds.honesty import asks_conditionally, lied
from copydesk.feeds.identity import choose_policy, entry_key, keyed, split_key
from copydesk.feeds.parse import read_feed
from copydesk.feeds.tombstones import deletions
from copydesk.model import Answer, FeedDocument, Item
from copydesk.store import entries, feeds, hosts, quarantine, revisits, snapshots
from copydesk.store.db import Connection, Row
from copydesk.web import caching


@dataclass(frozen=True, slots=True)
class Ask:
    """How a feed is asked: with its validators, or on purpose without them although it has some."""

    headers: dict[str, str]
    probe: bool = False


@dataclass(frozen=True, slots=True)
class PollReading:
    """What one answer of a feed brought, before anything is written."""

    answer: Answer
    ask: Ask
    body_sha: bytes | None = None
    document: FeedDocument | None = None
    failure: str | None = None
    detail: str = ""
    freshness: caching.Freshness = field(default_factory=caching.Freshness)

    @property
    def hold_off(self) -> float:
        """Seconds for which the whole host asks to be left alone (429)."""
        return (self.freshness.retry_after or 60.0) if self.answer.status == 429 else 0.0


@dataclass(frozen=True, slots=True)
class _Saved:
    """What the entries of one document were, once they are written."""

    policy: str
    items: int = 0
    new: int = 0
    overlap: int = 0
    new_dates: tuple[datetime, ...] = ()
    dates: tuple[datetime, ...] = ()


def how_to_ask(feed: Row, now: datetime) -> Ask:
    """Give the conditional headers for this feed, or none where a look behind its 304s is due."""
    headers = caching.request_headers(_text(feed["etag"]), _text(feed["last_modified"]))
    if asks_conditionally(FeedState.from_json(feed["schedule"]), now.timestamp()):
        return Ask(headers)
    return Ask({}, probe=bool(headers))


def not_now(feed: Row, now: datetime) -> datetime | None:
    """Give when to ask instead, if this feed's publisher asks not to be asked at this hour."""
    return schedule.not_now(FeedState.from_json(feed["schedule"]), now, url=feed["url"])


def refused_by_robots(url: str, now: datetime) -> Answer:
    """The answer that stands for a request which robots.txt forbids and which was not made."""
    return Answer(url, url, None, (), b"", now, 0.0, failure="robots", detail="robots.txt disallows it")


def read(feed: Row, answer: Answer, ask: Ask) -> PollReading:
    """Read an answer: unchanged, a document, or why it is neither."""
    reading = PollReading(answer, ask, failure=answer.failure, freshness=caching.freshness(answer))
    if answer.failure or answer.status != 200:
        return reading
    body_sha = hashlib.sha256(answer.body).digest()
    reading = replace(reading, body_sha=body_sha)
    if feed["body_sha"] == body_sha:
        return reading
    headers = dict(answer.headers)
    try:
        document = read_feed(answer.body, url=answer.final_url, headers=headers, now=answer.fetched_at)
    except FeedUnreadable as error:
        return replace(reading, failure=error.reason, detail=error.detail)
    # WebSub 4: the Link header counts before what the document says.
    links = read_links(headers.get("link", ""), answer.final_url)
    hubs = tuple(dict.fromkeys((*links.get("hub", ()), *document.hubs)))
    topic = next(iter(links.get("self", ())), None) or document.topic
    return replace(reading, document=replace(document, hubs=hubs, topic=topic))


def save(
    conn: Connection, lease: hosts.Lease, feed: Row, reading: PollReading, manners_for: revisits.MannersFor, gap: float
) -> Counter[str]:
    """Write one poll whole, under the host's lease; gives the counts."""
    document, answer = reading.document, reading.answer
    if document or answer.hops:
        entries.lock_hosts(conn, (lease.host, host_of(answer.final_url)), document.items if document else ())
    hosts.hold(conn, lease)
    snapshot = snapshots.put(conn, answer.body) if answer.body else None
    saved = _Saved(feed["identity"])
    if document:
        saved = _save_entries(conn, feed, document, answer, snapshot, manners_for)
    plan = schedule.plan(
        FeedState.from_json(feed["schedule"]),
        _event(feed, reading, saved),
        answer.fetched_at + timedelta(seconds=answer.seconds),
        manners_for(lease.host, lease.manners),
        url=feed["url"],
    )
    feeds.save_poll(conn, feed, _record(feed, reading, plan, snapshot, saved))
    _aftermath(conn, lease, feed, reading, plan, snapshot, gap)
    kind = f"polls_{_kind(reading)}"
    return Counter({"polls": 1, kind: 1, "entries": saved.items, "new_entries": saved.new})


def _save_entries(
    conn: Connection,
    feed: Row,
    document: FeedDocument,
    answer: Answer,
    snapshot: bytes | None,
    manners_for: revisits.MannersFor,
) -> _Saved:
    policy = choose_policy(feed["identity"], document, _moved_guids(conn, feed, document))
    if policy != feed["identity"]:
        entries.rekey(conn, feed["id"], policy)
    plain = {entry_key(item, policy): item for item in document.items}
    candidates = {*plain, *(split_key(item, entry_key(item, policy)) for item in document.items)}
    stored = entries.known(conn, feed["id"], candidates)
    items = keyed(document.items, policy, {key: row["mark"] for key, row in stored.items()})
    new = entries.save(conn, feed, items, stored, answer.fetched_at, snapshot, manners_for)
    for ref, at in deletions(document):
        entries.tombstone(conn, feed["id"], ref, at or answer.fetched_at, manners_for)
    return _Saved(
        policy,
        len(items),
        new,
        sum(key in stored for key, _ in items),
        _dates(item for key, item in items if key not in stored),
        _dates(document.items),
    )


def _dates(items: Iterable[Item]) -> tuple[datetime, ...]:
    both = ((i.published.value or i.updated.value) for i in items)
    return tuple(date for date in both if date)


def _moved_guids(conn: Connection, feed: Row, document: FeedDocument) -> float:
    """Of the links that this feed carried before: the share that comes under new GUIDs only."""
    guids: dict[str, set[str]] = defaultdict(set)
    for item in document.items:
        if item.link and item.guid:
            guids[url_key(item.link)].add(entry_key(item, "guid"))
    if not guids or feed["identity"] != "guid":
        return 0.0
    # New links say nothing about how GUIDs are made, however many there are.
    carried = [guids[link] for link in entries.known_links(conn, feed["id"], guids)]
    stored = entries.known(conn, feed["id"], set().union(*carried))
    return sum(stored.keys().isdisjoint(keys) for keys in carried) / len(carried) if carried else 0.0


def _event(feed: Row, reading: PollReading, saved: _Saved) -> PollEvent:
    document, answer, fresh = reading.document, reading.answer, reading.freshness
    named = caching.validators(answer)
    event = PollEvent(
        status=answer.status,
        failure=reading.failure,
        freshness=fresh.max_age,
        retry_after=fresh.retry_after,
        items=saved.items,
        new_items=saved.new,
        overlap=saved.overlap,
        item_dates=saved.dates,
        new_dates=saved.new_dates,
        changed=document is not None,
        conditional=bool(reading.ask.headers),
        has_validators=any(named),
        probe=reading.ask.probe,
        lied=reading.ask.probe and bool(saved.new) and _lied(feed, answer, named, saved),
        permanent_target=_permanent(answer),
        led_to=answer.final_url if answer.hops else None,
    )
    if document is None:
        return event
    return replace(
        event,
        ttl=document.ttl,
        update_every=document.update_every,
        skip_hours=document.skip_hours,
        skip_days=document.skip_days,
    )


def _lied(feed: Row, answer: Answer, named: tuple[str | None, str | None], saved: _Saved) -> bool:
    before = (_text(feed["etag"]), _text(feed["last_modified"]))
    same = any(named) and all(old is None or old == new for old, new in zip(before, named, strict=True))
    last = FeedState.from_json(feed["schedule"]).last_poll_at
    modified = caching.http_date(answer.header("last-modified"))
    return lied(last_poll_at=last, same_validators=same, modified=modified, new_dates=saved.new_dates)


def _permanent(answer: Answer) -> str | None:
    """Where a chain of permanent redirects led; one temporary hop makes it none."""
    return answer.final_url if answer.hops and all(status in (301, 308) for status, _ in answer.hops) else None


def _record(feed: Row, reading: PollReading, plan: Plan, snapshot: bytes | None, saved: _Saved) -> feeds.PollRecord:
    document = reading.document
    etag, modified = _validators(feed, reading)
    return feeds.PollRecord(
        answer=reading.answer,
        failure=reading.failure,
        detail=reading.detail or reading.answer.detail,
        conditional=bool(reading.ask.headers),
        snapshot=snapshot,
        items=saved.items,
        new_items=saved.new,
        next_poll_at=plan.next_poll_at,
        why=plan.why,
        schedule=plan.state.to_json(),
        identity=saved.policy,
        etag=etag,
        last_modified=modified,
        body_sha=reading.body_sha if reading.body_sha and not reading.failure else feed["body_sha"],
        title=document.title if document else None,
        home=document.home if document else None,
        hubs=document.hubs if document else feed["hubs"],
        topic=document.topic if document else feed["topic"],
        status="gone" if plan.gone else "active",
    )


def _validators(feed: Row, reading: PollReading) -> tuple[bytes | None, bytes | None]:
    """Renew both validators on every answer: a 200 replaces them, a 304 brings what it brings."""
    answer, before = reading.answer, (feed["etag"], feed["last_modified"])
    if reading.failure or answer.status not in (200, 304):
        return before
    etag, modified = (_raw(value) for value in caching.validators(answer))
    return (etag or before[0], modified or before[1]) if answer.status == 304 else (etag, modified)


def _aftermath(
    conn: Connection,
    lease: hosts.Lease,
    feed: Row,
    reading: PollReading,
    plan: Plan,
    snapshot: bytes | None,
    gap: float,
) -> None:
    answer, ref = reading.answer, f"feed {feed['id']}"
    hosts.note_answer(conn, lease, answer, gap)
    if plan.host_backoff:
        hosts.hold_off(conn, lease, plan.host_backoff)
    if plan.possible_gap:
        feeds.note_gap(conn, feed["id"], feed["last_poll_at"], answer.fetched_at, plan.why)
    if plan.moved_to:
        feeds.move(conn, feed["id"], plan.moved_to)
    if snapshot and (answer.failure == "too_large" or (reading.failure and not answer.failure)):
        quarantine.add(conn, "feed", reading.failure or "", reading.detail, ref, snapshot, __version__)
    elif reading.document:
        quarantine.resolve(conn, "feed", ref)


def _raw(value: str | None) -> bytes | None:
    return value.encode("latin-1", "replace") if value else None


def _text(raw: bytes | None) -> str | None:
    return raw.decode("latin-1") if raw is not None else None


def _kind(reading: PollReading) -> str:
    if reading.failure:
        return "failed"
    if reading.answer.status == 304:
        return "not_modified"
    return "changed" if reading.document else "same_body" if reading.answer.status == 200 else "refused"
