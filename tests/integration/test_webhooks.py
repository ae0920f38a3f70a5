"""Webhooks under faults: every event arrives, signed, in order for each article, or lies among the dead letters."""

from __future__ import annotations

import http.server
import itertools
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict

import pytest

from copydesk.outlets import signing
from copydesk.outlets.retrying import TROUBLE, WAITS, judge
from copydesk.stages import deliver as delivering
from copydesk.stages.deliver import deliver
from copydesk.store import changes, webhooks
from copydesk.store.db import connect, one, open_pool

SECRET = signing.new_secret()


class Receiver:
    """A receiver on loopback that answers as ``answers`` says (a status, or a function of the request's number)."""

    def __init__(self, answer=204):
        self.answer, self.got, self.headers, self.count = answer, [], [], itertools.count()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                number = next(receiver.count)
                said = receiver.answer(number, json.loads(body)) if callable(receiver.answer) else receiver.answer
                status, more = said if isinstance(said, tuple) else (said, {})
                headers = {k.lower(): v for k, v in self.headers.items()}
                receiver.headers.append((headers, body))
                if 200 <= status < 300:
                    receiver.got.append(json.loads(body))
                try:
                    self.send_response(status)
                    for name, value in more.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def pool(dsn):
    made = open_pool(dsn, 6)
    yield made
    made.close()


def fill(dsn, count, articles=5):
    with connect(dsn) as conn:
        host = "insert into hosts (host) values ('a.example') on conflict do nothing"
        conn.execute(host)
        for n in range(1, articles + 1):
            conn.execute("""insert into articles (host, url, publisher, first_seen_at) select 'a.example', %s, 'a.example', now()
                            where not exists (select from articles where url = %s)""", (f"https://a.example/{n}",) * 2)  # fmt: skip
        ids = [r["id"] for r in conn.execute("select id from articles order by id")]
        for n in range(count):
            changes.add(conn, "version", ids[n % len(ids)], None, {"n": n})


def hook(dsn, url, types=(), cursor=""):
    with connect(dsn) as conn:
        return webhooks.add(conn, url, SECRET, types, cursor)


def hours_pass(dsn):
    with connect(dsn) as conn:
        conn.execute("update deliveries set next_at = '-infinity' where state = 'waiting'")
        conn.execute("update webhooks set next_at = '-infinity', lease_until = '-infinity'")


def numbers(events):
    return [e["data"]["n"] for e in events]


def in_order(events):
    seen = defaultdict(list)
    for event in events:
        seen[event["article_id"]].append(event["data"]["n"])
    return all(list(dict.fromkeys(v)) == sorted(set(v)) for v in seen.values())


def test_signed_and_in_order(dsn, pool, settings, receiver):
    fill(dsn, 30)
    hook(dsn, receiver.url)
    assert deliver(pool, settings) == {"sent": 30}
    assert numbers(receiver.got) == list(range(30))
    for headers, body in receiver.headers:
        assert signing.verify(SECRET, headers, body, int(time.time()))
        assert not signing.verify(signing.new_secret(), headers, body, int(time.time()))
        assert not signing.verify(SECRET, headers, body + b" ", int(time.time()))
        assert not signing.verify(SECRET, headers, body, int(time.time()) + 301)
        assert headers["webhook-id"] == json.loads(body)["id"]
        assert headers["content-type"] == "application/json"
    assert deliver(pool, settings) == {}


def test_r30_two_hundred_faults(dsn, pool, settings, receiver):
    """Slow, 500, 429, cut off, taken but answered with an error (so it comes twice): nothing is lost or out of order."""
    rng, taken = random.Random(30), []
    faults = itertools.count()

    def answer(number, event):
        fault = rng.choice(["none", "500", "429", "twice", "slow"]) if next(faults) < 320 else "none"
        if fault == "twice":
            taken.append(event)
            return 502
        if fault == "slow":
            time.sleep(0.005)
        if fault in ("500", "429"):
            return (int(fault), {"Retry-After": "1"})
        taken.append(event)
        return 200

    receiver.answer = answer
    fill(dsn, 200, articles=40)
    hook(dsn, receiver.url)
    for _ in range(400):
        deliver(pool, settings)
        hours_pass(dsn)
        with connect(dsn) as conn:
            listed = webhooks.listing(conn)[0]
        if len({e["id"] for e in taken}) == 200 and not listed["waiting"]:
            break
    assert sorted({e["data"]["n"] for e in taken}) == list(range(200))
    assert listed["dead"] == 0
    assert in_order(taken)
    assert len(taken) > 200  # some came twice, under the same id


def test_a_poison_event_holds_back_its_article_only_and_dies_after_a_day(dsn, pool, settings, receiver):
    receiver.answer = lambda number, event: 500 if event["data"]["n"] == 3 else 200
    fill(dsn, 20, articles=5)
    key = hook(dsn, receiver.url)
    deliver(pool, settings)
    assert numbers(receiver.got) == [n for n in range(20) if n % 5 != 3]
    for _ in range(len(WAITS) + 2):
        hours_pass(dsn)
        deliver(pool, settings)
    assert sorted(numbers(receiver.got)) == [n for n in range(20) if n != 3]
    assert in_order(receiver.got)
    with connect(dsn) as conn:
        (dead,) = webhooks.dead(conn)
        assert (dead["attempts"], dead["last_answer"]) == (len(WAITS) + 1, "500")
        assert webhooks.revive(conn, key, dead["event"]) == 1
    receiver.answer = 200
    deliver(pool, settings)
    assert 3 in numbers(receiver.got)
    with connect(dsn) as conn:
        assert webhooks.dead(conn) == []


def test_an_endpoint_that_is_down_for_days_loses_nothing_new(dsn, pool, settings, receiver):
    receiver.answer = 503
    fill(dsn, 50, articles=50)
    hook(dsn, receiver.url)
    for _ in range(8):
        hours_pass(dsn)
        deliver(pool, settings)
    with connect(dsn) as conn:
        (listed,) = webhooks.listing(conn)
    assert listed["waiting"] <= TROUBLE
    assert listed["dead"] == 0
    receiver.answer = 200
    for _ in range(3):
        hours_pass(dsn)
        deliver(pool, settings)
    assert sorted(numbers(receiver.got)) == list(range(50))


def test_it_waits_as_long_as_it_is_asked_to(dsn, pool, settings, receiver):
    receiver.answer = (429, {"Retry-After": "3600"})
    fill(dsn, 3, articles=1)
    hook(dsn, receiver.url)
    deliver(pool, settings)
    with connect(dsn) as conn:
        wait = one(conn, "select extract(epoch from next_at - now()) as s from deliveries where attempts = 1")["s"]
    assert 3500 < wait < 3700
    assert deliver(pool, settings) == {}


def test_gone_means_gone_and_types_are_kept_to(dsn, pool, settings, receiver):
    fill(dsn, 4)
    with connect(dsn) as conn:
        changes.add(conn, "takedown", None, None, {"n": 99})
    only = hook(dsn, receiver.url, types=["takedown"])
    deliver(pool, settings)
    assert numbers(receiver.got) == [99]
    receiver.answer = 410
    gone = hook(dsn, receiver.url)
    deliver(pool, settings)
    with connect(dsn) as conn:
        assert {w["id"]: w["state"] for w in webhooks.listing(conn)} == {only: "active", gone: "gone"}


def test_a_target_inside_the_network_is_never_asked(dsn, pool, receiver, tmp_path):
    from copydesk.settings import Settings

    guarded = Settings(home=tmp_path, database_url=dsn)  # no allow-list
    fill(dsn, 1)
    for url in (receiver.url, "http://169.254.169.254/latest", "http://[::1]/x", "http://10.0.0.1/"):
        hook(dsn, url)
    counts = deliver(pool, guarded)
    assert counts == {"dead": 4}
    assert not receiver.headers
    with connect(dsn) as conn:
        assert all(d["last_answer"].startswith("refused_address") for d in webhooks.dead(conn))


def test_a_redirect_is_not_followed(dsn, pool, settings, receiver):
    receiver.answer = (302, {"Location": "http://127.0.0.1:1/"})
    fill(dsn, 1)
    hook(dsn, receiver.url)
    assert deliver(pool, settings) == {"dead": 1}


def test_a_slow_target_costs_its_deadline_and_not_the_others(dsn, pool, settings, receiver, monkeypatch):
    monkeypatch.setattr(delivering, "DEADLINE", 0.3)
    slow = Receiver(lambda number, event: time.sleep(1) or 200)
    fill(dsn, 2)
    hook(dsn, slow.url)
    hook(dsn, receiver.url)
    counts = deliver(pool, settings)
    assert (counts["again"], counts["sent"]) == (2, 2)
    slow.server.shutdown()


def test_two_senders_at_once_keep_the_order(dsn, pool, settings, receiver):
    fill(dsn, 60)
    hook(dsn, receiver.url)
    threads = [threading.Thread(target=deliver, args=(pool, settings)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert numbers(receiver.got) == list(range(60))


def test_r28_killed_in_mid_batch_every_event_still_arrives(dsn, pool, settings, receiver, tmp_path):
    """kill -9 at random instants: each event arrives at least once, under one id, in order for its article."""
    import os

    receiver.answer = lambda number, event: time.sleep(0.01) or 200
    fill(dsn, 150)
    hook(dsn, receiver.url)
    env = os.environ | {"DATABASE_URL": dsn, "COPYDESK_ALLOW": "127.0.0.0/8", "COPYDESK_HOME": str(tmp_path)}
    for kill in range(4):
        hours_pass(dsn)
        before = len(receiver.got)
        sender = subprocess.Popen([sys.executable, "-m", "copydesk", "webhooks", "deliver"], env=env)
        while len(receiver.got) < before + 7 + kill and sender.poll() is None:
            time.sleep(0.002)
        sender.send_signal(signal.SIGKILL)
        assert sender.wait() == -signal.SIGKILL
    hours_pass(dsn)
    deliver(pool, settings)
    assert sorted(set(numbers(receiver.got))) == list(range(150))
    assert in_order(receiver.got)
    assert len(receiver.got) <= 154  # one at most comes again for each kill
    ids = {}
    for event in receiver.got:
        assert ids.setdefault(event["data"]["n"], event["id"]) == event["id"]


def test_when_to_try_again():
    assert sum(WAITS) <= 24 * 3600
    assert judge(200, False, 1, 0, None).fate == "sent"
    assert judge(500, False, 1, 1, None).wait == WAITS[0]
    assert judge(None, False, len(WAITS), 1, None).fate == "again"
    assert judge(500, False, len(WAITS) + 1, 1, None).fate == "dead"
    assert judge(410, False, 1, 1, None).fate == "gone"
    assert judge(None, True, 1, 1, None).fate == "dead"
    assert judge(503, False, 1, 1, 10**9).wait <= 8 * 3600
    assert judge(500, False, 1, TROUBLE, None).rest > 0


def test_a_signature_as_the_standard_prints_it():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    said = signing.sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_commands(dsn, receiver, tmp_path, monkeypatch, capsys):
    from copydesk.cli import main

    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    monkeypatch.setenv("COPYDESK_ALLOW", "127.0.0.0/8")
    for wrong in ("ftp://x/", "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/", "http://2130706434/x",
                  "https://ada:pass@hooks.example/", "http://", "hooks.example"):  # fmt: skip
        assert main(["webhooks", "add", wrong]) == 2, wrong
        assert wrong.rpartition("@")[2].strip("/") in capsys.readouterr().err
    assert main(["webhooks", "add", receiver.url, "--after", ""]) == 0
    made = json.loads(capsys.readouterr().out)
    fill(dsn, 2)
    assert main(["webhooks", "list"]) == 0  # never served yet
    capsys.readouterr()
    assert main(["webhooks", "deliver"]) == 0
    assert capsys.readouterr().out.strip() == "sent 2"
    assert signing.verify(made["secret"], *receiver.headers[0], int(time.time()))
    for arguments in (["list"], ["list", "--json"], ["dead"], ["pause", "1"], ["resume", "1"]):
        assert main(["webhooks", *arguments]) == 0
        said = capsys.readouterr()
        assert made["secret"] not in said.out + said.err
    assert main(["webhooks", "retry", "1"]) == 2
    assert main(["webhooks", "remove", "1"]) == 0
    assert main(["webhooks", "remove", "1"]) == 2
    assert main(["webhooks", "pause", "1"]) == 2
