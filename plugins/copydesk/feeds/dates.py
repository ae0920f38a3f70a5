"""Dates as publishers write them: the raw words, what we made of them, and how sure.

feedparser alone reads ``1704067200`` as the year 1704, rolls 30 February over and
loses the afternoon of ``02:02:33 PM``; a date decides nothing here, so one that does
not hold water is rejected with its words kept. Nothing is ordered by these.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from copydesk.model import Dated

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=48)
LONGEST = 100

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.I,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_HALF_DAY = re.compile(r"(\d{1,2})(:\d{2}(?::\d{2})?)\s*([AP])\.?M\.?", re.I)
_MONTHS = {  # first letters of month names in the languages of common feeds, English for parsedate
    "gen": "Jan",
    "ene": "Jan",
    "janv": "Jan",
    "feb": "Feb",
    "fév": "Feb",
    "fev": "Feb",
    "mär": "Mar",
    "mrz": "Mar",
    "mars": "Mar",
    "abr": "Apr",
    "avr": "Apr",
    "mag": "May",
    "mai": "May",
    "mei": "May",
    "maj": "May",
    "giu": "Jun",
    "juin": "Jun",
    "lug": "Jul",
    "juil": "Jul",
    "ago": "Aug",
    "aoû": "Aug",
    "set": "Sep",
    "ott": "Oct",
    "out": "Oct",
    "okt": "Oct",
    "dic": "Dec",
    "déc": "Dec",
    "dez": "Dec",
    "dec": "Dec",
}
# Zones that parsedate does not know (it would read them as UTC), in minutes east.
_ZONES = {
    "CET": 60,
    "MET": 60,
    "CEST": 120,
    "MEST": 120,
    "BST": 60,
    "IST": 330,
    "JST": 540,
    "KST": 540,
    "AEST": 600,
    "AEDT": 660,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "WEST": 60,
    "HKT": 480,
    "SGT": 480,
}


def read_date(raw: str | None, *, now: datetime | None = None, source: str = "") -> Dated:
    """Read one date; quality says exact, assumed_zone, date_only, rejected or missing."""
    if raw is None or not raw.strip():
        return Dated(None, None, "missing", source)
    text = " ".join(raw.split())[:LONGEST]
    try:
        value, quality = _read(text)
    except (ValueError, OverflowError, OSError):
        return Dated(raw[:LONGEST], None, "rejected", source)
    if value < EARLIEST or value > (now or datetime.now(UTC)) + AHEAD:
        return Dated(raw[:LONGEST], None, "rejected", source)
    return Dated(raw[:LONGEST], value, quality, source)  # type: ignore[arg-type]


def _read(text: str) -> tuple[datetime, str]:
    if match := _ISO.match(text):
        return _iso(match)
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC), "exact"
    return _mail(text)


def _iso(match: re.Match[str]) -> tuple[datetime, str]:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if hour is None:
        return datetime(int(year), int(month), int(day), tzinfo=UTC), "date_only"
    value = datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        min(int(second or 0), 59),
        int(f"{fraction or 0:0<6}"[:6]),
        tzinfo=UTC,
    )
    if zone is None:
        return value, "assumed_zone"
    if zone in "Zz":
        return value, "exact"
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return value - timedelta(minutes=-minutes if zone[0] == "-" else minutes), "exact"


def _mail(text: str) -> tuple[datetime, str]:
    text = _HALF_DAY.sub(_to_24_hours, text)
    text = re.sub(r"[^\W\d_]{3,9}\.?", _english_month, text)
    fields = parsedate_tz(text)
    if fields is None:
        raise ValueError(text)
    zone = text.rsplit(" ", 1)[-1].upper()
    offset = _ZONES[zone] * 60 if zone in _ZONES else fields[9]
    year, month, day, hour, minute, second = fields[:6]
    value = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone(timedelta(seconds=offset or 0)))
    has_time = re.search(r"\d:\d\d", text) is not None
    quality = "date_only" if not has_time else "assumed_zone" if offset is None else "exact"
    return value.astimezone(UTC), quality


def _to_24_hours(match: re.Match[str]) -> str:
    hour = int(match[1]) % 12 + (12 if match[3] in "pP" else 0)
    return f"{hour:02}{match[2]}" + (":00" if match[2].count(":") == 1 else "")


def _english_month(match: re.Match[str]) -> str:
    word = match[0].lower().rstrip(".")
    return _MONTHS.get(word[:4]) or _MONTHS.get(word[:3]) or match[0]
