"""No pattern is super-linear: four times the text may cost at most about four times the time."""

import time

import pytest

from copydesk.corrections.notice import find_in_text

SEEDS = ["Correction: ", "An earlier version of this article ", "(Corrects ", "((((", "“““", "not not not ", "Wir haben ",
         "this story has been ", "[Anmerkung der Redaktion: ", "a" * 50 + " ", "\n• ", "in einer früheren Version "]  # fmt: skip


def cost(text: str) -> float:
    started = time.process_time()
    find_in_text(text)
    return time.process_time() - started


@pytest.mark.parametrize("seed", SEEDS)
def test_a_megabyte_of_hostile_text_is_read_in_linear_time(seed):
    small, large = (seed * (size // len(seed)) for size in (250_000, 1_000_000))
    assert cost(large) < 8 * max(cost(small), 0.05) + 0.5
