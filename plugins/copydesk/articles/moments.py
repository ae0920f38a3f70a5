"""A date as somebody wrote it to a point in time, with how sure that is.

Read: ISO 8601 in its many dialects, RFC 5322, Unix time, ``date(1)``'s form, numbers with
dots (day first) and month names in the languages of dates.toml. Day and month are never
guessed from a form that leaves them open: ``03/04/2024`` is no date.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from copydesk.articles.rules import MONTHS, ZONES

Quality = Literal["exact", "assumed_zone", "date_only"]

_LONGEST = 80
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=48)
_ISO = re.compile(r"(?P<y>(?:19|20)\d\d)[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:[T\s]{1,3}(?P<time>.{3,40}))?")
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:T?(?P<time>\d{4}(?:\d\d)?\S{0,6}))?$")
_DAY_FIRST = re.compile(
    r"(?:\w{2,10}\.?,? )?(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>(?:19|20)\d\d)(?P<time>.{0,40})$"
)
_NAMED = re.compile(
    r"(?:[^\W\d]{2,12}\.?,? )?(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s-]"
    r"(?:de |of )?(?P<mon>[^\W\d]{3,12})\.?,?[\s-](?:de )?(?P<y>(?:19|20)\d\d)(?P<time>.{0,40})$"
)
_MONTH_FIRST = re.compile(
    r"(?:[^\W\d]{2,12}\.?,? )?(?P<mon>[^\W\d]{3,12})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s"
    r"(?P<y>(?:19|20)\d\d)(?P<time>.{0,40})$"
)
_UNIX_DATE = re.compile(
    r"[A-Za-z]{3} (?P<mon>[A-Za-z]{3}) {1,2}(?P<d>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d)"
    r" (?P<zone>\S{1,9}) (?P<y>\d{4})$"
)
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})[:.h時](?P<min>\d\d)(?:[:.](?P<s>\d\d)(?:[.,]\d{1,9})?)?\s?(?P<half>[ap]\.?m\b\.?)?\s{0,2}"
    r"(?P<zone>[+-]\d\d:?\d\d|[+-]\d\d\b|[A-Za-z]{1,5}\b)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?$")


def moment(raw: str) -> tuple[datetime, Quality] | None:
    """Read a date. Gives an aware datetime in the offset that was written, UTC where none was."""
    text = " ".join(raw.split())[:_LONGEST]
    if _EPOCH.match(text):
        return datetime.fromtimestamp(int(text[:10]), UTC), "exact"
    if found := _UNIX_DATE.match(text):
        return _build(found, f"{found['clock']} {found['zone']}")
    for form in (_ISO, _COMPACT, _DAY_FIRST, _NAMED, _MONTH_FIRST):
        if found := form.match(text):
            return _build(found, found["time"] or "", packed=form is _COMPACT)
    return None


def plausible(value: datetime, observed_at: datetime | None) -> bool:
    """No news page is older than 1990 or more than 48 hours ahead of the moment at which it was seen."""
    return value >= _EARLIEST and (observed_at is None or value <= observed_at + _AHEAD)


def _build(found: re.Match[str], time: str, packed: bool = False) -> tuple[datetime, Quality] | None:
    groups = found.groupdict()
    month = int(groups["m"]) if groups.get("m") else _month(groups["mon"])
    if packed and len(time) >= 4:
        time = f"{time[:2]}:{time[2:4]}"
    clock = _CLOCK.search(time)
    hour, minute, second, zone = _clock(clock) if clock else (0, 0, 0, None)
    try:
        value = datetime(int(groups["y"]), month, int(groups["d"]), hour, minute, second, tzinfo=zone or UTC)
    except ValueError:
        return None
    return value, ("date_only" if clock is None else "exact" if zone else "assumed_zone")


def _clock(found: re.Match[str]) -> tuple[int, int, int, timezone | None]:
    hour = int(found["h"])
    half = (found["half"] or "").lower()
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    return hour, int(found["min"]), int(found["s"] or 0), _zone(found["zone"])


def _zone(written: str | None) -> timezone | None:
    if not written:
        return None
    if written[0] in "+-":
        digits = written[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return timezone(timedelta(minutes=min(minutes, 14 * 60) * (1 if written[0] == "+" else -1)))
    minutes_or_none = ZONES.get(written.lower())
    return None if minutes_or_none is None else timezone(timedelta(minutes=minutes_or_none))


def _month(name: str) -> int:
    """Give the number of a month by its name in any language of the table; 0 when it is none."""
    plain = unicodedata.normalize("NFD", name.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    best = max((p for p in MONTHS if plain.startswith(p)), key=len, default="")
    return MONTHS.get(best, 0)
