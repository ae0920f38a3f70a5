"""Two looks at a page that nobody edited read the same, whatever servers, builds and counters did to its markup."""

import random

import pytest
from bench.versions.noise import NOISES, noisy

from copydesk.articles.extract import extract
from copydesk.articles.people import is_person
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
    "no paragraphs": f"<h1>A bridge opens</h1><div class=story>{'<br><br>'.join(LINES)}<h2>Next</h2>{LINES[0]}</div>",
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
    for name, change in NOISES.items():
        chance = random.Random(name)
        assert any(change(whole, chance, ("word {n}",) * 10) != whole for _ in range(9)), name


def test_white_space_is_one_space_where_it_means_no_more():
    kept = b"<pre>a\n  b</pre><SCRIPT>x\n  // y\n</SCRIPT>"
    assert even_space(b"<p>a\n\t b\r\n</p>\n\n" + kept + b"  <p> c") == b"<p>a b </p> " + kept + b" <p> c"
    assert even_space("<p>10\u00a0\u00a0000 km</p>".encode()) == "<p>10\u00a0\u00a0000 km</p>".encode()
    assert even_space(b"<script>never closed\n\n") == b"<script>never closed "
    assert even_space(b"") == b""


def test_one_space_does_not_join_words():
    assert text_of(parse("<p>one\n<b>two</b>\n\nthree<br>four</p>")[0]) == "one two three four"


@pytest.mark.parametrize(
    ("names", "written"),
    [
        ("css-1ad3xy", "css-1ad3xy"),  # nothing else: another build gives another, but no rule may match it
        ("css-1ad3xy story", "story"),
        ("css-1ad3xy-Headline", "-Headline"),
        ("Text_body__aD4x9 wide", "Text_body__ wide"),
        ("col-md-8 post-body", "col-md-8 post-body"),
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


def test_a_small_box_goes_from_a_story_without_paragraphs():
    counted = PAGES["no paragraphs"].replace("<br><br>", '<div class="view-count">1,204 views so far</div><br><br>', 1)
    assert read(page(counted)).text == read(page(PAGES["no paragraphs"])).text
