"""``copydesk feeds``: every verb, in words and in JSON; wrong input is named, exits 1 or 2 and leaves nothing."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from copydesk.cli import main
from copydesk.store.db import connect, one, rows

ITEMS = "".join(
    f"<item><guid>g{n}</guid><title>Story {n}</title><link>http://127.0.0.1/{n}</link></item>" for n in range(3)
)
FEED = f"<rss version='2.0'><channel><title>The Harbour \x9b Times</title>{ITEMS}</channel></rss>"
LINK = '<link rel="alternate" type="application/rss+xml" href="{}">'


class Site(BaseHTTPRequestHandler):
    pages: dict[str, tuple[int, str, str]] = {}
    asked: list[tuple[str, str | None]] = []

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("If-None-Match")))
        status, kind, text = self.pages.get(self.path, (404, "text/plain", "no"))
        self.send_response(status)
        self.send_header("Location" if status in (301, 302) else "Content-Type", kind)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


@contextmanager
def site(**pages):
    class Handler(Site):
        asked = []

    Handler.pages = {"/" + name.replace("_", "."): page for name, page in pages.items()}
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Handler.asked
        server.shutdown()


@pytest.fixture
def run(settings, monkeypatch, capsys):
    """Run ``copydesk feeds ...``: (exit code, standard output, standard error)."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("COPYDESK_ALLOW", "127.0.0.0/8")
    monkeypatch.delenv("COPYDESK_PUBLIC_URL", raising=False)

    def call(*args):
        capsys.readouterr()
        try:
            code = main(["feeds", *args])
        except SystemExit as wrong:
            code = wrong.code
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


def stored(settings):
    with connect(settings.database_url) as conn:
        return {
            table: one(conn, f"select count(*) as n from {table}")["n"]
            for table in ("feeds", "hosts", "entries", "feed_polls", "snapshots")
        }


def opml(*outlines):
    return "<opml version='2.0'><head/><body>\n" + "\n".join(outlines) + "\n</body></opml>"


def outline(url, title="A", more=""):
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"{more}/>'


@pytest.fixture
def write(tmp_path):
    def write(text, name="list.opml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(file)

    return write


# --- add -----------------------------------------------------------------------------------------------------


def test_a_feed_is_added_read_and_not_asked_for_twice(run, settings):
    with site(feed=(200, "application/rss+xml", FEED)) as (base, asked):
        code, out, err = run("add", f"{base}/feed", "--folder", "Local/Harbour", "--json")
        assert (code, err) == (0, "")
        page = json.loads(out)
        assert page["url"] == f"{base}/feed"
        assert (page["folder"], page["entries"], page["etag"], page["last_status"]) == ("Local/Harbour", 3, '"1"', 200)
        assert page["next_poll_at"] > page["last_poll_at"]
        assert len(page["polls"]) == 1
        assert asked == [("/feed", None)], "what was read to check it is the first poll"


@pytest.mark.parametrize("by", ["page", "guess"])
def test_a_site_that_names_its_feeds(run, by):
    head = "<html><head>" + LINK.format("/dead.xml") + LINK.format("/news.xml") + "</head><body>Hello</body></html>"
    pages = {
        "front": (200, "text/html", head if by == "page" else "<html><head></head><body>Hello</body></html>"),
        "news_xml": (200, "application/rss+xml", FEED),
        "feed" if by == "guess" else "unused": (200, "application/rss+xml", FEED),
    }
    with site(**pages) as (base, asked):
        code, out, err = run("add", f"{base}/front", "--json")
        assert code == 0
        found = "/news.xml" if by == "page" else "/feed"
        assert json.loads(out)["url"] == base + found
        assert f"{base}{found}" in err
        assert [path for path, _ in asked].count(found) == 1


def test_links_in_a_page_s_body_are_anybody_s_words(run):
    page = "<html><head></head><body>" + LINK.format("/evil.xml") + "</body></html>"
    with site(front=(200, "text/html", page), evil_xml=(200, "application/rss+xml", FEED)) as (base, asked):
        code, _, err = run("add", f"{base}/front")
        assert code == 2
        assert f"{base}/front: no feed, and it names none that is one" in err
        assert "/evil.xml" not in [path for path, _ in asked]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("{base}/page", 2, "{base}/page: no feed, and it names none"),
        ("{base}/none", 2, "{base}/none: the server answered 404"),
        ("{base}/broken", 1, "{base}/broken: the server answered 503"),
        ("http://10.0.0.1/feed", 2, "10.0.0.1: private, RFC 1918); COPYDESK_ALLOW lets it through"),
        ("http://2130706433:1/feed", 2, "not public"),
        ("{base}/inside", 2, "169.254.169.254"),
        ("http://127.0.0.1:{port}/feed", 1, "no connection"),
        ("http://no.such.host.invalid/feed", 1, "does not resolve"),
        ("ftp://news.example/feed", 2, "not an http(s) URL"),
        ("news", 2, "news: not an http(s) URL"),
        ("", 2, "not an http(s) URL"),
    ],
)
def test_what_cannot_be_added_is_named_and_leaves_nothing(run, settings, url, code, says):
    before = stored(settings)
    pages = {
        "page": (200, "text/html", "<html><body>Hello</body></html>"),
        "broken": (503, "text/plain", "no"),
        "inside": (302, "http://169.254.169.254/latest", ""),
    }
    with site(**pages) as (base, _):
        url = url.format(base=base, port=free_port())
        found, out, err = run("add", url)
        assert (found, out) == (code, "")
        assert says.format(base=base) in err
        assert err.splitlines()[-1].startswith("copydesk: ")
    assert stored(settings) == before


def test_a_duplicate_is_named_and_not_fetched_again(run, settings):
    with site(feed=(200, "application/rss+xml", FEED), old=(301, "/feed", "")) as (base, asked):
        assert run("add", f"{base}/feed")[0] == 0
        before = stored(settings)
        for url in (f"{base}/feed", f"{base}/feed?utm_source=x", f"{base}/old"):
            code, _, err = run("add", url)
            assert code == 2
            assert "already in the list as feed 1 (active)" in err
        assert [path for path, _ in asked] == ["/feed", "/old", "/feed"]
        assert stored(settings) == before


def test_a_feed_is_added_unseen(run):
    code, out, _ = run("add", "https://paper.example/feed", "--no-check", "--json")
    assert code == 0
    page = json.loads(out)
    assert (page["last_poll_at"], page["why"]) == (None, "new feed")
    assert run("add", "https://paper.example/feed", "--no-check")[0] == 2


# --- import and export ---------------------------------------------------------------------------------------

NESTED = opml(
    '<outline text="Welt &amp; Politik"><outline text="AC/DC \\ more">',
    outline("https://a.example/feed", "A &lt;b&gt; &#x201C;q&#x201D;"),
    '<outline text="Deeper">',
    outline(
        "https://b.example/feed?x=1&amp;y=2",
        "\U0001f469\u200d\U0001f680 \u0645\u06cc\u200c\u062e",
        ' htmlUrl="https://b.example/"',
    ),
    "</outline></outline></outline>",
    outline("https://c.example/feed", "Caf&eacute; &nbsp;&ndash; Z&uuml;rich"),
    outline("https://d.example/feed", "https://d.example/feed"),
    '<outline text="text" title="title" xmlUrl="feed://e.example/x"/>',
)


def test_a_list_goes_in_and_comes_out_the_same(run, write, settings):
    assert run("import", write(NESTED), "--json") == (0, '{\n  "added": 5,\n  "known": 0\n}\n', "")
    with connect(settings.database_url) as conn:
        first = {r["url"]: (r["title"], r["home"], r["folder"]) for r in rows(conn, "select * from feeds")}
    assert json.loads(run("show", "5", "--json")[1])["url"] == "http://e.example/x", "numbered in the list's order"
    code, exported, _ = run("export")
    assert code == 0
    assert first == {
        "https://a.example/feed": ("A <b> \u201cq\u201d", None, "Welt & Politik/AC\\/DC \\\\ more"),
        "https://b.example/feed?x=1&y=2": (
            "\U0001f469\u200d\U0001f680 \u0645\u06cc\u200c\u062e",
            "https://b.example/",
            "Welt & Politik/AC\\/DC \\\\ more/Deeper",
        ),
        "https://c.example/feed": ("Café \xa0– Zürich", None, ""),
        "https://d.example/feed": (None, None, ""),
        "http://e.example/x": ("title", None, ""),
    }
    with connect(settings.database_url) as conn:
        conn.execute("truncate feeds cascade")
    assert run("import", write(exported))[1] == "5 added, 0 already in the list\n"
    with connect(settings.database_url) as conn:
        assert {r["url"]: (r["title"], r["home"], r["folder"]) for r in rows(conn, "select * from feeds")} == first
    assert run("export")[1] == exported
    assert run("import", write(exported))[1] == "0 added, 5 already in the list\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "OPML: the document is empty"),
        ("<opml><body>\n<outline", "OPML, line 2:"),
        ("<rss>\n</rss>", "OPML, line 1: the document is <rss>, not <opml>"),
        ("{}", "OPML, line 1:"),
        (opml(), "no outline with an xmlUrl"),
        (opml(outline("https://a.example/?a=1&b=2")), "OPML, line 2:"),
        (opml(outline("https://a.example/"), outline("javascript:alert(1)")), "OPML, line 3: 'javascript:alert(1)' is not"),
        (opml(outline("https://a.example/"), outline("a.example/feed")), "OPML, line 3: 'a.example/feed' is not"),
        (opml(outline("https://a.example/"), "", outline("https://a.example/#x")), "OPML, line 4: https://a.example/#x is also on line 2"),
        ('<!DOCTYPE opml [\n<!ENTITY a "aaaa">]>' + opml(outline("https://a.example/")), "OPML, line 2: it defines entities"),
        (b"\xff\xfe\x00", "OPML, line 1:"),
        (opml(outline("https://a.example/", "\xff")).encode("latin-1"), "OPML, line 2:"),
        (opml("<outline text='x'>" * 400 + "</outline>" * 400), "OPML, line 2:"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_named_by_its_line_and_leaves_nothing(run, write, settings, text, says):
    before = stored(settings)
    code, out, err = run("import", write(text))
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert stored(settings) == before


def test_entities_hidden_in_utf_16_read_no_file_and_cost_nothing(run, write, tmp_path):
    canary = tmp_path / "canary"
    canary.write_text("secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    for entity in (f'<!ENTITY x SYSTEM "file://{canary}">', f'<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l8;">'):
        text = f"<!DOCTYPE opml [{entity}]>" + opml(outline("https://a.example/", "&x;"))
        started = time.process_time()
        code, _, err = run("import", write(text.encode("utf-16")))
        assert time.process_time() - started < 3
        assert code == 2
        assert "secret" not in err + run("export")[1]


def test_a_feed_twice_in_a_list_is_taken_once_if_told(run, write, settings):
    text = opml(outline("https://a.example/f", "One"), outline("https://a.example/f#2", "Two"))
    assert run("import", write(text))[0] == 2
    assert run("import", write(text), "--merge")[1] == "1 added, 0 already in the list\n"
    with connect(settings.database_url) as conn:
        assert one(conn, "select title from feeds")["title"] == "One"


def test_a_large_list_is_quick_and_all_or_nothing(run, write, settings):
    lines = [outline(f"https://h{n % 4000}.example/feed/{n}", f"Feed {n}") for n in range(10_000)]
    before = stored(settings)
    assert "line 10002" in run("import", write(opml(*lines, outline("nonsense"))))[2]
    assert stored(settings) == before
    started = time.process_time()
    assert run("import", write(opml(*lines)))[1] == "10000 added, 0 already in the list\n"
    assert run("export")[1].count("<outline") == 10_000
    assert time.process_time() - started < 10  # measured: 1.5 s; one statement for each feed took 12 s


def test_a_list_is_imported_from_a_url_and_from_standard_input(run, monkeypatch):
    with site(list=(200, "text/x-opml", opml(outline("https://a.example/f")))) as (base, _):
        assert run("import", f"{base}/list")[0] == 0
        code, _, err = run("import", f"{base}/none")
        assert (code, f"{base}/none: the server answered 404" in err) == (2, True)
    assert "no-such-file.opml" in run("import", "no-such-file.opml")[2]


# --- list, show and the rest -----------------------------------------------------------------------------------


def test_show_says_when_next_and_why_then(run, settings):
    with site(feed=(200, "application/rss+xml", FEED)) as (base, _):
        run("add", f"{base}/feed")
        with connect(settings.database_url) as conn:
            conn.execute("insert into gaps (feed_id, to_at, detail) values (1, now(), 'no overlap')")
            conn.execute("update feeds set next_poll_at = now() + interval '31 minutes', why = 'an item an hour', hubs = '{https://hub.example/}'")  # fmt: skip
        code, out, _ = run("show", f"{base}/feed")
        assert code == 0
        lines = {line.partition(" ")[0]: line for line in out.splitlines()}
        assert "(in 31 min): an item an hour" in out
        assert 'ETag "1"' in lines["validators"]
        assert lines["gaps"].endswith("1 open of 1")
        assert "no overlap" in out
        assert lines["push"].endswith("not subscribed; it names https://hub.example/")
        assert "ago): status 200" in out
        assert "\x9b" not in out, "a title reaches no terminal as a control sequence"
        page = json.loads(run("show", "1", "--json")[1])
        assert {"polls", "gaps", "push", "etag", "why", "next_poll_at"} <= set(page)
        assert "The Harbour" in run("list")[1]
        listed = json.loads(run("list", "--json")[1])
        assert (listed["entries"], listed["open_gaps"], listed["etag"]) == (3, 1, '"1"')


def test_pause_resume_poll_and_remove(run, settings):
    with site(feed=(200, "application/rss+xml", FEED)) as (base, _):
        run("add", f"{base}/feed")
    due = json.loads(run("show", "1", "--json")[1])["next_poll_at"]
    assert json.loads(run("pause", "1", "--json")[1])["status"] == "paused"
    code, _, err = run("poll", "1")
    assert (code, "feed 1 is paused; 'copydesk feeds resume 1' polls it" in err) == (2, True)
    resumed = json.loads(run("resume", f"{base}/feed", "--json")[1])
    assert (resumed["status"], resumed["next_poll_at"]) == ("active", due), "a resumed feed is not asked early"
    assert json.loads(run("poll", "1", "--json")[1])["why"] == "asked for"
    before = stored(settings)
    assert json.loads(run("remove", "1", "--json")[1])["status"] == "removed"
    assert stored(settings) == before, "its history stays"
    assert run("list", "--json")[1] == ""
    assert json.loads(run("list", "--removed", "--json")[1])["status"] == "removed"
    assert "<outline" not in run("export")[1]
    assert run("resume", "1")[0] == 2
    back = json.loads(run("add", f"{base}/feed", "--no-check", "--json")[1])
    assert (back["id"], back["status"], back["entries"]) == (1, "active", 3)


@pytest.mark.parametrize("verb", ["show", "pause", "resume", "remove", "poll"])
@pytest.mark.parametrize("ref", ["99", "https://nobody.example/", "x\0y", "9" * 40])
def test_an_unknown_feed_is_named(run, verb, ref):
    code, out, err = run(verb, ref)
    assert (code, out) == (2, "")
    assert f"no feed {ref} in the list" in err


def test_manners_of_a_host_need_a_reason(run):
    code, out, _ = run("manners", "News.Example", "--gap", "60", "--reason", "asked by mail, 2026-11-02", "--json")
    assert code == 0
    assert json.loads(out) == {"host": "news.example", "manners": {"host_gap": 60.0}, "manners_reason": "asked by mail, 2026-11-02"}  # fmt: skip
    run("manners", "news.example", "--looks", "240", "--reason", "a small paper")
    assert json.loads(run("manners", "--json")[1])["manners"] == {"revisit_budget": 240}
    assert run("manners", "news.example", "--clear", "--json")[1] == ""
    for wrong, says in (
        (("news.example", "--gap", "60"), "need a --reason"),
        (("news.example",), "give --gap"),
        (("news.example", "--gap", "-1", "--reason", "x"), "not less than 0"),
        (("news.example", "--looks", "-1", "--reason", "x"), "not less than 0"),
        (("news.example", "--gap", "nan", "--reason", "x"), "not less than 0"),
        (("news.example", "--gap", "1", "--clear", "--reason", "x"), "or else --clear"),
        (("--gap", "60"), "name the host"),
        (("[", "--gap", "60", "--reason", "x"), "[: not a host"),
    ):
        code, out, err = run("manners", *wrong)
        assert (code, out) == (2, "")
        assert says in err


@pytest.mark.parametrize("args", [("list",), ("export",), ("show", "1"), ("add", "https://a.example/", "--no-check")])
def test_an_unreachable_database_is_named_once(run, monkeypatch, args):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:canary@127.0.0.1:9/none")
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert "DATABASE_URL: cannot connect" in err
    assert err.count("\n") == 1
    assert "canary" not in err
