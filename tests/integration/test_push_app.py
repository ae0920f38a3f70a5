"""S21, the receiver: whatever strangers send, nothing is written; a genuine push makes its feed due."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from copydesk.feeds.push import Subscription, ask, verify
from copydesk.feeds.push_app import MAX_PUSH, PushApp

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPIC = "https://paper.example/feed"
INTENT = {
    "hub.mode": "subscribe",
    "hub.topic": TOPIC,
    "hub.challenge": "<script>",
    "hub.lease_seconds": "86400",
}
PENDING = ask(Subscription("tok", "https://hub.example/", TOPIC), "subscribe", "secret", NOW)
ACTIVE = verify(PENDING, INTENT, NOW).subscription
BODY = b"<feed/>"


class Memory:
    def __init__(self, subscription):
        self.subscription = subscription
        self.writes = []

    async def find(self, token):
        return self.subscription if token == self.subscription.token else None

    async def save(self, before, after):
        if before != self.subscription:
            return False
        self.subscription = after
        self.writes.append("save")
        return True

    async def signal(self, subscription, at):
        self.writes.append("signal")


def call(app, method, path, *, query=b"", headers=(), pieces=(b"",)):
    messages = [{"type": "http.request", "body": p, "more_body": n < len(pieces) - 1} for n, p in enumerate(pieces)]
    sent = []

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers)}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


def signed(secret="secret", name="sha256", body=BODY):
    digest = hmac.new(secret.encode(), body, getattr(hashlib, name)).hexdigest()
    return [(b"X-Hub-Signature", f"{name}={digest}".encode())]


def push(app, headers, *, path="/websub/tok", pieces=(BODY,)):
    return call(app, "POST", path, headers=headers, pieces=pieces)[0]


def test_a_genuine_push_makes_the_feed_due_once():
    store = Memory(ACTIVE)
    app = PushApp(store, now=lambda: NOW)
    assert push(app, signed(), pieces=(BODY[:3], BODY[3:])) == 202
    assert store.writes == ["signal"]
    assert push(app, signed()) == 202
    assert store.writes == ["signal"], "a replay is no news"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        signed("wrong"),
        signed(name="sha1"),
        [(b"X-Hub-Signature", b"sha256=\xff\xfe")],
        signed(body=b"other"),
    ],
    ids=["none", "wrong secret", "sha1", "not ascii", "other body"],
)
def test_an_unsigned_or_forged_push_is_acknowledged_and_ignored(headers):
    store = Memory(ACTIVE)
    assert push(PushApp(store, now=lambda: NOW), headers) == 202
    assert store.writes == []


def test_a_push_beyond_the_cap_is_ignored_without_being_read_whole():
    store = Memory(ACTIVE)
    body = b"x" * 10_000_000
    pieces = [body[n : n + 100_000] for n in range(0, len(body), 100_000)]
    assert push(PushApp(store, now=lambda: NOW), signed(body=body), pieces=pieces) == 202
    assert store.writes == []
    assert len(body) > MAX_PUSH


@pytest.mark.parametrize("path", ["/websub/other", "/websub/", "/websub", "/", "/websub/tok/x", "/websub/" + "t" * 500])
def test_unknown_callbacks_are_404(path):
    store = Memory(ACTIVE)
    assert push(PushApp(store, now=lambda: NOW), signed(), path=path) == 404
    assert store.writes == []


def test_a_pending_request_is_verified_once():
    store = Memory(PENDING)
    app = PushApp(store, now=lambda: NOW)
    query = urlencode(INTENT).encode()
    status, body, headers = call(app, "GET", "/websub/tok", query=query)
    assert (status, body) == (200, b"<script>")
    assert headers[b"content-type"].startswith(b"text/plain")
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert store.writes == ["save"]
    assert call(app, "GET", "/websub/tok", query=query)[0] == 404
    assert store.writes == ["save"]


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"hub.mode=subscribe",
        urlencode(INTENT | {"hub.topic": "https://x/"}).encode(),
        b"\xff=1",
        b"a=1&" * 3000,
        b"a&" * 100,
    ],
)
def test_unsolicited_or_unreadable_verifications_write_nothing(query):
    store = Memory(PENDING)
    assert call(PushApp(store, now=lambda: NOW), "GET", "/websub/tok", query=query)[0] == 404
    assert store.writes == []


def test_a_verification_that_lost_a_race_is_not_acknowledged():
    store = Memory(PENDING)

    async def lost(before, after):
        return False

    store.save = lost
    assert call(PushApp(store, now=lambda: NOW), "GET", "/websub/tok", query=urlencode(INTENT).encode())[0] == 404


def test_other_methods_and_a_sender_who_leaves():
    store = Memory(ACTIVE)
    app = PushApp(store, now=lambda: NOW)
    assert call(app, "DELETE", "/websub/tok")[0] == 405
    assert call(app, "POST", "/websub/tok", headers=signed(), pieces=())[0] == 202
    assert store.writes == []
