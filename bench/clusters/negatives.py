"""Texts that share words with others and are *not* the same story."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

_TOWNS = (
    "Aldmoor Brackley Carnforth Dunhaven Eastwick Farleigh Glenrock Harwell Inverley Jarrow Kelstone Lynford Marsby "
    "Norbridge Oakham Penwick Quarndon Redmire Saltash Thornby Ulverley Wexcombe Yarmley Ashdown Birchfield"
).split()
_SURNAMES = (
    "Abery Bolden Crowther Dancey Ellerby Fenwright Garlick Hobday Ilsley Jeavons Kettley Lumbard Mottram Nettlefold "
    "Orgill Pinnock Quested Rudkin Snelgrove Tillotson Upjohn Varley Wragg Yaxley Brindle Catchpole"
).split()
_SKIES = "cloudy sunny wet misty breezy dull bright showery foggy overcast frosty mild".split()
_FIRMS = (
    "Ardent Bellrock Cobalt Dovetail Emberline Fairmile Greystone Halyard Ironbark Juniper Kestrel Larkfield".split()
)


def _weather(c: random.Random) -> Iterator[str]:
    town = c.choice(_TOWNS)
    yield f"Here is the weather forecast for {town} and the surrounding area for the next three days."
    for day in c.sample(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), 3):
        yield (
            f"{day} will start {c.choice(_SKIES)} in {town} with temperatures of around {c.randrange(-3, 24)} degrees, "
            f"and the afternoon is expected to turn {c.choice(_SKIES)} with a high of {c.randrange(5, 31)} degrees. "
            f"There is a {c.randrange(0, 100)} percent chance of rain, and winds will reach "
            f"{c.randrange(5, 60)} miles per hour from the {c.choice(('north', 'south', 'east', 'west'))}. "
            f"The sun rises at {c.randrange(4, 9)}:{c.randrange(60):02} and sets at {c.randrange(16, 22)}:30."
        )
    yield "Forecasts are updated every six hours. Check again before you travel and follow the advice given."


def _markets(c: random.Random) -> Iterator[str]:
    for firm in c.sample(_FIRMS, 4):
        yield (
            f"Shares in {firm} closed {c.choice(('up', 'down'))} {c.randrange(1, 900) / 100} percent at "
            f"{c.randrange(100, 9000) / 10} after {c.randrange(1, 90) / 10} million shares had changed hands, compared "
            f"with an average of {c.randrange(1, 90) / 10} million over the past thirty days. The stock has "
            f"{c.choice(('gained', 'lost'))} {c.randrange(1, 60)} percent since the start of the year and trades at "
            f"{c.randrange(6, 40)} times its expected earnings."
        )
    yield "Figures are delayed by at least fifteen minutes and are given for information, not as advice to buy."


def _results(c: random.Random) -> Iterator[str]:
    home, away = c.sample(_TOWNS, 2)
    yield (
        f"{home} {c.randrange(6)}-{c.randrange(6)} {away}: {c.choice(_SURNAMES)} opened the scoring after "
        f"{c.randrange(1, 45)} minutes with a shot from the edge of the area, and {c.choice(_SURNAMES)} made it safe "
        f"in minute {c.randrange(46, 90)}. The referee showed {c.randrange(1, 8)} yellow cards in front of a crowd of "
        f"{c.randrange(200, 9000)}."
    )
    yield (
        f"{home} are now in place {c.randrange(1, 20)} of the table with {c.randrange(5, 60)} points from "
        f"{c.randrange(8, 38)} matches and play {c.choice(_TOWNS)} at home next Saturday, while {away} travel to "
        f"{c.choice(_TOWNS)} on Sunday, where kick-off is at {c.randrange(12, 20)}:{c.choice(('00', '15', '30'))}."
    )
    yield "All results come from the league and were correct at the time of writing. Tables are updated every night."


def _obituary(c: random.Random) -> Iterator[str]:
    name, town = f"{c.choice('ABCDEFGHJKLM')}. {c.choice(_SURNAMES)}", c.choice(_TOWNS)
    yield (
        f"{name}, of {town}, passed away peacefully at home on {c.randrange(1, 29)} March at the age of "
        f"{c.randrange(55, 101)}, surrounded by the family. Beloved {c.choice(('mother', 'father', 'aunt'))} of "
        f"{c.randrange(1, 7)} and {c.choice(('grandmother', 'grandfather'))} of {c.randrange(1, 14)}, and a "
        f"{c.choice(('teacher', 'nurse', 'joiner', 'farmer', 'clerk', 'baker'))} in {c.choice(_TOWNS)} for "
        f"{c.randrange(10, 45)} years."
    )
    yield (
        f"A service of thanksgiving will be held at {c.choice(_TOWNS)} chapel on {c.randrange(1, 29)} April at "
        f"{c.randrange(9, 17)}:{c.choice(('00', '30'))}. Family flowers only please; donations may be sent to "
        f"the {c.choice(_TOWNS)} hospice, care of the funeral directors, {c.choice(_SURNAMES)} and daughters."
    )
    yield "The family would like to thank everyone for their kind messages and for the support of recent weeks."


def _ticker(c: random.Random) -> Iterator[str]:
    town = c.choice(_TOWNS)
    yield f"Follow the count in {town} live. This page is refreshed every minute; the latest entry stands at the top."
    for _ in range(6):
        yield (
            f"{c.randrange(18, 24)}:{c.randrange(60):02} {c.choice(_SURNAMES)} has {c.randrange(100, 999)} votes after "
            f"{c.randrange(1, 60)} of {c.randrange(60, 90)} districts in {town} have been counted, which is "
            f"{c.randrange(1, 300) / 10} percent {c.choice(('more', 'less'))} than four years ago."
        )
    yield "That is the end of our live coverage for tonight. Full results will follow as soon as they are confirmed."


TEMPLATES: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "weather": _weather,
    "markets": _markets,
    "results": _results,
    "obituary": _obituary,
    "ticker": _ticker,
}
