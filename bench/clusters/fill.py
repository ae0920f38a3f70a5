"""Fill the tables of the index with what an archive of any size would have left in them.

The last texts are written out and sketched as in the pipeline, so that new articles can be
copies of them. What is older is drawn as hashes: as many as real texts have, a share of them
those of real phrases, a quarter of the articles the beginning of an earlier one.
"""

from __future__ import annotations

import random
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg

from bench.clusters.words import PHRASED, Words
from copydesk.clusters import assign
from copydesk.clusters.fingerprint import RATES, SCHEME, fingerprint
from copydesk.clusters.furniture import site_key
from copydesk.model import Fingerprint
from copydesk.store.shingles import BITS, week_of

START, WEEKS = datetime(2026, 3, 2, tzinfo=UTC), 12
"""Over so many weeks the archive is spread; new articles are of the last moment."""
END = START + timedelta(weeks=WEEKS)
SITES, COPIED = 2000, 0.25
WRITTEN = 2000
"""Texts that are written out."""
CHUNK = 20_000
_SHINGLE_ROW = np.dtype(
    [("n", ">i2"), ("a", ">i4"), ("key", ">i8"), ("b", ">i4"), ("article", ">i8"), ("c", ">i4"), ("site", ">i4")]
)
_KEYS = [site_key(f"site{site}.example") for site in range(SITES)]
_MASK = (1 << BITS) - 1


@dataclass
class Text:
    """One generated text on its site."""

    site: int
    body: list[str]
    words: list[str]

    @property
    def host(self) -> str:
        return f"site{self.site}.example"

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass
class Author:
    """Writes texts one after the other; a quarter are copies of earlier ones, cut to no less than 40 %."""

    words: Words
    rng: random.Random
    originals: list[list[str]] = field(default_factory=list)

    def write(self) -> Text:
        rng, site = self.rng, self.rng.randrange(SITES)
        if self.originals and rng.random() < COPIED:
            source = rng.choice(self.originals)
            body = source[: int(len(source) * rng.uniform(0.4, 1.0))]
        else:
            body = self.words.text(rng)
            self.originals.append(body)
        return Text(site, body, [*body, *self.words.furniture(site)])


@dataclass(frozen=True)
class Row:
    """What one article leaves: ``own`` is what its site's furniture does not cover."""

    id: int
    site: int
    at: datetime
    whole: Fingerprint
    own: Sequence[int]
    origin: int | None = None


def fill(conn: psycopg.Connection, words: Words, count: int) -> None:
    """Fill an empty, migrated database with so many articles; says on stderr how far it is."""
    began = time.monotonic()
    conn.execute("set session_replication_role = replica")
    conn.execute("set maintenance_work_mem = '1GB'")
    conn.execute("set synchronous_commit = off")
    conn.execute("alter table cluster_shingles drop constraint cluster_shingles_pkey")
    furniture = [list(fingerprint(" ".join(words.furniture(site))).hashes) for site in range(SITES)]
    with conn.cursor() as cursor, cursor.copy("copy site_furniture (hash, site) from stdin") as copy:
        for site, hashes in enumerate(furniture):
            for value in hashes:
                copy.write_row((value, _KEYS[site]))
    drawn = Drawn(words, furniture, count)
    for start in range(0, count - WRITTEN, CHUNK):
        _copy(conn, list(drawn.rows(start, min(CHUNK, count - WRITTEN - start))))
        print(f"  {time.monotonic() - began:6.0f} s  {start:,} of {count:,}", file=sys.stderr, flush=True)
    _copy(conn, list(_written(words, furniture, count)))
    conn.execute("alter table cluster_shingles add constraint cluster_shingles_pkey primary key (key, article_id)")
    conn.execute("select setval(pg_get_serial_sequence('articles', 'id'), %s)", (count + 1,))
    conn.execute("vacuum analyze")
    print(f"  {time.monotonic() - began:6.0f} s  {count:,} indexed", file=sys.stderr, flush=True)


def author(words: Words) -> Author:
    """Give the author of the written texts, after they were written: the same in every archive."""
    made = Author(words, random.Random("written"))
    for _ in range(WRITTEN):
        made.write()
    return made


def _written(words: Words, furniture: list[list[int]], count: int) -> Iterator[Row]:
    made = Author(words, random.Random("written"))
    first: dict[int, int] = {}
    for number in range(count - WRITTEN + 1, count + 1):
        text = made.write()
        whole, known = fingerprint(text.text), set(furniture[text.site])
        source = next((n for n, body in enumerate(made.originals) if body[:5] == text.body[:5]), None)
        origin = first.setdefault(source, number) if source is not None else number
        own = [h for h in whole.hashes if h not in known]
        yield Row(number, text.site, END - timedelta(hours=1), whole, own, origin if origin != number else None)


class Drawn:
    """Draws sketches without texts."""

    def __init__(self, words: Words, furniture: list[list[int]], of: int) -> None:
        self._rng, self._furniture, self._of = np.random.default_rng(1), furniture, of
        self._lengths = np.array(words.lengths)
        held = [fingerprint(" ".join(phrase)).hashes for phrase in words.phrases]
        self._phrases = [np.array(h, dtype=np.uint64) for h in held if h]

    def rows(self, start: int, count: int) -> Iterator[Row]:
        rng, originals = self._rng, list[tuple[int, list[int], int]]()
        for number in range(start + 1, start + count + 1):
            site = int(rng.integers(SITES))
            origin = None
            if originals and rng.random() < COPIED:
                origin, hashes, shingles = originals[int(rng.integers(len(originals)))]
                share = rng.uniform(0.4, 1.0)
                shingles, hashes = int(shingles * share), hashes[: int(len(hashes) * share)]
            else:
                hashes, shingles = self._sketch()
                originals.append((number, hashes, shingles))
            limit = (1 << 64) // _rate(shingles)
            own = [h for h in hashes if h < limit]
            ends = [h for h in self._furniture[site] if h < limit]
            at = START + (END - START) * (number / self._of)
            yield Row(number, site, at, Fingerprint(SCHEME, shingles, (*own, *ends)), own, origin)

    def _sketch(self) -> tuple[list[int], int]:
        rng = self._rng
        shingles = int(rng.choice(self._lengths))
        # At the finest rate, so that a copy, which is shorter, can hold what the longer text had thinned out.
        hashes = rng.integers(0, 1 << 63, shingles // 2, dtype=np.uint64)
        for at in rng.integers(0, max(1, len(hashes) - 2), int(shingles * PHRASED)):
            phrase = self._phrases[min(int(rng.pareto(0.5)), len(self._phrases) - 1)]
            hashes[at : at + len(phrase)] = phrase[: len(hashes[at : at + len(phrase)])]
        return list(dict.fromkeys(hashes.tolist())), shingles


def _rate(shingles: int) -> int:
    return next(every for below, every in RATES if shingles < below)


def _copy(conn: psycopg.Connection, batch: list[Row]) -> None:
    with conn.cursor() as cursor:
        with cursor.copy("copy articles (id, host, url, publisher, first_seen_at) from stdin") as copy:
            for row in batch:
                host = f"site{row.site}.example"
                copy.write_row((row.id, host, f"http://{host}/{row.id}", host, row.at))
        columns = "article_id, site, week, at, scheme, shingles, whole, own, size"
        with cursor.copy(f"copy cluster_sketches ({columns}) from stdin".encode()) as copy:
            for row in batch:
                held, own = (f"{{{','.join(map(str, h))}}}" for h in (row.whole.hashes, row.own))
                size = len(row.own) * _rate(row.whole.shingles)
                copy.write_row(
                    (row.id, _KEYS[row.site], week_of(row.at), row.at, SCHEME, row.whole.shingles, held, own, size)
                )
        with cursor.copy("copy cluster_shingles (key, article_id, site) from stdin with (format binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
            copy.write(_shingle_rows(batch).tobytes())
            copy.write(struct.pack(">h", -1))
        _link(conn, cursor, batch)


def _shingle_rows(batch: list[Row]) -> np.ndarray:
    keys = [np.unique(np.array(row.own, dtype=np.int64) & _MASK) | (week_of(row.at) << BITS) for row in batch]
    sizes = [len(k) for k in keys]
    out = np.zeros(sum(sizes), dtype=_SHINGLE_ROW)
    out["n"], out["a"], out["b"], out["c"] = 3, 8, 8, 4
    out["key"] = np.concatenate(keys)
    out["article"] = np.repeat([row.id for row in batch], sizes)
    out["site"] = np.repeat([_KEYS[row.site] for row in batch], sizes)
    return out


def _link(conn: psycopg.Connection, cursor: psycopg.Cursor, batch: list[Row]) -> None:
    """Each copy's pair with its original, and the clusters that they make."""
    by_id = {row.id: row for row in batch}
    columns = "longer, shorter, containment, share, shared, size_ratio, relation, first"
    with cursor.copy(f"copy cluster_links ({columns}) from stdin".encode()) as copy:
        for row in batch:
            pair = row.origin and assign.link(*(_item(by_id[x]) for x in (row.id, row.origin)))
            if pair:
                copy.write_row(
                    (int(pair.longer), int(pair.shorter), pair.containment, pair.share, pair.shared,
                     pair.size_ratio, pair.relation, pair.first)
                )  # fmt: skip
    conn.execute(
        """with made as (insert into clusters (origin_id, members) select longer, 1 + count(*) from cluster_links
                         where longer >= %s group by longer returning id, origin_id)
           insert into cluster_members (article_id, cluster_id, relation, overlap)
           select distinct on (article_id) article_id, id, relation, overlap from (
               select origin_id as article_id, id, 'origin' as relation, 1.0 as overlap from made
               union all select l.shorter, made.id, 'contained', l.containment
               from made join cluster_links l on l.longer = made.origin_id) x order by article_id, id""",
        (batch[0].id,),
    )


def _item(row: Row) -> assign.ClusterItem:
    return assign.ClusterItem(str(row.id), Fingerprint(SCHEME, row.whole.shingles, tuple(row.own)), row.at)
