"""Feeds of each format are read; broken ones are repaired or refused by name."""

import pytest

from copydesk.errors import FeedUnreadable
from copydesk.feeds.opml import Outline, read_opml, write_opml
from copydesk.feeds.parse import read_feed

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>http://x.example/</link>
<item><title>A {}</title><link>http://x.example/a</link><guid>http://x.example/id/1</guid><pubDate>Mon, 02 Sep 2024 10:00:00 GMT</pubDate></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>x</id><updated>2024-09-02T10:00:00Z</updated>
<entry><id>http://x.example/id/1</id><title>A</title><link href="/a"/><updated>2024-09-02T10:00:00Z</updated></entry></feed>"""
JSON = ('{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"http://x.example/id/1","url":"http://x.example/a",'
        '"title":"A","date_published":"2024-09-02T10:00:00Z"}]}')  # fmt: skip


@pytest.mark.parametrize("body", [RSS.format(""), ATOM, JSON], ids=["rss", "atom", "json"])
def test_formats(body):
    document = read_feed(body.encode(), url="http://x.example/feed")
    (item,) = document.items
    assert (item.link, item.guid) == ("http://x.example/a", "http://x.example/id/1")
    assert (item.published.value or item.updated.value).isoformat() == "2024-09-02T10:00:00+00:00"


@pytest.mark.parametrize("bad", ["&#xD800;", "&#x110000;", "\x00", "&#0;"])
def test_a_bad_character_reference_costs_nothing(bad):
    (item,) = read_feed(RSS.format(bad).encode(), url="http://x.example/feed").items
    assert item.title.startswith("A")


@pytest.mark.parametrize("body", [b"", b"<html><body>login</body></html>", b"{}", b"\x89PNG"])
def test_what_is_no_feed_is_refused(body):
    with pytest.raises(FeedUnreadable):
        read_feed(body, url="http://x.example/feed")


def test_opml_goes_out_and_comes_back():
    rows = [
        Outline("A", "http://a.example/feed", "http://a.example/", "News/World", 0),
        Outline("B", "http://b.example/f", None, "", 0),
    ]
    back = read_opml(write_opml(rows))
    assert {(r.title, r.xml_url, r.folder) for r in back} == {(r.title, r.xml_url, r.folder) for r in rows}
