"""A page as parsed: the tree and everything its head says, read once and shared by all readers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml.html import HtmlElement

from copydesk.articles.rules import ARTICLE_TYPES
from copydesk.articles.tree import clean
from copydesk.model import Item

_JSON_BYTES = 1_000_000
_JSON_DEPTH = 40
_JSON_NODES = 2_000
_RAW_CONTROL = re.compile(r"[\x00-\x1f]+")
_TRAILING_COMMA = re.compile(r",(\s{0,99}[}\]])")


Node = Mapping[str, Any]


@dataclass(slots=True)
class Page:
    """One page while it is being read. ``meta`` and ``links`` have lower-case keys, values in order."""

    url: str
    tree: HtmlElement
    meta: Mapping[str, tuple[str, ...]]
    links: Mapping[str, tuple[str, ...]]
    jsonld: tuple[Node, ...]
    """Every JSON-LD object of the page, nested ones included, outermost first."""
    headers: Mapping[str, str] = field(default_factory=dict)
    item: Item | None = None
    observed_at: datetime | None = None
    flags: frozenset[str] = frozenset()

    def first(self, *names: str) -> tuple[str, str] | None:
        """Give (name, content) of the first of these meta names that has any content."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return name, value
        return None

    @property
    def article(self) -> Node:
        """The JSON-LD object that describes the article itself; empty when there is none."""
        best: Node = {}
        for node in self.jsonld:
            if types_of(node) & ARTICLE_TYPES and len(node) > len(best):
                best = node
        return best


def read_page(
    tree: HtmlElement,
    url: str,
    headers: Mapping[str, str] | None = None,
    item: Item | None = None,
    observed_at: datetime | None = None,
    flags: frozenset[str] = frozenset(),
) -> Page:
    """Read head and JSON-LD of a parsed page. Broken JSON is mended where that is unambiguous, else left."""
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    jsonld = tuple(node for script in _ld_scripts(tree) for node in _nodes(_load(script)))
    return Page(url, tree, _meta(tree), _links(tree), jsonld, lowered, item, observed_at, flags)


def empty_page(
    url: str,
    headers: Mapping[str, str],
    item: Item | None,
    observed_at: datetime | None,
    flags: frozenset[str],
) -> Page:
    """Give the page of a text without markup: it has no head, only what surrounds it."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return Page(url, HtmlElement(), {}, {}, (), lowered, item, observed_at, flags)


def types_of(node: Node) -> frozenset[str]:
    """Give the schema.org types of a JSON-LD object: lower case, without a prefix."""
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return frozenset(n.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for n in names if isinstance(n, str))


def _meta(tree: HtmlElement) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        name = name or element.get("http-equiv") or ""
        content = clean(element.get("content") or "")
        if name and content:
            key = name.strip().lower()
            found[key] = (*found.get(key, ()), content)
    return found


def _links(tree: HtmlElement) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for element in tree.iter("link"):
        href = (element.get("href") or "").strip()
        for rel in (element.get("rel") or "").lower().split():
            if href:
                found[rel] = (*found.get(rel, ()), href)
    return found


def _ld_scripts(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        kind = (script.get("type") or "").lower()
        if "ld+json" in kind and script.text and len(script.text) <= _JSON_BYTES:
            yield script.text


def _load(raw: str) -> Any:
    text = raw.strip().removeprefix("<![CDATA[").removeprefix("<!--").rstrip(";")
    text = text.removesuffix("]]>").removesuffix("-->").strip()
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_TRAILING_COMMA.sub(r"\1", _RAW_CONTROL.sub(" ", text)), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(loaded: Any) -> Iterator[Node]:
    """Every object of a JSON-LD document in breadth order, within bounds."""
    level: list[Any] = [loaded]
    given = 0
    for _ in range(_JSON_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                given += 1
                yield value
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            if given >= _JSON_NODES:
                return
        level = below
