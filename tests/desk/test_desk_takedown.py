"""After a takedown the desk serves nothing of an article, and its process holds nothing of it either."""

import gc

import psycopg
from tests.desk_app import BASE

from copydesk.stages import erase
from copydesk.store.db import connect, open_pool, rows

CANARY = "Timbuktu" + "wombat"


def marked(dsn):
    """Mark every text, so that it can be told from the sample newspaper's own; gives the article with most versions."""
    with connect(dsn) as conn:
        conn.execute("update versions set title = title || ' ' || %s, body = body || ' ' || %s", (CANARY, CANARY))
        conn.execute("update notices set text = text || ' ' || %s", (CANARY,))
        return rows(
            conn,
            """select a.id, a.url, array_agg(v.id order by v.observed_at) as versions
               from articles a join versions v on v.article_id = a.id and v.origin = 'publisher'
               where exists (select from corrections c where c.target_id = a.id)
               group by 1 order by count(*) desc limit 1""",
        )[0]


def held():
    """Every text of the archive that something in this process still refers to."""
    gc.collect()
    found = (text for thing in gc.get_objects() for text in gc.get_referents(thing) if type(text) is str)
    return [text for text in found if CANARY in text and text != CANARY]


def test_nothing_of_a_text_stays_in_memory_or_is_served_after_a_takedown(asked):
    article = marked(asked.dsn)
    first, last = article["versions"][0], article["versions"][-1]
    pages = [
        f"{BASE}/articles/{article['id']}",
        f"{BASE}/articles/{article['id']}/text?version={last}&against={first}",
        f"{BASE}/api/v1/diff?a={first}&b={last}",
        f"{BASE}/api/v1/articles/{article['id']}",
        f"{BASE}/corrections/ledger",
        f"{BASE}/",
    ]
    ask = lambda path: asked.client.get(path, headers=asked.as_("viewer")).text  # noqa: E731
    assert [path for path in pages if CANARY not in ask(path)] == []
    assert len(held()) == 0, "a process keeps no text between requests"
    with psycopg.connect(asked.dsn) as conn:
        every = [url for (url,) in conn.execute("select url from articles")]
    with open_pool(asked.dsn, 2) as pool:
        for url in every:
            erase.take_down(pool, url, "asked for", "a test")
    assert [path for path in pages if CANARY in ask(path)] == []
