"""S8 in the small: every coding, chains, bombs, cut and corrupt bodies."""

import contextlib
import gzip
import os
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.web.decoding import BodyDecoder, DecodeError, codings, decode

TEXT = b"The council met on Tuesday and approved the budget. " * 400
LIMIT = 20_000_000


def raw_deflate(data):
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def reason(data, header, limit=LIMIT, ratio=200):
    with pytest.raises(DecodeError) as caught:
        decode(data, header, limit=limit, ratio=ratio)
    return caught.value.reason


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("data", [b"", b"x", TEXT, os.urandom(700_000)], ids=["empty", "byte", "text", "noise"])
def test_round_trip(name, data):
    assert decode(ENCODERS[name](data), name, limit=LIMIT, ratio=200) == data


@pytest.mark.parametrize("name", ENCODERS)
def test_byte_by_byte_gives_the_same(name):
    decoder = BodyDecoder(name, limit=LIMIT, ratio=200)
    coded = ENCODERS[name](TEXT)
    for at in range(len(coded)):
        decoder.feed(coded[at : at + 1])
    assert decoder.finish() == TEXT


def test_raw_deflate_is_read_too():
    assert decode(raw_deflate(TEXT), "deflate", limit=LIMIT, ratio=200) == TEXT


def test_two_codings_are_undone_in_reverse_order():
    assert decode(gzip.compress(brotli.compress(TEXT)), "br, gzip", limit=LIMIT, ratio=200) == TEXT


def test_identity_and_no_coding_pass_through():
    assert decode(TEXT, "", limit=LIMIT, ratio=200) == TEXT
    assert decode(TEXT, "Identity", limit=LIMIT, ratio=200) == TEXT


def test_bytes_after_a_brotli_stream_are_an_error_however_they_arrive():
    decoder = BodyDecoder("br", limit=99, ratio=200)
    decoder.feed(brotli.compress(b"a"))
    with pytest.raises(DecodeError, match="bad_encoding"):
        decoder.feed(b"junk")
    assert reason(brotli.compress(b"a") + b"junk", "br") == "bad_encoding"


def test_members_and_frames_one_after_the_other():
    assert decode(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", limit=99, ratio=200) == b"ab"
    assert decode(zstandard.compress(b"a") + zstandard.compress(b"b"), "zstd", limit=99, ratio=200) == b"ab"


def test_padding_after_a_gzip_member_is_ignored():
    assert decode(gzip.compress(b"a") + b"\0" * 64, "gzip", limit=99, ratio=200) == b"a"


@pytest.mark.parametrize("header", ["gzip, gzip, gzip", "compress", "gzip, aes128gcm", "br;q=1"])
def test_unknown_or_too_many_codings(header):
    with pytest.raises(DecodeError) as caught:
        codings(header)
    assert caught.value.reason == "bad_encoding"


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("cut", [1, 9])
def test_a_cut_body_is_incomplete_and_keeps_what_came(name, cut):
    decoder = BodyDecoder(name, limit=LIMIT, ratio=200)
    decoder.feed(ENCODERS[name](os.urandom(300_000))[:-cut])
    with pytest.raises(DecodeError) as caught:
        decoder.finish()
    assert caught.value.reason == "incomplete"
    assert len(decoder.body) > 0 or name == "zstd"


def test_a_wrong_checksum_is_no_body():
    coded = bytearray(gzip.compress(TEXT))
    coded[-6] ^= 1
    assert reason(bytes(coded), "gzip") == "bad_encoding"


@pytest.mark.parametrize("name", ENCODERS)
def test_a_plain_body_that_claims_a_coding(name):
    assert reason(b"<html>plain</html>", name) in {"bad_encoding", "incomplete"}


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_bombs_stop_at_the_ratio(name):
    bomb = ENCODERS[name](b"\0" * 25_000_000)
    decoder = BodyDecoder(name, limit=LIMIT, ratio=200)
    with pytest.raises(DecodeError) as caught:
        decoder.feed(bomb)
    assert caught.value.reason == "bomb"
    assert len(decoder.body) < 12_000_000


def test_a_chain_of_bombs_stops():
    inner = gzip.compress(gzip.compress(b"\0" * 100_000_000))
    assert reason(inner, "gzip, gzip") == "bomb"


@pytest.mark.parametrize("name", ["", "gzip", "br", "zstd"])
def test_the_cap_keeps_exactly_what_fits(name):
    noise = os.urandom(50_000)
    decoder = BodyDecoder(name, limit=40_000, ratio=200)
    coded = ENCODERS[name](noise) if name else noise
    decoder.feed(coded[:39_990])
    with pytest.raises(DecodeError) as caught:
        decoder.feed(coded[39_990:])
    assert caught.value.reason == "too_large"
    assert noise.startswith(bytes(decoder.body))
    assert len(decoder.body) <= 40_000


def test_a_zstd_window_beyond_eight_megabytes_is_refused():
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=26)
    engine = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert reason(engine.compress(os.urandom(1000)) + engine.flush(), "zstd") == "bad_encoding"


@settings(max_examples=400, derandomize=True, deadline=None)
@given(
    st.lists(st.binary(max_size=200), max_size=5),
    st.sampled_from(["", "gzip", "deflate", "br", "zstd", "gzip, br", "deflate,zstd"]),
    st.booleans(),
)
def test_any_bytes_raise_nothing_but_its_own_error(pieces, header, magic):
    decoder = BodyDecoder(header, limit=10_000, ratio=200)
    head = {"gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\3", "zstd": b"\x28\xb5\x2f\xfd"}.get(header, b"") if magic else b""
    with contextlib.suppress(DecodeError):
        for piece in [head, *pieces]:
            decoder.feed(piece)
        decoder.finish()
    assert len(decoder.body) <= 10_000


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.data(), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_damaged_bodies_raise_nothing_but_its_own_error(data, name):
    coded = bytearray(ENCODERS[name](TEXT[:2000]))
    for _ in range(data.draw(st.integers(1, 4))):
        coded[data.draw(st.integers(0, len(coded) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DecodeError):
        decode(bytes(coded), name, limit=100_000, ratio=200)
