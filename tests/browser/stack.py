"""`copydesk up` for the tests in a browser: database, Airflow, sample newspaper, and a feed of the test's own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

from tests.conftest import open_folder

EVERY = 25
"""Seconds between editions of the newspaper."""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Weir Gazette</title><link>{base}/</link>
<item><title>Weir opens</title><link>{base}/weir.html</link><guid>weir</guid></item></channel></rss>"""


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def gazette() -> Iterator[SimpleNamespace]:
    """Serve one more feed; counts how often it is asked."""
    told = SimpleNamespace(asked=0, url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked += self.path == "/feed"
            body = FEED.format(base=told.url).encode() if self.path == "/feed" else b"Allow: /"
            self.send_response(200 if self.path in ("/feed", "/robots.txt") else 404)
            self.send_header("content-type", "application/rss+xml" if self.path == "/feed" else "text/plain")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def running(other: str) -> Iterator[SimpleNamespace]:
    """Start everything as `make run` does; ``other`` is a host with port that may be polled too."""
    home = open_folder("desk home")
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "DATABASE_URL", "COPYDESK"))}
    env |= {"COPYDESK_HOME": str(home), "COPYDESK_ALLOW": other}
    command = [sys.executable, "-m", "copydesk", "up", "--port", str(port), "--every", str(EVERY)]
    log = open(home.parent / "up.log", "w+")  # noqa: SIM115
    process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", home=home, said=_wait(process, log, home))
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        if process.poll() is None:
            process.kill()
        log.close()
        shutil.rmtree(home.parent, ignore_errors=True)


def password(home: object, user: str) -> str:
    """Give the password that `copydesk up` made for a user."""
    with open(f"{home}/airflow/passwords.json") as file:
        return str(json.load(file)[user])


def asker(stack: SimpleNamespace, user: str = "admin"):
    """Give a function that asks the API as a user."""
    body = json.dumps({"username": user, "password": password(stack.home, user)}).encode()
    request = urllib.request.Request(f"{stack.url}/auth/token", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        token = json.load(answer)["access_token"]

    def ask(path: str):
        request = urllib.request.Request(
            f"{stack.url}/copydesk/api/v1{path}", headers={"authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    return ask


def until(what: str, check, seconds: float = 400):
    """Wait until a check gives something true; gives it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(1)
    raise AssertionError(f"not within {seconds} s: {what}")


def _wait(process: subprocess.Popen[bytes], log, home) -> str:
    end = time.monotonic() + 400
    while time.monotonic() < end:
        log.seek(0)
        said = log.read()
        if re.search(r"^  login", said, re.M):
            return said
        assert process.poll() is None, said
        time.sleep(0.5)
    logs = {file.name: file.read_text()[-2000:] for file in (home / "logs").glob("*.log")}
    raise AssertionError(f"copydesk up is not ready:\n{said}\n{logs}")
