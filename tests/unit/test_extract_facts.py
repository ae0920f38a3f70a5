from datetime import UTC, datetime, timedelta

import pytest

from copydesk.articles.datelines import dateline
from copydesk.articles.dates import modified, published
from copydesk.articles.head import flags, language, links, section
from copydesk.articles.moments import moment
from copydesk.articles.page import read_page
from copydesk.articles.people import agency_of, byline, is_person, split_names
from copydesk.articles.standfirst import standfirst
from copydesk.articles.titles import heading_of, title
from copydesk.articles.tree import parse
from copydesk.model import Dated, Item

URL = "https://www.ledger.example/2024/03/05/bridge"


def page_of(html, **rest):
    tree, deep = parse(html)
    return read_page(tree, rest.pop("url", URL), flags=deep, **rest)


def head_of(*parts, body="<h1>A bridge opens</h1>"):
    return page_of(f"<html><head>{''.join(parts)}</head><body>{body}</body></html>")


def with_heading(page):
    return page, heading_of(page, title(page))


def ld(json):
    return f'<script type="application/ld+json">{json}</script>'


# --- titles ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "h1", "expected", "source"),
    [
        (["<title>A bridge opens | The Ledger</title>"], "A bridge opens", "A bridge opens", "h1"),
        (
            ['<meta property="og:title" content="A bridge opens - Ledger">', "<title>x</title>"],
            "Log in",
            "A bridge opens",
            "meta:og:title",
        ),
        (
            [ld('{"@type":"NewsArticle","headline":"Harbour: A bridge opens"}'),
             '<meta property="og:title" content="Harbour: A bridge opens">'],
            "A bridge opens",
            "Harbour: A bridge opens",
            "jsonld:headline",
        ),
        (
            [ld('{"@type":"NewsArticle","headline":"A bridge opens today"}'),
             '<meta property="og:title" content="A bridge opens">'],
            "A bridge opens",
            "A bridge opens",
            "h1",
        ),
        (["<title>A bridge opens - Sport - Ledger</title>"], "", "A bridge opens - Sport", "title"),
    ],
)  # fmt: skip
def test_the_headline_is_chosen_and_the_site_left_out(parts, h1, expected, source):
    site = '<meta property="og:site_name" content="The Ledger">'
    found = title(head_of(site, *parts, body=f"<h1>{h1}</h1>" if h1 else ""))
    assert (found.value, found.source) == (expected, source)


def test_losing_headlines_are_kept():
    found = title(head_of("<title>Another wording of it</title>"))
    assert ("title", "Another wording of it") in found.losers


def test_the_feed_names_a_page_without_any_headline():
    item = Item(guid=None, link=None, title="A bridge opens")
    assert title(page_of("<p>Text</p>", item=item)).source == "feed"


# --- dates -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "iso", "quality"),
    [
        ("2024-03-05T14:05:06+01:00", "2024-03-05T14:05:06+01:00", "exact"),
        ("2024-03-05T13:05:06.123Z", "2024-03-05T13:05:06+00:00", "exact"),
        ("2024-03-05 14:05:06 +0100", "2024-03-05T14:05:06+01:00", "exact"),
        ("2024-03-05T14:05", "2024-03-05T14:05:00+00:00", "assumed_zone"),
        ("2024-03-05", "2024-03-05T00:00:00+00:00", "date_only"),
        ("20240305", "2024-03-05T00:00:00+00:00", "date_only"),
        ("1709643906", "2024-03-05T13:05:06+00:00", "exact"),
        ("Tue, 05 Mar 2024 13:05:06 GMT", "2024-03-05T13:05:06+00:00", "exact"),
        ("Tue Mar 05 14:05:06 CET 2024", "2024-03-05T14:05:06+01:00", "exact"),
        ("March 5, 2024 2:05 PM EST", "2024-03-05T14:05:00-05:00", "exact"),
        ("5 March 2024", "2024-03-05T00:00:00+00:00", "date_only"),
        ("05.03.2024, 14:05 Uhr", "2024-03-05T14:05:00+00:00", "assumed_zone"),
        ("5. März 2024", "2024-03-05T00:00:00+00:00", "date_only"),
        ("5 de março de 2024", "2024-03-05T00:00:00+00:00", "date_only"),
        ("5 août 2024", "2024-08-05T00:00:00+00:00", "date_only"),
        ("2024年3月5日 14時05分", "2024-03-05T14:05:00+00:00", "assumed_zone"),
    ],
)
def test_dates_are_read_as_written(raw, iso, quality):
    value, how = moment(raw)
    assert (value.isoformat(), how) == (iso, quality)


@pytest.mark.parametrize("raw", ["", "03/04/2024", "2024-02-30", "tomorrow", "0000-00-00", "5 Foo 2024", "9" * 5000])
def test_what_is_no_date_is_none(raw):
    assert moment(raw) is None


def test_precedence_and_losers():
    found = published(
        head_of(
            ld('{"@type":"NewsArticle","datePublished":"2024-03-05T10:00:00Z"}'),
            '<meta property="article:published_time" content="2024-03-06T10:00:00Z">',
        )
    )
    assert found.source == "jsonld:datePublished"
    assert ("meta:article:published_time", "2024-03-06T10:00:00Z") in found.losers
    assert ("url", "2024-03-05") in found.losers


def test_an_implausible_date_loses_to_the_next():
    seen = datetime(2024, 3, 10, tzinfo=UTC)
    page = head_of('<meta property="article:published_time" content="2031-01-01T00:00:00Z">')
    page.observed_at = seen
    assert published(page).source == "url"


def test_times_and_feed_are_fallbacks():
    when = datetime(2024, 3, 5, 9, tzinfo=UTC)
    item = Item(guid=None, link=None, title=None, published=Dated("x", when), updated=Dated("y", when + timedelta(1)))
    bare = page_of("<h1>A</h1>", url="https://ledger.example/a", item=item)
    assert published(bare).source == "feed"
    assert modified(bare).value == when + timedelta(1)
    marked = page_of('<h1>A</h1><time datetime="2024-01-02T03:04:05Z">2 Jan</time>', url="https://ledger.example/a")
    assert published(marked).source == "time"


# --- people ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Mara Quist and Jon Vale", ["Mara Quist", "Jon Vale"]),
        ("Von Mara Quist, Jon Vale", ["Mara Quist", "Jon Vale"]),
        ("Mara Quist (mq), dpa", ["Mara Quist", "dpa"]),
        ("par Élise Aubry et Jon Vale", ["Élise Aubry", "Jon Vale"]),
    ],
)
def test_bylines_are_split(line, names):
    assert split_names(line) == names


@pytest.mark.parametrize("name", ["Staff", "Ledger Staff", "Redaktion", "dpa", "Sports Desk", "@mara", "admin", "X1"])
def test_desks_and_agencies_are_no_people(name):
    assert not is_person(name)


def test_the_house_is_no_person():
    assert not is_person("The Ledger", ("theledger",))
    assert is_person("Mara Quist", ("theledger",))
    assert is_person("大野 花子")


def test_agencies_are_known():
    assert agency_of("The Associated Press") == "AP"
    assert agency_of("Mara Quist") is None


def test_the_structured_byline_wins_and_the_agency_stands_apart():
    found = byline(
        head_of(
            ld('{"@type":"NewsArticle","author":[{"@type":"Person","name":"Mara Quist"},'
               '{"@type":"Organization","name":"Reuters"}]}')
        )
    )  # fmt: skip
    assert (found.names, found.source, found.agency) == (("Mara Quist",), "jsonld:author", "Reuters")


def test_a_house_credit_gives_way_to_the_printed_byline():
    page = head_of(
        '<meta name="author" content="Ledger Staff">',
        body='<h1>A bridge</h1><div class="byline">By <a rel="author" href="/by/mq">Mara Quist</a></div>',
    )
    found = byline(*with_heading(page))
    assert (found.names, found.source) == (("Mara Quist",), "page")


def test_authors_by_reference():
    found = byline(
        head_of(
            ld('{"@graph":[{"@type":"NewsArticle","author":{"@id":"#p"}},{"@id":"#p","@type":"Person",'
               '"name":"Jon Vale"}]}')
        )
    )  # fmt: skip
    assert found.names == ("Jon Vale",)


# --- the rest of the head ----------------------------------------------------


def test_dateline_forms():
    assert dateline("BEIJING--China is calling").text == "BEIJING"
    filed = dateline("LONDON, March 3 (Reuters) - Shares rose")
    assert (filed.text, filed.agency) == ("LONDON, March 3", "Reuters")
    assert dateline("Berlin (dpa) - Der Bundestag").agency == "dpa"
    assert dateline("The minister - a former judge - resigned") is None
    assert dateline("NATO: the alliance grows") is None


def test_standfirst_as_printed_or_as_described():
    body = '<h1>A bridge</h1><p class="article-standfirst">Forty years late, the harbour has its bridge.</p>'
    printed = standfirst(*with_heading(head_of(body=body)))
    assert (printed.value, printed.quality) == ("Forty years late, the harbour has its bridge.", "printed")
    described = standfirst(*with_heading(head_of('<meta name="description" content="Forty years late.">')))
    assert (described.source, described.quality) == ("meta:description", "head")


def test_links_are_absolute_http_or_nothing():
    page = head_of(
        '<link rel="canonical" href="/bridge">',
        '<link rel="amphtml" href="javascript:alert(1)">',
        '<meta property="og:image" content="//img.example/a.jpg">',
    )
    assert links(page) == ("https://www.ledger.example/bridge", None, "https://img.example/a.jpg")


def test_flags_of_robots_rights_and_walls():
    page = head_of(
        '<meta name="robots" content="noindex, noarchive">',
        '<meta name="tdm-reservation" content="1">',
        ld('{"@type":["NewsArticle"],"isAccessibleForFree":"False","articleSection":["World"]}'),
    )
    assert flags(page) == {"noindex", "noarchive", "tdm_reserved", "paywall"}
    assert section(page).value == "World"


def test_language_declared_or_guessed():
    assert language(page_of('<html lang="pt-BR"><p>Oi</p>'), "").value == "pt"
    told = language(page_of("<p>x</p>"), "Der Bundestag hat am Dienstag über das Gesetz beraten. " * 6)
    assert (told.value, told.quality) == ("de", "guessed")
    assert language(page_of("<p>x</p>"), "zu kurz") is None
