"""Every row of the furniture table has its case: a line that goes by that row, and a near one that stays."""

import tomllib
from pathlib import Path

import pytest

from copydesk.articles.furniture import clear, rule_for
from copydesk.articles.rules import FURNITURE
from copydesk.model import Block

CASES = tomllib.loads((Path(__file__).parent / "furniture" / "cases.toml").read_text("utf-8"))
PLACES = {"any": (10, 20), "top": (0, 20), "end": (19, 20), "onward": (19, 20)}
RULES = {rule.name: rule for rule in FURNITURE}


def test_every_rule_has_a_case():
    assert set(CASES) == set(RULES)
    assert all(case["gone"] and case["kept"] for case in CASES.values())


@pytest.mark.parametrize("name", sorted(CASES))
def test_lines_that_go(name):
    for line in CASES[name]["gone"]:
        found = rule_for(line, *PLACES[RULES[name].place])
        assert found is not None, line
        assert found.name == name, line


@pytest.mark.parametrize("name", sorted(CASES))
def test_lines_that_stay(name):
    for line in CASES[name]["kept"]:
        for place in PLACES.values():
            assert rule_for(line, *place) is None, line


def test_a_related_section_goes_down_to_the_next_running_paragraph():
    story = Block("paragraph", "The harbour office counted forty ships on Sunday, more than ever before in a day. " * 2)
    blocks = [story, story, Block("heading", "Related stories"), Block("paragraph", "A bridge opens"), story]
    cleared = clear(blocks, [])
    assert cleared.blocks == [story, story, story]
    assert [removed.rule for removed in cleared.removed] == ["below_related", "below_related"]


def test_the_headline_repeated_is_no_paragraph():
    story = Block("paragraph", "The harbour office counted forty ships on Sunday.")
    cleared = clear([Block("heading", "Ships, and more ships"), story], ["Ships and more ships!"])
    assert cleared.blocks == [story]
