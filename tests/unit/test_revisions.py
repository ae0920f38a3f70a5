"""Kinds of revision: nothing that changes a date, number, name, quotation or negation passes as slight."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.articles.revisions import classify
from copydesk.model import Notice, VersionText

SLIGHT = {"typographic", "restyled", "reworded", "headline", "expanded", "byline", "notice_only"}
EN = ("The harbour firms asked the customs office on Monday for a delay. In a letter dated Tuesday 41 firms said that "
      "they needed $5 million.\n\n“We cannot print new forms overnight,” the owner, Anna Smith, said. The new duty is "
      "lawful and it is not in force. About 3,200 people work on the quays.")  # fmt: skip


def step(old, new, lang="en", **fields):
    title = fields.pop("title", "Firms ask for delay")
    before = VersionText("Firms ask for delay", old, ("Ann Lee",), lang=lang)
    return classify(before, VersionText(title, new, fields.pop("byline", ("Ann Lee",)), lang=lang, **fields))


MATERIAL = [
    ("en", EN, "Monday", "Friday", "date"),
    ("en", EN, "41", "14", "number"),
    ("en", EN, "3,200", "32,000", "number"),
    ("en", EN, "million", "billion", "number"),
    ("en", EN, "$5", "€5", "unit"),
    ("en", EN, "Smith", "Smyth", "name"),
    ("en", EN, "new forms overnight", "old forms overnight", "quotation"),
    ("en", EN, "it is not in force", "it is in force", "negation"),
    ("en", EN, "is lawful", "is unlawful", "negation"),
    ("en", EN, "cannot", "can", "negation"),
    ("en", "The rate rose by 1.5 points.", "1.5", "15", "number"),
    ("en", "The rate rose by 1.5 points.", "1.5", "1,5", "number"),
    ("en", "It was -5 degrees at noon.", "-5", "5", "number"),
    ("en", "They ran 5 km in the rain.", "km", "miles", "unit"),
    ("en", "Three men were held.", "Three", "Four", "number"),
    ("en", "It happened on 3 May in Leeds.", "May", "June", "date"),
    ("en", "Jones beat Smith in the final.", "Jones beat Smith", "Smith beat Jones", "name"),
    ("en", "He said the plan was dead.", "the plan was dead", "“the plan was dead”", "quotation"),
    ("en", "The report isn't ready.", "isn't", "is", "negation"),
    ("de", "Am Montag kamen 1.200 Menschen nach Köln.", "Montag", "Dienstag", "date"),
    ("de", "Am Montag kamen 1.200 Menschen nach Köln.", "1.200", "12.000", "number"),
    ("de", "Am Montag kamen zwölf Menschen nach Köln.", "zwölf", "elf", "number"),
    ("de", "Am Montag kamen Menschen nach Köln.", "Köln", "Bonn", "name"),
    ("de", "Das Gesetz tritt nicht in Kraft.", "nicht ", "", "negation"),
    ("de", "Es gibt kein Geld mehr.", "kein", "ein", "negation"),
    ("de", "„Wir kommen bald“, sagte er.", "bald", "nie", "quotation"),
    ("fr", "La réunion aura lieu mardi à Lyon.", "mardi", "jeudi", "date"),
    ("fr", "La réunion aura lieu en mars à Lyon.", "mars", "mai", "date"),
    ("fr", "Il ne viendra pas.", "ne viendra pas", "viendra", "negation"),
    ("fr", "« Nous partons », dit-elle.", "partons", "restons", "quotation"),
    ("fr", "Plus de 3 200 personnes.", "3 200", "2 300", "number"),
    ("es", "El martes llegaron doce barcos a Cádiz.", "doce", "dos", "number"),
    ("es", "El martes llegaron doce barcos a Cádiz.", "martes", "jueves", "date"),
    ("es", "Nunca hubo acuerdo.", "Nunca hubo", "Hubo", "negation"),
    ("it", "La riunione è fissata per lunedì a Torino.", "lunedì", "martedì", "date"),
    ("it", "Non è vero.", "Non è", "È", "negation"),
    ("it", "Sono arrivati in venti.", "venti", "trenta", "number"),
    ("pt", "A reunião será na quarta em Lisboa.", "quarta", "quinta", "date"),
    ("pt", "Ele não assinou.", "não ", "", "negation"),
    ("pt", "Custou 3 milhões.", "milhões", "bilhões", "number"),
    ("zh", "会议定于星期二在北京举行。", "二", "三", "number"),
    ("zh", "会议定于星期二在北京举行。", "北京", "南京", "name"),
    ("zh", "他没有签字。", "没有", "有", "negation"),
    ("ja", "会議は火曜日に東京で開かれた。", "東京", "大阪", "name"),
    ("ja", "会議は3月4日に開かれた。", "4", "5", "number"),
    ("ja", "「参加する」と述べた。", "参加", "欠席", "quotation"),
    ("ja", "もちろん、Apple社は認めていません。", "Apple", "Lenovo", "name"),
    ("ja", "自分はずっとKeePassを愛用しています。", "KeePass", "Bitwarden", "name"),
    ("en", "It was sold by Ａpple in Leeds.", "Ａpple", "Ｂpple", "name"),
    ("ru", "Он не подписал договор.", "не ", "", "negation"),
    (None, "Am Montag kam niemand.", "niemand", "jemand", "negation"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "old", "new", "kind"), MATERIAL, ids=lambda x: None)
def test_a_changed_fact_is_a_silent_correction(lang, text, old, new, kind):
    assert old in text
    revision = step(text, text.replace(old, new, 1), lang)
    assert revision.kind == "silent_correction"
    assert revision.material
    assert kind in {fact.kind for fact in revision.facts}


def test_the_changed_words_are_told():
    revision = step(EN, EN.replace("Tuesday", "Wednesday"))
    assert [(f.kind, f.field, f.old, f.new) for f in revision.facts] == [("date", "body", "Tuesday", "Wednesday")]
    assert revision.summary == "date Tuesday → Wednesday"


def test_a_name_in_place_of_a_capitalised_word_tells_which():
    old = "The wine is white. Why Some Sail East From Hull On White Ships"
    revision = step(old, old.replace("White", "Ekland"))
    assert [(f.kind, f.old, f.new) for f in revision.facts] == [("name", "White", "Ekland")]
    assert revision.kind == "silent_correction"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("“We cannot print new forms overnight,”", '"We cannot print new forms overnight,"', "typographic"),
        (" asked the customs office", " asked, the customs office", "typographic"),
        ("a delay. In", "a delay.\n\nIn", "restyled"),
        ("new duty", "NEW DUTY", "restyled"),
        ("asked the customs office", "begged the customs office", "reworded"),
        ("quays.", "quays. A ferry runs twice.", "expanded"),
        ("quays.", "quays. Rain is expected in the hills.", "expanded"),
        (" About 3,200 people work on the quays.", "", "cut"),
        ("the customs office on Monday", "the big customs office on Monday", "expanded"),
    ],
)
def test_slight_kinds(old, new, kind):
    assert old in EN
    assert step(EN, EN.replace(old, new, 1)).kind == kind


def test_moved_sentences_are_restyled():
    a, b, c = "The old pier was closed early. ", "A crane stood idle at the gate. ", "Nobody came to see the mayor."
    assert step(a + b + c, b + a + c).kind == "restyled"


def test_split_sentences_lose_no_fact():
    old = "The firms, which met in Leeds on Monday and sent 41 letters, asked for a delay of the duty."
    new = "The firms asked for a delay of the duty. They met in Leeds on Monday and sent 41 letters."
    assert step(old, new).kind == "update"
    assert not [f for f in step(old, new).facts if f.old and f.new]


def test_headline_and_byline_are_compared_apart():
    revision = step(EN, EN, title="Firms want time")
    assert revision.kind == "headline"
    assert [(f.field, f.old, f.new) for f in revision.fields] == [("title", "Firms ask for delay", "Firms want time")]
    byline = step(EN, EN, byline=("Ann Lee", "Bo Ek"))
    assert (byline.kind, byline.material) == ("byline", True)
    assert step(EN, EN, title="41 firms ask for delay").material


def test_a_changed_number_in_a_headline_is_not_slight():
    old = VersionText("12 dead in fire at mill", EN, lang="en")
    assert classify(old, VersionText("21 dead in fire at mill", EN, lang="en")).kind == "silent_correction"


def test_other_fields_are_told():
    old = VersionText("T", EN, more=(("image", "a.jpg"), ("published", "2026-03-01")))
    new = VersionText("T", EN + " More.", more=(("image", "b.jpg"), ("published", "2026-03-01")))
    assert [f.field for f in classify(old, new).fields] == ["image"]


NOTICE = Notice("correction", "Correction: The letter was dated Wednesday.", field="body")


@pytest.mark.parametrize(
    ("body", "notices", "kind"),
    [
        (EN.replace("Tuesday", "Wednesday"), (NOTICE,), "noticed_correction"),
        (EN, (NOTICE,), "notice_only"),
        ("This story was withdrawn.", (Notice("retraction", "Retracted."),), "retraction"),
        (EN.replace("41", "42") + " More came.", (Notice("update", "Updated with figures."),), "update"),
    ],
)
def test_notices_make_the_kind(body, notices, kind):
    assert step(EN, body, notices=notices).kind == kind


def test_a_notice_that_vanishes_is_told():
    old = VersionText("T", EN, notices=(NOTICE,))
    revision = classify(old, VersionText("T", EN))
    assert revision.kind == "notice_only"
    assert [(f.field, f.new) for f in revision.fields] == [("notices", "")]


def test_back_to_an_earlier_text_is_a_revert_and_says_what_it_changed():
    first, second = VersionText("T", EN, lang="en"), VersionText("T", EN.replace("41", "14"), lang="en")
    revision = classify(second, first, earlier=[first])
    assert (revision.kind, revision.material) == ("revert", True)
    assert [(f.old, f.new) for f in revision.facts] == [("14", "41")]


def test_a_correction_hidden_in_a_long_update_is_seen():
    new = (
        EN.replace("Tuesday", "Wednesday")
        + "\n\n"
        + "\n\n".join(f"Paragraph {n} tells of other things." for n in range(20))
    )
    revision = step(EN, new)
    assert revision.kind == "silent_correction"
    assert ("Tuesday", "Wednesday") in [(f.old, f.new) for f in revision.facts]


WORDS = st.lists(st.sampled_from("the old duty rose by 12 percent on Monday in Leeds , said Smith . not 3.5 “it is” -4 $7 km".split()),
                 min_size=1, max_size=25).map(" ".join)  # fmt: skip


@given(WORDS, WORDS)
@settings(max_examples=300, deadline=None)
def test_slight_kinds_hide_no_fact(old, new):
    revision = step(old, new)
    if revision.kind in ("typographic", "restyled"):
        assert sorted(old.casefold().split()) == sorted(new.casefold().split()) or not revision.material
        figures = [sorted(w for w in t.split() if any(c.isdigit() for c in w)) for t in (old, new)]
        assert figures[0] == figures[1]
