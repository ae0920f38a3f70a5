"""Two looks at a page that nobody edited read the same, whatever servers, builds and counters did to its markup."""

import random

import pytest
from bench.versions.noise import NOISES, make, noisy
from lxml import etree

from copydesk.articles.extract import extract
from copydesk.articles.people import is_person
from copydesk.articles.prune import prune
from copydesk.articles.rules import written_names
from copydesk.articles.text import content_hash
from copydesk.articles.tree import even_space, parse, text_of

URL = "https://www.ledger.example/bridge"
LINES = [
    "The harbour office counted forty ships on Sunday, more than on any other day of the past ten years.",
    "“We had to send three of them back to sea,” said Mara Quist, who has kept the gate for eleven years.",
    "The ferry to the islands left two hours late and came back empty, for the storm had closed both piers.",
    "On Monday the council will talk about a second gate, which would cost 4.5 million crowns by 2031.",
    "Fishermen say that the money would be better spent on the breakwater, of which a third is missing.",
]
CLASSED = "".join(f'<p class="css-1ad3xy Text_body__aD4x9">{line}</p>' for line in LINES)
PAGES = {
    "classed": f'<header><h1 class="Title_main__Kz81a">A bridge opens</h1><p class="standfirst">{LINES[2][:70]}.</p>'
    f'<p class="byline">By <a href="/people/quist">Mara Quist</a></p></header><div class="css-9zq2m">{CLASSED}</div>',
    "plain": f"<h1>A bridge opens</h1><p>By Mara Quist</p>{''.join(f'<p>{line}</p>' for line in LINES)}",
    "no paragraphs": f"<h1>A bridge opens</h1><div class=story>{'<br><br>'.join(LINES * 5)}<h2>Next</h2>{LINES[0]}</div>",
}


def page(body):
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<title>A bridge opens</title>\n<meta property="og:type" content="article">'
        f"</head>\n<body>\n<nav><a href='/'>Home</a></nav>\n<article>\n  {body}\n</article>\n<footer>\n<p>Imprint</p></footer></body></html>"
    )


def read(html):
    return extract(html.encode(), url=URL)


@pytest.mark.parametrize("name", PAGES)
def test_noise_makes_no_other_text(name):
    whole = page(PAGES[name])
    first = read(whole)
    assert LINES[0] in first.text
    for n in range(25):
        other, done = noisy(whole, "en", random.Random(f"{name}{n}"))
        assert other != whole
        again = read(other)
        assert (content_hash(again), again.text, again.byline) == (content_hash(first), first.text, first.byline), done


def test_every_noise_changes_the_page():
    whole = page(PAGES["classed"])
    for kind in NOISES:
        chance = random.Random(kind)
        assert any(make(kind, whole, "en", chance) != whole for _ in range(9)), kind


def test_white_space_is_one_space_where_it_means_no_more():
    kept = b"<pre>a\n  b</pre><SCRIPT>x\n  // y\n</SCRIPT>"
    assert even_space(b"<i>a\n\t b\r\n</i>\n\n" + kept + b"  <i> c") == b"<i>a b </i> " + kept + b" <i> c"
    assert even_space("<i>10\u00a0\u00a0000 km</i>".encode()) == "<i>10\u00a0\u00a0000 km</i>".encode()
    assert even_space(b"<script>never closed\n\n") == b"<script>never closed "
    assert even_space(b"") == b""


@pytest.mark.parametrize(
    "page", [b"<div><p>one</p><P>two <b>x</b> y</P></div>", b"\n<div >\n <p> one </p>\t<P>\ntwo <b>x</b> y"]
)
def test_a_block_has_a_space_round_it_and_none_within(page):
    assert even_space(page).replace(b"<div >", b"<div>").startswith(b" <div> <p>one</p> <P>two <b>x</b> y")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one\n<b>two</b>\n\nthree<br>four</p>", "one two three four"),
        ("<div>By Mara Quist<div>Harbour reporter</div></div>", "By Mara Quist Harbour reporter"),
        ("<table><tr><td>Sunday</td><td>40</td></tr></table>", "Sunday 40"),
        ("<p>un<b>bro</b>ken</p>", "unbroken"),
    ],
)
def test_words_are_joined_as_a_reader_sees_them(markup, text):
    assert text_of(parse(markup)[0]) == text


@pytest.mark.parametrize(
    ("names", "written"),
    [
        ("css-1ad3xy", "css-1ad3xy"),  # nothing else: another build gives another, but no rule may match it
        ("css-1ad3xy story", "story"),
        ("css-1ad3xy-Headline", "-Headline"),
        ("Text_body__aD4x9 wide", "Text_body__ wide"),
        ("col-md-8 post-body", "col-md-8 post-body"),
        ("image is-loaded lazyloaded", "image"),
        ("js-related is-ad", "js-related is-ad"),
        ("h2 top10", "h2 top10"),
    ],
)
def test_generated_names_are_no_names(names, written):
    assert written_names(names) == written


def test_a_generated_name_is_no_advertisement():
    assert LINES[1] in read(page("<h1>A bridge opens</h1>" + CLASSED.replace("css-1ad3xy", "css-ad-3xy"))).text


def test_counters_in_a_byline_are_no_names():
    counted = PAGES["classed"].replace("</a></p>", '</a> <a class="comment-count" href="#c">37 comments</a></p>')
    assert read(page(counted)).byline == ("Mara Quist",)
    assert not is_person("37 Comments")
    assert not is_person("Bridge and what comes next")
    assert is_person("Ursula von der Brück")
    assert is_person("mara quist")


def test_a_counter_beside_the_names_hides_no_name():
    names = (
        '<div class="authors-wrapper"><ul class="authors"><li><a href="/author/quist">Mara Quist</a></li></ul>{}</div>'
    )
    for beside in ("", "<p>2643 views</p>", "<i>2 min</i>"):
        body = PAGES["plain"].replace("<p>By Mara Quist</p>", names.format(beside))
        assert read(page(body)).byline == ("Mara Quist",), beside


def test_a_small_box_goes_from_a_story_without_paragraphs():
    counted = PAGES["no paragraphs"].replace("<br><br>", '<div class="view-count">1,204 views so far</div><br><br>', 1)
    assert read(page(counted)).text == read(page(PAGES["no paragraphs"])).text


def unchanged_by(insert, place="plain", **where):
    at = where.get("at", f"<p>{LINES[2]}</p>")
    whole = page(PAGES[place])
    assert at in whole
    return read(whole.replace(at, f"{at}{insert}", 1)).text == read(whole).text


@pytest.mark.parametrize(
    "insert",
    [
        "<p>- Advertisement -</p>",
        "<div><div>[ANZEIGE]</div></div>",
        "<ul><li>803 comments</li><li>12 shares</li></ul>",
        "<aside><h2>More like this</h2><a href='/x'>Snow in the hills</a></aside>",
        '<div class="story-card"><a href="/x"><h3>Old mill for sale</h3><p>Nobody wants it, says the town.</p></a></div>',
        '<p style="text-align:center"><small>Advertisement</small></p>',
        "<div><span>Last updated: 25 November 2026, 10:33</span></div>",
        "<section>"
        + "".join(
            f'<article><h3><a href="/{n}">Mill {n} for sale</a></h3><p>{LINES[4][:60]} in town {n}.</p></article>'
            for n in range(3)
        )
        + "</section>",
    ],
)
def test_boxes_within_a_story_go(insert):
    assert unchanged_by(insert)


def test_an_advertisement_label_goes_from_a_story_without_paragraphs():
    assert unchanged_by("<div>Advertisement</div>", "no paragraphs", at=LINES[1])


def test_a_label_takes_no_line_of_the_story_that_stands_before_it():
    wrapped = page(PAGES["plain"].replace(f"<p>{LINES[2]}</p>", f"<div><p>{LINES[2]}</p><p>Read more:</p></div>"))
    assert LINES[2] in read(wrapped).text


def test_a_single_article_headed_by_a_link_is_the_story():
    story = "".join(f"<p>{line}</p>" for line in LINES[:3])
    assert LINES[1] in read(page(f'<article><h2><a href="/bridge">A bridge opens</a></h2>{story}</article>')).text


INSERTS = [
    "<p>1,204 views</p>",
    '<p><a href="/x">Snow in the hills</a></p>',
    '<p>Read more: <a href="/x">Snow in the hills, and what the mayor says of those who clear it</a></p>',
    '<p><strong>Read more:</strong> <a href="/x">Old mill for sale</a></p>',
    "<ul class='article-tools'><li>803 comments</li><li>12 shares</li></ul>",
    "<aside><h2>More like this</h2><a href='/x'>Snow in the hills</a></aside>",
]


def pruned(body):
    tree, _ = parse(page(body))
    prune(tree)
    return etree.tostring(tree)


@pytest.mark.parametrize("insert", INSERTS)
def test_no_empty_shell_tells_that_a_box_stood_there(insert):
    """Without the insert the list alone left an empty box behind, with it the label took the box along."""
    links = "".join(f'<li><a href="/{n}">A thread on ferries</a></li>' for n in range(4))
    box = f"<div><div>From the forum</div><div><ul>{links}</ul>{{}}</div><div><a href='/all'>All of it</a></div></div>"
    assert pruned(PAGES["plain"] + box.format(insert)) == pruned(PAGES["plain"] + box.format(""))


def test_an_empty_shell_still_parts_two_words():
    assert "left <b>two</b> hours" in pruned("<p>left<span> </span><b>two</b><i> </i>hours</p>").decode()


@pytest.mark.parametrize("insert", INSERTS)
def test_what_is_put_into_the_box_of_the_standfirst_is_no_part_of_it(insert):
    box = "<div class='summary'><p>Forty years late, the harbour has its bridge at last.</p>{}</div>"
    body = f"<h1>A bridge opens</h1>{box}{''.join(f'<p>{line}</p>' for line in LINES)}"
    document = read(page(body.format(insert)))
    assert document.standfirst.value == "Forty years late, the harbour has its bridge at last."
    assert document.text == read(page(body.format(""))).text


@pytest.mark.parametrize("insert", [*INSERTS, "<div><p>- Advertisement -</p></div>"])
@pytest.mark.parametrize("link", ["/author/quist", "/quist"])
def test_what_is_put_beside_the_names_is_no_name(insert, link):
    names = (
        f'<div class="authors-wrapper"><ul class="authors"><li><a href="{link}">Mara Quist</a></li></ul>{insert}</div>'
    )
    assert read(page(PAGES["plain"].replace("<p>By Mara Quist</p>", names))).byline == ("Mara Quist",)


def test_a_standfirst_box_that_holds_the_opening_paragraphs_says_nothing_twice():
    opening, rest = ("".join(f"<p>{line}</p>" for line in lines) for lines in (LINES[:3], LINES[3:]))
    body = f'<h1>A bridge opens</h1><div class="intro">{opening}</div><div>{rest * 3}</div>'
    assert [read(page(body)).text.count(line) for line in LINES[:3]] == [1, 1, 1]


def test_a_box_below_the_headline_that_holds_nothing_else_is_no_standfirst():
    """Freed of its lines nothing is left of it."""
    box = '<span class="intro"><p><a href="/x">Snow in the hills, and who has to clear it away</a></p></span>'
    assert read(page(f"<h1>A bridge opens</h1>{box}<p>{'</p><p>'.join(LINES)}</p>")).standfirst is None


def test_a_row_of_links_is_no_standfirst():
    links = '<a href="/world">More stories from the world</a> <a href="/us">More stories from at home</a>'
    body = f'<h1>A bridge opens</h1><div class="list-with-lead-image">{links}</div>' + "".join(
        f"<p>{line}</p>" for line in LINES
    )
    assert read(page(body)).standfirst is None
