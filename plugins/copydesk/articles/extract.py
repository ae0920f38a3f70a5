"""A page as bytes to a Document: what a reader read, the facts around it, and what was taken out.

The order is the argument: decode once, parse once, read the head before anything is
stripped, find the notices on the whole page, then the body, then take furniture and
notices out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from copydesk import __version__
from copydesk.articles.body import read_body
from copydesk.articles.dates import modified, published
from copydesk.articles.decode import decode
from copydesk.articles.furniture import clear, key_of
from copydesk.articles.standfirst import standfirst
from copydesk.articles.prune import prune
from copydesk.articles.page import Page, read_page
from copydesk.articles.titles import title
from copydesk.articles.tree import parse
from copydesk.corrections import notice
from copydesk.model import Block, Document, Fact, Item

EXTRACTOR = f"copydesk/{__version__}"


def extract(
    body: bytes,
    *,
    url: str,
    headers: Mapping[str, str] | None = None,
    item: Item | None = None,
    observed_at: datetime | None = None,
) -> Document:
    """Read one page. ``item`` (the feed's word) serves as hint and fallback. Raises only PageUnreadable."""
    decoded = decode(body, headers)
    tree, flags = parse(decoded.text)
    page = read_page(tree, url, headers, item, observed_at, flags)
    headline = title(page)
    notices = notice.find_in_html(tree, lang=None, publisher=None, title=None, jsonld=list(page.jsonld))
    intro = standfirst(page)
    prune(tree)
    cleared = clear(read_body(tree), _headlines(page, headline))
    blocks = tuple(_with_standfirst(cleared.blocks, intro))
    return Document(
        url=url,
        page="article" if blocks else "empty",
        title=headline,
        published=published(page),
        modified=modified(page),
        standfirst=intro,
        removed=tuple(cleared.removed),
        blocks=blocks,
        notices=tuple(notices),
        flags=flags,
        extractor=EXTRACTOR,
    )


def _headlines(page: Page, headline: Fact | None) -> list[str]:
    """Every wording of the headline: repeated among the paragraphs, each is the headline still."""
    if headline is None:
        return []
    return [headline.value, *(raw for _, raw in headline.losers)]


def _with_standfirst(blocks: list[Block], intro: Fact | None) -> list[Block]:
    """Put a printed standfirst before the body unless the body opens with it."""
    if intro is None or intro.quality != "printed":
        return blocks
    key = key_of(intro.value)
    if any(key in key_of(block.text) or key_of(block.text) in key for block in blocks[:3]):
        return blocks
    return [Block("paragraph", intro.value), *blocks]


def as_json(document: Document) -> dict[str, Any]:
    """Give a document as the JSON object that ``copydesk extract`` prints."""
    return asdict(document)
