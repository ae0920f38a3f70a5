"""Feeds of every format and dialect, whole and broken, written for this test; and any bytes at all."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copydesk.errors import FeedUnreadable
from copydesk.feeds.parse import read_feed

URL = "http://paper.example/feeds/all"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RDF = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
DC = "xmlns:dc='http://purl.org/dc/elements/1.1/'"


def read(body, **headers):
    raw = body if isinstance(body, bytes) else body.encode()
    return read_feed(raw, url=URL, headers={k.replace("_", "-"): v for k, v in headers.items()}, now=NOW)


DIALECTS = {
    "rss 0.90": f"""<rdf:RDF {RDF} xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel><title>T</title></channel>
        <item><title>One</title><link>http://paper.example/1</link></item></rdf:RDF>""",
    "rss 0.91": """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
        <rss version="0.91"><channel><title>T</title><item><title>One</title><link>http://paper.example/1</link></item></channel></rss>""",
    "rss 0.92": "<rss version='0.92'><channel><item><title>One</title><link>/1</link></item></channel></rss>",
    "rss 1.0": f"""<rdf:RDF {RDF} {DC} xmlns="http://purl.org/rss/1.0/"><channel rdf:about="http://paper.example/"><title>T</title></channel>
        <item rdf:about="http://paper.example/1"><title>One</title><link>http://paper.example/1</link><dc:date>2026-03-02T10:00:00Z</dc:date></item></rdf:RDF>""",
    "rss 2.0": "<rss version='2.0'><channel><item><title>One</title><link>http://paper.example/1</link></item></channel></rss>",
    "rss 2.0, no version": "<rss><channel><item><title>One</title><link>http://paper.example/1</link></item></channel></rss>",
    "rss 2.0, link as guid": "<rss version='2.0'><channel><item><title>One</title><guid>http://paper.example/1</guid></item></channel></rss>",
    "atom 0.3": """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry><title>One</title><id>tag:1</id>
        <link rel="alternate" type="text/html" href="http://paper.example/1"/><issued>2026-03-02T10:00:00Z</issued></entry></feed>""",
    "atom 1.0": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>tag:1</id><title>One</title><link href='/1'/></entry></feed>",
    "atom 1.0, xml:base": """<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://paper.example/x/'><entry><id>tag:1</id><title>One</title>
        <link href='../1'/></entry></feed>""",
    "atom 1.0, a prefix": "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>One</a:title><a:link href='/1'/></a:entry></a:feed>",
    "cdf": """<CHANNEL HREF="http://paper.example/"><TITLE>T</TITLE><ITEM HREF="http://paper.example/1"><TITLE>One</TITLE></ITEM></CHANNEL>""",
    "json feed 1.0": '{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"url":"/1","title":"One"}]}',
    "json feed 1.1": '\ufeff {"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"/1","title":"One"}]}',
    "news sitemap": """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>http://paper.example/1</loc><news:news><news:publication><news:name>P</news:name><news:language>en</news:language></news:publication>
        <news:publication_date>2026-03-02T10:00:00Z</news:publication_date><news:title>One</news:title></news:news></url></urlset>""",
}
HEAD, TAIL = (
    "<rss version='2.0'><channel><title>T</title><item><title>One",
    "</title><link>/1</link></item></channel></rss>",
)
BROKEN = {
    "a comment before the declaration": "<!-- made by hand -->\n<?xml version='1.0'?>" + HEAD + TAIL,
    "an empty line before the declaration": "\n\n<?xml version='1.0'?>" + HEAD + TAIL,
    "a byte order mark": "\ufeff<?xml version='1.0'?>" + HEAD + TAIL,
    "no end": HEAD + TAIL.replace("</channel></rss>", ""),
    "cut within the next item": HEAD + TAIL.replace("</channel></rss>", "<item><title>Tw"),
    "an ampersand": HEAD + TAIL.replace("/1", "/1?a=b&c=d").replace("/1?a=b&c=d", "/1"),
    "a tag that is not closed": HEAD + TAIL.replace("<link>", "<br><link>"),
    "two roots": HEAD + TAIL + HEAD.replace("One", "Two") + TAIL,
    "html after it": HEAD + TAIL + "<!-- cached --><script>x()</script>",
    "an undeclared prefix": HEAD + TAIL.replace("<link>", "<media:x>y</media:x><link>"),
    "a reference to a surrogate": HEAD + "&#xD800;" + TAIL,
    "a reference beyond Unicode": HEAD + "&#x110000;" + TAIL,
    "a reference without end": HEAD + "&#99999999999999;" + TAIL,
    "a reference of forty digits": HEAD + "&#" + "9" * 40 + ";" + TAIL,
    "a reference to NUL": HEAD + "&#0;" + TAIL,
    "a reference to a control": HEAD + "&#x1;" + TAIL,
    "a reference to a non-character": HEAD + "&#xFFFE;" + TAIL,
    "NUL": HEAD + "\x00" + TAIL,
    "controls": HEAD + "\x01\x0b\x1f" + TAIL,
    "an entity of HTML": HEAD + "&nbsp;&eacute;" + TAIL,
    "an entity of nobody": HEAD + "&unheardof;" + TAIL,
}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_gives_the_item_with_its_link(name):
    (item,) = read(DIALECTS[name]).items
    assert (item.title, item.link) == ("One", "http://paper.example/1")


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_costs_no_item(name):
    items = read(BROKEN[name]).items
    assert items[0].title is not None
    assert items[0].title.startswith("One")
    assert items[0].link == "http://paper.example/1"


@pytest.mark.parametrize("name", [n for n in BROKEN if n.startswith(("a reference", "NUL", "controls"))])
def test_what_was_mended_is_said(name):
    assert read(BROKEN[name]).repairs


@pytest.mark.parametrize(
    "coding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252", "utf-32"]
)
def test_codings(coding):
    text = f"<?xml version='1.0' encoding='{coding}'?><rss version='2.0'><channel><item><title>Ünïted – no</title></item></channel></rss>"
    text = text if not coding.startswith("iso") else text.replace("–", "-")
    (item,) = read(text.encode(coding)).items
    assert item.title in ("Ünïted – no", "Ünïted - no")


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("bad", ["&#xD800;", "&#x110000;", "&#0;", "\x01"])
def test_broken_in_a_wide_coding(coding, bad):
    text = f"<?xml version='1.0' encoding='{coding}'?><rss version='2.0'><channel><item><title>Ü{bad}</title></item></channel></rss>"
    document = read(text.encode(coding))
    assert document.items[0].title.startswith("Ü")
    assert document.repairs


def test_the_header_says_the_coding():
    body = "<rss version='2.0'><channel><item><title>Ünï</title></item></channel></rss>".encode("windows-1252")
    assert read(body, content_type="application/xml; charset=windows-1252").items[0].title == "Ünï"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"   ", b"\x00" * 50, b"{}", b"{\"items\": []}", b"[]", b"<html><body>login</body></html>", b"\x89PNG\r\n", b"<rss",
        b"<opml version='2.0'><body/></opml>", b"{" * 5000, b'{"version":"https://jsonfeed.org/version/1.1","items":[', b"\xff\xfe\x00",
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_what_is_no_feed_is_refused_by_name(body):
    with pytest.raises(FeedUnreadable) as caught:
        read(body)
    assert caught.value.reason in ("empty", "not_a_feed", "bad_json", "parser_failed")


def test_no_entity_is_expanded_and_no_file_is_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary")
    bomb = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else 'ha'}'>" for n in range(12))
    body = f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{secret}'>{bomb}]><rss version='2.0'><channel><item><title>One&x;&e11;</title></item></channel></rss>"
    document = read(body)
    assert "canary" not in str(document)
    assert len(document.items[0].title) < 100
    assert "entities_dropped" in document.repairs


def test_no_item_is_dropped_however_many_there_are():
    rss = "".join(f"<item><guid>http://paper.example/{n}</guid></item>" for n in range(3000))
    assert len(read(f"<rss version='2.0'><channel>{rss}</channel></rss>").items) == 3000
    urls = "".join(f"<url><loc>http://paper.example/{n}</loc></url>" for n in range(50_000))
    assert len(read(f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>").items) == 50_000
    items = [{"id": n} for n in range(50_000)]
    assert len(read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})).items) == 50_000


def test_a_long_author_takes_no_quadratic_time():
    body = (
        f"<rss version='2.0'><channel><item><title>One</title><author>{'a@' * 200_000}</author></item></channel></rss>"
    )
    assert read(body).items[0].title == "One"


def test_what_a_feed_wishes():
    document = read(
        """<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:atom='http://www.w3.org/2005/Atom'
        ><channel><title>T</title><ttl>90</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
        <skipHours><hour>0</hour><hour> 1 </hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>
        <atom:link rel='hub' href='https://hub.example/'/><atom:link rel='self' href='http://paper.example/feed'/>
        <item><title>x</title></item></channel></rss>"""
    )
    assert (document.ttl, document.update_every) == (5400, 21600)
    assert (document.skip_hours, document.skip_days) == ({0, 1}, {6})
    assert (document.hubs, document.topic) == (("https://hub.example/",), "http://paper.example/feed")


@pytest.mark.parametrize(
    ("said", "ttl"),
    [("0", None), ("-5", None), ("", None), ("soon", None), ("99999", None), ("60.0", 3600), ("nan", None)],
)
def test_a_ttl_that_is_nonsense_is_no_wish(said, ttl):
    assert read(f"<rss version='2.0'><channel><title>T</title><ttl>{said}</ttl><item/></channel></rss>").ttl == ttl


@pytest.mark.parametrize(
    ("period", "times", "seconds"),
    [("hourly", "1", 3600), ("dayly", "2", 43200), ("hourly", "0.1", 36000), ("hourly", "9999", 60), ("always", "1", None),
     ("daily", "0", None), ("daily", "x", 86400), ("yearly", "1", 7 * 86400), ("hourly", "nan", None)],
)  # fmt: skip
def test_odd_update_periods(period, times, seconds):
    space = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    sy = f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{times}</sy:updateFrequency>"
    document = read(f"<rss version='2.0' {space}><channel><title>T</title>{sy}<item/></channel></rss>")
    assert document.update_every == seconds


def test_all_hours_to_skip_are_none():
    hours = "".join(f"<hour>{n}</hour>" for n in range(24))
    document = read(f"<rss version='2.0'><channel><skipHours>{hours}</skipHours><item/></channel></rss>")
    assert document.skip_hours == frozenset()


ARCHIVE = """<feed xmlns='http://www.w3.org/2005/Atom' xmlns:fh='http://purl.org/syndication/history/1.0' xmlns:at='http://purl.org/atompub/tombstones/1.0'>
    <title>T</title><link rel='prev-archive' href='/2025'/><link rel='next' href='?page=2'/>{}
    <at:deleted-entry ref='tag:gone' when='2026-03-01T10:00:00Z'><at:comment>withdrawn</at:comment></at:deleted-entry>
    <entry><id>tag:1</id><title>One</title><updated>2026-03-01T10:00:00Z</updated></entry></feed>"""


def test_paging_archives_and_tombstones():
    document = read(ARCHIVE.format(""))
    assert (document.next_page, document.prev_archive) == (
        "http://paper.example/feeds/all?page=2",
        "http://paper.example/2025",
    )
    ((ref, when),) = document.tombstones
    assert (ref, when.value) == ("tag:gone", datetime(2026, 3, 1, 10, tzinfo=UTC))
    assert not document.complete
    assert read(ARCHIVE.format("<fh:complete/>")).complete
    assert len(document.items) == 1


@pytest.mark.parametrize(
    ("link", "found"),
    [("javascript:alert(1)", None), ("data:text/html,x", None), ("//paper.example/1", "http://paper.example/1"), ("", None),
     ("mailto:x@paper.example", None), ("?id=5", "http://paper.example/feeds/all?id=5"), ("file:///etc/passwd", None)],
)  # fmt: skip
def test_only_web_addresses_are_links(link, found):
    (item,) = read(
        f"<rss version='2.0'><channel><item><title>x</title><link>{link}</link></item></channel></rss>"
    ).items
    assert item.link == found


def test_an_id_is_no_link_unless_it_is_a_whole_address():
    (rss,) = read("<rss version='2.0'><channel><item><title>x</title><guid>/1</guid></item></channel></rss>").items
    (atom,) = read("<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1#2</id><title>x</title></entry></feed>").items
    assert (rss.guid, rss.link) == ("/1", None)
    assert (atom.guid, atom.link) == ("1#2", None)


@pytest.mark.parametrize(
    ("said", "value", "quality"),
    [
        ("Mon, 02 Mar 2026 10:00:00 GMT", "2026-03-02T10:00:00", "exact"),
        ("2026-03-02T11:00:00+01:00", "2026-03-02T10:00:00", "exact"),
        ("Mon, 02 Mar 2026 12:00:00 CEST", "2026-03-02T10:00:00", "exact"),
        ("2026-03-02 10:00:00", "2026-03-02T10:00:00", "assumed_zone"),
        ("2026-03-02", "2026-03-02T00:00:00", "date_only"),
        ("lun., 02 mars 2026 10:00:00 +0000", "2026-03-02T10:00:00", "exact"),
        ("1772445600", "2026-03-02T10:00:00", "exact"),
        ("2026-02-30T10:00:00Z", None, "rejected"),
        ("0000-00-00", None, "rejected"),
        ("2041-01-01T00:00:00Z", None, "rejected"),
        ("1970-01-01T00:00:00Z", None, "rejected"),
        ("yesterday", None, "rejected"),
        ("10000", None, "rejected"),
    ],
)  # fmt: skip
def test_dates_keep_their_words_their_value_and_how_sure(said, value, quality):
    (item,) = read(
        f"<rss version='2.0'><channel><item><title>x</title><pubDate>{said}</pubDate></item></channel></rss>"
    ).items
    assert item.published.raw == said
    assert item.published.quality == quality
    assert (item.published.value and item.published.value.isoformat()[:19]) == value


PIECES = st.sampled_from(
    [b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<link>", b"&#xD800;", b"&", b"<![CDATA[", b"]]>",
     b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"]>", b"<?xml version='1.0' encoding='utf-7'?>", b"<feed xmlns='http://www.w3.org/2005/Atom'>",
     b"<entry>", b"<id>", b"<updated>9999-99-99", b"<pubDate>", b"Mon, 99 Foo", b"<guid>", b"<author>(", b"\x00", b"\xff\xfe", b"<urlset>", b"<url>",
     b"<loc>", b"{", b'"version":"https://jsonfeed.org/version/1.1",', b'"items":[', b"1e999", b"}", b"<at:deleted-entry ref='", b"<ttl>", b"1e400",
     b"<skipHours>", b"<hour>\xd9\xa3</hour>", b"http://[::1", b"<enclosure url='http://[' length='x'/>", b"<itunes:duration>"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=400), st.lists(PIECES | st.binary(max_size=6), max_size=25).map(b"".join)))
@example(b"<rss version='2.0'><channel><item><link>http://[::1</link></item></channel></rss>")
@example(b"<rss version='2.0'><channel><skipHours><hour>\xc2\xb2</hour></skipHours><item/></channel></rss>")
@example(
    b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"\\ud800","date_published":"9999-12-31T23:59:59-23:59"}]}'
)
def test_nothing_but_feed_unreadable_is_ever_raised(body):
    with suppress(FeedUnreadable):
        assert read(body).format
