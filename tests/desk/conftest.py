"""A sample archive of three editions and a client that asks the desk about it."""

from types import SimpleNamespace

import psycopg
import pytest
from tests.desk_app import BASE, mounted, token
from tests.newsroom import edition

from copydesk.commands.feeds import load_list
from copydesk.pipeline import open_desk
from copydesk.sample import SampleServer
from copydesk.settings import Settings
from copydesk_airflow.office import office
from copydesk_airflow.pages import desk as desk_page

API = f"{BASE}/api/v1"


@pytest.fixture(scope="session")
def printed(pg_server, template, tmp_path_factory):
    """A database with three editions, to be cloned by each test, and the URLs in it."""
    name = "desk_three_editions"
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute(f"create database {name} template {template} strategy file_copy")
    settings = Settings(home=tmp_path_factory.mktemp("home"), database_url=pg_server.dsn(name),
                        allow=("127.0.0.0/8",), workers=1)  # fmt: skip
    with SampleServer(port=0, edition=1) as site, open_desk(settings, pg_server.dsn(name)) as desk:
        with desk.pool.connection() as conn:
            load_list(conn, site.opml().encode())
        for number in (1, 2, 3):
            edition(desk, site, number)
        yield name, site.url
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute(f"drop database {name} with (force)")


@pytest.fixture
def asked(pg_server, printed, monkeypatch):
    """A client for an archive of three editions: Tuesday became Wednesday, and a copy still waits."""
    from fastapi.testclient import TestClient

    name, url = printed
    with psycopg.connect(pg_server.dsn("postgres"), autocommit=True) as conn:
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        conn.execute("drop database if exists desk_asked with (force)")
        conn.execute(f"create database desk_asked template {name} strategy file_copy")
    dsn = pg_server.dsn("desk_asked")
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("COPYDESK_ALLOW", "127.0.0.0/8")
    office.close()
    desk_page.forget()
    with TestClient(mounted(), follow_redirects=False) as client:
        as_ = lambda role: {"authorization": f"Bearer {token(role)}"}  # noqa: E731

        def get(path, role="viewer", **more):
            answer = client.get(f"{API}{path}", headers=as_(role) | more.pop("headers", {}), **more)
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield SimpleNamespace(client=client, get=get, as_=as_, url=url, dsn=dsn)
    office.close()
