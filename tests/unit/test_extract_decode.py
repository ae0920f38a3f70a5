import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.articles.decode import decode
from copydesk.articles.extract import extract

GREEK = "Η απόφαση ανακοινώθηκε την Τρίτη στην Αθήνα."
GERMAN = "Der Prüfer schloß die Akte über die Brücke."
JAPANESE = "首相は火曜日に決定を発表した。"


@pytest.mark.parametrize(
    ("body", "headers", "text", "source"),
    [
        (b"\xef\xbb\xbf" + GREEK.encode(), {}, GREEK, "bom"),
        (GREEK.encode("utf-16"), {}, GREEK, "bom"),
        (GREEK.encode(), {"Content-Type": "text/html; charset=iso-8859-7"}, GREEK, "valid"),
        (GREEK.encode("iso-8859-7"), {"content-type": "text/html; charset=ISO-8859-7"}, GREEK, "header"),
        (JAPANESE.encode("shift_jis"), {"content-type": "text/html; charset=Shift_JIS"}, JAPANESE, "header"),
        (GERMAN.encode("cp1252"), {"content-type": "text/plain; charset=iso-8859-1"}, GERMAN, "header"),
        ("A short English text.".encode("utf-16-le"), {}, "A short English text.", "zero bytes"),
    ],
)
def test_the_encoding_is_decided_by_the_best_evidence(body, headers, text, source):
    decoded = decode(body, headers)
    assert decoded.text == text
    assert decoded.source == source


@pytest.mark.parametrize("label", ["shift_jis", "euc-jp", "iso-2022-jp"])
def test_a_meta_element_declares(label):
    page = f'<html><head><meta charset="{label}"></head><body><p>{JAPANESE}</p></body></html>'
    assert JAPANESE in decode(page.encode(label)).text


def test_mis_declared_utf8_with_a_few_bad_bytes_stays_utf8():
    body = (GREEK * 30).encode() + b" caf\xe9 " + GREEK.encode()
    decoded = decode(body, {"content-type": "text/html; charset=utf-8"})
    assert decoded.encoding == "utf-8"
    assert "café" in decoded.text
    assert decoded.repairs == ("bytes",)


def test_utf7_is_never_decoded():
    body = b'<meta charset="utf-7">+ADw-script+AD4-alert(1)+ADw-/script+AD4-'
    assert "<script" not in decode(body, {"content-type": "text/html; charset=utf-7"}).text


def test_nul_and_bad_references_are_mended():
    decoded = decode(b"<p>o\x00ne &#0; &#xD800; &#55296; two</p>")
    assert decoded.text == "<p>one � � � two</p>"
    assert decoded.repairs == ("characters",)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "utf-16", "big5", "x-nothing", "rot13", "hex"]))
def test_decoding_never_raises(body, label):
    text = decode(body, {"content-type": f"text/html; charset={label}"}).text
    text.encode("utf-8")


@pytest.mark.parametrize("code", [*range(9), 11, *range(14, 32), 0x7F, 0x85, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x2028])
def test_no_character_makes_a_page_silent(code):
    """The reader of the body gives up on a page that holds what XML may not."""
    story = "".join(
        f"<p>The ferry sailed {n} times, {chr(code)} and the pier was full of people again.</p>" for n in range(4)
    )
    for encoding in ("utf-8", "utf-16"):
        document = extract(
            f"<html><title>A{chr(code)}B</title><article>{story}</article>".encode(encoding), url="http://x.example/"
        )
        assert document.page == "article"
        assert document.text.count("the pier was full") == 4
