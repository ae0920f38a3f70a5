"""What differs between two looks at a page that nobody edited.

Each function changes a page's markup as servers, build tools, advertisers and counters do and
leaves the story alone: :func:`noisy` applies several of them. Whatever differs in what is read
afterwards is the reader's fault.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Change = Callable[[str], str]

_PIECE = re.compile(
    r"(?is)(?P<raw><(script|style|pre|textarea|title|noscript|template|svg|code)\b.*?</\2\s*>|<!--.*?-->|<![^>]*>|<\?[^>]*>)"
    r"|(?P<tag></?[a-z](?:\"[^\"]*\"|'[^']*'|[^\"'>])*>)|(?P<text>[^<]+|<)"
)
"""A page in pieces: what means something else or nothing at all (raw), tags, and texts."""
_TAG = re.compile(r"<([a-zA-Z][\w:-]*)((?:\s+[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"\s+([\w:@.-]+)(\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_BLOCK_END = re.compile(r"(?i)</(?:p|figure|h2|h3|ul|blockquote)\s*>")
_LINK = re.compile(r"(?i)<(/?)a(?![\w-])")
_HASHED = re.compile(r"\b(?:css-[a-z0-9]{5,}|sc-[a-zA-Z0-9]{5,}|[A-Za-z]+_[A-Za-z]+__[A-Za-z0-9]{4,})\b")
_WORDS = {
    "en": ("Advertisement", "Sign up for our newsletter", "Get the best stories in your inbox every morning.",
           "Related stories", "Most read", "{n} minutes ago", "{n} views", "{n} comments", "Share",
           "Updated {n} min ago"),
    "de": ("Anzeige", "Newsletter abonnieren", "Die wichtigsten Nachrichten jeden Morgen in Ihrem Postfach.",
           "Mehr zum Thema", "Meistgelesen", "vor {n} Minuten", "{n} Aufrufe", "{n} Kommentare", "Teilen",
           "Aktualisiert vor {n} Min."),
    "fr": ("Publicité", "Inscrivez-vous à notre newsletter", "Le meilleur de l'actualité chaque matin.",
           "À lire aussi", "Les plus lus", "il y a {n} minutes", "{n} vues", "{n} commentaires", "Partager",
           "Mis à jour il y a {n} min"),
    "es": ("Publicidad", "Suscríbete a nuestra newsletter", "Las mejores noticias cada mañana.",
           "Noticias relacionadas", "Lo más leído", "hace {n} minutos", "{n} visitas", "{n} comentarios", "Compartir",
           "Actualizado hace {n} min"),
}  # fmt: skip
_TEASERS = (
    "Ferry stuck in the ice", "Five ways to cook leeks", "Mayor opens a bridge", "What the new tariff means",
    "Cup final ends in rain", "A day with the night watch", "Old mill for sale", "Snow in the hills",
)  # fmt: skip
_BRANDS = ("Shoes at half the price", "Fly south for 49", "A mattress like a cloud", "Win a bicycle")


def noisy(page: str, lang: str, chance: random.Random) -> tuple[str, list[str]]:
    """Give the page as another look would find it, and the names of what was done to it."""
    kinds = chance.sample(list(NOISES), k=chance.randint(4, len(NOISES)))
    said = _WORDS.get(lang[:2], _WORDS["en"])
    for kind in kinds:
        page = NOISES[kind](page, chance, said)
    return page, kinds


def _changed(page: str, *, tag: Change | None = None, text: Change | None = None) -> str:
    """The page with every tag, or every text between tags, changed."""

    def piece(m: re.Match[str]) -> str:
        change = {"tag": tag, "text": text}.get(m.lastgroup or "")
        return change(m[0]) if change else m[0]

    return _PIECE.sub(piece, page)


def _token(chance: random.Random, length: int = 8) -> str:
    return "".join(chance.choices(string.ascii_lowercase + string.digits, k=length))


def white_space(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Indentation and line ends are others; where none stood none comes."""
    forms = (" ", "\n", "\n  ", "\t", "\r\n    ")

    def run(m: re.Match[str]) -> str:
        return chance.choice(forms) if chance.random() < 0.3 else m[0]

    return _changed(page, text=lambda text: re.sub(r"[ \t\r\n]+", run, text))


def attributes(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Trackers and frameworks number the elements anew."""

    def tag(m: re.Match[str]) -> str:
        if chance.random() > 0.2:
            return m[0]
        number = chance.randrange(9999)
        token = _token(chance)
        extra = chance.choice((f' data-id="{token}"', f" data-reactid={number}", f' data-track="{token}:{number}"'))
        return f"<{m[1]}{m[2]}{extra}{' /' if m[3] else ''}>"

    return _changed(page, tag=lambda text: _TAG.sub(tag, text))


def attribute_order(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Attributes come in another order."""

    def tag(m: re.Match[str]) -> str:
        found = [a[0] for a in _ATTRIBUTE.finditer(m[2])]
        names = {a.split("=")[0].strip().lower() for a in found}
        if len(names) < len(found):
            return m[0]  # the first of two counts
        chance.shuffle(found)
        end = " /" if m[3] else ""
        return f"<{m[1]}{''.join(found)}{end}>"

    return _changed(page, tag=lambda text: _TAG.sub(tag, text))


def class_names(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """A build renames what it had named, and adds names of its own."""
    renamed: dict[str, str] = {}

    def anew(m: re.Match[str]) -> str:
        head, mark, tail = m[0].rpartition("__" if "__" in m[0] else "-")
        return renamed.setdefault(m[0], f"{head}{mark}{_token(chance, len(tail))}")

    def add(m: re.Match[str]) -> str:
        names = _HASHED.sub(anew, m[2])
        return f"{m[1]}{names}{f' css-{_token(chance, 6)}' if chance.random() < 0.3 else ''}{m[3]}"

    return _changed(page, tag=lambda text: re.sub(r"(\sclass=\")([^\"]+)(\")", add, text))


def comments(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Comment nodes come and go, between elements and inside texts."""

    def space(m: re.Match[str]) -> str:
        return "<!-- --> " if chance.random() < 0.02 else " "

    def tag(text: str) -> str:
        return f"{text}<!-- {_token(chance)} -->" if chance.random() < 0.05 else text

    return _changed(page, tag=tag, text=lambda text: re.sub(r"(?<=\w) (?=\w)", space, text))


def scripts(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Nonces, build numbers and the state of the page differ each time."""
    page = re.sub(r"(?i)(\snonce=[\"'])[^\"']*", lambda m: m[1] + _token(chance, 16), page)
    state = f'window.__t={chance.randrange(10**12)};window.__b="{_token(chance)}"'
    block = f'<script nonce="{_token(chance, 16)}">{state}</script>'
    style = f"<style>.css-{_token(chance, 6)}{{color:#{chance.randrange(16**6):06x}}}</style>"
    return _into_head(_at_end(page, block), style)


def stamps(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """The page says when it was made, and that it was modified just now."""
    now = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(500_000))).isoformat()
    page = re.sub(r'("dateModified"\s*:\s*")[^"]*', lambda m: m[1] + now, page)
    page = re.sub(r'(?i)(<meta[^>]+(?:modified_time|lastmod)[^>]*content=")[^"]*', lambda m: m[1] + now, page)
    return _into_head(page, f'<meta name="generated" content="{now}">')


def counters(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Relative times, views, comments, shares."""
    number = chance.randrange(2, 5000)
    words = [said[n].format(n=number) for n in (5, 6, 7, 9)]
    boxes = (f'<span class="timestamp">{words[0]}</span>', f'<div class="view-count">{words[1]}</div>',
             f'<a class="comment-count" href="#comments">{words[2]}</a>',
             f'<div class="social-share"><button>{said[8]}</button><span class="count">{number}</span></div>',
             f'<time class="relative-time">{words[3]}</time>')  # fmt: skip
    return _between(page, chance, list(chance.sample(boxes, k=2)))


def advertisements(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Slots and what is sold in them, also between paragraphs."""
    brand = chance.choice(_BRANDS)
    boxes = (f'<div class="ad-slot" id="ad-{_token(chance, 4)}"><span>{said[0]}</span></div>',
             f'<aside class="advertisement"><p>{said[0]}</p><a href="https://ads.example/{_token(chance)}">{brand}</a></aside>',
             f'<ins class="adsbygoogle" data-ad-slot="{chance.randrange(10**9)}"></ins>',
             f'<div class="advert"><iframe src="https://ads.example/{_token(chance)}"></iframe></div>')  # fmt: skip
    return _between(page, chance, list(chance.sample(boxes, k=chance.randint(1, 3))))


def boxes(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Sign-up boxes and banners."""
    form = '<form><input type="email"><button>OK</button></form>'
    box = chance.choice((
        f'<div class="newsletter-signup"><h3>{said[1]}</h3><p>{said[2]}</p>{form}</div>',
        f'<section class="newsletter"><h2>{said[1]}</h2><p>{said[2]}</p></section>',
        f'<div class="promo-box"><p>{said[2]}</p><a href="/subscribe">{said[1]}</a></div>',
    ))  # fmt: skip
    return _between(page, chance, [box])


def related(page: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Lists of other stories."""
    links = "".join(
        f'<li><a href="/story/{_token(chance)}">{t}</a></li>' for t in chance.sample(_TEASERS, k=chance.randint(2, 5))
    )
    inside = f'<div class="related-articles"><h3>{said[3]}</h3><ul>{links}</ul></div>'
    below = f'<section class="most-read"><h2>{said[4]}</h2><ol>{links}</ol></section>'
    return _at_end(_between(page, chance, [inside]), below)


def _between(page: str, chance: random.Random, pieces: list[str]) -> str:
    """Put boxes behind blocks anywhere on the page, in the story too, each at another place; never into a link."""
    places, linked = [], False
    for m in _PIECE.finditer(page):
        if m.lastgroup == "tag" and (link := _LINK.match(m[0])):
            linked = not link[1]
        elif m.lastgroup == "tag" and not linked and _BLOCK_END.fullmatch(m[0]):
            places.append(m.end())
    for place in sorted(chance.sample(places, k=min(len(pieces), len(places))), reverse=True):
        page = page[:place] + pieces.pop() + page[place:]
    return page


def _at_end(page: str, piece: str) -> str:
    at = page.lower().rfind("</body>")
    return page[:at] + piece + page[at:] if at >= 0 else page + piece


def _into_head(page: str, piece: str) -> str:
    at = page.lower().find("</head>")
    return page[:at] + piece + page[at:] if at >= 0 else page


NOISES: dict[str, Callable[[str, random.Random, tuple[str, ...]], str]] = {
    "white space": white_space,
    "attributes": attributes,
    "attribute order": attribute_order,
    "class names": class_names,
    "comment nodes": comments,
    "scripts": scripts,
    "time stamps": stamps,
    "counters": counters,
    "advertisements": advertisements,
    "boxes": boxes,
    "related links": related,
}
