"""Raw bytes in several stores: moved without a moment of loss, checked wherever they lie, swept, erased."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fsspec.registry import _registry as registry
from tests.newsroom import archive, arrive, edition

from copydesk.errors import SetupError, UsageError
from copydesk.pipeline import load_articles, offload
from copydesk.stages import keep
from copydesk.store import places, snapshots
from copydesk.store.db import connect, one, open_pool, rows


@pytest.fixture
def pool(dsn):
    made = open_pool(dsn, 4)
    yield made
    made.close()


@pytest.fixture(params=["file", "memory", "s3"])
def url(request, tmp_path):
    if request.param == "file":
        return f"file://{tmp_path}/a store"
    if request.param == "s3":
        return request.getfixturevalue("bucket")
    return f"memory://{tmp_path.name}-{random.random()}"


@pytest.fixture
def bucket(monkeypatch):
    """An S3 on loopback, where moto[server] and s3fs are installed (not in the lock: they would hold others back)."""
    s3fs, moto = pytest.importorskip("s3fs"), pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "ENDPOINT_URL": f"http://{host}:{port}",
        "ACCESS_KEY_ID": "x",
        "SECRET_ACCESS_KEY": "y",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    s3fs.S3FileSystem.clear_instance_cache()
    name = f"archive-{random.randrange(10**9)}"
    s3fs.S3FileSystem().mkdir(name)
    yield f"s3://{name}/snapshots"
    server.stop()
    places.place.cache_clear()


def test_a_bucket_that_is_not_there_is_named_and_not_made(dsn, pool, bucket):
    shas = fill(dsn, 3)
    with pytest.raises(SetupError, match="s3://typo"):
        keep.move(pool, "s3://typo/x")
    all_there(dsn, shas)


def fill(dsn, count=120):
    rng = random.Random(count)
    with connect(dsn) as conn:
        return {snapshots.put(conn, rng.randbytes(rng.randrange(0, 3000))) for _ in range(count)}


def all_there(dsn, shas):
    import hashlib

    with connect(dsn) as conn:
        assert all(hashlib.sha256(snapshots.get(conn, sha)).digest() == sha for sha in shas)


def test_there_and_back(dsn, pool, url):
    shas = fill(dsn)
    assert keep.move(pool, url) == {"moved": len(shas)}
    all_there(dsn, shas)
    with connect(dsn) as conn:
        assert one(conn, "select count(*) as n from snapshots where bytes is not null")["n"] == 0
        assert snapshots.places(conn)[0]["bodies"] == len(shas)
        again = next(iter(shas))
        assert snapshots.put(conn, snapshots.get(conn, again)) == again  # known already: nothing is stored twice
        assert one(conn, "select bytes from snapshots where sha256 = %s", again)["bytes"] is None
    assert keep.verify(pool) == {"good": len(shas)}
    assert keep.move(pool, url) == {}
    assert keep.move(pool, "postgres") == {"moved": len(shas)}
    all_there(dsn, shas)
    assert not any(places.place(url).exists(sha) for sha in shas)


def test_the_whole_pipeline_with_its_bytes_elsewhere(desk, site, tmp_path):
    desk.settings = replace(desk.settings, snapshots=f"file://{tmp_path}/store")
    edition(desk, site, 1)
    with desk.pool.connection() as conn:
        assert one(conn, "select count(*) as n from snapshots where bytes is not null")["n"] == 0
        conn.execute("update observations set state = 'new', lease_until = '-infinity'")  # read everything again
        stood = archive(conn)
    load_articles(desk)
    edition(desk, site, 3)
    assert offload(desk) == {}
    with desk.pool.connection() as conn:
        assert set(stood) - set(archive(conn)) == set() or len(archive(conn)) > len(stood)
        assert one(conn, "select count(*) as n from quarantine")["n"] == 0
    assert keep.verify(desk.pool)["damaged"] == 0


def test_damage_is_named_quarantined_and_costs_nothing_else(dsn, pool, tmp_path):
    shas = sorted(fill(dsn, 20))
    url = f"file://{tmp_path}/store"
    keep.move(pool, url)
    path = next((tmp_path / "store").rglob(f"{shas[3].hex()}.zst"))
    path.write_bytes(path.read_bytes()[:-3])
    next((tmp_path / "store").rglob(f"{shas[4].hex()}.zst")).unlink()
    with connect(dsn) as conn:
        with pytest.raises(snapshots.Damaged, match=shas[3].hex()):
            snapshots.get(conn, shas[3])
        with pytest.raises(LookupError, match=shas[4].hex()):
            snapshots.get(conn, shas[4])
    assert keep.verify(pool) == {"good": 18, "damaged": 2}
    with connect(dsn) as conn:
        found = rows(conn, "select reason, ref from quarantine where stage = 'snapshot' order by ref")
    assert {(f["reason"], f["ref"]) for f in found} == {
        ("damaged", f"snapshot {shas[3].hex()}"), ("missing", f"snapshot {shas[4].hex()}")}  # fmt: skip
    counts = keep.move(pool, "postgres")
    assert (counts["moved"], counts["damaged"]) == (18, 2)


def test_a_torn_body_costs_its_own_page_only(desk, dsn, tmp_path):
    page = "<title>Council</title><article><h1>Council</h1>" + "<p>The council met and voted on the plan.</p>" * 9
    with connect(dsn) as conn:
        for n in range(3):
            arrive(conn, f"https://a.example/{n}", datetime(2026, 11, 20, n, tzinfo=UTC), f"{page}<p>{n}</p>".encode())
        conn.execute("update snapshots set bytes = '\\x00' where sha256 = (select min(sha256) from snapshots)")
    counts = load_articles(desk)
    assert (counts["new"], counts["failed"]) == (2, 1)


def test_killed_while_moving_nothing_is_lost(dsn, pool, tmp_path):
    shas = fill(dsn, 400)
    url = f"file://{tmp_path}/store"
    env = os.environ | {"DATABASE_URL": dsn, "COPYDESK_HOME": str(tmp_path)}
    for files in (30, 150):
        mover = subprocess.Popen([sys.executable, "-m", "copydesk", "snapshots", "move", "--to", url], env=env)
        while mover.poll() is None and len(list((tmp_path / "store").rglob("*.zst"))) < files:
            time.sleep(0.001)
        mover.kill()
        mover.wait()
        all_there(dsn, shas)
    keep.move(pool, url)
    all_there(dsn, shas)
    assert keep.sweep(pool, url, grace=0)["kept"] == len(shas)


def test_a_sweep_removes_only_what_no_row_names(dsn, pool, url):
    shas = fill(dsn, 10)
    keep.move(pool, url)
    stray = bytes(32)
    places.place(url).write(stray, b"left by a crash")
    assert keep.sweep(pool, url)["swept"] == 0  # it may be on its way
    assert keep.sweep(pool, url, grace=0) == {"kept": 10, "swept": 1}
    assert not places.place(url).exists(stray)
    with connect(dsn) as conn:
        gone = snapshots.erase(conn, sorted(shas)[:4])
    assert keep.sweep(pool, url, grace=0)["swept"] == 4  # erased, but killed before they were removed
    with connect(dsn) as conn:
        snapshots.remove(conn, gone)
        with pytest.raises(snapshots.Erased):
            snapshots.get(conn, sorted(shas)[0])
    assert keep.verify(pool) == {"good": 6}


@pytest.mark.parametrize("wrong", ["nowhere", "/folder", "no-such-protocol://x"])
def test_a_store_that_is_none_is_named(wrong):
    with pytest.raises(UsageError, match=wrong.split(":")[0]):
        places.Place(wrong)


def test_what_a_driver_raises_names_the_store(dsn, pool, tmp_path):
    shas = fill(dsn, 3)
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match=r"file://.*: NotADirectoryError"):
        keep.move(pool, f"file://{tmp_path}/file/x")
    all_there(dsn, shas)


def test_a_store_whose_driver_is_missing_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(registry, "s3", raising=False)
    with pytest.raises(SetupError, match=r"copydesk\[s3\]"):
        places.Place("s3://bucket/x")
