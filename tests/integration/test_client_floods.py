"""S9 and S10, below and beside the body: floods of everything that HTTP reads before, between and after it.

Each ends by its own bound, long before the deadline: what is counted is not the clock.
"""

import asyncio
import gzip
import zlib

import brotli
import pytest
import zstandard
from tests.integration.test_client_threats import LIMIT, Server, answer, get, serving

from copydesk.settings import Settings
from copydesk.web import wire
from copydesk.web.client import Client

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FAR = 30.0
"""A deadline that no case may need."""


def flood(first, again):
    """Send ``first``, then ``again`` without end; counts what was sent."""

    async def mood(writer, head):
        mood.sent = 0
        writer.write(first)
        while True:
            writer.write(again)
            mood.sent += len(again)
            await writer.drain()

    return mood


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (OK, b"X-A: " + b"b" * 1000 + b"\r\n"),
        (OK, b"X: y\r\n" * 100),
        (OK + b"X: ", b"b" * 10_000),
        (b"HTTP/1.1 200 ", b"b" * 10_000),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 50),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    ],
    ids=["headers", "one header", "a long header", "a long status line", "early hints", "continue"],
)
def test_a_head_without_end_is_a_header_error_after_a_megabyte(first, again):
    mood = flood(first, again)
    found = get({"/": mood}, deadline=FAR)
    assert (found.failure, found.status, found.body) == ("header_error", None, b"")
    assert mood.sent < wire.HEAD_BYTES + 8_000_000  # what the sockets' buffers of both sides may hold on top


@pytest.mark.parametrize(
    ("first", "again", "reason"),
    [
        (CHUNKED + b"1;", b"a" * 10_000, "too_large"),
        (CHUNKED, (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 10, "too_large"),
        (CHUNKED, b"1\r\nx\r\n" * 1000, "too_large"),
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"X-T: " + b"b" * 1000 + b"\r\n", "incomplete"),
    ],
    ids=["an endless extension", "extensions", "chunks of a byte", "trailers"],
)
def test_framing_without_end_is_bounded_like_the_body(first, again, reason):
    mood = flood(first, again)
    found = get({"/": mood}, deadline=FAR, limit=1_000_000)
    assert (found.failure, found.status) == (reason, 200)
    assert len(found.body) <= 1_000_000
    assert mood.sent < wire.HEAD_BYTES + wire.FRAMING * 1_000_000 + 8_000_000


def test_a_body_in_small_chunks_is_read_whole():
    body = b"".join(b"10\r\n" + b"0123456789abcdef" + b"\r\n" for _ in range(20_000)) + b"0\r\n\r\n"
    found = get({"/": CHUNKED + body}, limit=320_000)
    assert (found.failure, len(found.body)) == (None, 320_000)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
        b"HTTP/1.1 999 No\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 000 No\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 99 No\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/9.9 200 OK\r\n\r\nx",
        b"<html>HTTP/0.9</html>",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
        OK + b"Content-Length: -5\r\n\r\nhello",
        OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nhello",
        CHUNKED + b"F" * 40 + b"\r\nabc",
        CHUNKED + b"-5\r\nabc",
        OK + b'ETag: "a\0b"\r\nContent-Length: 2\r\n\r\nok',
        OK + b'ETag: "a\rb"\r\nContent-Length: 2\r\n\r\nok',
        OK + b"ETag : x\r\nContent-Length: 2\r\n\r\nok",
        answer(b"ok", *(f"X-{n}: {n}" for n in range(5000))),
    ],
)
def test_what_is_no_answer_to_what_was_asked_is_a_header_error(raw):
    found = get({"/": raw}, deadline=FAR)
    assert (found.failure, found.body) == ("header_error", b"")


def test_bytes_after_an_answer_are_nobodys_next_answer():
    """Response splitting: what a server sends unasked must not answer our next request on that connection."""

    async def run():
        routes = {"/": answer(b"abc") + answer(b"evil"), "/next": answer(b"good")}
        async with serving(routes) as (server, client):
            first = await client.get(server.url("/"), limit=LIMIT)
            return first, await client.get(server.url("/next"), limit=LIMIT), server

    first, following, server = asyncio.run(run())
    assert (first.body, following.body) == (b"abc", b"good")
    assert server.connections == 2


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"") * 200_000),
        ("zstd", zstandard.compress(b"") * 200_000),
        ("zstd", b"\x50\x2a\x4d\x18\0\0\0\0" * 200_000),
    ],
    ids=["members", "frames", "skippable frames"],
)
def test_streams_without_content_are_bounded(coding, body):
    assert get({"/": answer(body, f"Content-Encoding: {coding}")}, deadline=FAR).failure == "bomb"


@pytest.mark.parametrize(
    ("coding", "body", "found"),
    [
        ("gzip", gzip.compress(b"hello ") + gzip.compress(b"world"), b"hello world"),
        ("gzip", gzip.compress(b"hello") + b"garbage", b"hello"),
        ("deflate", zlib.compress(b"hello")[2:-4], b"hello"),
        ("", b"hello", b"hello"),
    ],
    ids=["two members", "garbage after", "raw deflate", "an empty coding"],
)
def test_codings_that_browsers_read_are_read(coding, body, found):
    assert get({"/": answer(body, f"Content-Encoding: {coding}")}).body == found


def wide_window():
    wide = zstandard.ZstdCompressionParameters(window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    return stream.compress(b"ab" * 100) + stream.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", brotli.compress(b"hello") + b"garbage"),
        ("br", b"hello world"),
        ("gzip", b"hello world"),
        ("gzip," * 5000, b"x"),
        ("zstd", wide_window()),
    ],
    ids=["garbage after", "no brotli", "no gzip", "five thousand codings", "a wide window"],
)
def test_codings_that_lie_are_no_content(coding, body):
    assert get({"/": answer(body, f"Content-Encoding: {coding}")}).failure == "bad_encoding"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/#frag", "redirect_loop"),
        ("#frag", "redirect_loop"),
        ("?", "redirect_loop"),
        ("//", "redirect_loop"),
        ("http://127.0.0.1:0/", "refused_address"),
        ("http://127.0.0.1:99999/", "bad_redirect"),
        ("http://a@127.0.0.1:9/", "refused_address"),
        ("http://good.example@127.0.0.1:9/", "refused_address"),
        ("http://[::1%25lo]/", "refused_address"),
        ("http://[::ffff:0:127.0.0.1]/", "refused_address"),
        ("http://[64:ff9b:1::7f00:1]/", "refused_address"),
        ("http://[2001:0:4137:9e76::1]/", "refused_address"),
        ("http://[5f00::1]/", "refused_address"),
        ("http://017700000001:9/", "refused_address"),
        ("http://127.1.1.1.:9/", "refused_address"),
        ("http://127.0.0.1:9\t/", "refused_address"),
        ("ht\ttp://127.0.0.1:9/", "refused_address"),
        ("HTTP://169.254.169.254/", "refused_address"),
        ("http://127.0.0.1%00.example/", "bad_url"),
        ("http://exa mple/", "bad_url"),
        ("http://a..b/", "bad_url"),
        ("http://" + "a" * 64 + ".example/", "bad_url"),
        ("/" + "a" * 9000, "bad_url"),
        ("ws://127.0.0.1/", "bad_scheme"),
        ("blob:http://x/", "bad_scheme"),
    ],
)
def test_odd_targets_of_redirects(location, reason):
    raw = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode()
    found = get({"/": raw}, deadline=FAR)
    assert (found.failure, found.status, len(found.hops)) == (reason, 302, 1)
    assert len(get.server.requests) == 1


@pytest.mark.parametrize(
    "location", ["http:/there", "http:there", "\\\\127.0.0.1:9\\x", "/\\127.0.0.1", "/%0d%0aX-Evil:1"]
)
def test_relative_targets_stay_at_their_origin(location):
    raw = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode()
    assert get({"/": raw}, deadline=FAR).body == b"ok"
    assert len(get.server.requests) == 2
    assert b"\r\nX-Evil" not in get.server.requests[1]


def test_a_target_beyond_ascii_is_utf_8():
    raw = "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /straße?ü=1\r\n\r\n".encode()
    found = get({"/": raw})
    assert (found.body, found.hops) == (b"ok", ((301, "/straße?ü=1"),))
    assert get.server.requests[1].startswith(b"GET /stra%C3%9Fe?%C3%BC=1 HTTP/1.1")


def test_thousands_of_hosts_leave_few_connections_open(monkeypatch):
    monkeypatch.setattr(wire, "KEPT", 20)

    async def resolve(host, port):
        return ["127.0.0.1"]

    async def run():
        server, open_now, most = Server({}), set(), 0

        async def handle(reader, writer):
            nonlocal most
            open_now.add(writer)
            most = max(most, len(open_now))
            await server.handle(reader, writer)
            open_now.discard(writer)

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            settings = Settings(home=None, allow=(f"127.0.0.1:{port}",))
            async with Client(settings, resolver=resolve) as client:
                for number in range(300):
                    assert (await client.get(f"http://h{number}.example:{port}/", limit=99)).body == b"ok"
        return most

    assert asyncio.run(run()) <= 25
