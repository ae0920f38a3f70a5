import contextlib
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.articles.extract import EXTRACTOR, as_json, extract
from copydesk.articles.notices import without_notices
from copydesk.articles.plaintext import is_plain, read_plain
from copydesk.errors import PageUnreadable
from copydesk.model import Block, Item, Notice

URL = "https://www.ledger.example/bridge"
SENTENCE = "The harbour office counted forty ships on Sunday, more than on any other day of the past ten years."
STORY = "".join(f"<p>{SENTENCE.replace('forty', str(40 + n))}</p>" for n in range(8))


def page(body, head="", tag="article"):
    return (
        f'<!doctype html><html lang="en"><head><title>A bridge opens</title>{head}</head>'
        f"<body><header><nav><a href='/'>Home</a></nav></header><{tag}><h1>A bridge opens</h1>{body}</{tag}>"
        "<footer>Imprint</footer></body></html>"
    )


def read(html, **rest):
    return extract(html.encode("utf-8", "surrogatepass"), url=URL, **rest)


def test_an_article_has_its_paragraphs_in_order_and_nothing_else():
    document = read(page(STORY))
    assert document.page == "article"
    assert [block.kind for block in document.blocks] == ["paragraph"] * 8
    assert document.text.startswith("The harbour office counted 40 ships")
    assert "Home" not in document.text
    assert "A bridge opens" not in document.text
    assert document.extractor == EXTRACTOR


def test_blocks_keep_their_kind():
    body = f"{STORY}<h2>What next</h2><ul><li>First the east pier.</li><li>Then the west pier.</li></ul>{STORY}"
    kinds = [block.kind for block in read(page(body)).blocks]
    assert "heading" in kinds
    assert "list" in kinds


@pytest.mark.parametrize("depth", [300, 900, 2000])
def test_deep_nesting_gives_the_whole_text(depth):
    html = page(f"{'<div>' * depth}{STORY}<p>The very last words stand below.</p>{'</div>' * depth}")
    document = read(html)
    assert "counted 40 ships" in document.text
    assert document.text.endswith("The very last words stand below.")
    assert "too_deep" in document.flags


def test_damage_is_mended():
    story = STORY.replace("Sunday", "Sun\x00day &#xD800; caf&eacute; &#0;")
    text = read(page(story)).text
    assert "\x00" not in text
    assert "café" in text
    text.encode("utf-8")


def test_lone_surrogates_do_not_come_through():
    read(page(STORY.replace("Sunday", "Sun\ud800day"))).text.encode("utf-8")


def test_quotation_marks_and_numbers_are_untouched():
    said = "“It’s 1,234.50 – or ‘nearly’ that,” she said about the 3½-year plan, «enfin», and 2×4."
    assert said in read(page(f"{STORY}<p>{said}</p>{STORY}")).text


def test_standfirst_comes_first_when_printed():
    body = f'<p class="standfirst">Forty years late, the harbour has its bridge at last.</p>{STORY}'
    document = read(page(body))
    assert document.blocks[0].text == "Forty years late, the harbour has its bridge at last."
    assert document.standfirst.quality == "printed"


def test_furniture_is_taken_out_and_kept_with_its_reason():
    box = '<div class="newsletter-box"><p>Get it by mail every day.</p></div>'
    body = f"<p>By Mara Quist</p>{STORY}{box}<p>Read more: The bridge that never opened</p>{STORY}"
    document = read(page(body))
    assert "by mail every day" not in document.text
    assert "Read more" not in document.text
    assert document.byline == ("Mara Quist",)


def test_teaser_boxes_with_a_label_go_as_a_whole():
    box = "<div><span>Read more</span><div><h4>Another</h4><p>Something else happened.</p></div></div>"
    assert "Something else" not in read(page(f"{STORY}{box}{STORY}")).text


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<html><title>404 Not Found</title><body><h1>404 Not Found</h1><p>nginx</p></body></html>",
         "error"),
        ("<html><body><h1>Sign in</h1><form><input type=text><input type=PASSWORD></form><p>Welcome.</p>"
         "</body></html>", "login"),
        ("<html><title>Your privacy, your choice</title><body><h1>We value your privacy</h1><p>We and"
         " our 800 partners store things.</p></body></html>", "consent"),
        ("<html><head></head><body></body></html>", "empty"),
        ('<html><head><meta property="og:type" content="video.other"><title>The bridge</title></head><body>'
         "<h1>Watch the bridge</h1><p>The bridge opens, seen from the air.</p></body></html>", "video"),
        ("<html><head><title>Ledger: home</title></head><body>" + "".join(
            f"<div><h2><a href='/{n}'>Story number {n} of the day</a></h2><p>A short teaser, {n}.</p></div>"
            for n in range(30)) + "</body></html>", "index"),
    ],
)  # fmt: skip
def test_pages_without_an_article_say_so(html, kind):
    document = extract(html.encode(), url="https://www.ledger.example/x")
    assert document.page == kind
    assert document.why
    if kind != "video":
        assert document.text == ""


def test_a_live_blog_is_one():
    head = '<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"A bridge opens"}</script>'
    document = read(page(STORY, head))
    assert document.page == "liveblog"
    assert "liveblog" in document.flags


def test_feed_content_stands_in_for_an_empty_page():
    item = Item(guid=None, link=URL, title="A bridge opens", content=f"<div>{STORY}</div>", authors=("Mara Quist",))
    document = extract(b"<html><body></body></html>", url=URL, item=item)
    assert document.page == "article"
    assert document.byline == ("Mara Quist",)
    assert "feed_content" in document.flags


@pytest.mark.parametrize("body", [b"%PDF-1.7 ...", b"\x89PNG\r\n", b"\x1f\x8b\x08\x00", b"PK\x03\x04"])
def test_what_is_no_page_is_refused_by_name(body):
    with pytest.raises(PageUnreadable) as refused:
        extract(body, url=URL)
    assert refused.value.reason == "binary"


# --- plain text --------------------------------------------------------------

WIRE = f"""A Bridge Opens at Last

By Mara Quist

OSLO--{SENTENCE}

{SENTENCE.replace("forty", "fifty")}

Write to Mara Quist at mara.quist@ledger.example

Access Investor Kit for Apple, Inc.

Visit http://www.example.com/partner?cp_code=A1&isin=US0378331005

Brightwater Corp. (NASDAQ:BWTR)
Historical Stock Chart
From Feb 2024 to Mar 2024 Click Here for more Brightwater Charts.
"""


def test_a_wire_text():
    document = extract(WIRE.encode(), url=URL, headers={"content-type": "text/plain"})
    assert document.title.value == "A Bridge Opens at Last"
    assert document.byline == ("Mara Quist",)
    assert document.dateline == "OSLO"
    assert document.emails == ("mara.quist@ledger.example",)
    assert [(i.scheme, i.value) for i in document.instruments] == [
        ("isin", "US0378331005"),
        ("ticker", "BWTR"),
    ]
    assert document.text == f"OSLO--{SENTENCE}\n\n{SENTENCE.replace('forty', 'fifty')}"


def test_a_wire_in_a_pre_element_reads_the_same():
    framed = extract(f"<html><body><pre>{WIRE}</pre></body></html>".encode(), url=URL)
    assert framed.text == extract(WIRE.encode(), url=URL).text
    assert framed.byline == ("Mara Quist",)


def test_machine_made_line_breaks_are_undone():
    wrapped = (
        "Forty ships were counted on Sunday in the harbour of\n"
        "Oslo, and all of them left before the evening came\nwith its rain."
    )
    blocks = read_plain(f"{wrapped}\n\nA second paragraph of the same text.").blocks
    assert blocks[0].text == wrapped.replace("\n", " ")
    assert len(blocks) == 2


def test_plain_or_not():
    assert is_plain("Just words, and 3 < 4.", {})
    assert not is_plain("<p>Words</p>", {})


# --- notices -----------------------------------------------------------------


@pytest.mark.parametrize(
    "blocks",
    [
        ["Correction:", "An earlier version misstated the year.", SENTENCE],
        ["Correction: An earlier version misstated the year.", SENTENCE],
        [f"{SENTENCE} Correction: An earlier version misstated the year."],
        [f"Correction: An earlier version misstated the year. {SENTENCE}"],
    ],
)
def test_notices_leave_the_body_also_when_glued(blocks):
    said = Notice(kind="correction", text="An earlier version misstated the year.", headed="Correction:")
    left = without_notices([Block("paragraph", text) for text in blocks], [said])
    assert [block.text for block in left] == [SENTENCE]


# --- the JSON, and hostile input ----------------------------------------------


def test_json_has_plain_values():
    head = '<meta property="article:published_time" content="2024-03-05T10:00:00+01:00">'
    shown = as_json(read(page(STORY, head), observed_at=datetime(2024, 3, 6, tzinfo=UTC)))
    json.dumps(shown)
    assert shown["title"] == "A bridge opens"
    assert shown["published_at"]["value"] == "2024-03-05T10:00:00+01:00"
    assert shown["published_at"]["source"] == "meta:article:published_time"
    assert shown["paragraphs"][0]["kind"] == "paragraph"
    assert {
        "byline",
        "dateline",
        "section",
        "lang",
        "notices",
        "instruments",
        "furniture",
        "extractor",
    } <= set(shown)


MARKUP = st.lists(
    st.sampled_from(
        ["<div>", "</div>", "<p>", "</p", "<h1>", "<!--", "-->", "<script type='application/ld+json'>",
         '{"@type":', "[[[", "</script>", "<meta property='article:published_time' content='", "'>", "&#x",
         "&#99999999999;", "\x00", "<table><tr><td colspan=9007199254740991>", "<pre>", "By ", "Correction: ",
         "Ä", "日本", "\ud800", "<time datetime='", "<a href='http://[", "<link rel=canonical href='//[x'>",
         "2024-13-45", "<html lang='", "]]>", "<svg>", "<select>"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=150, derandomize=True, deadline=None)
@given(MARKUP)
def test_no_page_raises_anything_else(markup):
    try:
        document = extract(markup.encode("utf-8", "surrogatepass"), url=URL)
    except PageUnreadable:
        return
    document.text.encode("utf-8")


SEEDS = [
    "By A ",
    "(NASDAQ: ",
    "a@a.",
    "Published: 1",
    "\n ",
    "Read more ",
    "A, ",
    "&#x",
    "1 a ",
    "| ",
    "- A",
    "<div>",
]


@pytest.mark.parametrize("frame", ["{}", "<html><title>{}</title><h1>x</h1><p>{}</p>"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_megabyte_of_repetition_costs_little(seed, frame):
    body = frame.replace("{}", seed * (1_000_000 // len(seed) // frame.count("{}")))
    started = time.process_time()
    with contextlib.suppress(PageUnreadable):
        extract(body.encode(), url=URL)
    assert time.process_time() - started < 2
