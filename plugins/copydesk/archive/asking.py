"""What network sources need of the world: requests at a pace that all workers keep together."""

from __future__ import annotations

from typing import Protocol

from copydesk.archive.capture import ArchiveError, TryLater
from copydesk.model import Answer
from copydesk.web.caching import freshness

PASSING = frozenset({"connect", "timeout", "dns", "incomplete", "tls"})
"""Failures that another time may not meet."""
PAUSE = 60.0
"""After a 429 that names no time; the Wayback Machine's own advice."""


class Asker(Protocol):
    """Makes guarded requests for a source."""

    def archive(self, url: str, *, budget: str, gap: float, limit: int) -> Answer:
        """Ask an archive's service, ``gap`` seconds at least after the last request of that budget.

        A redirect is an answer here (``Answer.hops``): to follow it would be a request that nobody counted.
        """

    def publisher(self, url: str, *, limit: int, accept: str = "*/*") -> Answer:
        """Ask a publisher, by its robots.txt and after live work; raises TryLater where that leaves no room."""

    def hold(self, budget: str, seconds: float) -> None:
        """Let nobody ask for so long."""


def passing(answer: Answer, asker: Asker, *budgets: str) -> None:
    """Raise TryLater for what passes: a limit that was reached, a server or a line that is down."""
    if answer.status == 429:
        seconds = max(PAUSE, freshness(answer).retry_after or 0.0)
        for budget in budgets:
            asker.hold(budget, seconds)
        raise TryLater("rate_limited", seconds, f"{answer.url} asks for {seconds:.0f} s")
    if answer.status in (500, 502, 503, 504, 599) or (answer.failure in PASSING):
        raise TryLater("unavailable", PAUSE, f"{answer.url}: {answer.failure or answer.status} {answer.detail}".strip())


def served(answer: Answer) -> bytes:
    """Give the body of an answer that served; raises ArchiveError for one that did not."""
    if answer.failure or answer.status != 200:
        said = answer.failure or f"status_{answer.status}"
        raise ArchiveError("no_answer", f"{answer.url}: {said} {answer.detail}".strip())
    return answer.body
