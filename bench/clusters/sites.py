"""Made-up news sites with the furniture that real ones wrap around a text.

Harder than a fixed header and footer: a group of sites shares its system's blocks,
headline lists turn over from story to story, prompts stand between paragraphs,
counters and times differ on every page.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

_THINGS = (
    "newsletter morning evening briefing weekend edition membership subscription archive podcast puzzle crossword "
    "recipe letters calendar weather traffic jobs property motoring gardens theatre museum library schools "
    "council market harbour railway stadium festival campaign survey panel guide map gallery notebook"
).split()
_DEEDS = (
    "read browse join follow discover support share save print order renew manage report explore compare rate "
    "choose reserve receive collect watch answer"
).split()
_WAYS = (
    "today tonight freely weekly daily online nearby quickly safely together anywhere early later again first "
    "locally directly privately easily"
).split()
_FRAMES = (
    "{deed} our {thing} and {thing} {way}, wherever you are, with one {thing} account for the whole {thing}.",
    "We use the {thing} and the {thing} to {deed} what matters; you can {deed} your choice {way} on the {thing} page.",
    "All material on this {thing} is protected; nobody may {deed} or {deed} it without the {thing} desk's consent.",
    "More than {number} readers {deed} the {thing} {way}; {deed} with them and never miss the {thing} or the {thing}.",
    "If you would like to {deed} a mistake in this {thing}, write {way} to the {thing} desk, room {number}.",
    "Have a story for the {thing}? {deed} it {way} with our {thing} team on extension {number}.",
    "This {thing} is a member of the {thing} council, which will {deed} complaints {way} and {deed} its findings.",
)


def sentence(chance: random.Random) -> str:
    """Write one sentence of furniture."""
    text = chance.choice(_FRAMES)
    for name, pool in (("{thing}", _THINGS), ("{deed}", _DEEDS), ("{way}", _WAYS)):
        while name in text:
            text = text.replace(name, chance.choice(pool), 1)
    return text.replace("{number}", str(chance.randrange(20, 9000))).capitalize()


def block(chance: random.Random, sentences: int) -> list[str]:
    """Write a block of furniture."""
    return [sentence(chance) for _ in range(sentences)]


@dataclass
class Site:
    """One site: its own blocks, its group's, and the headlines that its pages list."""

    host: str
    header: list[str]
    footer: list[str]
    prompts: list[str]
    bios: list[str]
    headlines: list[str]
    straight: bool
    """Writes typewriter quotation marks."""
    merged: int
    """Puts so many paragraphs into one; 0 breaks them at every sentence."""

    def wrap(self, paragraphs: list[str], chance: random.Random) -> str:
        """Put a text into the site's page as a careless extraction would give it."""
        body = self._paragraphed(paragraphs)
        for prompt in chance.sample(self.prompts, chance.choice((0, 1, 1, 2))):
            body.insert(chance.randrange(len(body) + 1), prompt)
        counters = f"{chance.randrange(2, 900)} comments · shared {chance.randrange(9000)} times · {_clock(chance)}"
        related = chance.sample(self.headlines, min(len(self.headlines), chance.choice((3, 5, 8))))
        lines = [*chance.choice(([], self.header)), counters, *body, *chance.choice(([], [chance.choice(self.bios)]))]
        text = "\n\n".join([*lines, *chance.choice(([], ["Read more", *related])), *self.footer])
        return text.translate(_TYPEWRITER) if self.straight else text

    def _paragraphed(self, paragraphs: list[str]) -> list[str]:
        if not self.merged:
            return [piece for p in paragraphs for piece in p.replace(". ", ".\n").split("\n")]
        return [" ".join(paragraphs[at : at + self.merged]) for at in range(0, len(paragraphs), self.merged)]


_TYPEWRITER = str.maketrans("‘’“”–—", "''\"\"--")


def _clock(chance: random.Random) -> str:
    return f"updated {chance.randrange(24):02}:{chance.randrange(60):02} on {chance.randrange(1, 29)} March"


def make_sites(chance: random.Random, titles: list[str], *, groups: int = 16, each: int = 5) -> list[Site]:
    """Make groups of sites; a group shares its longest blocks, a site's headline list holds what its pages cite."""
    sites = []
    for group in range(groups):
        shared_footer, shared_prompts = block(chance, chance.choice((2, 4, 8))), block(chance, 3)
        for number in range(each):
            sites.append(
                Site(
                    f"site{number}.group{group}.example",
                    block(chance, chance.choice((1, 2, 4))),
                    shared_footer + block(chance, chance.choice((1, 3, 6))),
                    shared_prompts + block(chance, 2),
                    block(chance, 4),
                    chance.sample(titles, min(len(titles), 14)),
                    chance.random() < 0.5,
                    chance.choice((0, 1, 1, 2, 3)),
                )
            )
    return sites
