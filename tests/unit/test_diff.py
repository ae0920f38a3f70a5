"""The word-level diff: whole on any text, sentences laid side by side, fast on hostile text."""

import itertools
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.articles.diff import align, diff, spans
from copydesk.articles.facts import stated
from copydesk.articles.lcs import matching
from copydesk.corrections.apply import apply_edits

TEXT = ("The harbour firms asked for a delay. In a letter dated Tuesday 41 firms said so.\n\n"
        "“We cannot print forms overnight,” Anna Smith said. The office gave no answer yet.")  # fmt: skip
WORDS = st.sampled_from(["a", "b", "Monday", "12", "No", ".", ". ", "\n\n", " ", "“", "”", "東", "京", "é", "\u00a0"])
TEXTS = st.lists(WORDS, max_size=60).map("".join) | st.text(max_size=80)


@given(TEXTS, TEXTS)
@settings(max_examples=400, deadline=None)
def test_the_pieces_are_both_texts(old, new):
    pieces = spans(old, new)
    assert "".join(p.old for p in pieces) == old
    assert "".join(p.new for p in pieces) == new
    for p in pieces:
        assert old[p.start : p.start + len(p.old)] == p.old
        assert new[p.new_start : p.new_start + len(p.new)] == p.new
        assert (p.op == "equal") == (p.old == p.new)
    assert apply_edits(old, diff(old, new)) == new


@given(st.lists(st.integers(0, 5), max_size=40), st.lists(st.integers(0, 5), max_size=40))
@settings(max_examples=300, deadline=None)
def test_matches_ascend_and_match(a, b):
    pairs = matching(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(p[0] < q[0] and p[1] < q[1] for p, q in itertools.pairwise(pairs))
    if a == b:
        assert len(pairs) == len(a)


def test_one_changed_word_is_one_edit():
    (edit,) = diff(TEXT, TEXT.replace("Tuesday", "Wednesday"))
    assert (edit.old, edit.new) == ("Tuesday", "Wednesday")
    assert TEXT[edit.start : edit.end] == "Tuesday"


def test_a_reworded_sentence_is_compared_with_what_it_became():
    new = TEXT.replace("In a letter", "Nobody knew it before. In a long letter")
    fates = [(p.fate, new[slice(*p.new)].strip()) for p in align(TEXT, new) if p.new]
    assert ("inserted", "Nobody knew it before.") in fates
    assert ("stays", "In a long letter dated Tuesday 41 firms said so.") in fates


def test_a_moved_sentence_has_two_ends_of_one_number():
    first, second, rest = "One thing came first here. ", "Then another followed it there. ", "The end stood still."
    pieces = spans(first + second + rest, second + first + rest)
    ends = {p.op: p.move for p in pieces if p.move}
    assert set(ends) == {"moved_out", "moved_in"}
    assert len(set(ends.values())) == 1


def test_scripts_without_spaces_are_compared_by_characters():
    (edit,) = diff("会议定于星期二举行。", "会议定于星期三举行。")
    assert (edit.old, edit.new) == ("二", "三")


def _rewritten(words):
    chance = random.Random(3)
    return " ".join(w if chance.random() < 0.5 else f"w{chance.randrange(900)}" for w in words)


HOSTILE = {
    "one word again and again": ("a " * 20_000, "a " * 19_000 + "b " * 1000),
    "two words in another rhythm": ("a b " * 10_000, "b a a " * 7000),
    "one sentence rewritten": (
        prose := " ".join(f"w{n % 900}" for n in range(20_000)), _rewritten(prose.split())),
    "the same sentence a thousand times": ("He came. " * 5000, "He came back. " * 5000),
    "sentences backwards": (
        ". ".join(f"Line {n} is here now" for n in range(3000)),
        ". ".join(f"Line {n} is here now" for n in range(3000, 0, -1))),
    "nothing but marks": ("“" * 20_000 + ".", "”" * 20_000 + "."),
    "characters of a script without spaces": ("東京" * 10_000, "京東大" * 7000),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_cost_no_quadratic_time(old, new):
    began = time.process_time()
    pieces = spans(old, new)
    assert time.process_time() - began < 5.0  # a quadratic way needs minutes
    assert "".join(p.new for p in pieces) == new


def test_facts_of_hostile_texts_cost_no_quadratic_time():
    began = time.process_time()
    for piece in ("a", "1", "A ", "“", "'", "- ", "三", "1,", "n't ", "1 000 "):
        stated(piece * 30_000, "en")
    assert time.process_time() - began < 10.0
