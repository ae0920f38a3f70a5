"""The exceptions of copydesk. What a user reads is the message; the class says whose turn it is.

::

    CopydeskError
    ├── UsageError        wrong input or option: exit 2, nothing was done
    ├── SetupError        the machine or its settings: exit 1, says what to do
    ├── Unreadable        bytes that no repair could read: quarantine, exit 1
    │   ├── FeedUnreadable
    │   └── PageUnreadable
    ├── Refused           a guard said no (address, scheme, size, robots): recorded, not retried as is
    ├── Fenced            another worker holds the lease now: our result is void
    └── Busy              another worker is at the same rows: roll back and try again
"""

from __future__ import annotations


class CopydeskError(Exception):
    """Any error that copydesk explains by itself."""

    exit_code = 1


class UsageError(CopydeskError):
    """Wrong input or option. Names the input; nothing was done."""

    exit_code = 2


class SetupError(CopydeskError):
    """The machine or its settings do not allow it. Says what to do."""


class Unreadable(CopydeskError):
    """Bytes that could not be read, with a stable reason code for the quarantine."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class FeedUnreadable(Unreadable):
    """A document that is no feed, or that no repair makes one."""


class PageUnreadable(Unreadable):
    """A page that cannot be parsed within its limits."""


class Refused(CopydeskError):
    """A guard refused the request, with a stable reason code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Fenced(CopydeskError):
    """The lease went to another worker; this result must not be written."""


class Busy(CopydeskError):
    """Another worker holds what this transaction needs; nothing was written, try it again."""
