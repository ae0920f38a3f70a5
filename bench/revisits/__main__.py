"""``python -m bench.revisits``: re-visits in virtual time beside the rules of other projects, on one edit model.

Our rows run the product's planner (copydesk.articles.revisit). Edits count to 30 days;
"+1 d" lets them go on for a day after the last planned look, so that a look on the horizon
wins nothing. At equal requests ours is tuned for all medians at once, on other draws than
those on which it is measured; peers stretched to 9 requests have all their times multiplied
(those whose looks thin out: a list of days has nothing to stretch).
Ranges are over medians of the early edits of 1, 2 and 3 hours.
Exit 1 when the promise (9 requests, 99 % of last texts right, more versions than any rule) fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.revisits.picture import draw
from bench.revisits.rules import ADAPTIVE, PEERS
from copydesk.articles.edit_model import DAY, HORIZON, HOUR, EditModel, History, histories
from copydesk.articles.forecast import Forecast, OnSignal, Rule, Signals, forecast, planned
from copydesk.articles.habits import Habits
from copydesk.articles.tuning import Tuned, tune
from copydesk.settings import Manners, as_spans

MEDIANS = (1, 2, 3)
SIGNALLED = (0.0, 0.3, 0.6, 0.9)
PROMISE_REQUESTS, PROMISE_RIGHT = 9.0, 0.99
SEED = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, run for each median: on the horizon, and with a day of edits after it."""

    name: str
    on: Sequence[Forecast]
    after: Sequence[Forecast]

    @property
    def requests(self) -> float:
        return max(f.requests for f in self.on)

    @property
    def all_requests(self) -> float:
        """The same with the looks that follow a change seen at the last planned look."""
        return max(f.requests for f in self.after)

    @property
    def versions(self) -> tuple[float, ...]:
        return tuple(f.versions for f in self.on)

    @property
    def right(self) -> float:
        """The worst, with edits going on after the last planned look."""
        return min(f.right for f in self.after)


class Newsroom:
    """The drawn articles: for each median those edited within 30 days, and within 31."""

    def __init__(self, count: int) -> None:
        self.models = [EditModel(early_median=m * HOUR) for m in MEDIANS]
        self.on = [histories(m, count, SEED, HORIZON) for m in self.models]
        self.after = [histories(m, count, SEED, HORIZON + DAY) for m in self.models]

    def line(self, name: str, rule: Rule, on_signal: OnSignal | None = None, signals: Signals | None = None) -> Line:
        """Run a rule on all of them."""
        return Line(
            name,
            [self._run(i, e, rule, on_signal, signals, HORIZON) for i, e in enumerate(self.on)],
            [self._run(i, e, rule, on_signal, signals, HORIZON + DAY) for i, e in enumerate(self.after)],
        )

    def _run(
        self,
        median: int,
        edited: Sequence[History],
        rule: Rule,
        on_signal: OnSignal | None,
        signals: Signals | None,
        horizon: float,
    ) -> Forecast:
        share = self.models[median].edited_by(horizon)
        return forecast(rule, edited, share, on_signal=on_signal, signals=signals, horizon=horizon)

    def ours(self, name: str, manners: Manners, signals: Signals | None = None, habits: Habits | None = None) -> Line:
        """Run the product's planner."""
        rule, on_signal = planned(manners, habits or Habits())
        return self.line(name, rule, on_signal, signals)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.revisits", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=int, default=1000, help="edited articles for each median")
    parser.add_argument("--picture", type=Path, help="write the picture (SVG) here")
    args = parser.parse_args(argv)
    room = Newsroom(args.articles)
    peers = [room.line(peer.name, peer.stretch(1.0)) for peer in PEERS]
    ours = [room.ours(f"copydesk, {share:.0%} signalled", Manners(), Signals(share)) for share in SIGNALLED]
    show("Rules as they are", [*peers, *ours])
    false_ones = list(false_signals(room))
    show("Signals that are wrong as well (60 % of edits signalled)", false_ones)
    equal, plans = at_equal_requests(room, peers)
    stretched = [room.line(f"{p.name}, stretched", stretch(room, p.stretch, PROMISE_REQUESTS)) for p in ADAPTIVE]
    nine, plan = tuned(room, PROMISE_REQUESTS)
    show("At 9 requests", [*stretched, ours[0], nine])
    for requests, found in [*plans, (PROMISE_REQUESTS, plan)]:
        print(f"   {requests:5.1f} requests: ages {as_spans(found.ages)}; burst {as_spans(found.burst)}")
    late(args.articles)
    elsewhere(plans, args.articles)
    if args.picture:
        args.picture.write_text(draw([*peers, *stretched], [*ours, *equal, nine]))
    return verdict(ours, equal, peers, [*stretched], nine)


def false_signals(room: Newsroom) -> list[Line]:
    """A kind of signal that is right every second time, and one in twenty: before and after the host taught it."""
    found = []
    for precision in (0.5, 0.05):
        signals = Signals(0.6, precision=precision)
        found.append(room.ours(f"right {precision:.0%}, not yet known", Manners(), signals))
        known = Habits(signals={"entry": (200, round(200 * precision))})
        found.append(room.ours(f"right {precision:.0%}, learned", Manners(), signals, known))
    return found


def at_equal_requests(room: Newsroom, peers: Sequence[Line]) -> tuple[list[Line], list[tuple[float, Tuned]]]:
    """Beside each peer's rule a plan of ours that makes no more requests than it; no signals."""
    lines, plans = [], []
    for peer in peers:
        budget = min(f.requests for f in peer.on)
        line, plan = tuned(room, budget)
        show(f"As many requests as {peer.name}", [peer, line])
        lines.append(line)
        plans.append((budget, plan))
    return lines, plans


def tuned(room: Newsroom, requests: float) -> tuple[Line, Tuned]:
    """Tune for the requests; where the measured draws cost more for some median, tune for a little less."""
    target = requests
    while True:
        plan = tune(target, room.models)
        line = room.ours(f"copydesk at {requests:.1f}", plan.manners(Manners()))
        if line.all_requests <= requests:
            return line, plan
        target -= max(line.all_requests - requests, 0.01)


def stretch(room: Newsroom, peer: Callable[[float], Rule], requests: float) -> Rule:
    """Multiply a rule's times until it makes no more than so many requests (by bisection)."""
    low, high = 1 / 64, 2048.0
    for _ in range(18):
        middle = (low * high) ** 0.5
        made = forecast(peer(middle), room.on[0][:600], room.models[0].edited_by(HORIZON)).requests
        low, high = (low, middle) if made <= requests else (middle, high)
    return peer(high)


def late(count: int) -> None:
    """Say what is right when edits go on for longer than we look."""
    print("\nLast text right where edits go on after the last planned look (30 d), no signals, median 2 h:")
    for days in (30, 31, 33, 45, 60, 274):
        end = days * DAY
        edited = histories(EditModel(), count, SEED, end)
        found = forecast(planned(Manners())[0], edited, EditModel().edited_by(end), horizon=end)
        print(f"   edits to {days:3} d: detected {found.detected:.1%}, right {found.right:.1%}")


OTHERWISE = (
    ("gaps a quarter as long", {"growth": 0.13}),
    ("gaps three times as long", {"growth": 1.6}),
    ("gaps of any length", {"growth_spread": 1.6}),
    ("every second edit a second thought", {"quick": 0.5}),
    ("four edits in five followed", {"more": 0.8}),
)
"""Ways in which edits may follow each other that the plans were not tuned for."""


def elsewhere(plans: Sequence[tuple[float, Tuned]], count: int) -> None:
    """Run peers and the plans tuned to their requests where edits follow each other otherwise (median 2 h)."""
    print("\nPlans as tuned above, where edits follow each other otherwise: versions caught (requests)")
    for name, change in OTHERWISE:
        model = replace(EditModel(), **change)
        edited, share = histories(model, count, SEED, HORIZON), model.edited_by(HORIZON)
        print(f"   {name}")
        for peer, (_, plan) in zip(ADAPTIVE, plans, strict=False):
            theirs = forecast(peer.stretch(1.0), edited, share)
            ours = forecast(planned(plan.manners(Manners()))[0], edited, share)
            print(f"      {peer.name:26} {theirs.versions:.1%} ({theirs.requests:5.1f})   "
                  f"ours {ours.versions:.1%} ({ours.requests:5.1f})", flush=True)  # fmt: skip


def verdict(ours: Sequence[Line], equal: Sequence[Line], peers: Sequence[Line], stretched: Sequence[Line],
            nine: Line) -> int:  # fmt: skip
    """Print whether the promise holds, part by part."""
    parts = [
        (f"{line.name}: {line.all_requests:.2f} requests, {line.right:.2%} right",
         line.all_requests <= PROMISE_REQUESTS and line.right >= PROMISE_RIGHT)
        for line in [*ours, nine]
    ]  # fmt: skip
    for line, peer in zip(equal, peers, strict=True):
        more = all(a > b for a, b in zip(line.versions, peer.versions, strict=True))
        parts.append((f"more versions than {peer.name} at its requests ({line.requests:.1f} to {peer.requests:.1f})",
                      more and line.requests <= peer.requests))  # fmt: skip
    for line in stretched:
        more = all(a > b for a, b in zip(nine.versions, line.versions, strict=True))
        parts.append((f"more versions than {line.name} to 9 requests", more))
    print()
    for said, holds in parts:
        print(f"{'holds ' if holds else 'FAILS '} {said}")
    return 0 if all(holds for _, holds in parts) else 1


def show(title: str, lines: Sequence[Line]) -> None:
    print(f"\n{title}\n{'':34} requests  detected     right  right +1 d        versions       lag, min")
    for line in lines:
        print(f"{line.name:34} {_range(line.on, 'requests', 1, 1):>8}  {_range(line.on, 'detected'):>9} "
              f"{_range(line.on, 'right'):>9}  {_range(line.after, 'right'):>9} {_range(line.on, 'versions'):>15} "
              f"{_range(line.on, 'lag', 1 / 60, 0):>14}", flush=True)  # fmt: skip


def _range(found: Sequence[Forecast], name: str, factor: float = 100.0, digits: int = 1) -> str:
    values = sorted(getattr(f, name) * factor for f in found)
    low, high = f"{values[0]:.{digits}f}", f"{values[-1]:.{digits}f}"
    return low if low == high else f"{low}–{high}"


if __name__ == "__main__":
    sys.exit(main())
