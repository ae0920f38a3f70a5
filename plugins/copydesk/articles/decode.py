"""Bytes of a page to text: the encoding is decided once, here, and damage is repaired here.

Order of the evidence: byte order mark, strict UTF-8 with non-ASCII characters (a
single-byte text that is valid UTF-8 by accident is practically impossible), what the
document, the header and the meta element declare, then a detector. Labels are read as
browsers read them (WHATWG Encoding: latin-1 means windows-1252, gb2312 means gb18030).
UTF-7 is never decoded: no browser does, and it smuggles markup past every check.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# WHATWG Encoding Standard, section 4.2: labels whose everyday meaning is a superset.
_LABELS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-user-defined": "cp1252",
    "hz-gb-2312": "hz",
    "unicode": "utf-16-le",
}
_NEVER = frozenset({"utf-7", "utf7", "unicode-1-1-utf-7", "idna", "punycode", "undefined"})
_ESCAPED = frozenset({"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr", "hz"})
"""Encodings whose bytes are all ASCII: valid UTF-8 says nothing against them."""

_HEAD = 4096  # WHATWG prescans 1024 bytes; pages in the wild declare later than that
_XML_DECLARATION = re.compile(rb"""^\s{0,64}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})""")
_META = re.compile(rb"""<meta[^>]{0,400}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.I)
_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.I)

_DETECT_BYTES = 65536
_DAMAGED_SHARE = 1 / 500
"""Up to one bad byte in 500, a text that says UTF-8 is UTF-8 with damage, not something else."""

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
_CONTROL_BYTES = bytes(range(9)) + b"\x0b" + bytes(range(0x0E, 0x20))
"""The controls among bytes, for a look at the price of one C call."""
_BAD_REFERENCE = re.compile(
    r"&#(?:0{1,9}(?=[;\D])|x0{1,9}(?=[;\W])|[xX]0{0,9}[dD][89a-fA-F][0-9a-fA-F]{2}"
    r"|0{0,9}5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-2]\d\d|73[0-3]\d|734[0-3]));?"
)
_C1 = {code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0xA0)}
"""HTML, 13.2.5.80: a C1 control on a page is a windows-1252 character by intention."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a page, which encoding it was read with, on whose word, and what was mended."""

    text: str
    encoding: str
    source: str
    repairs: tuple[str, ...] = ()


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> Decoded:
    """Decode a page. Never raises: what no encoding explains is read with replacement characters."""
    text, encoding, source, repairs = _choose(body, headers or {})
    mended = text
    if len(body.translate(None, _CONTROL_BYTES)) != len(body) or "\ufffe" in text or "\uffff" in text:
        mended = _NOT_XML.sub("", text)  # one of them, and the reader of the body gives up on the whole page
    if "&#" in text:
        mended = _BAD_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", mended)
    if len(mended) != len(text):
        return Decoded(mended, encoding, source, (*repairs, "characters"))
    return Decoded(text, encoding, source, repairs)


def mend(text: str) -> str:
    """Take out what no text may hold: NUL, lone surrogates, controls, non-characters."""
    return _CONTROLS.sub(lambda m: _C1.get(ord(m[0]), ""), text)


def _choose(body: bytes, headers: Mapping[str, str]) -> tuple[str, str, str, tuple[str, ...]]:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), encoding, "bom", ()
    claims = tuple(_claims(body, headers))
    utf8 = _strictly(body, "utf-8")
    if utf8 is not None and not any(codec in _ESCAPED for _, codec in claims):
        if "\x00" in utf8[:512] and (wide := _wide(body)):
            return body.decode(wide, "replace"), wide, "zero bytes", ()
        return utf8, "utf-8", next((s for s, c in claims if c == "utf-8"), "valid"), ()
    for source, encoding in claims:
        if (text := _strictly(body, encoding)) is not None:
            return text, encoding, source, ()
    return _doubtful(body, claims)


def _doubtful(body: bytes, claims: tuple[tuple[str, str], ...]) -> tuple[str, str, str, tuple[str, ...]]:
    """No claim holds for every byte: UTF-8 with damage, a damaged claim, or the detector's guess."""
    if (wide := _wide(body)) is not None:
        return body.decode(wide, "replace"), wide, "zero bytes", ()
    lenient = body.decode("utf-8", "surrogateescape")
    bad = sum(1 for _ in re.finditer("[\udc80-\udcff]", lenient))
    if bad <= max(3, len(body) * _DAMAGED_SHARE) and len(lenient) < len(body):
        mixed = re.sub("[\udc80-\udcff]", lambda m: _C1_or_latin(ord(m[0]) - 0xDC00), lenient)
        return mixed, "utf-8", "damaged", ("bytes",)
    for source, encoding in claims:
        if encoding != "utf-8":
            return body.decode(encoding, "replace"), encoding, source, ("bytes",)
    best = from_bytes(body[:_DETECT_BYTES]).best()
    encoding = best.encoding if best and _codec(best.encoding) else "cp1252"
    return body.decode(encoding, "replace"), encoding, "detector", ()


def _C1_or_latin(code: int) -> str:
    return _C1.get(code) or chr(code)


def _claims(body: bytes, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every encoding that somebody declares, in order of trust, as (source, codec)."""
    head = body[:_HEAD]
    header = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    found = (
        ("declaration", _XML_DECLARATION.search(head)),
        ("header", _HEADER.search(header)),
        ("meta", _META.search(head)),
    )
    for source, match in found:
        if match is None:
            continue
        label = match[1] if isinstance(match[1], str) else match[1].decode("ascii", "replace")
        if (codec := _codec(label)) is not None:
            # A document that calls itself UTF-16 in readable ASCII is not (WHATWG: read as UTF-8).
            yield source, "utf-8" if codec.startswith("utf-16") and source != "header" else codec


def _codec(label: str) -> str | None:
    name = label.strip().lower()
    if name in _NEVER:
        return None
    try:
        info = codecs.lookup(_LABELS.get(name, name))
    except LookupError:
        return None
    return info.name if getattr(info, "_is_text_encoding", True) else None


def _strictly(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, ValueError):
        return None


def _wide(body: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of the opening is zero."""
    head = body[:256]
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.4 and even < len(head) * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) * 0.4 and odd < len(head) * 0.05 else None
