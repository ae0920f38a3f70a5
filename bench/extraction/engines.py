"""The engines of the comparison: each takes a page's bytes and URL and gives what it read.

Imports are inside the makers: an engine that is not installed is left out with a message.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """What an engine read of one page; empty where it has no such field."""

    text: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    date: str = ""
    lang: str = ""


Engine = Callable[[bytes, str], Read]


def _text(body: bytes) -> str:
    from copydesk.articles.decode import decode

    return decode(body).text


def copydesk() -> Engine:
    from copydesk.articles.extract import extract

    def run(body: bytes, url: str) -> Read:
        document = extract(body, url=url)
        date = document.published.value.isoformat()[:10] if document.published else ""
        lang = str(document.lang.value) if document.lang else ""
        title = str(document.title.value) if document.title else ""
        return Read(document.text, title, document.byline, date, lang)

    return run


def _trafilatura(fast: bool) -> Engine:
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

    def run(body: bytes, url: str) -> Read:
        found = bare_extraction(body, url=url, fast=fast, include_comments=False, with_metadata=True)
        if found is None:
            return Read()
        names = tuple(filter(None, (name.strip() for name in (found.author or "").split(";"))))
        return Read(found.text or "", found.title or "", names, found.date or "", found.language or "")

    return run


def trafilatura() -> Engine:
    return _trafilatura(fast=False)


def trafilatura_fast() -> Engine:
    return _trafilatura(fast=True)


def newspaper4k() -> Engine:
    from newspaper import Article

    def run(body: bytes, url: str) -> Read:
        article = Article(url or "http://localhost/", fetch_images=False)
        article.download(input_html=_text(body))
        article.parse()
        date = article.publish_date.isoformat()[:10] if article.publish_date else ""
        return Read(article.text, article.title, tuple(article.authors), date, article.meta_lang or "")

    return run


def newsplease() -> Engine:
    from newsplease import NewsPlease

    def run(body: bytes, url: str) -> Read:
        with contextlib.redirect_stderr(io.StringIO()):
            found = NewsPlease.from_html(_text(body), url=url or "http://localhost/", fetch_images=False)
        date = found.date_publish.isoformat()[:10] if found.date_publish else ""
        return Read(found.maintext or "", found.title or "", tuple(found.authors or ()), date, found.language or "")

    return run


def readability() -> Engine:
    from lxml import html
    from readability import Document

    def run(body: bytes, url: str) -> Read:
        found = Document(_text(body), url=url)
        return Read(html.fromstring(found.summary()).text_content(), found.short_title())

    return run


def goose3() -> Engine:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False})

    def run(body: bytes, url: str) -> Read:
        found = goose.extract(raw_html=_text(body))
        date = (found.publish_date or "")[:10]
        return Read(found.cleaned_text or "", found.title or "", tuple(found.authors), date, found.meta_lang or "")

    return run


def resiliparse() -> Engine:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def run(body: bytes, url: str) -> Read:
        tree = HTMLTree.parse(_text(body))
        text = extract_plain_text(tree, main_content=True, links=False, alt_texts=False, noscript=False, comments=False)
        return Read(text, tree.title or "")

    return run


MAKERS: dict[str, Callable[[], Engine]] = {
    "copydesk": copydesk,
    "trafilatura": trafilatura,
    "trafilatura-fast": trafilatura_fast,
    "newspaper4k": newspaper4k,
    "news-please": newsplease,
    "readability-lxml": readability,
    "goose3": goose3,
    "resiliparse": resiliparse,
}
