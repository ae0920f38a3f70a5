"""Every route × role × what it answers, made from the routes themselves, so that no new one can be forgotten."""

import re
from pathlib import Path

import pytest
from tests.desk_app import BASE, ROLES, airflow_ready, csrf, mounted, token

from copydesk_airflow.office import office

MAY = {"reader": ROLES, "reviewer": ("user", "op", "admin"), "manager": ("op", "admin")}
ROLES_FILE = Path(__file__).parents[2] / "docs" / "desk-roles.md"
SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def client(dsn, monkeypatch):
    from fastapi.testclient import TestClient

    monkeypatch.setenv("DATABASE_URL", dsn)
    office.close()
    with TestClient(mounted(), follow_redirects=False) as made:
        yield made
    office.close()


def routes():
    """(method, path, who may, needs proof) of every route of the application."""
    airflow_ready()
    from copydesk_airflow.app import create_app

    for route in walk(create_app().routes):
        names = {d.call.__name__ for d in route.dependant.dependencies}
        for method in sorted(route.methods):
            yield method, route.path, names


def walk(found):
    from fastapi.routing import APIRoute

    for route in found:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "routes"):
            yield from walk(route.routes)
        elif hasattr(route, "original_router"):
            yield from walk(route.original_router.routes)


def filled(path: str) -> str:
    return BASE + re.sub(r"{(\w+)}", lambda m: {"name": "desk.css", "action": "approve", "verb": "pause",
                                                "sha256": "0" * 64}.get(m[1], "4711"), path)  # fmt: skip


def test_every_route_names_one_who_may_and_every_write_asks_for_proof():
    found = list(routes())
    assert len(found) > 30
    for method, path, names in found:
        assert len(names & set(MAY)) == 1, (method, path, names)
        if method != "GET":
            assert "own_page" in names, (method, path)
            assert not names & {"reader"}, (method, path)


def test_every_route_answers_each_role_as_it_should(client):
    for method, path, names in routes():
        (who,) = names & set(MAY)
        for role in ROLES:
            headers = {"authorization": f"Bearer {token(role)}"}
            answer = client.request(method, filled(path), headers=headers)
            allowed = role in MAY[who]
            assert (answer.status_code == 403) is not allowed, (method, path, role, answer.status_code, answer.text)
            assert answer.status_code not in (401, 500), (method, path, role, answer.text)


def table() -> str:
    """The table of docs/desk-roles.md: what each route answers to whom."""
    rows = ["| | Route | no session | viewer | user | op | admin | on a cookie |", "|---|---|---|---|---|---|---|---|"]
    for method, path, names in sorted(routes(), key=lambda r: (r[1], r[0])):
        (who,) = names & set(MAY)
        told = " | ".join("yes" if role in MAY[who] else "403" for role in ROLES)
        rows.append(f"| {method} | `{path}` | 401 | {told} | {'proves its origin' if 'own_page' in names else ''} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_roles_is_what_the_routes_say(request):
    file = ROLES_FILE.read_text()
    head, mark, _ = file.partition("<!-- made -->\n")
    if request.config.getoption("--renew-schema"):
        ROLES_FILE.write_text(head + mark + table())
    assert ROLES_FILE.read_text() == head + mark + table(), "run make schema and read the difference"


def made_session(how: str) -> str:
    """A session of an administrator that is wrong in one respect; "true" is wrong in none."""
    import jwt
    from airflow.configuration import conf

    good = token("admin")
    kind, secret = jwt.get_unverified_header(good), conf.get("api_auth", "jwt_secret")
    claims = jwt.decode(good, options={"verify_signature": False})
    other = "another secret that is as long as a good secret should be, sixty-four octets and more"
    claimed, key, algorithm = {
        "true": (claims, secret, kind["alg"]),
        "forged": (claims, other, kind["alg"]),
        "unsigned": (claims, "", "none"),
        "expired": ({**claims, "exp": 1_700_000_000, "iat": 1_600_000_000, "nbf": 1_600_000_000}, secret, kind["alg"]),
        "for another": ({**claims, "aud": "another service"}, secret, kind["alg"]),
    }[how]
    rest = {k: v for k, v in kind.items() if k != "alg"}
    return jwt.encode(claimed, key, algorithm=algorithm, headers=rest)


def test_a_session_made_by_hand_with_the_right_secret_gets_in(client):
    """So that what the next test refuses is refused for the one thing that is wrong with it."""
    for how in ({"authorization": f"Bearer {made_session('true')}"}, {"cookie": f"_token={made_session('true')}"}):
        assert client.get(f"{BASE}/", headers=how).status_code == 200


@pytest.mark.parametrize("session", ["", "x.y.z", "forged", "unsigned", "expired", "for another"])
def test_nobody_gets_in_without_a_session(client, session):
    made = made_session(session) if session and "." not in session else session
    paths = {(method, path) for method, path, _ in routes()} | {("GET", "/no/such/page"), ("POST", "/api/v1/nothing")}
    for method, path in sorted(paths):
        for how in ({"authorization": f"Bearer {made}"}, {"cookie": f"_token={made}"}):
            answer = client.request(method, filled(path), headers=how if made else {})
            assert answer.status_code in (401, 403), (method, path, answer.status_code)
            assert "copydesk" not in answer.text or "decision" not in answer.text
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_write_on_a_session_proves_where_it_comes_from(client):
    session = {"cookie": f"_token={token('admin')}"}
    writes = [(method, path) for method, path, _ in routes() if method != "GET"]
    assert writes
    for method, path in writes:
        ask = lambda headers: client.request(method, filled(path), headers={**session, **headers})  # noqa: B023, E731
        good = {"x-csrf-token": csrf("admin")}
        assert ask({}).status_code == 403
        assert ask(SAME).status_code == 403, "no token"
        assert ask(good).status_code == 403, "no word on the origin"
        assert ask({**good, "sec-fetch-site": "cross-site"}).status_code == 403
        assert ask({**good, "sec-fetch-site": "same-site"}).status_code == 403
        assert ask({**good, "origin": "http://evil.example"}).status_code == 403
        assert ask({**SAME, "x-csrf-token": csrf("viewer")}).status_code == 403, "another user's token"
        assert ask({**SAME, "x-csrf-token": "1." + csrf("admin").split(".")[1]}).status_code == 403, "another time"
        assert ask({**good, **SAME}).status_code != 403, (method, path)
        assert ask({**good, "origin": "http://testserver"}).status_code != 403, (method, path)


def test_a_form_that_lay_open_too_long_is_refused():
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    from copydesk_airflow.security import TOKEN_LIFE, _is_valid, csrf_token

    user = SimpleAuthManagerUser(username="a", role="user")
    import time

    assert _is_valid(csrf_token(user), user)
    assert not _is_valid(csrf_token(user, now=time.time() - TOKEN_LIFE - 5), user)
    assert not _is_valid(csrf_token(user, now=time.time() + 3600), user)
