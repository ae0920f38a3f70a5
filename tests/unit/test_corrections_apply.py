"""An edit is made only where the evidence is complete; everything else waits or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.corrections.apply import apply_edits, correct_text, invert
from copydesk.corrections.decide import decide
from copydesk.corrections.notice import find_in_text
from copydesk.model import Edit, VersionText

NOTICE = ("Corrections & Amplifications\n\nThe firms are asking for a delay in a letter dated Wednesday. "
          "An earlier version of this article incorrectly said the letter was dated Tuesday.")  # fmt: skip
BEFORE = ("OSTER--The firms want a delay.\n\nIn a letter dated Tuesday and sent to the office, they asked for talks. "
          "It was reported earlier Tuesday by a newspaper.\n\n“Nothing was said on Tuesday,” a spokesman said.")  # fmt: skip
AFTER = BEFORE.replace("letter dated Tuesday", "letter dated Wednesday")


def notice(text=NOTICE):
    (found,) = find_in_text(text)
    return found


def test_the_one_right_place():
    verdict = correct_text(notice(), BEFORE)
    assert (verdict.outcome, verdict.reason) == ("applied", "exactly_one_place")
    assert apply_edits(BEFORE, verdict.edits) == AFTER


def test_the_notice_itself_stays_as_it_is():
    text = f"{BEFORE}\n\n{NOTICE}"
    found = notice(text)
    verdict = correct_text(found, text, notice_spans=[(found.start, found.end)])
    assert apply_edits(text, verdict.edits) == f"{AFTER}\n\n{NOTICE}"


def test_a_text_that_is_right_stays_as_it_is():
    assert correct_text(notice(), AFTER).outcome == "already_corrected"


def test_twice_is_once():
    assert correct_text(notice(), apply_edits(BEFORE, correct_text(notice(), BEFORE).edits)).edits == ()


def test_the_publishers_own_texts_pin_the_place():
    verdict = decide(notice(), VersionText("", BEFORE), source=VersionText("", AFTER), before=VersionText("", BEFORE))
    assert apply_edits(BEFORE, verdict.edits) == AFTER
    assert "pinned" in verdict.candidates[0].reasons


@pytest.mark.parametrize(
    ("said", "text", "reason"),
    [
        (NOTICE, "He said: “In a letter dated Tuesday, we asked for talks.”", "in_quotation"),
        (NOTICE, "In a letter dated Tuesday they asked. The letter, dated Tuesday, was long.", "several_places"),
        ("Correction: An earlier version of this article misstated the load. It was 12 tonnes, not 15. The name of the "
         "pier was wrong, too. It is East Pier, not West Pier.", "The load was 15 tonnes at West Pier.", "several_claims"),
    ],
)  # fmt: skip
def test_doubt_waits_for_a_person(said, text, reason):
    verdict = correct_text(notice(said), text)
    assert (verdict.outcome, verdict.reason, verdict.edits) == ("review", reason, ())
    assert verdict.candidates


@pytest.mark.parametrize(
    "said",
    [
        "Clarification: This article has been updated to make clear that the letter was dated Wednesday, not Tuesday.",
        "Editor's note: This article has been retracted because the letter was not dated Tuesday.",
    ],
)
def test_some_kinds_never_edit(said):
    assert correct_text(notice(said), BEFORE).outcome == "refused"


@pytest.mark.parametrize(
    ("said", "text", "right"),
    [
        ("Correction: An earlier version of this article misstated the load. It was 12,500 tonnes, not 15,200.",
         "The load was 15,200 tonnes. Of land, 15,200 square metres are free.", None),
        ("Correction: An earlier version of this article misstated the load of the pier. It was 12,500 tonnes, not 15,200.",
         "The load of the pier was 15,200 tonnes. The town has 115,200 trees.",
         "The load of the pier was 12,500 tonnes. The town has 115,200 trees."),
        ("Correction: The surname of the minister Ann Durbin was misspelled as Durban in an earlier version of this article.",
         "The minister, Ann Durban, went. She has been to Durbanville.",
         "The minister, Ann Durbin, went. She has been to Durbanville."),
    ],
)  # fmt: skip
def test_numbers_and_names(said, text, right):
    verdict = correct_text(notice(said), text)
    if right is None:
        assert "square" not in {e.old for e in verdict.edits}
        assert all(e.start < 30 for e in verdict.edits)
    else:
        assert apply_edits(text, verdict.edits) == right


def test_a_text_without_ancestry_is_never_edited():
    verdict = decide(notice(), VersionText("", BEFORE), same_text=False)
    assert (verdict.outcome, verdict.reason) == ("refused", "no_text_ancestry")


def test_an_edit_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("abc", [Edit(0, 1, "x", "y")])


@given(
    st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6), st.text(max_size=8)), max_size=5)
)
def test_apply_then_undo_gives_the_same_bytes(text, wanted):
    edits, at = [], 0
    for start, length, new in sorted(wanted):
        start = max(start, at)
        end = min(len(text), start + length)
        if start <= end:
            edits.append(Edit(start, end, text[start:end], new))
            at = end
    edited = apply_edits(text, edits)
    assert apply_edits(edited, invert(edits)) == text


FILLER = st.lists(st.sampled_from(["A letter came.", "On Tuesday it rained.", "The firms waited.", "“Tuesday,” she said.",
                                   "Nobody dated it.", "Wednesday was dry."]), max_size=4)  # fmt: skip


@given(FILLER, FILLER)
def test_decoys_around_the_place_are_never_touched(head, tail):
    place = "In a letter dated {} and sent to the office, they asked for talks."
    text = " ".join([*head, place.format("Tuesday"), *tail])
    verdict = correct_text(notice(), text)
    assert verdict.outcome in ("applied", "review")
    if verdict.edits:
        assert apply_edits(text, verdict.edits) == " ".join([*head, place.format("Wednesday"), *tail])


def test_a_number_is_never_cut_out_of_words():
    said = "Correction: An earlier version of this article misstated the number of ships at the pier. It was a dozen, not 15."
    verdict = correct_text(notice(said), "The number of ships at the pier was 15 on Monday.")
    assert not verdict.edits
    assert all(c.edit.new == "a dozen" for c in verdict.candidates)
