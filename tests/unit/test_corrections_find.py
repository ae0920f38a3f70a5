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


LOOK_ALIKES = [
    "The market entered a correction on Tuesday, falling 10 percent from its record.",
    "The Department of Correction said two officers were hurt in the fight on Monday.",
    "The newspaper later issued a correction, saying that it had misstated the senator's age, the court heard.",
    "“An earlier version of the bill incorrectly said that the tax would rise,” the senator told reporters.",
    "This story will be updated as more information becomes available.",
    "He corrected the spelling of his name on the ballot and asked the clerk for a new one.",
    "An earlier version of the law said that pubs must close at ten. The new one lets them open until midnight.",
    "The previous version of the app was slow, said users who had tried both.",
    "Correction officers in three counties went on strike over pay.",
    "Our recipe's first version called for two eggs; you will need three for the larger tin.",
    "The Times corrected its article on Thursday, saying the figure was wrong.",
    "Updated at 9:30 a.m. with comments from the mayor.",
    "The editor's note in the front of the book says that the letters were found in 1950.",
    "Readers who wish to report an error may write to corrections@courier.example.",
    "We correct errors promptly. Read more about our corrections policy.",
    "An earlier study said the drug was safe. The new one found that it was not.",
    "She apologized for the error and said that the bank would pay back the fees.",
    "The company regrets the error in its earlier statement, it said in a filing on Friday.",
    "The original version of the song was recorded in 1964, not 1966, the singer's biographer says.",
    "A previous version of the plan put the station in Elm Street. It is now to stand at the market.",
    "The ministry retracted its statement that the ship had sunk.",
    "In the earlier version of the report, the commission said that 40 people had died. It now says 43.",
    "Die Kurskorrektur an den Börsen setzte sich am Dienstag fort.",
    "In einer früheren Version des Gesetzes hieß es, dass die Steuer steigt.",
    "Die Polizei korrigierte die Zahl der Verletzten am Mittwoch nach oben.",
    "Der Minister musste sich korrigieren: Es seien 300, nicht 400 Fälle gewesen.",
    "O governo corrigiu a estimativa de crescimento para 2,1%.",
    "A correção da prova será divulgada na sexta-feira.",
    "Note: this is part two of a series on the harbour; part one ran on Monday.",
    "The film's director said the earlier edit incorrectly showed the ship sinking.",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_news_about_corrections_is_no_notice(text):
    assert find_in_text(text) == ()
