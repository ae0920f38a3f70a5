"""A loopback double of the Wayback Machine: an index with resume keys, raw mementos, 429s and a lying redirect."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, urlsplit

from tests.archive.papers import Shot
from tests.archive.serving import Served

from copydesk.articles.urls import url_key


class Wayback(Served):
    """A context manager. ``times`` are the moments of requests by kind; ``busy`` asks to be answered 429."""

    def __init__(self, shots: Iterable[Shot], *, page: int = 20, busy: Iterable[int] = (), moved: Iterable[str] = ()):
        self.shots = {(s.at.strftime("%Y%m%d%H%M%S"), url_key(s.url)): s for s in shots}
        self.page, self.busy, self.moved = page, set(busy), set(moved)
        self.times: dict[str, list[float]] = {"cdx": [], "memento": []}
        self.refused = 0

    def answer(self, path: str, asked: Mapping[str, str] = {}) -> tuple[int, dict[str, str], bytes]:
        """Give (status, headers, body) for a path."""
        kind = "cdx" if path.startswith("/cdx/") else "memento"
        self.times[kind].append(time.monotonic())
        number = sum(map(len, self.times.values()))
        if number in self.busy:
            self.refused += 1
            return 429, {"retry-after": "1"}, b"slow down"
        return self._index(path) if kind == "cdx" else self._memento(path)

    def _index(self, path: str) -> tuple[int, dict[str, str], bytes]:
        asked = {k: v[0] for k, v in parse_qs(urlsplit(path).query).items()}
        rows = [
            [stamp, shot.url, shot.kind.partition(";")[0], str(shot.status), digest(shot), str(len(shot.body))]
            for (stamp, _), shot in sorted(self.shots.items(), key=lambda x: (x[0][1], x[0][0]))
            if asked["from"] <= stamp <= asked["to"] and urlsplit(shot.url).netloc == asked["url"]
        ]
        begin = int(asked.get("resumeKey", 0))
        page = [
            ["timestamp", "original", "mimetype", "statuscode", "digest", "length"],
            *rows[begin : begin + self.page],
        ]
        if begin + self.page < len(rows):
            page += [[], [str(begin + self.page)]]
        return 200, {"content-type": "application/json"}, json.dumps(page if rows else []).encode()

    def _memento(self, path: str) -> tuple[int, dict[str, str], bytes]:
        stamp, _, url = path.removeprefix("/web/").partition("id_/")
        if url in self.moved:
            return 302, {"location": f"/web/20190101000000id_/{url}"}, b""
        shot = self.shots.get((stamp, url_key(url)))
        if shot is None:  # where the redirect leads: the text of another year
            return (
                200,
                {"content-type": "text/html", "memento-datetime": "Tue, 01 Jan 2019 00:00:00 GMT"},
                b"<p>old</p>",
            )
        said = shot.at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return shot.status, {"content-type": shot.kind, "memento-datetime": said}, shot.body


def digest(shot: Shot) -> str:
    """SHA-1 in base32, as the index gives it."""
    import base64
    import hashlib

    return base64.b32encode(hashlib.sha1(shot.body).digest()).decode()
