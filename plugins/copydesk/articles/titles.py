"""The headline of an article: which of the page's claims it is, without the site's name.

Five places claim it: the printed h1, JSON-LD ``headline``, ``og:title``, ``twitter:title``
and ``<title>``. They disagree on a quarter of news pages, because of kickers, wordings for
search engines and for sharing. The rules below were read off 129 pages of 100 publishers
for which the headline is known (bench/extraction shows how often they are right).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from copydesk.articles.page import Page
from copydesk.articles.tree import clean, text_of
from copydesk.model import Fact

_SEPARATOR = re.compile(r"\s[|\-–—:·»•]{1,2}\s|\s?[|»•]\s?|--")
_LONGEST_SITE = 50
_SAME_STORY = 1 / 3
"""Above this share of common words another wording speaks of the same thing."""
_WORD = re.compile(r"\w+")
_LONGEST = 600
_MOST_HEADINGS = 40


@dataclass(slots=True)
class _Claims:
    h1: str = ""
    jsonld: str = ""
    og: str = ""
    twitter: str = ""
    head: str = ""
    alternative: str = ""
    feed: str = ""

    def said(self) -> list[tuple[str, str]]:
        """Every claim that was made, with its name."""
        named = (
            ("h1", self.h1),
            ("jsonld:headline", self.jsonld),
            ("meta:og:title", self.og),
            ("meta:twitter:title", self.twitter),
            ("title", self.head),
            ("feed", self.feed),
        )
        return [(source, value) for source, value in named if _key(value)]


def title(page: Page) -> Fact | None:
    """Give the headline with its source and the claims that lost."""
    claims = _read(page)
    said = claims.said()
    if not said:
        return None
    chosen = _choose(claims)
    source = next((name for name, value in said if value == chosen), said[0][0])
    chosen = dict(said)[source]
    losers = tuple((name, value) for name, value in said if name != source)
    return Fact(chosen, source, raw=chosen, losers=losers)


def heading_of(page: Page, headline: Fact | None) -> HtmlElement | None:
    """Find the element in which the headline is printed; else the first h1, if there is any."""
    wordings = {_key(headline.value), *(_key(raw) for _, raw in headline.losers)} if headline else set()
    first: HtmlElement | None = None
    for element in islice(page.tree.iter("h1", "h2"), _MOST_HEADINGS):
        if _key(text_of(element)) in wordings:
            return element
        first = element if first is None and element.tag == "h1" else first
    return first


def _choose(claims: _Claims) -> str:
    h1, ld, og = (_key(value) for value in (claims.h1, claims.jsonld, claims.og))
    if ld and h1 == ld:
        return claims.og if _shared_wording(claims) else claims.h1
    if ld and (not h1 or h1 != og or _key(claims.alternative) == ld):
        # Printed and structured differ: a kicker stands in the h1, or only the structured
        # one is the headline; said twice in the structure, it is meant.
        return claims.jsonld
    if h1 and (h1 == og or not og):
        return claims.h1
    return claims.og or claims.head or claims.feed


def _shared_wording(claims: _Claims) -> bool:
    """The headline under which the story is shared, where h1 and structure carry another wording of it."""
    og, h1 = _key(claims.og), _key(claims.h1)
    if not og or og in (h1, _key(claims.head), _key(claims.alternative)):
        return False
    if claims.twitter and _key(claims.twitter) != og:
        return False
    if h1.endswith(og) or h1 in og:
        return False  # the same headline without or with a kicker
    ours, theirs = _words(claims.h1), _words(claims.og)
    return len(ours & theirs) > _SAME_STORY * min(len(ours), len(theirs))


def _read(page: Page) -> _Claims:
    article = page.article
    claims = _Claims(
        jsonld=_string(article.get("headline")) or _string(article.get("name")),
        og=_string(_meta(page, "og:title")),
        twitter=_string(_meta(page, "twitter:title")),
        head=next((_string(t.text) for t in page.tree.iter("title") if t.getparent().tag == "head"), ""),
        alternative=_string(article.get("alternativeHeadline")),
        feed=_string(page.item.title) if page.item else "",
    )
    sites = _site_names(page)
    headings = [text_of(h)[:_LONGEST] for h in page.tree.iter("h1")]
    for name in ("og", "twitter", "head", "jsonld"):
        others = {_key(v) for _, v in claims.said() if v != getattr(claims, name)} | {*map(_key, headings)}
        setattr(claims, name, _without_site(getattr(claims, name), sites, others))
    claims.h1 = _printed(headings, claims, sites)
    return claims


def _printed(headings: list[str], claims: _Claims, sites: frozenset[str]) -> str:
    """The h1 that some other claim agrees with; else the first, if it is not the site's own name."""
    known = {_key(v) for v in (claims.og, claims.jsonld, claims.head, claims.twitter) if v}
    agreed = next((h for h in headings if h and _key(h) in known), "")
    return agreed or next((h for h in headings if h and _key(h) not in sites), "")


def _without_site(value: str, sites: frozenset[str], others: set[str]) -> str:
    """Cut the site's name from the end or the start, as long as what is left can be a headline."""
    for _ in range(4):
        ends = list(_SEPARATOR.finditer(value))
        if not ends:
            break
        heads = [value[: end.start()].strip() for end in ends]
        after, first = value[ends[-1].end() :].strip(), heads[0]
        if known := next((head for head in heads if head and _key(head) in others), None):
            return known
        if heads[-1] and _is_site(after, sites):
            value = heads[-1]
        elif value[ends[0].end() :].strip() and _is_site(first, sites):
            value = value[ends[0].end() :].strip()
        else:
            break
    return value


def _is_site(part: str, sites: frozenset[str]) -> bool:
    key = _key(part)
    return len(key) > 1 and len(part) <= _LONGEST_SITE and any(key in s or s in key for s in sites if len(s) > 2)


def _site_names(page: Page) -> frozenset[str]:
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    publisher = page.article.get("publisher")
    stated = publisher.get("name") if isinstance(publisher, dict) else None
    names = [host, max(host.split("."), key=len, default=""), _meta(page, "og:site_name"), _string(stated)]
    return frozenset(filter(None, map(_key, names)))


def _meta(page: Page, name: str) -> str:
    found = page.first(name)
    return found[1] if found else ""


def _string(value: object) -> str:
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str)), "")
    return clean(html.unescape(value))[:_LONGEST] if isinstance(value, str) else ""


def _key(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()


def _words(text: str) -> set[str]:
    return {word[:6] for word in _WORD.findall(text.casefold()) if len(word) > 2}
