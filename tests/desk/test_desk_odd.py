"""Every parameter of every route with values that nobody should send: named as wrong or answered, never an error of ours."""

import re

import pytest
from tests.desk_app import BASE, airflow_ready, csrf, token

ODD = ("", "\x00", "9" * 30, "-1", "1e3", "é\u2028\u202e", "' or 1=1 --", "../../etc/passwd", "9999-12-31T23:59:59.999999",
       "2026-11-25T10:00:00+23:59", "<b>&|!()\"", "a" * 500, "W10", "W3sidCI6IjIwMjYtMTEtMjUifSwxXQ")  # fmt: skip


def parameters():
    """(method, path, where, name) of every parameter of every route."""
    airflow_ready()
    from tests.desk.test_desk_roles import walk

    from copydesk_airflow.app import create_app

    for route in walk(create_app().routes):
        dependant = route.dependant
        for where, fields in (("path", dependant.path_params), ("query", dependant.query_params)):
            for field in fields:
                for method in sorted(route.methods):
                    yield method, route.path, where, field.alias
        for field in dependant.body_params:
            for method in sorted(route.methods):
                yield method, route.path, "form", field.alias


@pytest.mark.parametrize("where", ["path", "query", "form"])
def test_no_value_breaks_a_route(asked, where):
    from urllib.parse import quote

    session = {"cookie": f"_token={token('admin')}", "sec-fetch-site": "same-origin", "x-csrf-token": csrf("admin")}
    tried = 0
    for method, path, place, name in parameters():
        if place != where or "/remove" in path or name in ("file", "wait"):
            continue
        filled = re.sub(r"{(\w+)}", lambda m: m[0] if m[1] == name and where == "path" else "1", path)  # noqa: B023
        for value in ODD:
            if where == "path" and not value:
                continue
            url = BASE + filled.replace("{" + name + "}", quote(value, safe=""))
            more = {"params": {name: value}} if where == "query" else {"data": {name: value}} if where == "form" else {}
            answer = asked.client.request(method, url, headers=session, **more)
            assert answer.status_code in (*range(200, 500), 502), (method, path, name, value, answer.text)
            tried += 1
    assert tried > 50


BODIES = ("", "{", "null", "[]", "7", '"x"', '{"action": 7}', '{"action": "approve", "place": -1}', '{"action": "edit"}',
          '{"action": "edit", "edits": [{"start": -5, "end": 99999999999999999999, "old": "", "new": "x"}]}',
          '{"action": "edit", "edits": []}', '{"action": "approve", "place": 99999999999999999999999}',
          '{"action": "approve", "note": "\\u0000"}', '{"action": "reject", "note": "\\ud800"}',
          '{"url": "javascript:alert(1)"}', '{"url": "http://"}', '{"url": "http://[::1"}', '{"url": "file:///etc/passwd"}',
          '{"url": "http://127.0.0.1:0/"}', '{"status": "active\\u0000"}', "[" * 5_000)  # fmt: skip


def test_no_body_breaks_a_write(asked):
    waiting = asked.get("/corrections/queue")["items"][0]["id"]
    headers = asked.as_("admin") | {"content-type": "application/json"}
    for method, path in (("POST", f"/corrections/{waiting}/reviews"), ("POST", "/feeds"), ("PATCH", "/feeds/1")):
        for body in BODIES:
            answer = asked.client.request(method, f"{BASE}/api/v1{path}", headers=headers, content=body)
            assert answer.status_code in (*range(200, 500), 502), (path, body, answer.text)
            assert answer.status_code >= 400 or "reject" in body or '"approve", "note"' in body, (
                path,
                body,
                answer.text,
            )
