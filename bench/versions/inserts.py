"""Noise beside and within a story: advertisements, counters, times, teasers and sign-up boxes that come and go."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from bench.versions.markup import PIECE, at_end, token


class Words(NamedTuple):
    """What sites of one language print into such boxes; ``{n}`` is a number."""

    advertisement: str
    newsletter: str
    promise: str
    related: str
    see: str
    more: str
    most_read: str
    ago: str
    views: str
    comments: str
    share: str
    updated: tuple[str, ...]


_WORDS = {
    "en": Words("Advertisement", "Sign up for our newsletter", "Get the best stories in your inbox every morning.",
                "Related stories", "Read more:", "More like this", "Most read", "{n} minutes ago", "{n} views",
                "{n} comments", "Share", ("Updated {n} min ago", "Last updated: 25 November 2026, 10:33")),
    "de": Words("Anzeige", "Newsletter abonnieren", "Die wichtigsten Nachrichten jeden Morgen in Ihrem Postfach.",
                "Mehr zum Thema", "Lesen Sie auch:", "Das könnte Sie auch interessieren", "Meistgelesen",
                "vor {n} Minuten", "{n} Aufrufe", "{n} Kommentare", "Teilen",
                ("Aktualisiert vor {n} Min.", "Stand: 25.11.2026, 10:33 Uhr")),
    "fr": Words("Publicité", "Inscrivez-vous à notre newsletter", "Le meilleur de l'actualité chaque matin.",
                "À lire aussi", "Lire aussi :", "Sur le même sujet", "Les plus lus", "il y a {n} minutes", "{n} vues",
                "{n} commentaires", "Partager", ("Mis à jour il y a {n} min", "Mis à jour le 25/11/2026 à 10h33")),
    "es": Words("Publicidad", "Suscríbete a nuestra newsletter", "Las mejores noticias cada mañana.",
                "Noticias relacionadas", "Lea también:", "Te puede interesar", "Lo más leído", "hace {n} minutos",
                "{n} visitas", "{n} comentarios", "Compartir",
                ("Actualizado hace {n} min", "Actualizado: 25/11/2026 10:33")),
}  # fmt: skip
_TEASERS = (
    "Ferry stuck in the ice", "Five ways to cook leeks", "Mayor opens a bridge", "What the new tariff means",
    "Cup final ends in rain", "A day with the night watch", "Old mill for sale", "Snow in the hills",
)  # fmt: skip
_BRANDS = ("Shoes at half the price", "Fly south for 49", "A mattress like a cloud", "Win a bicycle")
_BLOCK_END = re.compile(r"(?i)</(?:p|figure|h2|h3|ul|blockquote)\s*>")
_LINK = re.compile(r"(?i)<(/?)a(?![\w-])")


def words_of(lang: str) -> Words:
    """The words of a language; English where there are none of it."""
    return _WORDS.get(lang[:2], _WORDS["en"])


def counters(page: str, chance: random.Random, said: Words) -> str:
    """Views, comments, shares."""
    number = chance.randrange(2, 5000)
    views, comments = said.views.format(n=number), said.comments.format(n=number)
    boxes = (f'<div class="view-count">{views}</div>', f"<p>{views}</p>",
             f'<a class="comment-count" href="#comments">{comments}</a>',
             f'<ul class="article-tools"><li>{comments}</li><li>{views}</li></ul>',
             f'<div class="social-share"><button>{said.share}</button><span>{number}</span></div>')  # fmt: skip
    return _between(page, chance, list(chance.sample(boxes, k=2)))


def times(page: str, chance: random.Random, said: Words) -> str:
    """How long ago, below the headline and elsewhere."""
    number = chance.randrange(2, 59)
    ago, updated = said.ago.format(n=number), chance.choice(said.updated).format(n=number)
    page = _between(page, chance, [chance.choice((f'<span class="timestamp">{ago}</span>',
                                                  f'<time class="relative-time">{ago}</time>'))])  # fmt: skip
    line = chance.choice((f"<span>{updated}</span>", f'<p class="updated">{updated}</p>',
                          f'<time datetime="2026-11-25T10:{number:02}:00Z">{updated}</time>',
                          f'<div class="article-meta"><span>{updated}</span></div>'))  # fmt: skip
    below = [m.end() for m in re.finditer(r"(?i)</h1\s*>", page)][-1:]
    return page[: below[0]] + line + page[below[0] :] if below else page


def advertisements(page: str, chance: random.Random, said: Words) -> str:
    """Slots and what is sold in them, also between paragraphs."""
    label, brand, link = said.advertisement, chance.choice(_BRANDS), f"https://ads.example/{token(chance)}"
    boxes = (f'<div class="ad-slot" id="ad-{token(chance, 4)}"><span>{label}</span></div>',
             f'<aside class="advertisement"><p>{label}</p><a href="{link}">{brand}</a></aside>',
             f'<ins class="adsbygoogle" data-ad-slot="{chance.randrange(10**9)}"></ins>',
             f'<div class="advert"><iframe src="{link}"></iframe></div>',
             f'<div id="div-gpt-ad-{chance.randrange(10**8)}-0" style="min-height:250px"></div>',
             f'<div class="c-ad c-ad--mpu"><span class="c-ad__label">{label.upper()}</span></div>',
             f'<p style="text-align:center"><small>{label}</small></p>', f"<div><p>- {label} -</p></div>",
             f'<div class="sponsored-content"><h4>{label}</h4><p>{brand} with our partner until Sunday.</p></div>',
             f'<div class="mid-article-ad"><p>{label}</p><div><a href="{link}">{brand}</a></div></div>')  # fmt: skip
    return _between(page, chance, list(chance.sample(boxes, k=chance.randint(1, 3))))


def boxes(page: str, chance: random.Random, said: Words) -> str:
    """Sign-up boxes and banners."""
    form = '<form><input type="email"><button>OK</button></form>'
    box = chance.choice((
        f'<div class="newsletter-signup"><h3>{said.newsletter}</h3><p>{said.promise}</p>{form}</div>',
        f'<section class="newsletter"><h2>{said.newsletter}</h2><p>{said.promise}</p></section>',
        f'<div class="promo-box"><p>{said.promise}</p><a href="/subscribe">{said.newsletter}</a></div>',
    ))  # fmt: skip
    return _between(page, chance, [box])


def related(page: str, chance: random.Random, said: Words) -> str:
    """Links to other stories within this one."""
    titles = chance.sample(_TEASERS, k=chance.randint(2, 5))
    links = [f'<a href="/story/{token(chance)}">{title}</a>' for title in titles]
    rows = "".join(f"<li>{link}</li>" for link in links)
    box = chance.choice((
        f'<div class="related-articles"><h3>{said.related}</h3><ul>{rows}</ul></div>',
        f"<p><strong>{said.see}</strong> {links[0]}</p>", f"<p>{said.see} {links[0]}</p>", f"<p>{links[0]}</p>",
        f'<ul class="related-links">{rows}</ul>', f"<aside><h2>{said.more}</h2>{links[0]}{links[1]}</aside>",
        f'<div class="story-card"><a href="/x"><h3>{titles[0]}</h3><p>{titles[1]} and what comes next.</p></a></div>',
    ))  # fmt: skip
    return _between(page, chance, [box])


def most_read(page: str, chance: random.Random, said: Words) -> str:
    """Lists and rows of other stories below this one."""
    titles = chance.sample(_TEASERS, k=chance.randint(2, 5))
    rows = "".join(f'<li><a href="/story/{token(chance)}">{title}</a></li>' for title in titles)
    river = "".join(
        f'<article><h3><a href="/{token(chance)}">{title}</a></h3><p>{title}, our reporter writes, and nobody knows'
        f" what will come of it.</p><span>{chance.randrange(59)} min</span></article>" for title in titles
    )  # fmt: skip
    lists = (f'<section class="most-read"><h2>{said.most_read}</h2><ol>{rows}</ol></section>',
             f'<div class="river">{river}</div>')  # fmt: skip
    return at_end(page, chance.choice(lists))


def _between(page: str, chance: random.Random, pieces: list[str]) -> str:
    """Put boxes behind blocks anywhere on the page, in the story too, each at another place; never into a link."""
    places, linked = [], False
    for m in PIECE.finditer(page):
        if m.lastgroup == "tag" and (link := _LINK.match(m[0])):
            linked = not link[1]
        elif m.lastgroup == "tag" and not linked and _BLOCK_END.fullmatch(m[0]):
            places.append(m.end())
    for place in sorted(chance.sample(places, k=min(len(pieces), len(places))), reverse=True):
        page = page[:place] + pieces.pop() + page[place:]
    return page
