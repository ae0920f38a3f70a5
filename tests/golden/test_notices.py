"""Notices as publishers word them, a file for each language: what is stated is read, and nothing else."""

import tomllib
from pathlib import Path

import pytest
from bench.corrections.score import exact

from copydesk.corrections.notice import find_in_text

FILES = sorted((Path(__file__).parent / "notices").glob("*.toml"))
CASES = [(file.stem, case) for file in FILES for case in tomllib.loads(file.read_text("utf-8"))["case"]]


@pytest.mark.parametrize(("lang", "case"), CASES, ids=lambda x: x["text"][:60] if isinstance(x, dict) else x)
def test_what_a_notice_states(lang, case):
    found = find_in_text(case["text"])
    assert found, "not found"
    notice = found[0]
    assert notice.lang == lang
    for side in ("wrong", "right"):
        assert exact(getattr(notice, side), case.get(side)), (notice.wrong, notice.right, notice.family)
    for name in ("kind", "field", "paragraph", "dated"):
        if name in case:
            assert getattr(notice, name) == case[name]
