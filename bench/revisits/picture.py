"""The picture of bench.revisits: versions caught over requests, as SVG that needs nothing."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Protocol

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 60, 24, 20, 50
LOW, HIGH = 1.5, 130.0


class Point(Protocol):
    """What is drawn of a line of the table."""

    name: str

    @property
    def requests(self) -> float: ...

    @property
    def versions(self) -> tuple[float, ...]: ...


def draw(peers: Sequence[Point], ours: Sequence[Point]) -> str:
    """Give the SVG: peers as squares, ours as discs; the bar is the range over the medians of early edits."""
    marks = [_axes()]
    marks += [_mark(p, "#8a8a8a", square=True) for p in peers]
    marks += [_mark(p, "#0b5cad", square=False) for p in ours]
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="Versions caught over requests an article">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _x(requests: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log(requests / LOW) / math.log(HIGH / LOW)


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def _axes() -> str:
    lines = []
    for percent in range(0, 101, 20):
        y = _y(percent / 100)
        lines.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
    for requests in (2, 4, 9, 18, 34, 96):
        x = _x(requests)
        lines.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/>')
        lines.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{requests}</text>')
    lines.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 12}" text-anchor="middle">requests an article '
                 "in 30 days (logarithmic)</text>")  # fmt: skip
    lines.append(f'<text x="{LEFT + 8}" y="{TOP + 14}">versions caught; blue discs: copydesk, grey squares: '
                 "other rules</text>")  # fmt: skip
    return "\n".join(lines)


def _mark(point: Point, colour: str, *, square: bool) -> str:
    x, low, high = _x(point.requests), _y(min(point.versions)), _y(max(point.versions))
    y = (low + high) / 2
    shape = (
        f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{colour}"/>'
        if square
        else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'
    )
    title = f"{point.name}: {point.requests:.1f} requests, {min(point.versions):.1%} to {max(point.versions):.1%}"
    bar = f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" stroke-width="2"/>'
    return f"<g><title>{html.escape(title)}</title>{bar}{shape}</g>"
