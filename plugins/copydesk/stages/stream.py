"""Wait for what happens next: the change stream as a long poll, and as an endless one.

The stream is polled. NOTIFY in the write path would take a lock of the whole
database at every commit, and a poll of an index's end costs a tenth of a millisecond.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from copydesk.store import changes
from copydesk.store.db import Pool, Row

PAGE = 500
TICK = 0.5
"""Seconds between looks while nothing happens."""
HELD_BACK = 30.0
"""Seconds after which a stream that one open transaction holds back is worth a word."""

Pause = Callable[[float], bool]


def wait_after(pool: Pool, cursor: str, timeout: float, limit: int = PAGE) -> list[Row]:
    """Give the events after a cursor as soon as there are any; an empty list after ``timeout`` seconds.

    No connection is held while waiting. Raises UsageError for what is no cursor.
    """
    deadline = time.monotonic() + timeout
    while True:
        with pool.connection() as conn:
            found = changes.after(conn, cursor, limit)
        left = deadline - time.monotonic()
        if found or left <= 0:
            return found
        time.sleep(min(TICK, left))


def follow(
    pool: Pool, cursor: str, *, pause: Pause, alarm: Callable[[Row], None], held_back: float = HELD_BACK
) -> Iterator[Row]:
    """Yield events for ever, in order; ``pause(seconds)`` waits and says whether anybody still listens.

    ``alarm`` hears, once a minute at most, of a transaction that holds the stream back.
    """
    alarmed = float("-inf")
    while True:
        with pool.connection() as conn:
            found = changes.after(conn, cursor, PAGE)
        yield from found
        if found:
            cursor = found[-1]["cursor"]
            continue
        if time.monotonic() - alarmed > 60.0:
            with pool.connection() as conn:
                blocked = changes.held_back(conn, held_back)
            if blocked:
                alarm(blocked)
                alarmed = time.monotonic()
        if not pause(TICK):
            return
