import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.articles.instruments import instruments, is_isin


@pytest.mark.parametrize("code", ["US0378331005", "CNE000000TK5", "DE000BAY0017", "GB0002634946"])
def test_valid_isins(code):
    assert is_isin(code)
    assert instruments(f"(ISIN: {code})")[0].value == code


@given(st.integers(0, 9))
@settings(derandomize=True, max_examples=10)
def test_only_one_check_digit_is_right(digit):
    assert is_isin(f"US037833100{digit}") == (digit == 5)


def test_isins_inside_longer_words_do_not_count():
    assert instruments("XUS0378331005 US03783310055") == ()


def test_isins_in_links_count():
    assert instruments("http://x.example/?a=1&isin=US0378331005")[0].scheme == "isin"


def test_tickers_with_venue_and_name():
    found = instruments("Brightwater Corp. (NASDAQ: BWTR) and Nordlicht AG (ETR:NLT) rose; so did (Oslo: FJORD).")
    assert [(i.scheme, i.value, i.venue, i.name) for i in found] == [
        ("ticker", "BWTR", "NASDAQ", "Brightwater Corp."),
        ("ticker", "NLT", "Xetra", "Nordlicht AG"),
    ]


def test_rics_in_brackets():
    found = instruments("Brightwater <BWTR.O> and Nordlicht (NLTG.DE), not U.S.A. or section (A.1)")
    assert [(i.value, i.venue) for i in found] == [("BWTR.O", "NASDAQ"), ("NLTG.DE", "Xetra")]


def test_each_is_named_once():
    assert len(instruments("US0378331005 " * 5)) == 1
