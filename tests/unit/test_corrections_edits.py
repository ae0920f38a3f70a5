"""Errors planted into the sample newspaper's texts: no automatic edit is wrong, and none stands in a quotation."""

import pytest
from bench.edits.__main__ import MODES, judge, texts
from bench.edits.plant import cases

from copydesk.corrections.apply import apply_edits, correct_text
from copydesk.corrections.match import is_quoted
from copydesk.corrections.notice import find_in_text

CASES = [case for name, text, lang in texts(None) for case in cases(name, text, lang, seed=1, most=40)]


@pytest.mark.parametrize("mode", MODES)
def test_no_edit_is_wrong(mode):
    grades = [judge(case, mode)[0] for case in CASES]
    assert grades.count("wrong") == 0
    assert grades.count("right") > len(CASES) / 3  # the test is one of edits


def test_what_edits_never_touch():
    for case in CASES:
        (notice, *_) = find_in_text(case.notice, lang=case.lang)
        verdict = correct_text(notice, case.copy, notice_spans=case.protected, corrected=case.source)
        for edit in verdict.edits:
            assert not is_quoted(case.copy, edit.start, edit.end)
            assert not any(a < edit.end and edit.start < b for a, b in case.protected)
        again = apply_edits(case.copy, verdict.edits)
        if verdict.edits:
            assert not correct_text(notice, again, notice_spans=case.protected, corrected=case.source).edits


def test_a_planted_text_differs_only_where_it_was_planted():
    """The bench itself: the right edit is one value."""
    for case in CASES:
        if case.copy != case.truth:
            assert case.truth.count(case.right) >= 1
            assert len(case.copy) - len(case.truth) == len(case.wrong) - len(case.right)
