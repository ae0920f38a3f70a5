"""Notices are found wherever they stand, and look-alikes are left alone. All texts are our own."""

import lxml.html
import pytest

from copydesk.corrections.notice import find_in_headline, find_in_html, find_in_item, find_in_text
from copydesk.model import Dated, Item

STORY = "The bridge was closed on Monday. Lorries take the long way round.\n\nThe office will decide in spring."


@pytest.mark.parametrize(
    ("text", "kind", "lang"),
    [
        ("Correction: An earlier version of this article misstated the length of the bridge.", "correction", "en"),
        ("CORRECTION (May 3, 2024, 8:15 a.m.): The mayor's name was misspelled.", "correction", "en"),
        ("Corrections & Amplifications\nThe bridge is 90 metres long. An earlier version of this article "
         "incorrectly said it was 80 metres long.", "correction", "en"),
        ("• This article was amended on 3 May 2024. An earlier version said the pier was built in 1910.", "correction", "en"),
        ("(This story corrects the name of the company in paragraph 4)", "correction", "en"),
        ("(Refiles to fix typo in headline)", "refile", "en"),
        ("(Corrects fourth paragraph to show the plant is in Oster, not Elling.)", "correction", "en"),
        ("Clarification: This story has been updated to make clear that the count includes children.", "clarification", "en"),
        ("Editor's note: We have retracted this article because its source could not be verified.", "retraction", "en"),
        ("*An earlier version of this post wrongly described the lake as frozen.", "correction", "en"),
        ("This story has been corrected to show that the train leaves at nine, not eight.", "correction", "en"),
        ("Editor’s note: A previous version of this column said the school had closed. It is open.", "correction", "en"),
        ("Korrektur: In einer früheren Version dieses Artikels hieß es, die Brücke sei 80 Meter lang.", "correction", "de"),
        ("Anmerkung der Redaktion: In einer früheren Fassung stand, der See sei zugefroren. Das ist falsch.", "correction", "de"),
        ("(Correção: a reportagem errou ao informar que a ponte tem 80 metros. Na verdade, tem 90.)", "correction", "pt"),
        ("Rectificatif : une version précédente de cet article indiquait à tort que le pont mesurait 80 mètres.", "correction", "fr"),
        ("Fe de errores: una versión anterior de este artículo indicaba por error que el puente mide 80 metros.", "correction", "es"),
        ("Errata corrige: una versione precedente di questo articolo riportava erroneamente la data.", "correction", "it"),
    ],
)  # fmt: skip
def test_a_notice_is_found_alone_and_under_a_story(text, kind, lang):
    for whole in (text, f"{STORY}\n\n{text}", f"{text}\n\n{STORY}"):
        (notice,) = find_in_text(whole)
        assert (notice.kind, notice.lang) == (kind, lang)
        assert whole[notice.start : notice.end].split() == notice.text.split()


@pytest.mark.parametrize(
    "text",
    [
        STORY,
        "Shares fell into correction territory for the third time this year.",
        "The Department of Corrections said nobody was hurt.",
        "Editor's note: The author is a professor of law. The opinions are hers.",
        "This story was updated at 3 p.m. to include the result of the vote.",
        "This is a developing story and will be updated.",
        "The paper later added a correction: “An earlier version of this article incorrectly said the lake was frozen.”",
        '"We regret the error," the company said in a statement about its earlier figures.',
        "An earlier version of the bill failed in the upper house.",
        "The agency corrected its forecast downwards for the second time.",
        "CORRECTION: I never said that. https://t.co/abc — Somebody (@somebody) May 3, 2024",
        "Corrections\n\nTerms of use\n\nPrivacy",
        "Die Zahl wurde nach oben korrigiert, sagte ein Sprecher.",
        "El Gobierno rectifica y mantendrá la ayuda.",
        "She previously wrote for a weekly and is a graduate of two schools.",
        "He led the previously little-known firm that provided the backbone of the service.",
    ],
)
def test_look_alikes_are_no_notices(text):
    assert find_in_text(text) == ()


@pytest.mark.parametrize("place", ["<footer><p>{}</p></footer>", "<aside>{}</aside>", "<div class='errata'><p>{}</p></div>",
                                   "<x-note><p>{}</p></x-note>", "<p><em>{}</em></p>"])  # fmt: skip
def test_a_page_is_searched_whole(place):
    said = "Correction: An earlier version of this article gave the wrong date. The vote is on Friday."
    body = "".join(f"<p>{p}</p>" for p in STORY.split("\n\n"))
    tree = lxml.html.document_fromstring(f"<html><body><article>{body}</article>{place.format(said)}</body></html>")
    (notice,) = find_in_html(tree, lang="en")
    assert notice.text == said


def test_json_ld_correction_is_read_once():
    tree = lxml.html.document_fromstring("<p>Story.</p>")
    node = {"@type": "NewsArticle", "correction": {"@type": "CorrectionComment", "text":
            "An earlier version of this article misspelled the name of the minister."}}  # fmt: skip
    (notice,) = find_in_html(tree, lang="en", jsonld=[node, node])[:1]
    assert notice.rule == "jsonld"


def test_a_glued_notice_is_cut_out_of_its_paragraph():
    text = (
        "OSTER (Agency) - (This story corrects paragraph 1 to show the mill opened in 1910, not 1901) The mill closed."
    )
    (notice,) = find_in_text(text)
    assert notice.text.startswith("(This story corrects")
    assert notice.text.endswith("1901)")
    assert (notice.wrong, notice.right) == ("1901", "1910")


@pytest.mark.parametrize(("headline", "kind"), [("CORRECTED-Mill closes", "correction"), ("REFILE-Mill closes", "refile"),
                                               ("UPDATE 1-Mill closes", "update"), ("WITHDRAWN: Mill closes", "retraction")])  # fmt: skip
def test_headline_tags(headline, kind):
    notice = find_in_headline(headline)
    assert notice is not None
    assert notice.kind == kind


def test_no_tag_in_a_plain_headline():
    assert find_in_headline("Corrected forecasts worry farmers") is None


def test_an_entry_may_be_a_notice():
    item = Item(guid="1", link="https://x.example/1", title="Correction: Mill story",
                summary="An earlier version of this article misstated the year. It was 1910.", published=Dated(None, None, "missing"))  # fmt: skip
    (notice, *_) = find_in_item(item)
    assert notice.placement == "separate"
