"""``python -m bench.clusters.scale --data DIR --articles 10000 100000 1000000``: what one more article costs.

Archives of several sizes are filled (:mod:`bench.clusters.fill`) and then given the same new
articles in turn, so that a busy machine is busy for all. New articles go in as in the pipeline: sketch,
version, index, regroup. Texts are made of real words, phrases and lengths (DIR holds
manifest.jsonl), every site has furniture, one text in four is a copy. CPU seconds of client
and server together; wall time beside them.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
from tests.conftest import open_folder

from bench.clusters import fill
from bench.clusters.words import Words
from copydesk.clusters.fingerprint import fingerprint
from copydesk.model import Block, Document
from copydesk.stages.cluster import regroup
from copydesk.store import articles, shingles, versions
from copydesk.store.db import Connection, connect, one
from copydesk.store.migrate import migrate
from copydesk.store.server import LocalServer

ROUNDS, EACH = 5, 400
_TABLES = ("cluster_shingles", "cluster_sketches", "cluster_links", "cluster_members", "clusters", "site_furniture")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.clusters.scale", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl")
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    args = parser.parse_args(argv)
    words, home = Words(args.data), open_folder("cluster bench")
    try:
        with ExitStack() as stack:
            held = {n: _filled(stack, home, words, n) for n in args.articles}
            costs = _measured(held, words)
            _table(held, costs)
    finally:
        shutil.rmtree(home.parent, ignore_errors=True)
    return 0


def _filled(stack: ExitStack, home: Path, words: Words, count: int) -> Connection:
    server = LocalServer(home / f"pg-{count}", {"shared_buffers": "1GB", "max_wal_size": "4GB"})
    server.start()
    stack.callback(server.stop)
    server.ensure_database("clusters")
    dsn = server.dsn("clusters")
    migrate(dsn, log=lambda said: None)
    with psycopg.connect(dsn, autocommit=True) as conn:
        fill.fill(conn, words, count)
    return stack.enter_context(connect(dsn))


def _measured(held: dict[int, Connection], words: Words) -> dict[int, list[tuple[float, float]]]:
    costs: dict[int, list[tuple[float, float]]] = {n: [] for n in held}
    for number in range(ROUNDS + 1):
        for count, conn in held.items():
            cost = _round(conn, words, number)
            if number:  # the first round warms the caches
                costs[count].append(cost)
    return costs


def _round(conn: Connection, words: Words, number: int) -> tuple[float, float]:
    """Add EACH articles: copies of what the archive holds, of each other, and new ones; gives (CPU, wall) of one."""
    author = fill.author(words)
    author.rng = random.Random(f"round {number}")
    todo = []
    for place in range(EACH):
        text = author.write()
        url = f"http://{text.host}/new/{number}/{place}"
        todo.append((articles.ensure(conn, url, fill.END, evidence="entry", visit=False), url, text.text))
    conn.commit()
    backend = psutil.Process(one(conn, "select pg_backend_pid() as pid")["pid"])
    cpu, wall = _spent(backend), time.perf_counter()
    for article, url, text in todo:
        assert article is not None
        versions.lock_article(conn, article)
        document = Document(url, "article", blocks=(Block("paragraph", text),))
        new = versions.NewVersion(article, fill.END, url.encode()[:32], document, fingerprint(text), None)
        versions.insert(conn, [new])
        shingles.index(conn, [article])
        regroup(conn, article)
        conn.commit()
    return (_spent(backend) - cpu) / EACH, (time.perf_counter() - wall) / EACH


def _spent(backend: psutil.Process) -> float:
    other = backend.cpu_times()
    return time.process_time() + other.user + other.system


def _table(held: dict[int, Connection], costs: dict[int, list[tuple[float, float]]]) -> None:
    heads = (f"{'articles':>10}", f"{'CPU ms':>9}", f"{'of first':>9}", f"{'wall ms':>9}", f"{'per CPU s':>11}")
    print(*heads, f"{'bytes/article':>15}", f"{'joined':>8}", sep="")
    base = statistics.median(cpu for cpu, _ in next(iter(costs.values())))
    for count, conn in held.items():
        cpu, wall = (statistics.median(x[n] for x in costs[count]) for n in (0, 1))
        sizes = one(conn, "select sum(pg_total_relation_size(t::regclass)) as n from unnest(%s::text[]) t", [*_TABLES])
        joined = one(
            conn,
            """select avg((exists (select 1 from cluster_members m where m.article_id = a.id))::int)::float8 as share
               from articles a where url like '%%/new/%%'""",
        )
        each = float(sizes["n"]) / count
        print(
            f"{count:10,}{1000 * cpu:9.2f}{cpu / base:9.2f}{1000 * wall:9.2f}{1 / cpu:11,.0f}{each:15,.0f}"
            f"{joined['share']:8.2f}"
        )


if __name__ == "__main__":
    sys.exit(main())
