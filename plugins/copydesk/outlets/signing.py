"""Signatures of webhooks as standardwebhooks.com has them: HMAC-SHA256 over id, time and body, version v1."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

PREFIX = "whsec_"
TOLERANCE = 300
"""Seconds by which a receiver's clock may differ from ours; an older message is a replay."""


def new_secret() -> str:
    """Give a fresh secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """Give the three headers of a message; ``at`` in seconds of the Unix epoch."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret, message_id, at, body),
    }


def sign(secret: str, message_id: str, at: int, body: bytes) -> str:
    """Give the signature, labelled with its version."""
    said = f"{message_id}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), said, hashlib.sha256)).decode()


def verify(secret: str, given: Mapping[str, str], body: bytes, now: int, tolerance: int = TOLERANCE) -> bool:
    """Whether a received message is genuine and fresh: what a receiver does. Header names in lower case."""
    try:
        at = int(given["webhook-timestamp"])
        wanted = sign(secret, given["webhook-id"], at, body)
    except (KeyError, ValueError):
        return False
    signatures = given.get("webhook-signature", "").split()
    return abs(now - at) <= tolerance and any(hmac.compare_digest(wanted, s) for s in signatures)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("the secret is no base64") from None
