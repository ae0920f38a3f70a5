"""An archive of any size that looks like one: publishers of very different size, common and rare words, stories that
are carried by several, revisions, corrections, feeds with their polls. Made by COPY and INSERT ... SELECT."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg

VERSIONS = 1.3
"""Versions for each article: a fifth have two, a twentieth three."""
SENTENCES, IN_BODY, VOCABULARY = 4_000, 9, 30_000
_SYLLABLES = (
    "ba be bo bri ca ce co cra da de do dre fa fe fi fo ga ge go gra ha he ho ka ke la le li lo ma me mi mo na".split()
)
_SYLLABLES += "ne ni no pa pe po pra ra re ri ro sa se si so sta ta te ti to tra va ve vi vo wa we wi".split()
_INDEXES = ("latest_versions_search", "versions_as_of", "versions_published", "versions_derived")


def fill(dsn: str, articles: int, seed: int = 7) -> None:
    """Fill an empty, migrated database; says on stderr how far it is."""
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"  {time.monotonic() - began:6.0f} s  {what}", file=sys.stderr, flush=True)

    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")  # no triggers, no checks: the rows are right
        conn.execute("set maintenance_work_mem = '1GB'")
        conn.execute("set synchronous_commit = off")
        _articles(conn, articles)
        say(f"{articles:,} articles")
        again = [_index(conn, name) for name in _INDEXES]
        _versions(conn, articles, random.Random(seed), say)
        conn.execute(_LATEST)
        say("latest versions")
        for statement in again:
            conn.execute(statement)
        say("indexes")
        for what, statement in _REST.items():
            conn.execute(statement.encode(), {"n": articles} if "%(" in statement else None)
            say(what)
        conn.execute("vacuum analyze")
        say("vacuum analyze")


def _index(conn: psycopg.Connection, name: str) -> bytes:
    row = conn.execute("select indexdef from pg_indexes where indexname = %s", (name,)).fetchone()
    assert row is not None
    conn.execute(f"drop index {name}".encode())
    return str(row[0]).encode()


def _articles(conn: psycopg.Connection, n: int) -> None:
    conn.execute("insert into hosts (host) select 'p' || h || '.example' from generate_series(1, 300) h")
    conn.execute(
        """
        insert into articles (host, url, publisher, first_seen_at, added_at, state)
        select p || '.example', 'https://' || p || '.example/story-' || i, p || '.example', at, at, 'live'
        from (select i, 'p' || (1 + floor(300 * power(random(), 3)))::int as p,
                     now() - interval '1 year' * (1 - i / %(n)s::float8) as at
              from generate_series(1, %(n)s) i) made order by i""",
        {"n": n},
    )


def _versions(conn: psycopg.Connection, n: int, rng: random.Random, say) -> None:
    columns = ("id, article_id, origin, observed_at, recorded_at, content_sha, title, byline, body, facts, lang, "
               "published_at, words, scheme, shingles, fingerprint, extractor")  # fmt: skip
    with conn.cursor() as cursor, cursor.copy(f"copy versions ({columns}) from stdin".encode()) as copy:
        for count, row in enumerate(_rows(n, rng), 1):
            copy.write_row(row)
            if count % 200_000 == 0:
                say(f"{count:,} versions")
    conn.execute("select setval('versions_id_seq', (select max(id) from versions))")


def _rows(n: int, rng: random.Random) -> Iterator[tuple]:
    words = [_word(rng) for _ in range(VOCABULARY)]
    ranks = [1 / (r + 3) for r in range(VOCABULARY)]  # Zipf: the first word is in nearly every text
    stock = [" ".join(rng.choices(words, ranks, k=rng.randint(9, 22))).capitalize() + "." for _ in range(SENTENCES)]
    langs = ["en"] * 14 + ["de"] * 3 + ["fr", "es", "it"]
    now, key = datetime.now(UTC), 0
    for article in range(1, n + 1):
        at = now - timedelta(days=365) * (1 - article / n)
        body = [rng.choice(stock) for _ in range(IN_BODY)]
        body.append(" ".join(rng.choices(words, k=12)) + ".")  # words that few have
        draw = rng.random()
        for step in range(3 if draw < 0.05 else 2 if draw < 0.25 else 1):
            key += 1
            if step:
                body[rng.randrange(IN_BODY)] = rng.choice(stock)
            text = "\n\n".join(body)
            seen = min(at + timedelta(hours=3 * step), now)
            stored = seen + timedelta(seconds=4)
            yield (key, article, "publisher", seen, stored, key.to_bytes(32), body[0][:70], [], text, "{}",
                   langs[article % 20], at - timedelta(minutes=9), 150, 1, 100, [], "bench")  # fmt: skip


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 2, 3, 3, 4))))


_LATEST = """
        insert into latest_versions select distinct on (v.article_id) v.article_id, v.id, v.observed_at, a.publisher,
            v.lang, a.first_seen_at + interval '4 s', v.published_at, search_vector(v.title, v.body)
        from versions v join articles a on a.id = v.article_id order by v.article_id, v.observed_at desc"""

_REST = {
    "URLs": """insert into article_urls (url_sha, url, article_id, evidence)
        select sha256(url::bytea), url, id, 'entry' from articles""",
    "revisions": """
        insert into revisions (version_id, article_id, previous_id, kind, material, edits, decided_at)
        select id, article_id, before, case when before is null then 'first' else
            (array['silent_correction', 'update', 'reworded', 'expanded', 'noticed_correction'])[1 + id % 5] end,
            before is null or id % 5 in (0, 1, 4), '[]', recorded_at
        from (select id, article_id, recorded_at, lag(id) over (partition by article_id order by observed_at) as before
              from versions) steps""",
    "observations": """
        insert into observations (url, url_sha, article_id, observed_at, recorded_at, decided_at, status, state,
                                  decision,
                                  version_id)
        select a.url, sha256(a.url::bytea), v.article_id, v.observed_at, v.recorded_at, v.recorded_at, 200, 'done',
               'new', v.id
        from versions v join articles a on a.id = v.article_id order by v.id on conflict do nothing""",
    "attributions": """
        insert into attributions (observation_id, article_id, observed_at, version_id, recorded_at)
        select id, article_id, observed_at, version_id, recorded_at from observations""",
    "clusters": """
        with placed as (select i, 1 + (i - 1) * 40 as first, 2 + (i * 7919) %% 11 as size
                        from generate_series(1, %(n)s / 40) i),
        made as (insert into clusters (id, origin_id) overriding system value select i, first from placed returning id)
        insert into cluster_members (article_id, cluster_id, relation, overlap)
        select m, i, 'same', 0.9 from placed, lateral generate_series(first, first + size - 1) m""",
    "notices and corrections": """
        with noticed as (
            insert into notices (article_id, text_sha, kind, text, placement, lang, confidence, rule, first_version_id,
                                 last_version_id, observed_at, recorded_at)
            select l.article_id, 'x', 'correction', 'Correction: it was Wednesday, not Tuesday.', 'bottom', 'en',
                   0.95, '',
                   l.version_id, l.version_id, l.observed_at, l.observed_at
            from latest_versions l where l.article_id % 70 = 5 returning id, article_id, recorded_at)
        insert into corrections (notice_id, target_id, kind, claims, wrong, "right", field, confidence, actionable,
                                 reading,
                                 recorded_at)
        select id, article_id, 'correction', '[]', 'Tuesday', 'Wednesday', 'body', 0.95, true, '{}', recorded_at
        from noticed""",
    "decisions": """
        insert into applications (correction_id, version_id, article_id, outcome, reason, edits, candidates, evidence,
                                  decided_at)
        select c.id, l.version_id, l.article_id,
            (array['applied', 'already_corrected', 'refused', 'contradicted', 'review'])[1 + c.id % 5],
            'exactly_one_place',
            '[{"start": 3, "end": 9, "old": "abc", "new": "Wednesday"}]',
            '[{"edit": {"start": 3, "end": 9, "old": "abc", "new": "Wednesday"}, "score": 0.9, "sentence": "x"}]', '{}',
            c.recorded_at
        from corrections c join latest_versions l on l.article_id = c.target_id""",
    "feeds": """
        insert into feeds (url, url_sha, host, title, last_status, last_poll_at, last_failure)
        select 'https://p' || 1 + f %% 300 || '.example/feed/' || f, sha256(f::text::bytea),
               'p' || 1 + f %% 300 || '.example', 'Feed ' || f, 200, now(), case when f %% 50 = 0 then 'timeout' end
        from generate_series(1, greatest(%(n)s / 500, 10)) f""",
    "polls": """
        insert into feed_polls (feed_id, observed_at, recorded_at, status, items, new_items)
        select f.id, now() - p * interval '15 min', now() - p * interval '15 min',
               case when p % 4 = 0 then 200 else 304 end, 30, (p % 4 = 0)::int
        from feeds f, generate_series(1, 200) p order by 2""",
    "entries": """
        insert into entries (feed_id, key, title, link, article_id, first_seen_at, last_seen_at, content_sha)
        select 1 + id %% greatest(%(n)s / 500, 10), id::text, 'Entry ' || id, url, id, first_seen_at, first_seen_at, ''
        from articles""",
    "changes": """insert into changes (x, at, kind, article_id, version_id)
        select '5'::xid8, recorded_at, 'version', article_id, id from versions""",
}  # fmt: skip
