"""Find the feeds that a site names: Link headers, and <link rel=alternate> in the page's head."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import lxml.html

from copydesk.articles.urls import resolve

TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
GUESSES = ("/feed", "/rss")
"""Paths to try when a site names none; two, because each is a request that nobody invited."""
_LINK = re.compile(r"<([^<>]{1,2000})>([^,<]{0,500})")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.I)


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that a page names."""

    url: str
    title: str | None
    type: str


def find_feeds(body: bytes, *, url: str, headers: Mapping[str, str] | None = None) -> tuple[Found, ...]:
    """Give the feeds that an answer names, headers first. Only the head counts: a body may be anybody's words."""
    found = [*_from_header((headers or {}).get("link", ""), url), *_from_head(body, url)]
    return tuple({f.url: f for f in reversed(found)}.values())[::-1]


def read_links(value: str, url: str) -> dict[str, list[str]]:
    """Read a Link header (RFC 8288): absolute targets by relation."""
    found: dict[str, list[str]] = {}
    for target, rest in _LINK.findall(value):
        link, rels = resolve(url, target), _REL.search(rest)
        for rel in (rels[1] or rels[2]).lower().split() if link and rels else ():
            found.setdefault(rel, []).append(str(link))
    return found


def guesses(url: str) -> tuple[str, ...]:
    """Give addresses at which sites often keep a feed."""
    return tuple(urljoin(url, path) for path in GUESSES)


def _from_header(value: str, url: str) -> list[Found]:
    found = []
    for target, rest in _LINK.findall(value):
        kind = next((t for t in TYPES if t in rest), None)
        link = resolve(url, target)
        if kind and "alternate" in rest and link:
            found.append(Found(link, None, kind))
    return found


def _from_head(body: bytes, url: str) -> list[Found]:
    if not body.strip():
        return []
    try:
        tree = lxml.html.document_fromstring(body)
    except (ValueError, lxml.etree.LxmlError):
        return []
    found = []
    for node in (link for head in tree.iter("head") for link in head.iter("link") if link.get("href")):
        rels = (node.get("rel") or "").lower().split()
        kind = (node.get("type") or "").lower().partition(";")[0].strip()
        link = resolve(url, node.get("href"))
        if "alternate" in rels and kind in TYPES and link:
            found.append(Found(link, node.get("title") or None, kind))
    return found
