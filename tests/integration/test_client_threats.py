"""The guarded client against hostile servers on loopback: S1-S5, S8-S12, S20 and S23 of docs/threats.md.

Every case ends in one answer with a stable reason code, within its deadline and
64 MB of memory; nothing raises.
"""

import asyncio
import gzip
import resource
import socket
import ssl
import time
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import zstandard

from copydesk.model import Answer
from copydesk.settings import Limits, Settings
from copydesk.web.addresses import AllowList
from copydesk.web.caching import request_headers
from copydesk.web.client import Client, fetch
from copydesk.web.failures import REASONS, AddressRefused
from copydesk.web.transport import Guard

LIMIT = 20_000_000
BIG = 200_000_000


class Server:
    """A raw server: each path is a function (reader, writer, request head) or the bytes of an answer."""

    def __init__(self, routes):
        self.routes = routes
        self.requests = []
        self.connections = 0
        self.port = 0

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    async def handle(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head)
                path = head.split(b" ")[1].decode().partition("?")[0]
                route = self.routes.get(path, answer(b"ok"))
                if callable(route):
                    await route(writer, head)
                    return
                writer.write(route)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answer(body, *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def redirect(location, body=b"", status="302 Found", *headers):
    return answer(body, f"Location: {location}", *headers, status=status)


@asynccontextmanager
async def serving(routes=None, **options):
    """A server and a client that may reach exactly its port."""
    server = Server(routes or {})
    started = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.port = started.sockets[0].getsockname()[1]
    limits = options.pop("limits", Limits(deadline=5))
    allow = (f"127.0.0.1:{server.port}", *options.pop("allow", ()))
    settings = Settings(home=Path("/nowhere"), allow=allow, limits=limits)
    async with started, Client(settings, **options) as client:
        yield server, client


def get(routes, path="/", *, headers=None, limit=LIMIT, deadline=5.0, **options) -> Answer:
    async def run():
        async with serving(routes, **options) as (server, client):
            found = await client.get(server.url(path), headers=headers or {}, limit=limit, deadline=deadline)
            return found, server

    found, server = asyncio.run(run())
    assert found.failure is None or found.failure in REASONS
    get.server = server
    return found


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# --- S1-S4: where a request may go -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "192.0.0.192",
        "[fe80::1%25lo]",
        "%31%32%37.0.0.1",
    ],
)
def test_s2_no_spelling_of_loopback_is_connected_to(host):
    async def run():
        async with serving() as (server, _):
            async with Client(Settings(home=Path("/nowhere"))) as client:
                found = await client.get(f"http://{host}:{server.port}/", limit=LIMIT, deadline=5)
            return found, server.connections

    found, connections = asyncio.run(run())
    assert found.failure in {"refused_address", "dns", "bad_url"}
    assert found.status is None
    assert connections == 0


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1", "fd00::1", "fe80::1%1"])
def test_s1_a_name_that_resolves_to_a_special_address_is_refused(address):
    async def resolve(host, port):
        return [address]

    async def run():
        async with Client(Settings(home=Path("/nowhere")), resolver=resolve) as client:
            return await client.get("http://news.example/", limit=LIMIT, deadline=5)

    assert asyncio.run(run()).failure == "refused_address"


def test_s1_among_several_addresses_only_the_allowed_one_is_connected_to():
    async def resolve(host, port):
        return ["10.0.0.1", "127.0.0.1", "::1"]

    async def run():
        async with serving(resolver=resolve) as (server, client):
            return await client.get(f"http://news.example:{server.port}/", limit=LIMIT, deadline=2)

    assert asyncio.run(run()).body == b"ok"


def test_s3_a_rebound_name_never_reaches_the_canary():
    """Names that are public when judged and loopback ever after: 1,000 tries, 0 hits on the canary."""
    asked = Counter()

    async def resolve(host, port):
        # 127.0.0.2 plays the public server: it is on the allow-list, the canary's 127.0.0.1 is not.
        asked[host] += 1
        return ["127.0.0.2" if asked[host] == 1 and not host.startswith("late") else "127.0.0.1"]

    async def run():
        canary = Server({})
        async with await asyncio.start_server(canary.handle, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            settings = Settings(home=Path("/nowhere"), allow=(f"127.0.0.2:{port}",))
            async with Client(settings, resolver=resolve) as client:
                for number in range(1000):
                    name = ("early", "late")[number % 2] + str(number // 4)
                    found = await client.get(f"http://{name}.example:{port}/", limit=LIMIT, deadline=2)
                    assert found.failure in {"connect", "refused_address"}
        return canary

    canary = asyncio.run(run())
    assert sum(asked.values()) >= 500
    assert canary.connections == 0


def test_s3_the_socket_itself_is_judged_even_if_the_resolver_were_passed_by():
    guard = Guard(AllowList(["127.0.0.2:80"]))
    guard.check("127.0.0.2", 80)
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1"):
        with pytest.raises(AddressRefused):
            guard.check(address, 80)


def test_s3_what_was_vetted_is_what_is_connected_to():
    seen = []

    async def resolve(host, port):
        seen.append(host)
        return ["127.0.0.1"] if len(seen) == 1 else ["10.0.0.1"]

    async def run():
        async with serving({"/": answer(b"ok", "Connection: close")}, resolver=resolve) as (server, client):
            for _ in range(3):
                found = await client.get(f"http://news.example:{server.port}/", limit=LIMIT, deadline=2)
                assert found.body == b"ok"

    asyncio.run(run())
    assert seen == ["news.example"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "refused_address"),
        ("http://[::1]:1/", "refused_address"),
        ("http://0x7f000001/", "refused_address"),
        ("//127.0.0.1:1/", "refused_address"),
        ("http://localhost:1/", "refused_address"),
        ("file:///etc/passwd", "bad_scheme"),
        ("javascript:alert(1)", "bad_scheme"),
        ("gopher://127.0.0.1/", "bad_scheme"),
        ("data:text/html,x", "bad_scheme"),
        ("", "bad_redirect"),
        ("http://[", "bad_redirect"),
    ],
)
@pytest.mark.parametrize("hop", [1, 3])
def test_s4_every_hop_is_judged_like_a_first_url(location, reason, hop):
    routes = {f"/{n}": redirect(f"/{n + 1}") for n in range(1, hop)} | {f"/{hop}": redirect(location)}
    found = get(routes, "/1")
    assert found.failure == reason
    assert len(found.hops) == hop


def test_s4_credentials_stay_with_their_origin():
    async def run():
        async with serving() as (other, _):
            routes = {"/a": redirect("/b"), "/b": redirect(other.url("/c"))}
            async with serving(routes, allow=("127.0.0.1",)) as (server, client):
                url = f"http://reader:canary@127.0.0.1:{server.port}/a"
                found = await client.get(url, headers={"Cookie": "k=canary"}, limit=LIMIT)
                return found, server, other

    found, server, other = asyncio.run(run())
    assert found.body == b"ok"
    assert all(b"Authorization: Basic" in head for head in server.requests)
    assert b"Authorization" not in other.requests[0]
    assert b"canary" not in other.requests[0]


def test_s5_proxies_and_netrc_of_the_environment_are_not_used(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login reader password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert get({}).body == b"ok"
    assert b"Authorization" not in get.server.requests[0]


# --- S8, S9: too much --------------------------------------------------------------------------------------

BOMBS = {
    "gzip": (lambda: gzip.compress(b"\0" * BIG, 9)),
    "br": (lambda: brotli.compress(b"\0" * BIG, quality=4)),
    "zstd": (lambda: zstandard.compress(b"\0" * BIG)),
    "gzip, gzip": (lambda: gzip.compress(gzip.compress(b"\0" * BIG))),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_s8_a_bomb_costs_neither_memory_nor_time(coding):
    body = BOMBS[coding]()
    base, started = peak_memory(), time.process_time()
    found = get({"/": answer(body, f"Content-Encoding: {coding}")})
    # Which bound is met first depends on how the bytes arrive.
    assert found.failure in {"bomb", "too_large"}
    assert len(found.body) <= LIMIT
    assert peak_memory() - base < 64_000_000
    assert time.process_time() - started < 1  # of its own: the machine may be busy


def test_s8_the_body_of_a_redirect_is_not_read():
    body = gzip.compress(b"\0" * BIG)
    found = get(
        {
            "/": redirect("/next", body, "301 Moved Permanently", "Content-Encoding: gzip"),
            "/next": answer(b"ok"),
        }
    )
    assert found.body == b"ok"
    assert found.hops == ((301, "/next"),)


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip, gzip", "gzip;q=1"])
def test_s8_unknown_codings_are_no_content(coding):
    found = get({"/": answer(b"\x1f\x8b raw", f"Content-Encoding: {coding}")})
    assert found.failure == "bad_encoding"
    assert found.body == b""


async def endless(writer, head):
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10\r\n\r\n"
        if b"/lie" in head
        else b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    )
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


def test_s9_an_endless_body_stops_at_the_cap_and_is_kept_as_evidence():
    found = get({"/": endless}, limit=1_000_000)
    assert found.failure == "too_large"
    assert len(found.body) == 1_000_000


def test_s9_a_length_that_lies_short_takes_no_more_than_it_says():
    found = get({"/lie": endless}, "/lie", limit=1_000_000)
    assert len(found.body) <= 10


# --- S10: slow ---------------------------------------------------------------------------------------------


async def drip_head(writer, head):
    for _ in range(1000):
        writer.write(b"H")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_body(writer, head):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(writer, head):
    await asyncio.sleep(60)


@pytest.mark.parametrize("mood", [drip_body, silent])
def test_s10_one_deadline_for_everything(mood):
    found = get({"/": mood}, deadline=0.4)
    assert found.failure == "timeout"
    assert 0.3 < found.seconds < 1
    assert (mood is drip_body) == bool(found.body)


def test_s10_a_head_that_never_ends():
    async def mood(writer, head):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            writer.write(f"X-{number}: x\r\n".encode())
            await writer.drain()
            await asyncio.sleep(0.05)

    found = get({"/": mood}, deadline=0.4)
    assert (found.failure, found.status) == ("timeout", None)
    assert found.seconds < 1


def test_s10_slow_names_count_too():
    async def resolve(host, port):
        await asyncio.sleep(30)

    async def run():
        async with Client(Settings(home=Path("/nowhere")), resolver=resolve) as client:
            return await client.get("http://news.example/", limit=LIMIT, deadline=0.3)

    assert asyncio.run(run()).failure == "timeout"


def test_s10_twenty_drips_do_not_starve_a_hundred_good_feeds():
    async def resolve(host, port):
        return ["127.0.0.1"]

    async def run():
        routes = {"/drip": drip_body}
        async with serving(routes, resolver=resolve) as (server, client):
            names = [f"http://h{number}.example:{server.port}" for number in range(120)]
            drips = [asyncio.create_task(client.get(f"{n}/drip", limit=LIMIT, deadline=3)) for n in names[:20]]
            await asyncio.sleep(0.2)
            started = time.monotonic()
            found = await asyncio.gather(*(client.get(f"{n}/", limit=LIMIT, deadline=3) for n in names[20:]))
            took = time.monotonic() - started
            assert not any(drip.done() for drip in drips)
            return found, took, await asyncio.gather(*drips)

    found, took, dripped = asyncio.run(run())
    assert all(a.body == b"ok" for a in found)
    assert took < 2
    assert {a.failure for a in dripped} == {"timeout"}


# --- S11: redirects ----------------------------------------------------------------------------------------


def test_s11_five_hops_are_followed_and_no_sixth():
    chain = {f"/{n}": redirect(f"/{n + 1}") for n in range(20)}
    found = get(chain | {"/5": answer(b"there")}, "/0")
    assert found.body == b"there"
    assert len(found.hops) == 5
    found = get(chain, "/0")
    assert found.failure == "too_many_hops"
    assert len(get.server.requests) == 6


@pytest.mark.parametrize("routes", [{"/": redirect("/")}, {"/": redirect("/b"), "/b": redirect("/#again")}])
def test_s11_loops_end_at_once_and_cookies_do_not_open_them(routes):
    found = get(
        {path: route.replace(b"\r\n\r\n", b"\r\nSet-Cookie: seen=1\r\n\r\n", 1) for path, route in routes.items()}
    )
    assert found.failure == "redirect_loop"
    assert len(get.server.requests) == len(routes)
    assert not any(b"cookie" in head.lower() for head in get.server.requests)


def test_s11_what_a_redirect_says_is_kept_in_order():
    found = get({"/": redirect("/b", b"", "301 Moved"), "/b": redirect("/c", b"", "308 Moved"), "/c": answer(b"ok")})
    assert found.hops == ((301, "/b"), (308, "/c"))
    assert found.final_url.endswith("/c")
    assert found.url.endswith("/")


# --- S12: cut ----------------------------------------------------------------------------------------------

PAGE = b"<!doctype html><html><body><p>" + b"The bridge reopened. " * 2000 + b"</p></body></html>"
FEED = b"<?xml version='1.0'?><rss><channel>" + b"<item/>" * 2000 + b"</channel></rss>"


def closing(head, body, *, abort=False):
    async def mood(writer, _):
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)
        await writer.drain()
        if abort:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()

    return mood


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 99999", PAGE),
        (b"Transfer-Encoding: chunked", b"ffff\r\n" + PAGE),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n"),
        (b"Content-Encoding: gzip", gzip.compress(PAGE)[:-4]),
        (b"Content-Encoding: gzip", gzip.compress(PAGE)[:-40]),
        (b"Content-Encoding: br", brotli.compress(PAGE)[:-4]),
        (b"Content-Encoding: zstd", zstandard.compress(PAGE)[:-4]),
        (b"Content-Type: text/html", PAGE[:-30]),
        (b"Content-Type: text/xml", FEED[:-3]),
        (b"Content-Type: application/feed+json", b'{"items": [{"id": 1'),
    ],
)
def test_s12_every_kind_of_cut_is_incomplete(head, body):
    assert get({"/": closing(head, body)}).failure == "incomplete"


def test_s12_a_reset_connection_keeps_what_came():
    found = get({"/": closing(b"Content-Length: 99999", b"early" * 10, abort=True)})
    assert found.failure in {"incomplete", "connect"}


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (b"Content-Type: text/html", PAGE, PAGE),
        (b"Content-Type: text/html", PAGE + b"\n<!-- served -->\n", PAGE + b"\n<!-- served -->\n"),
        (b"Content-Type: text/xml", FEED + b"\n", FEED + b"\n"),
        (b"Content-Type: text/plain", b"User-agent: *\nDisallow:", b"User-agent: *\nDisallow:"),
        (b"Content-Encoding: gzip", gzip.compress(PAGE), PAGE),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"Content-Length: 0\r\nContent-Encoding: gzip", b"", b""),
    ],
)
def test_s12_whole_bodies_are_whole(head, body, text):
    found = get({"/": closing(head, body)})
    assert found.failure is None
    assert found.body == text


# --- S20 and manners ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ['"a"\r\nX-Evil: 1', '"a"\nX-Evil: 1', '"a\0"', '"\xe9"', '"a\u20ac"'])
def test_s20_no_header_is_injected(value):
    assert request_headers(value, None) == {}
    found = get({}, headers={"If-None-Match": value})
    assert found.failure == "header_error"
    assert get.server.requests == []


@pytest.mark.parametrize("etag", [b'"plain"', b'W/"weak, with comma"', '"gr\u00fc\u00df"'.encode(), b"unquoted \\ x"])
def test_validators_travel_byte_for_byte(etag):
    async def run():
        route = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: " + etag + b"\r\n\r\n"
        async with serving({"/": route}) as (server, client):
            first = await client.get(server.url(), limit=LIMIT)
            stored = first.header("etag").encode("latin-1")
            await client.get(server.url(), headers=request_headers(stored.decode("latin-1"), None), limit=LIMIT)
            return stored, server.requests[1]

    stored, head = asyncio.run(run())
    assert stored == etag
    assert b"\r\nIf-None-Match: " + etag + b"\r\n" in head


def test_a_304_has_no_body_and_no_failure_and_keeps_the_connection():
    async def run():
        route = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\nCache-Control: max-age=9\r\n\r\n'
        async with serving({"/": route}) as (server, client):
            for _ in range(5):
                found = await client.get(server.url(), headers=request_headers('"1"', None), limit=LIMIT)
                assert (found.status, found.body, found.failure) == (304, b"", None)
            assert found.header("etag") == '"2"'
            return server

    server = asyncio.run(run())
    assert server.connections == 1
    assert len(server.requests) == 5


def test_requests_are_polite():
    get({}, "/?b=2&a=%7E%2f", headers={})
    head = get.server.requests[0].decode()
    lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    assert head.startswith("GET /?b=2&a=%7E%2f HTTP/1.1")
    assert lines["User-Agent"] == Settings(home=Path("/nowhere")).user_agent
    assert lines["Accept-Encoding"] == "gzip, br, zstd"
    assert not {"Cookie", "Referer", "Cache-Control", "Pragma", "Authorization"} & set(lines)


def test_many_response_headers_are_read():
    found = get({"/": answer(b"ok", *(f"X-{n}: {n}" for n in range(600)))})
    assert found.body == b"ok"
    assert found.header("x-599") == "599"


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99999]
)
def test_what_is_no_http_is_a_header_error(raw):
    found = get({"/": raw}, deadline=1)
    assert found.failure in {"header_error", "connect", "timeout"}


def test_a_closed_port_and_a_missing_name():
    async def run():
        async with Client(Settings(home=Path("/nowhere"), allow=("127.0.0.1",))) as client:
            return await client.get("http://127.0.0.1:9/", limit=9), await client.get("http://x.invalid/", limit=9)

    refused, missing = asyncio.run(run())
    assert (refused.failure, missing.failure) == ("connect", "dns")


def test_plain_text_on_a_tls_port_is_no_tls():
    async def greet(reader, writer):
        writer.write(b"220 hello\r\n")
        await writer.drain()

    async def run():
        async with await asyncio.start_server(greet, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            async with Client(Settings(home=Path("/nowhere"), allow=("127.0.0.1",))) as client:
                return await client.get(f"https://127.0.0.1:{port}/", limit=9, deadline=2)

    assert asyncio.run(run()).failure == "tls"


def certificate(folder, name):
    """A fresh self-signed certificate for ``name``: paths of (certificate, key)."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize(
    ("host", "trusted", "failure"),
    [("a.example", False, "tls"), ("a.example", True, None), ("b.example", True, "tls")],
)
def test_tls_is_verified_by_authority_and_name(tmp_path, host, trusted, failure):
    cert, key = certificate(tmp_path, "a.example")
    serve = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serve.load_cert_chain(cert, key)

    async def resolve(host, port):
        return ["127.0.0.1"]

    async def run():
        server = Server({})
        async with await asyncio.start_server(server.handle, "127.0.0.1", 0, ssl=serve) as listening:
            port = listening.sockets[0].getsockname()[1]
            settings = Settings(home=Path("/nowhere"), allow=("127.0.0.1",))
            tls = ssl.create_default_context(cafile=cert) if trusted else None
            async with Client(settings, resolver=resolve, tls=tls) as client:
                return await client.get(f"https://{host}:{port}/", limit=99, deadline=3)

    found = asyncio.run(run())
    assert (found.failure, found.body) == (failure, b"" if failure else b"ok")


def test_s4_no_downgrade_with_credentials(tmp_path):
    cert, key = certificate(tmp_path, "a.example")
    serve = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serve.load_cert_chain(cert, key)

    async def resolve(host, port):
        return ["127.0.0.1"]

    async def run(user):
        server = Server({"/": redirect("http://a.example:9/")})
        async with await asyncio.start_server(server.handle, "127.0.0.1", 0, ssl=serve) as listening:
            port = listening.sockets[0].getsockname()[1]
            settings = Settings(home=Path("/nowhere"), allow=("127.0.0.1",))
            tls = ssl.create_default_context(cafile=cert)
            async with Client(settings, resolver=resolve, tls=tls) as client:
                return await client.get(f"https://{user}a.example:{port}/", limit=99, deadline=3)

    assert asyncio.run(run("u:canary@")).failure == "downgrade"
    assert asyncio.run(run("")).failure == "connect"


@pytest.mark.parametrize("path", ["/", "/loop", "/cut", "/evil"])
def test_s23_passwords_are_never_echoed(path, caplog):
    caplog.set_level("DEBUG")
    routes = {
        "/loop": redirect("http://u:canary@127.0.0.1:1/"),
        "/cut": closing(b"Content-Length: 9", b"x"),
        "/evil": redirect("http://u:canary@[bad/"),
    }

    async def run():
        async with serving(routes) as (server, client):
            url = f"http://reader:canary@127.0.0.1:{server.port}{path}"
            return await client.get(url, limit=LIMIT), await client.get(url.replace("127.0.0.1", "x.invalid"), limit=9)

    for found in asyncio.run(run()):
        assert "canary" not in repr((found.url, found.final_url, found.detail, found.hops))
    assert "canary" not in caplog.text


def test_the_synchronous_call_gives_the_same_answer():
    assert fetch("http://127.0.0.1:9/", Settings(home=Path("/nowhere"))).failure == "refused_address"


def test_cancelling_is_not_swallowed():
    async def run():
        async with serving({"/": silent}) as (server, client):
            task = asyncio.create_task(client.get(server.url(), limit=LIMIT))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
