"""What kind of page it is. Pages that hold no article are said to be that, with the reason.

A page that claims to be an article (JSON-LD, ``og:type``, a time of publication) and has
text is one; an index, a login or a video page has to show its nature against no such claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from copydesk.articles.page import Page, types_of
from copydesk.articles.rules import ARTICLE_TYPES, PAGE_KINDS
from copydesk.model import Block, PageKind

_SHORT = 700
"""Characters below which a page that calls itself an error, a login or a consent wall is believed."""
_BRIEF = 450
_MANY_HEADLINES = 12
_RUNNING = 140
_linked_headlines = etree.XPath(
    "count(//h1[.//a[@href]] | //h2[.//a[@href]] | //h3[.//a[@href]] | //h4[.//a[@href]] | //a[@href]/h2"
    " | //a[@href]/h3 | //a[@href]/h4)"
)
_passwords = etree.XPath("boolean(//input[translate(@type,'PASWORD','pasword')='password'])")
_INDEX_TYPES = frozenset({"collectionpage", "itemlist", "searchresultspage", "website", "blog"})
_VIDEO_TYPES = frozenset({"videoobject", "movie", "tvepisode", "broadcastevent"})
_GALLERY_TYPES = frozenset({"imagegallery", "mediagallery", "imageobjectgallery"})


@dataclass(frozen=True, slots=True)
class Signs:
    """What was seen of the page before anything was taken out of the tree."""

    linked_headlines: int
    password: bool
    images: int


def signs(tree: HtmlElement) -> Signs:
    """Count what tells an index, a login or a gallery from an article."""
    images = sum(1 for _ in tree.iter("img"))
    return Signs(int(cast(float, _linked_headlines(tree))), bool(_passwords(tree)), images)


def kind_of(page: Page, seen: Signs, blocks: Sequence[Block], headline: str) -> tuple[PageKind, str]:
    """Give the kind of page and, for one that is no article, the reason."""
    length = sum(len(block.text) for block in blocks)
    if found := _says_so(page, seen, length, headline):
        return found
    if not length:
        return "empty", "no text was found"
    if "liveblog" in page.flags:
        return "liveblog", ""
    claimed = _claims_article(page)
    types = frozenset().union(*map(types_of, page.jsonld)) if page.jsonld else frozenset()
    og_type = (page.first("og:type") or ("", ""))[1].lower()
    if not claimed or length < _BRIEF // 2:
        if length < _BRIEF and (og_type.startswith("video") or types & _VIDEO_TYPES):
            return "video", f"a video with {length} characters of text"
        if length < _BRIEF and (types & _GALLERY_TYPES or (not claimed and seen.images > 20 and length < 200)):
            return "gallery", f"pictures with {length} characters of text"
    if not claimed and _is_index(page, seen, blocks, types):
        return "index", f"{seen.linked_headlines} linked headlines and no claim to be an article"
    return "article", ""


def _says_so(page: Page, seen: Signs, length: int, headline: str) -> tuple[PageKind, str] | None:
    if length >= _SHORT or (_claims_article(page) and length >= _BRIEF // 2):
        return None
    if PAGE_KINDS["error"].match(headline):
        return "error", f"it says {headline[:80]!r}"
    if PAGE_KINDS["consent"].match(headline):
        return "consent", f"it says {headline[:80]!r}"
    if seen.password and (PAGE_KINDS["login"].match(headline) or length < _BRIEF):
        return "login", "it asks for a password"
    if PAGE_KINDS["login"].match(headline) and length < _BRIEF and not _claims_article(page):
        return "login", f"it says {headline[:80]!r}"
    return None


def _claims_article(page: Page) -> bool:
    if any(types_of(node) & ARTICLE_TYPES for node in page.jsonld):
        return True
    og_type = page.first("og:type")
    return bool((og_type and og_type[1].lower() == "article") or page.first("article:published_time"))


def _is_index(page: Page, seen: Signs, blocks: Sequence[Block], types: frozenset[str]) -> bool:
    if seen.linked_headlines < _MANY_HEADLINES:
        return False
    running = sum(len(b.text) for b in blocks if b.kind == "paragraph" and len(b.text) >= _RUNNING)
    try:
        root = urlsplit(page.url).path.strip("/") == "" and bool(page.url)
    except ValueError:
        root = False
    return root or bool(types & _INDEX_TYPES and running < 1500) or running < _SHORT
