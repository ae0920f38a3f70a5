"""The smaller facts of a page: section, language, canonical and AMP links, lead image, flags.

Canonical and AMP links are evidence about identity, given as found (absolute http or https);
whether they are believed is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

import py3langid

from copydesk.articles import rights
from copydesk.articles.page import Page, types_of
from copydesk.articles.tree import clean
from copydesk.model import Fact

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}$", re.IGNORECASE)
_ENOUGH = 200
_SAMPLE = 1500
_LONGEST_SECTION = 80


def section(page: Page) -> Fact | None:
    """Give the section that the article stands in, as named by the page."""
    stated = page.article.get("articleSection")
    values = stated if isinstance(stated, list) else [stated]
    named = [clean(v) for v in values if isinstance(v, str) and 0 < len(v) <= _LONGEST_SECTION]
    if named:
        return Fact(named[0], "jsonld:articleSection", raw=", ".join(named))
    found = page.first("article:section", "og:section", "section", "parsely-section", "cxenseparse:section")
    if found and len(found[1]) <= _LONGEST_SECTION:
        return Fact(found[1], f"meta:{found[0]}", raw=found[1])
    return None


def language(page: Page, text: str) -> Fact | None:
    """Give the language (BCP 47, lower-case primary) as declared; told from the text where nothing is."""
    losers: list[tuple[str, str]] = []
    for source, raw in _languages(page):
        if _LANGUAGE.match(raw):
            return Fact(raw.replace("_", "-").split("-")[0].lower(), source, raw=raw, losers=tuple(losers))
        losers.append((source, raw))
    if len(text) >= _ENOUGH:
        code, _ = py3langid.classify(text[:_SAMPLE])
        return Fact(code, "text", quality="guessed", losers=tuple(losers))
    return None


def links(page: Page) -> tuple[str | None, str | None, str | None]:
    """Give the canonical link, the AMP link and the lead image, absolute, or None each."""
    image = page.first("og:image", "og:image:secure_url", "twitter:image", "twitter:image:src")
    stated = page.article.get("image")
    return (
        _absolute(page, next(iter(page.links.get("canonical", ())), None)),
        _absolute(page, next(iter(page.links.get("amphtml", ())), None)),
        _absolute(page, image[1] if image else None) or _absolute(page, _image(stated)),
    )


def flags(page: Page) -> frozenset[str]:
    """Give the flags that the page itself raises: paywall, liveblog, robots and rights reservations."""
    found: set[str] = set()
    if any("liveblogposting" in types_of(node) for node in page.jsonld):
        found.add("liveblog")
    if _walled(page):
        found.add("paywall")
    meta, headers = page.meta, page.headers
    found |= rights.of_headers(headers)
    robots = [*meta.get("robots", ()), *meta.get("googlebot", ())]
    found |= rights.read(robots, meta.get("tdm-reservation", ()), meta.get("content-usage", ()))
    return frozenset(found)


def _walled(page: Page) -> bool:
    tier = page.first("article:content_tier", "og:article:content_tier")
    if tier and tier[1].lower() in ("locked", "metered", "paid"):
        return True
    return str(page.article.get("isAccessibleForFree", "")).lower().rsplit("/", 1)[-1] == "false"


def _languages(page: Page) -> Iterator[tuple[str, str]]:
    root = page.tree if page.tree.tag == "html" else page.tree.getroottree().getroot()
    stated = page.article.get("inLanguage")
    claims: Iterable[tuple[str, Any]] = (
        ("html:lang", root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")),
        ("html:lang", root.get("xml:lang")),
        ("jsonld:inLanguage", stated),
        *(("meta:content-language", v) for v in page.meta.get("content-language", ())),
        *(("meta:og:locale", v) for v in page.meta.get("og:locale", ())),
        *(("meta:language", v) for v in islice(page.meta.get("language", ()), 1)),
        ("header:content-language", page.headers.get("content-language")),
        ("feed", page.item.language if page.item else None),
    )
    return ((source, raw.strip()) for source, raw in claims if isinstance(raw, str) and raw.strip())


def _absolute(page: Page, href: str | None) -> str | None:
    try:
        url = urljoin(page.url, (href or "").strip()) if href else ""
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _image(stated: Any) -> str | None:
    value = stated[0] if isinstance(stated, list) and stated else stated
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl")
    return value if isinstance(value, str) else None
