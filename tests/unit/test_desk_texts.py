"""What the pages make of texts, codes and numbers before a template sees them."""

from datetime import UTC, datetime
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from copydesk.model import Outcome, RevisionKind
from copydesk_airflow import charts, words
from copydesk_airflow.texts import around, compare, marked, plain

TEXTS = st.lists(st.sampled_from(["one", "two", "three.", "Four", "five,", "\n\n", "six"]), max_size=30).map(" ".join)


def joined(paragraphs, *kept):
    return "".join(p.text for run in paragraphs for p in run if p.op in kept)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_back_from_a_comparison(old, new):
    paragraphs = compare(old, new).paragraphs
    squeezed = lambda text: "".join(text.split())  # noqa: E731
    assert squeezed(joined(paragraphs, "equal", "delete", "moved_out")) == squeezed(old)
    assert squeezed(joined(paragraphs, "equal", "insert", "moved_in")) == squeezed(new)


def test_places_count_what_differs():
    assert compare("It was Tuesday.", "It was Tuesday.").places == 0
    assert compare("On Tuesday he left.\n\nShe stayed.", "On Wednesday he left.\n\nShe stayed.").places == 1


def test_a_notice_is_marked_where_it_says_wrong_and_right():
    pieces = marked("It was Wednesday, not Tuesday.", "Tuesday", "Wednesday")
    assert [(p.op, p.text) for p in pieces if p.op != "equal"] == [("right", "Wednesday"), ("wrong", "Tuesday")]
    inside = marked("It is professor emeritus, not professor.", "professor", "professor emeritus")
    assert [(p.op, p.text) for p in inside if p.op != "equal"] == [
        ("right", "professor emeritus"),
        ("wrong", "professor"),
    ]
    assert marked("No values.", None, None)[0].text == "No values."


@given(st.text(max_size=80), st.text(max_size=6), st.text(max_size=6))
def test_marking_loses_no_letter(notice, wrong, right):
    assert "".join(p.text for p in marked(notice, wrong, right)) == notice


def test_the_words_around_a_place_stay_in_its_paragraph():
    text = "First paragraph.\n\n" + "word " * 100 + "HERE" + " word" * 100 + "\n\nLast."
    at = text.index("HERE")
    before, it, after = around(text, at, at + 4, width=40)
    assert (before[:2], it, after[-1]) == ("… ", "HERE", "…")
    assert "First" not in before
    assert "Last" not in after
    assert around("", 3, 9) == ("", "", "")


def test_paragraphs_of_a_plain_text():
    assert [run[0].text for run in plain("One.\n\n\n\nTwo.\n")] == ["One.", "Two.\n"]


def test_every_code_of_the_record_has_words():
    assert set(get_args(RevisionKind)) <= set(words.REVISIONS)
    assert set(get_args(Outcome)) <= set(words.OUTCOMES)
    assert words.said("unheard_of") == "unheard of"
    assert words.because("context:month,museum") == "beside: month, museum"


def test_charts_escape_and_scale():
    at = datetime(2026, 11, 25, tzinfo=UTC)
    drawn = charts.bars([{"at": at, "n": 0}, {"at": at, "n": 10}], "n", "<b>", hours=True)
    assert "<b>" not in drawn
    assert 'height="58.00"' in drawn
    assert "10 in all" in drawn
    assert charts.share(1, 0) == ""
    assert 'class="heat l5"' in charts.week([{"weekday": 0, "hour": 3, "n": 9}])
    assert "no entries yet" in charts.week([])
