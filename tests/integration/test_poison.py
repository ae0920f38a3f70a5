"""Pages and feed entries that a database chokes on (threats S13 and S14): each is kept, and its batch-mates too."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from tests.newsroom import arrive

from copydesk.pipeline import correct_articles, load_articles
from copydesk.store.db import rows

SEEN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LINE = "The harbour board met on {} to discuss the new ferry, which is to sail from the old pier in the spring. "


def page(head: str = "", body: str = "", title: str = "A ferry for the bay") -> str:
    told = "".join(f"<p>{LINE.format(day)}</p>" for day in ("Monday", "Tuesday", "Wednesday"))
    return f"<html lang=en><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{told}{body}</article></body></html>"


def ld(**facts: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **facts})}</script>'


POISON = {
    "NUL": page(body="<p>One\x00two</p>"),
    "NUL reference": page(body="<p>One&#0;two &#x0; three</p>", title="A&#0;B"),
    "surrogate reference": page(body="<p>One &#xD800; two &#xDFFF;</p>"),
    "surrogate in JSON-LD": page(
        head='<script type="application/ld+json">{"@type":"NewsArticle","headline":"a\\ud800b"}</script>'
    ),
    "NUL in JSON-LD": page(
        head='<script type="application/ld+json">{"@type":"NewsArticle","headline":"a\\u0000b"}</script>'
    ),
    "NaN": page(
        head='<script type="application/ld+json">{"@type":"NewsArticle","wordCount":NaN,"x":Infinity}</script>'
    ),
    "large number": page(
        head='<script type="application/ld+json">{"@type":"NewsArticle","wordCount":1e400000}</script>'
    ),
    "long integer": page(
        head='<script type="application/ld+json">{"@type":"NewsArticle","wordCount":' + "9" * 5000 + "}</script>"
    ),
    "deep JSON": page(head='<script type="application/ld+json">' + "[" * 20_000 + "]" * 20_000 + "</script>"),
    "year 10000": page(head=ld(datePublished="10000-01-01T00:00:00Z")),
    "year 0": page(head=ld(datePublished="0000-00-00T00:00:00Z", dateModified="0001-01-01T00:00:00+14:00")),
    "long title": page(title="Ferry " * 20_000),
    "many words": page(body="<p>" + " ".join(f"word{n}" for n in range(200_000)) + "</p>"),
    "long author": page(head=ld(author=[{"@type": "Person", "name": "Ada " * 5000}])),
    "bidi and non-characters": page(body="<p>\u202eabc\u2066\ufffe\uffff\U0001ffff\ufeff</p>"),
}


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_page_costs_no_batch(name, desk, dsn):
    with desk.pool.connection() as conn:
        arrive(conn, "http://a.example/one", SEEN, page(title="One ferry").encode())
        arrive(conn, "http://b.example/two", SEEN, POISON[name].encode("utf-8", "surrogatepass"))
        arrive(conn, "http://c.example/three", SEEN, page(title="Three ferries").encode())
    load_articles(desk)
    correct_articles(desk)
    with desk.pool.connection() as conn:
        stored = {
            row["url"] for row in rows(conn, "select a.url from versions v join articles a on a.id = v.article_id")
        }
        left = rows(conn, "select state, decision from observations where state <> 'done'")
    assert {"http://a.example/one", "http://c.example/three"} <= stored
    assert "http://b.example/two" in stored, left
    assert not left
