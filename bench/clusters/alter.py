"""What sites do to a wire story: cut it, head it anew, break it up, put things in, change a word."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from bench.clusters.material import Material
from copydesk.articles.text import sentence_spans, words

Paragraphs = list[str]
Alteration = Callable[[Paragraphs, Material, random.Random], Paragraphs]
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=[a-zäöüéß,] )[A-ZÄÖÜ][a-zäöüß]{3,}")


def cut(share: float) -> Alteration:
    """Keep the first words, up to a share; the last paragraph is cut where it falls (at a space, if there are any)."""

    def run(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
        text = "\n".join(body)
        kept = text[: int(len(text) * share)]
        space = kept.rfind(" ")
        return _lines(kept[:space] if space > len(kept) - 40 else kept)

    return run


def insert(share: float) -> Alteration:
    """Put local paragraphs between the story's own."""

    def run(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
        out = list(body)
        for paragraph in material.take(int(_size(body) * share)):
            out.insert(chance.randrange(len(out) + 1), paragraph)
        return out

    return run


def embed(share: float) -> Alteration:
    """Let the story stand within a longer article, of which it is a share."""

    def run(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
        around = material.take(int(min(_size(body), 700) * (1 - share) / share))
        at = chance.randrange(len(around) + 1)
        return [*around[:at], *cut(min(1.0, 700 / _size(body)))(body, material, chance), *around[at:]]

    return run


def new_lede(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
    """Write the first lines anew, as long as they were: a sixth of the story, at most sixty words."""
    text = "\n".join(body).split(" ")
    gone = min(60, len(text) // 6)
    lede = " ".join(material.take(gone)).split()[:gone]
    return _lines(" ".join(lede + text[gone:]))


def drop(share: float) -> Alteration:
    """Leave out sentences here and there."""

    def run(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
        kept = [" ".join(s for s in _sentences(p) if chance.random() > share) for p in body]
        return [p for p in kept if p] or body[:1]

    return run


def facts(count: int) -> Alteration:
    """Correct a few numbers and names, as a sub-editor or a correction would."""

    def run(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
        out = list(body)
        for _ in range(count):
            at = chance.randrange(len(out))
            out[at] = _NUMBER.sub(lambda m: str(int(m[0]) % 10**6 + 1), out[at], count=1)
            out[at] = _NAME.sub(lambda m: m[0][::-1].capitalize(), out[at], count=1)
        return out

    return run


def reword(share: float) -> Alteration:
    """Change so many words, anywhere."""

    def run(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
        pool = [w for p in body for w in p.split()]
        return [" ".join(chance.choice(pool) if chance.random() < share else w for w in p.split()) for p in body]

    return run


def chain(*steps: Alteration) -> Alteration:
    """Do several things, one after the other."""

    def run(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
        for step in steps:
            body = step(body, material, chance)
        return body

    return run


def same(body: Paragraphs, material: Material, chance: random.Random) -> Paragraphs:
    """Take it as it came."""
    return body


KINDS: dict[str, tuple[int, Alteration]] = {
    # name: (how often, what); "short" in the name counts as cut to 40 % or less
    "as it came": (4, same),
    "cut to 80 %": (3, cut(0.8)),
    "cut to 60 %": (3, cut(0.6)),
    "short: cut to 40 %": (3, cut(0.4)),
    "short: cut to 25 %": (3, cut(0.25)),
    "short: cut to 15 %": (3, cut(0.15)),
    "short: cut to 40 %, new lede": (1, chain(new_lede, cut(0.4))),
    "short: cut to 30 %, facts": (1, chain(facts(2), cut(0.3))),
    "short: cut to 30 %, sentences left out": (1, chain(cut(0.35), drop(0.15))),
    "inserts 15 %": (2, insert(0.15)),
    "inserts 40 %": (2, insert(0.4)),
    "embedded, 60 % of the whole": (1, embed(0.6)),
    "embedded, 40 % of the whole": (1, embed(0.4)),
    "sentences left out 20 %": (2, drop(0.2)),
    "sentences left out 40 %": (1, drop(0.4)),
    "facts corrected": (3, facts(4)),
    "reworded 3 %": (2, reword(0.03)),
    "reworded 8 %": (1, reword(0.08)),
    "new lede": (3, new_lede),
    "new lede, inserts, cut to 60 %": (2, chain(new_lede, insert(0.2), cut(0.6))),
}


def _size(body: Paragraphs) -> int:
    return sum(len(words(p)) for p in body)


def _sentences(paragraph: str) -> list[str]:
    return [paragraph[start:end] for start, end in sentence_spans(paragraph)]


def _lines(text: str) -> Paragraphs:
    return [line for line in text.split("\n") if line.strip()] or [text]
