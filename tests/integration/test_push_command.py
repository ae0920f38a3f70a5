"""``copydesk push`` as users start it: a process, its address on stderr, its refusals."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from copydesk.store import feeds, push
from copydesk.store.db import connect, one


def start(settings, *options, **env):
    full = os.environ | {"DATABASE_URL": settings.database_url, "COPYDESK_ALLOW": "127.0.0.0/8"} | env
    return subprocess.Popen(
        [sys.executable, "-m", "copydesk", "push", *options],
        env={k: v for k, v in full.items() if v is not None},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def refused(settings, *options, **env):
    process = start(settings, *options, **env)
    out, said = process.communicate(timeout=30)
    assert out == ""
    assert said.count("\n") == 1
    return process.returncode, said


def test_a_receiver_verifies_asks_hubs_and_ends_by_a_signal(settings):
    with connect(settings.database_url) as conn, socket.create_server(("127.0.0.1", 0)) as hub:
        hub.settimeout(20)
        at = f"http://127.0.0.1:{hub.getsockname()[1]}"
        feed, _ = feeds.add(conn, f"{at}/feed")
        conn.execute("update feeds set hubs = %s where id = %s", ([f"{at}/hub"], feed))
        before = push.of_feed(conn, feed, f"{at}/hub", f"{at}/feed")
        conn.commit()
        process = start(settings, "--listen", "127.0.0.1:0", COPYDESK_PUBLIC_URL="http://127.0.0.1:8090/")
        try:
            base = re.search(r"listening on (\S+) ", process.stderr.readline())[1]
            asked, _ = hub.accept()
            request = asked.recv(65536).decode()
            assert request.startswith("POST /hub HTTP/1.1")
            asked.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            query = f"hub.mode=subscribe&hub.topic={at}/feed&hub.challenge=c&hub.lease_seconds=600"
            with urllib.request.urlopen(f"http://{base}/websub/{before.token}?{query}", timeout=10) as answer:
                assert answer.read() == b"c"
                assert "server" not in answer.headers
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://{base}/", timeout=10)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
            asked.close()
        row = one(
            conn, "select secret is not null as verified, lease_until - confirmed_at as lease from push_subscriptions"
        )
        assert (row["verified"], row["lease"].total_seconds()) == (True, 600)


def test_push_is_off_unless_a_public_url_is_set(settings):
    code, said = refused(settings, COPYDESK_PUBLIC_URL=None)
    assert code == 2
    assert "push is off: set COPYDESK_PUBLIC_URL" in said


@pytest.mark.parametrize(
    ("options", "code", "names"),
    [
        (("--public-url", "http://desk.example"), 2, "must be https"),
        (("--public-url", "desk.example"), 2, "must be https"),
        (("--public-url", "https://desk.example", "--listen", "8090"), 2, "--listen 8090"),
        (("--public-url", "https://desk.example", "--listen", "127.0.0.1:99999"), 2, "127.0.0.1:99999"),
    ],
)
def test_wrong_use_is_named(settings, options, code, names):
    found, said = refused(settings, *options)
    assert found == code
    assert names in said


def test_a_taken_port_is_named(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, said = refused(settings, "--public-url", "https://desk.example", "--listen", address)
    assert code == 1
    assert address in said


def test_an_unreachable_database_is_named(settings):
    code, said = refused(settings, "--public-url", "https://x.example", DATABASE_URL="postgresql://127.0.0.1:9/none")
    assert code == 1
    assert "127.0.0.1" in said
