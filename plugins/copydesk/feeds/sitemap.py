"""News sitemaps (urlset with news tags) as feeds; sitemap indexes as lists of further sitemaps."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from copydesk.articles.urls import resolve
from copydesk.errors import FeedUnreadable
from copydesk.feeds.dates import read_date
from copydesk.model import FeedDocument, Item

_MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def is_sitemap(body: bytes) -> bool:
    """Whether a body's first element is a urlset or sitemapindex."""
    head = body[:2000]
    return b"<urlset" in head or b"<sitemapindex" in head


def read_sitemap(body: bytes, *, url: str, now: datetime | None = None) -> FeedDocument:
    """Read a sitemap: every URL an item, news:title and news:publication_date where given."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.fromstring(body, parser)
    if root is None:
        raise FeedUnreadable("not_a_feed", "an empty sitemap")
    index = etree.QName(root).localname == "sitemapindex"
    items = tuple(_item(node, url, now) for node in root if isinstance(node.tag, str))
    return FeedDocument("sitemapindex" if index else "newssitemap", items=tuple(i for i in items if i.link))


def _item(node: etree._Element, url: str, now: datetime | None) -> Item:
    texts: dict[str, str] = {}
    for child in node.iter():
        if isinstance(child.tag, str) and child.text and child.text.strip():
            texts.setdefault(etree.QName(child).localname, child.text.strip())
    link = resolve(url, texts.get("loc"))
    return Item(
        guid=link,
        link=link,
        title=texts.get("title"),
        categories=tuple(k.strip() for k in texts.get("keywords", "").split(",") if k.strip()),
        published=read_date(texts.get("publication_date"), now=now, source="sitemap"),
        updated=read_date(texts.get("lastmod"), now=now, source="sitemap"),
        language=texts.get("language"),
    )
