"""What comes of reading a notice: its claims and the family of its grammar."""

from __future__ import annotations

from dataclasses import dataclass

from copydesk.model import Claim


@dataclass(frozen=True, slots=True)
class Reading:
    """What a notice states: its claims, the first one first, and the family of its grammar."""

    claims: tuple[Claim, ...]
    family: str
    at: int = 0
    """Which sentence gives the first claim."""
