"""Normal forms of text for comparing, never for storing: hashes, words, sentences.

What is stored is what the publisher wrote. What is compared is freed of what no
reader sees: Unicode composition, runs of white space, invisible characters.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping

from copydesk.model import Document

_INVISIBLE = dict.fromkeys("\u00ad\u200b\u2060\ufeff\u200e\u200f", "")
"""Soft hyphen, zero-width space, word joiner, BOM, direction marks. The joiners U+200C/D stay:
they spell words in Persian and in Indic scripts."""

_STRAIGHT = (
    dict.fromkeys("‘’‚‛′ʼ＇`´", "'") | dict.fromkeys("“”„‟″«»＂", '"') | dict.fromkeys("‐‑‒–—―−－", "-") | {"…": "..."}
)

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # kana, Han
)
"""Scripts written without spaces between words (UAX 14 classes SA and ID; Hangul has spaces)."""

WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
"""A word; in scripts without spaces, a character."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]{0,3}(?=\s)|[。！？][」』”’）]{0,3}|\n")

_ABBREVIATIONS = frozenset(
    # Written with a stop inside a sentence. Single letters (initials, "U.S.") are told by their shape.
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sen",
        "rep",
        "gov",
        "gen",
        "col",
        "lt",
        "sgt",
        "capt",
        "st",
        "jr",
        "sr",
        "inc",
        "ltd",
        "corp",
        "vs",
        "etc",
        "approx",
        "dept",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "bzw",
        "ca",
        "nr",
        "str",
        "usw",
        "vgl",
        "zb",
        "mme",
        "mlle",
        "sra",
        "srta",
        "dott",
        "pp",
        "vol",
    ]
)
_LONGEST_ABBREVIATION = 10


def collapse(text: str) -> str:
    """Give the text in NFC, without invisible characters, white space runs as one space, trimmed."""
    return " ".join(unicodedata.normalize("NFC", _exchange(text, _INVISIBLE)).split())


def straight(text: str) -> str:
    """Give the collapsed text with quotation marks, dashes and the ellipsis in their typewriter forms."""
    return _exchange(collapse(text), _STRAIGHT)


def words(text: str) -> list[str]:
    """List the words for comparing: NFC, case-folded; each character where a script has no spaces."""
    return WORD.findall(unicodedata.normalize("NFC", _exchange(text, _INVISIBLE)).casefold())


def _exchange(text: str, characters: Mapping[str, str]) -> str:
    """Exchange characters. ``str.translate`` looks up each letter of a text that is not ASCII: ten times the time."""
    for old, new in characters.items():
        if old in text:
            text = text.replace(old, new)
    return text


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """List the (start, end) of the sentences, without surrounding white space. A line end ends one."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match[0] != "\n" and _is_inside(text, start, match.start()):
            continue
        _add_trimmed(spans, text, start, match.end())
        start = match.end()
    _add_trimmed(spans, text, start, len(text))
    return spans


def sentences(text: str) -> list[str]:
    """List the sentences as they stand in the text, trimmed."""
    return [text[start:end] for start, end in sentence_spans(text)]


def body_hash(text: str) -> bytes:
    """Hash a body (SHA-256, 32 bytes) so that only what a reader can see counts; paragraphing does not."""
    return hashlib.sha256(collapse(text).encode("utf-8", "surrogatepass")).digest()


def content_hash(document: Document) -> bytes:
    """Hash what makes a version (SHA-256, 32 bytes): title, byline, body, notices.

    Volatile fields (the modified date, images, related links, instruments) stay
    out: a change of those alone is no version. The order in which notices were
    found does not count.
    """
    content = {
        "title": collapse(str(document.title.value)) if document.title and document.title.value else "",
        "byline": [collapse(name) for name in document.byline],
        "body": collapse(document.text),
        "notices": sorted({collapse(notice.text) for notice in document.notices}),
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()


def _is_inside(text: str, start: int, stop: int) -> bool:
    """Tell whether the stop at that offset belongs to an abbreviation, an initial or a short form."""
    if text[stop] != ".":
        return False
    head = text[max(start, stop - _LONGEST_ABBREVIATION) : stop].split()
    last = head[-1].lstrip("(\"'“‘«") if head else ""
    is_initial = len(last) == 1 and last.isalpha() and last.isupper()
    return is_initial or last.casefold() in _ABBREVIATIONS


def _add_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if left < len(piece):
        spans.append((start + left, start + len(piece.rstrip())))
