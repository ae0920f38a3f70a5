"""What publishers offer of their past: which articles there were, by sitemaps, archived feeds and pages by date."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from tests.archive.loading import ask, load
from tests.archive.serving import Served

from copydesk.archive.capture import Interval, Slice
from copydesk.archive.publisher import Lead, PublisherSource
from copydesk.store import backfill as ledger

JUNE = Interval(datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC))
MONTH = timedelta(days=30)


class Site(Served):
    """Pages by path on loopback; a story stands at every path that begins with /20 or /story."""

    def __init__(self):
        self.pages, self.asked = {}, []

    def answer(self, path, asked):
        self.asked.append(path)
        status, kind, body = self._found(path)
        return status, {"content-type": kind}, body

    def _found(self, path):
        if path in self.pages:
            kind, body = self.pages[path]
            return 200, kind, body if isinstance(body, bytes) else body.replace("BASE", self.url).encode()
        if path.startswith(("/20", "/story")):
            text = f"At {path} the lock was mended, and forty boats went through it before the evening. " * 8
            page = f"<html><head><title>Lock {path}</title></head><body><article><h1>Lock {path}</h1><p>{text}</p></article></body></html>"
            return 200, "text/html", page.encode()
        return 404, "text/plain", b"no"


@pytest.fixture
def site():
    with Site() as running:
        yield running


def stories(desk, site):
    return [r["url"].removeprefix(site.url) for r in ask(desk, "select url from observations order by url")]


def entry(n, day):
    return (f"<entry><id>e{n}</id><title>Lock {n}</title><link href='BASE/story-{n}-of-the-lock'/>"
            f"<published>2025-{day}T09:00:00Z</published><updated>2025-{day}T09:00:00Z</updated></entry>")  # fmt: skip


def atom(links, *entries):
    return ("application/atom+xml", f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>f</id>
        <title>Lock</title><updated>2025-06-30T00:00:00Z</updated>{links}{"".join(entries)}</feed>""")  # fmt: skip


def test_a_chain_of_feed_archives(desk, site):
    site.pages["/feed"] = atom("<link rel='prev-archive' href='BASE/a2'/>", entry(5, "07-03"))
    site.pages["/a2"] = atom("<link rel='prev-archive' href='BASE/a1'/>", entry(4, "06-20"), entry(3, "06-05"))
    site.pages["/a1"] = atom("<link rel='prev-archive' href='BASE/a0'/>", entry(2, "06-02"), entry(1, "05-30"))
    site.pages["/a0"] = atom("", entry(0, "05-01"))
    (piece,) = load(desk, f"feed:{site.url}/feed", interval=JUNE, step=MONTH)
    assert (piece["state"], piece["error"]) == ("done", "")
    assert stories(desk, site) == [f"/story-{n}-of-the-lock" for n in (2, 3, 4)]
    assert [r["title"] for r in ask(desk, "select title from entries order by title")] == [
        f"Lock {n}" for n in (1, 2, 3, 4)
    ]
    looked = ask(desk, "select min(observed_at) > now() - interval '1 hour' as now from observations")
    assert looked[0]["now"]  # a page that is read today is a look of today


def test_an_index_of_sitemaps_and_dates_that_lie(desk, site):
    def urlset(*urls):
        said = "".join(f"<url><loc>BASE{u}</loc><lastmod>{at}</lastmod></url>" for u, at in urls)
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{said}</urlset>'

    def index(*names):
        said = "".join(f"<sitemap><loc>BASE/{name}</loc></sitemap>" for name in names)
        return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{said}</sitemapindex>'

    june = urlset(("/story-june-by-its-lastmod", "2025-06-11"), ("/2025/06/12/by-its-path", "2025-09-01"),
                  ("/story-of-may-this-one", "2025-05-30"))  # fmt: skip
    rebuilt = urlset(*[(f"/story-{n}-without-a-date", "2025-06-15T04:00:00Z") for n in range(30)])
    site.pages["/sitemap.xml"] = (
        "application/xml",
        index("sitemap-2025-06.xml.gz", "sitemap-2024-06.xml", "rebuilt.xml"),
    )
    site.pages["/sitemap-2025-06.xml.gz"] = ("application/gzip", gzip.compress(june.replace("BASE", site.url).encode()))
    site.pages["/rebuilt.xml"] = ("application/xml", rebuilt)
    (piece,) = load(desk, f"{site.url}/sitemap.xml", interval=JUNE, step=MONTH)
    assert piece["state"] == "done"
    assert stories(desk, site) == ["/2025/06/12/by-its-path", "/story-june-by-its-lastmod"]
    assert "/sitemap-2024-06.xml" not in site.asked


def test_pages_by_date_and_their_numbered_pages(desk, site):
    for number, links in ((1, "ab"), (2, "bc"), (3, "")):
        found = "".join(f"<a href='/2025/06/02/story-of-a-lock-{x}'>x</a>" for x in links)
        more = "<a href='/about'>us</a><a href='https://elsewhere.example/2025/06/02/a-story-of-theirs'>x</a>"
        site.pages[f"/archive/2025/06/02?p={number}"] = ("text/html", f"<html><body>{found}{more}</body></html>")
    days = Interval(datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 4, tzinfo=UTC))
    slices = load(desk, site.url + "/archive/{yyyy}/{mm}/{dd}?p={page}", interval=days)
    assert [(s["state"], s["captures"]) for s in slices] == [("done", 0), ("done", 3), ("done", 0)]
    assert stories(desk, site) == [f"/2025/06/02/story-of-a-lock-{x}" for x in "abc"]


def test_what_robots_forbids_is_not_asked(desk, site):
    site.pages["/robots.txt"] = ("text/plain", "User-agent: *\nDisallow: /story-4\n")
    site.pages["/feed"] = atom("", entry(4, "06-20"), entry(3, "06-05"))
    load(desk, f"feed:{site.url}/feed", interval=JUNE, step=MONTH)
    assert not any(path.startswith("/story-4") for path in site.asked)
    failures = {r["url"][-17:]: r["failure"] for r in ask(desk, "select url, failure from observations")}
    assert failures == {"story-3-of-the-lock"[-17:]: None, "story-4-of-the-lock"[-17:]: "robots"}


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("sitemap:BASE/none.xml", "status_404"),
        ("feed:BASE/story-1", "not_a_feed"),
        ("sitemap:BASE/story-1", "not_a_sitemap"),
    ],
)
def test_what_is_no_archive_fails_its_slice_by_name(desk, site, place, reason):
    (piece,) = load(desk, place.replace("BASE", site.url), interval=JUNE, step=MONTH)
    assert piece["state"] == "failed"
    assert reason in f"{piece['error']}: {piece['detail']}"


class Listed:
    def __init__(self, *urls):
        self.urls = urls

    def leads(self, interval):
        return (Lead(f"https://l.example/{url}", document=None) for url in self.urls)


class NoNetwork:
    def publisher(self, url, *, limit, accept):
        from copydesk.model import Answer

        return Answer(url, url, 200, (("content-type", "text/html"),), b"<html></html>", JUNE.since, 0.0)


@pytest.mark.parametrize(("after", "left"), [("b", "c"), ("gone", "abc"), (None, "abc")])
def test_it_goes_on_behind_what_was_done_even_when_that_is_gone(settings, after, left):
    source = PublisherSource("sitemap", "x", settings, NoNetwork(), Listed("a", "b", "a", "c"))
    checkpoint = {"after": f"https://l.example/{after}"} if after else {}
    assert [c.url[-1] for c in source.read(Slice("x", JUNE), checkpoint)] == list(left)


def test_a_publisher_is_asked_no_more_than_its_days_budget(desk, site, monkeypatch):
    monkeypatch.setattr("copydesk.stages.asking.DAILY", 3)
    monkeypatch.setattr("copydesk.pipeline.ledger.wait_left", lambda *args, **options: None)
    site.pages["/feed"] = atom("", *(entry(n, "06-20") for n in range(6)))
    (piece,) = load(desk, f"feed:{site.url}/feed", interval=JUNE, step=MONTH)
    assert (piece["state"], piece["error"]) == ("waiting", "daily_budget")
    assert len(stories(desk, site)) == 2
    with desk.pool.connection() as conn:
        assert ledger.claim(conn, [piece["id"]]) is None  # before midnight nobody goes on
