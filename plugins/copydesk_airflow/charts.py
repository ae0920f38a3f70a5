"""Small pictures of numbers, drawn here as SVG: no script, no style attribute, colours from the page's own CSS.

Every chart carries its figures as text for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

Row = dict[str, Any]
WIDTH, HEIGHT = 320, 64
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def bars(rows: Sequence[Row], figure: str, label: str, *, hours: bool) -> Markup:
    """Draw one bar for each row; each has a title with its time and number."""
    most = max((row[figure] for row in rows), default=0) or 1
    step = WIDTH / max(len(rows), 1)
    drawn = Markup("").join(_bar(row, figure, n * step, step * 0.78, most, hours) for n, row in enumerate(rows))
    total = sum(row[figure] for row in rows)
    say = Markup("{}: {} in all, at most {} {}").format(
        label, f"{total:,}", f"{max((r[figure] for r in rows), default=0):,}", "an hour" if hours else "a day"
    )
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<line class="axis" x1="0" y1="{}" x2="{}" y2="{}"/>{}</svg>'
    ).format(WIDTH, HEIGHT, say, HEIGHT - 0.5, WIDTH, HEIGHT - 0.5, drawn)


def week(cells: Sequence[Row]) -> Markup:
    """Draw arrivals by hour of the week as a heat map: seven rows of 24 cells."""
    counts = {(row["weekday"], row["hour"]): row["n"] for row in cells}
    most = max(counts.values(), default=0) or 1
    drawn = [_cell(day, hour, counts.get((day, hour), 0), most) for day in range(7) for hour in range(24)]
    names = [
        Markup('<text class="tick" x="28" y="{}" text-anchor="end">{}</text>').format(27 + day * 16, name)
        for day, name in enumerate(_DAYS)
    ]
    hours = [
        Markup('<text class="tick" x="{}" y="11">{:02d}</text>').format(34 + hour * 16, hour)
        for hour in range(0, 24, 6)
    ]
    busiest = max(counts, key=lambda key: counts[key], default=None)
    say = f"busiest {_DAYS[busiest[0]]} {busiest[1]:02d}:00 UTC" if busiest else "no entries yet"
    return Markup('<svg class="week" viewBox="0 0 420 130" role="img" aria-label="{}">{}</svg>').format(
        f"New entries by hour of the week, UTC: {say}", Markup("").join([*names, *hours, *drawn])
    )


def share(part: int, whole: int) -> Markup:
    """Draw a share as a thin bar; nothing where there is no whole."""
    if not whole:
        return Markup("")
    return Markup(
        '<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" width="100" height="6" rx="3"/><rect class="part" width="{:.1f}" height="6" rx="3"/></svg>'
    ).format(100 * part / whole)


def timeline(chain: Sequence[Row], shown: int) -> Markup:
    """Draw an article's versions as dots on a line, evenly spaced as the slider's stops; the shown one is filled."""
    step = 100 / max(len(chain) - 1, 1)
    dots = Markup("").join(
        Markup('<circle class="dot {} {}" cx="{:.2f}%" cy="8" r="5"><title>{}</title></circle>').format(
            "shown" if row["id"] == shown else "", _tone(row), step * n, _when(row["observed_at"])
        )
        for n, row in enumerate(chain)
    )
    return Markup('<svg class="dots" aria-hidden="true"><line x1="0" y1="8" x2="100%" y2="8"/>{}</svg>').format(dots)


def _bar(row: Row, figure: str, x: float, width: float, most: int, hours: bool) -> Markup:
    high = (HEIGHT - 6) * row[figure] / most
    high = max(high, 1.5) if row[figure] else 0
    at = f"{row['at']:%d %b %H:00}" if hours else f"{row['at']:%d %b}"
    return Markup(
        '<rect class="bar" x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" rx="1"><title>{}: {}</title></rect>'
    ).format(x, HEIGHT - 1 - high, width, high, at, f"{row[figure]:,}")


def _cell(day: int, hour: int, n: int, most: int) -> Markup:
    level = 0 if not n else 1 + min(4, int(n / most * 4.999))
    return Markup(
        '<rect class="heat l{}" x="{}" y="{}" width="14" height="14" rx="2"><title>{} {:02d}:00: {}</title></rect>'
    ).format(level, 34 + hour * 16, 16 + day * 16, _DAYS[day], hour, n)


def _tone(row: Row) -> str:
    kind = str(escape(row.get("revision") or "first"))
    return {
        "silent_correction": "silent",
        "silent_edit": "silent",
        "noticed_correction": "noticed",
        "retraction": "noticed",
    }.get(kind, "")


def _when(at: datetime) -> str:
    return f"{at:%d %b %Y %H:%M}"
