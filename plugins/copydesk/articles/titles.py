"""The headline of an article: which of the page's claims it is, without the site's name."""

from __future__ import annotations

from copydesk.articles.page import Page
from copydesk.articles.tree import clean, text_of
from copydesk.model import Fact


def title(page: Page) -> Fact | None:
    """Give the headline with its source and the claims that lost."""
    claims = [(source, value) for source, value in _claims(page) if value]
    if not claims:
        return None
    source, value = claims[0]
    return Fact(value, source, raw=value, losers=tuple(claims[1:]))


def _claims(page: Page) -> list[tuple[str, str]]:
    headline = page.article.get("headline")
    heading = next((text_of(h) for h in page.tree.iter("h1")), "")
    og = page.first("og:title")
    head = next((clean(t.text or "") for t in page.tree.iter("title")), "")
    item = (page.item.title or "") if page.item else ""
    return [
        ("h1", heading),
        ("jsonld", clean(headline) if isinstance(headline, str) else ""),
        ("og:title", og[1] if og else ""),
        ("title", head),
        ("feed", item),
    ]
