"""Articles: search, the text as of any time, what changed between two versions, copies, the stored bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from copydesk.articles.urls import url_key
from copydesk.errors import UsageError
from copydesk.store import desk_article, desk_search, snapshots
from copydesk.store.db import Connection, Row
from copydesk_airflow import texts
from copydesk_airflow.office import office
from copydesk_airflow.render import page
from copydesk_airflow.security import Reader

router = APIRouter()
Key = Annotated[int, Query(ge=1, lt=1 << 63)]


@router.get("/articles", response_class=HTMLResponse)
def search(
    request: Request,
    user: Reader,
    q: Annotated[str, Query(max_length=400)] = "",
    publisher: Annotated[str, Query(max_length=255)] = "",
    lang: Annotated[str, Query(max_length=35)] = "",
    since: Annotated[str, Query(max_length=40)] = "",
    until: Annotated[str, Query(max_length=40)] = "",
    corrected: bool = False,
    silent: bool = False,
    copies: Annotated[int, Query(ge=0, le=50)] = 0,
    after: Annotated[str, Query(max_length=400)] = "",
) -> HTMLResponse:
    """Find articles by words and facets; a URL goes straight to its article."""
    asked = desk_search.Search(
        q.strip().replace("\x00", ""), publisher or None, lang or None, moment_of(since), moment_of(until),
        corrected, silent, copies, after,
    )  # fmt: skip
    with office.reading() as conn:
        if q.strip().startswith(("http://", "https://")):
            known = desk_article.by_url(conn, url_key(q))
            if known:
                return RedirectResponse(f"{request.scope.get('root_path', '')}/articles/{known}", 303)  # type: ignore[return-value]
        small = desk_search.size(conn) <= desk_search.SMALL
        facets = desk_search.facets_counted(conn) if small else desk_search.facets(conn)
        found = desk_search.find(conn, asked)
    return page(request, "articles.html", user, asked=asked, found=found, facets=facets, since=since, until=until)


@router.get("/articles/{article_id}", response_class=HTMLResponse)
def article(
    request: Request,
    user: Reader,
    article_id: int,
    version: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    against: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    seen: Annotated[str, Query(max_length=40)] = "",
    known: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """One article: a version of its text (or the one that stood at ``seen``), compared with another if asked."""
    with office.reading() as conn:
        found = _article(conn, article_id, moment_of(known))
        if not (version or against or seen or known) and len(found["chain"]) > 1:
            against = found["chain"][-2]["id"]  # who opens an article sees at once what changed last
        shown = _shown(conn, found, version, moment_of(seen), moment_of(known))
        values = _reading(conn, found, shown, against)
        notices = desk_article.notices(conn, article_id)
        decisions = desk_article.decisions(conn, article_id)
        copies = desk_article.copies(conn, found["cluster_id"]) if found["cluster_id"] else []
        looks = desk_article.looks(conn, article_id, shown["based_on"] or shown["id"]) if shown else []
    for notice in notices:
        notice["pieces"] = texts.marked(notice["text"], notice["wrong"], notice["right"])
    return page(
        request, "article.html", user, article=found, notices=notices, decisions=decisions, copies=copies,
        looks=looks, seen=seen, known=known, **values,
    )  # fmt: skip


@router.get("/articles/{article_id}/text", response_class=HTMLResponse)
def text(
    request: Request,
    user: Reader,
    article_id: int,
    version: Key,
    against: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
) -> HTMLResponse:
    """Only the text (or comparison) of the page above: what the slider fetches."""
    with office.reading() as conn:
        found = _article(conn, article_id, None)
        values = _reading(conn, found, _shown(conn, found, version, None, None), against)
    return page(request, "_text.html", user, article=found, **values)


@router.get("/snapshots/{sha256}")
def snapshot(user: Reader, sha256: str) -> Response:
    """The bytes as they came, to be saved: never shown as a page of this site."""
    try:
        key = bytes.fromhex(sha256)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise HTTPException(404, "A snapshot is named by 64 hexadecimal digits.")
    try:
        with office.reading() as conn:
            body = snapshots.get(conn, key)
    except snapshots.Erased:
        raise
    except LookupError:
        raise HTTPException(404, "No such bytes are stored.") from None
    headers = {
        "content-disposition": f'attachment; filename="{sha256[:16]}.bin"',
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(body, media_type="application/octet-stream", headers=headers)


def moment_of(raw: str) -> datetime | None:
    """Read a time as a form sends it (UTC where it names no zone); UsageError names what is none."""
    if not raw:
        return None
    try:
        value = datetime.fromisoformat(raw)
    except ValueError:
        raise UsageError(f"{raw!r} is no time; write 2026-11-23 or 2026-11-23T18:30") from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _article(conn: Connection, article_id: int, known: datetime | None) -> Row:
    found = desk_article.article(conn, article_id) if 0 < article_id < 1 << 63 else None
    if found is None:
        raise HTTPException(404, f"There is no article {article_id}.")
    found["chain"] = desk_article.chain(conn, article_id, known)
    return found


def _shown(
    conn: Connection, found: Row, version: int | None, seen: datetime | None, known: datetime | None
) -> Row | None:
    """Choose the version to show: the asked one, the one that stood then, or the last."""
    chain = found["chain"]
    if version is None and (seen or known):
        version = desk_article.standing_at(conn, found["first_url"] or found["url"], seen, known)
        if version is None:
            return None
    elif version is None:
        version = chain[-1]["id"] if chain else None
    row = desk_article.text(conn, version) if version else None
    if version and (row is None or row["article_id"] != found["id"]):
        raise HTTPException(404, f"Article {found['id']} has no version {version}.")
    return row


def _reading(conn: Connection, found: Row, shown: Row | None, against: int | None) -> dict[str, Any]:
    """What the text part of the page shows: the text, or what changed since another version."""
    other = desk_article.text(conn, against) if against else None
    if against and (other is None or other["article_id"] != found["id"]):
        raise HTTPException(404, f"Article {found['id']} has no version {against}.")
    if shown is None:
        return {"shown": None, "other": None, "paragraphs": (), "comparison": None, "title": (), "standing": None}
    compared = titles = None
    if other:
        old, new = desk_article.pair(conn, other, shown)
        compared, titles = texts.compare(old.body, new.body), texts.compare(old.title, new.title)
    return {
        "shown": shown,
        "standing": next((v for v in found["chain"] if v["id"] == (shown["based_on"] or shown["id"])), None),
        "other": other,
        "paragraphs": compared.paragraphs if compared else texts.plain(shown["body"]),
        "comparison": compared,
        "title": titles.paragraphs if titles else (),
    }
