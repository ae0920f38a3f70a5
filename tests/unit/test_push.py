"""S21, the decisions: verification, secrets over a renewal, signatures, leases."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.feeds.push import (
    LONGEST_LEASE,
    PATIENCE,
    SHORTEST_LEASE,
    Subscription,
    ask,
    due,
    genuine,
    request_body,
    usable_hub,
    verify,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPIC = "https://paper.example/feed?x=1&y=2"
NEW = Subscription("token", "https://hub.example/", TOPIC)
PENDING = ask(NEW, "subscribe", "first secret", NOW)
INTENT = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c-1", "hub.lease_seconds": "86400"}
ACTIVE = verify(PENDING, INTENT, NOW).subscription
BODY = b"<feed/>"


def sign(secret, name="sha256", body=BODY):
    return f"{name}={hmac.new(secret.encode(), body, getattr(hashlib, name)).hexdigest()}"


def test_a_pending_subscription_is_verified():
    reply = verify(PENDING, INTENT, NOW)
    assert (reply.status, reply.body) == (200, "c-1")
    assert reply.subscription.secret == "first secret"
    assert reply.subscription.lease_until == NOW + timedelta(days=1)
    assert reply.subscription.pending is None


@pytest.mark.parametrize("subscription", [None, NEW, ACTIVE], ids=["unknown", "never asked", "already verified"])
def test_nothing_that_is_not_pending_is_acknowledged(subscription):
    reply = verify(subscription, INTENT, NOW)
    assert (reply.status, reply.subscription) == (404, None)


@pytest.mark.parametrize(
    "change",
    [
        {"hub.topic": "https://other.example/"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.challenge": ""},
        {"hub.topic": TOPIC + "/"},
    ],
)
def test_a_verification_that_does_not_match_is_404(change):
    assert verify(PENDING, INTENT | change, NOW).status == 404


def test_an_active_subscription_cannot_be_ended_by_a_stranger():
    assert verify(ACTIVE, INTENT | {"hub.mode": "unsubscribe"}, NOW).status == 404
    ending = ask(ACTIVE, "unsubscribe", "", NOW)
    assert verify(ending, INTENT, NOW).status == 404
    ended = verify(ending, INTENT | {"hub.mode": "unsubscribe"}, NOW)
    assert ended.status == 200
    assert ended.subscription.secret is None


def test_the_old_secret_counts_until_the_new_one_is_verified():
    renewing = ask(ACTIVE, "subscribe", "second secret", NOW)
    assert genuine(renewing, sign("first secret"), BODY, NOW)
    assert not genuine(renewing, sign("second secret"), BODY, NOW)
    renewed = verify(renewing, INTENT, NOW).subscription
    assert genuine(renewed, sign("second secret"), BODY, NOW)
    assert not genuine(renewed, sign("first secret"), BODY, NOW)


def test_a_denied_renewal_leaves_the_running_lease():
    renewing = ask(ACTIVE, "subscribe", "second secret", NOW)
    denied = verify(renewing, {"hub.mode": "denied", "hub.topic": TOPIC}, NOW)
    assert denied.status == 200
    assert denied.subscription == replace(ACTIVE, retry_at=NOW + timedelta(days=1))
    assert not due(denied.subscription, NOW + timedelta(hours=13))
    assert genuine(denied.subscription, sign("first secret"), BODY, NOW)


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_a_signed_push_is_genuine(name):
    assert genuine(ACTIVE, sign("first secret", name), BODY, NOW)
    assert genuine(ACTIVE, sign("first secret", name).upper().replace(name.upper(), name), BODY, NOW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        sign("first secret", "sha1"),
        sign("first secret", "md5"),
        sign("wrong"),
        "sha256=é",
        "sha256",
        sign("first secret", body=b"other"),
        sign("first secret")[:-2],
        "new=" + "0" * 64,
        "__class__=x",
    ],
)
def test_no_other_signature_is(signature):
    assert not genuine(ACTIVE, signature, BODY, NOW)


def test_without_a_running_lease_no_push_counts():
    assert not genuine(None, sign("first secret"), BODY, NOW)
    assert not genuine(PENDING, sign("first secret"), BODY, NOW)
    assert not genuine(ACTIVE, sign("first secret"), BODY, NOW + timedelta(days=2))


@settings(max_examples=200, derandomize=True)
@given(st.text(max_size=80), st.binary(max_size=40))
def test_no_signature_raises(signature, body):
    assert not genuine(ACTIVE, signature, body, NOW)


@pytest.mark.parametrize(
    ("stated", "lease"),
    [
        ("3600", timedelta(hours=1)),
        ("864000", timedelta(days=10)),
        ("99999999", LONGEST_LEASE),
        ("1", SHORTEST_LEASE),
        ("", LONGEST_LEASE),
        ("-5", LONGEST_LEASE),
        ("9" * 5000, LONGEST_LEASE),
        ("²", LONGEST_LEASE),
    ],
)
def test_leases_are_bounded(stated, lease):
    confirmed = verify(PENDING, INTENT | {"hub.lease_seconds": stated}, NOW).subscription
    assert confirmed.lease_until == NOW + lease


def test_renewal_is_due_at_half_of_the_lease_and_when_a_hub_stays_silent():
    assert due(NEW, NOW)
    assert not due(PENDING, NOW)
    assert due(PENDING, NOW + PATIENCE)
    assert not due(ACTIVE, NOW + timedelta(hours=11))
    assert due(ACTIVE, NOW + timedelta(hours=12))
    stuck = ask(ACTIVE, "subscribe", "second secret", NOW + timedelta(hours=12))
    assert due(stuck, NOW + timedelta(hours=12) + PATIENCE)


def test_what_a_hub_is_asked():
    form = parse_qs(request_body(PENDING, "https://desk.example/websub/token").decode())
    assert form == {
        "hub.mode": ["subscribe"],
        "hub.topic": [TOPIC],
        "hub.callback": ["https://desk.example/websub/token"],
        "hub.secret": ["first secret"],
        "hub.lease_seconds": ["864000"],
    }
    ending = parse_qs(request_body(ask(ACTIVE, "unsubscribe", "", NOW), "https://desk.example/").decode())
    assert "hub.secret" not in ending


def test_secrets_travel_encrypted_only():
    assert usable_hub("https://hub.example/", "https://desk.example/")
    assert not usable_hub("http://hub.example/", "https://desk.example/")
    assert not usable_hub("https://hub.example/", "http://desk.example/")


def test_secrets_are_not_shown():
    assert "secret" not in repr(ask(ACTIVE, "subscribe", "second secret", NOW)).replace("pending_secret", "")
