"""Articles, versions, diffs, clusters as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import Response

from copydesk.articles.urls import url_key
from copydesk.store import desk_article, desk_search
from copydesk_airflow import texts
from copydesk_airflow.api import models
from copydesk_airflow.api.answers import BIGGEST, After, Limit, When, answer, moment, page
from copydesk_airflow.office import office
from copydesk_airflow.security import Reader

router = APIRouter(tags=["articles"])
Id = Annotated[int, Path(ge=1, le=BIGGEST)]
Number = Annotated[int, Query(ge=1, le=BIGGEST)]


@router.get("/articles", response_model=models.ArticlePage)
def search(
    request: Request,
    user: Reader,
    q: Annotated[str, Query(max_length=400, description="Words as in a web search: quotes, or, -not.")] = "",
    publisher: Annotated[str, Query(max_length=255)] = "",
    lang: Annotated[str, Query(max_length=35)] = "",
    since: When = "",
    until: When = "",
    corrected: bool = False,
    silent: Annotated[bool, Query(description="With a fact replaced without a notice.")] = False,
    copies: Annotated[int, Query(ge=0, le=50, description="At least so many articles in the cluster.")] = 0,
    after: After = "",
    limit: Limit = 25,
) -> Response:
    """Find articles by words and facets, newest text first."""
    asked = desk_search.Search(
        q.replace("\x00", ""), publisher or None, lang or None, moment(since), moment(until),
        corrected, silent, copies, after, limit,
    )  # fmt: skip
    with office.reading() as conn:
        found = desk_search.find(conn, asked)
    return answer(request, page(found.rows, found.next, about=found.about, exact=found.exact))


@router.get("/articles/as-of", response_model=models.Version)
def as_of(
    request: Request,
    user: Reader,
    url: Annotated[str, Query(max_length=4000)],
    seen: When = "",
    known: When = "",
) -> Response:
    """The publisher's text that stood at a URL at `seen`, as far as it was known at `known` (both default to now)."""
    with office.reading() as conn:
        version = desk_article.standing_at(conn, url_key(url), moment(seen), moment(known))
        row = desk_article.text(conn, version) if version else None
    if row is None:
        raise HTTPException(404, "No text of this URL stood then, as far as it was known.")
    return answer(request, row)


@router.get("/articles/{article_id}", response_model=models.Article)
def article(request: Request, user: Reader, article_id: Id, seen: When = "", known: When = "") -> Response:
    """One article with its versions and one text: the latest, or what stood at `seen` and was known at `known`."""
    with office.reading() as conn:
        found = desk_article.article(conn, article_id)
        if found is None:
            raise HTTPException(404, f"There is no article {article_id}.")
        chain = desk_article.chain(conn, article_id, moment(known))
        last = chain[-1]["id"] if chain else None
        version = last
        if seen or known:
            version = desk_article.standing_at(conn, found["first_url"] or found["url"], moment(seen), moment(known))
        text = desk_article.text(conn, version) if version else None
    return answer(request, {**found, "versions": chain, "text": text})


@router.get("/articles/{article_id}/versions", response_model=list[models.VersionRow])
def versions(request: Request, user: Reader, article_id: Id) -> Response:
    """The publisher's versions in order, without their bodies."""
    with office.reading() as conn:
        found = desk_article.chain(conn, article_id)
        if not found and desk_article.article(conn, article_id) is None:
            raise HTTPException(404, f"There is no article {article_id}.")
    return answer(request, found)


@router.get("/versions/{version_id}", response_model=models.Version)
def version(request: Request, user: Reader, version_id: Id) -> Response:
    """One version with its whole text."""
    with office.reading() as conn:
        row = desk_article.text(conn, version_id)
    if row is None:
        raise HTTPException(404, f"There is no version {version_id}.")
    return answer(request, row)


@router.get("/diff", response_model=models.Diff)
def diff(request: Request, user: Reader, a: Number, b: Number) -> Response:
    """What changed from version `a` to version `b`, word by word. They may belong to different articles."""
    with office.reading() as conn:
        found = [desk_article.text(conn, key) for key in (a, b)]
        for key, row in zip((a, b), found, strict=True):
            if row is None:
                raise HTTPException(404, f"There is no version {key}.")
        old, new = desk_article.pair(conn, *(row for row in found if row))
    body, title = texts.compare(old.body, new.body), texts.compare(old.title, new.title)
    return answer(
        request,
        {"a": a, "b": b, "places": body.places, "title": title.paragraphs, "paragraphs": body.paragraphs},
    )


@router.get("/articles/{article_id}/notices", response_model=list[models.Anything])
def notices(request: Request, user: Reader, article_id: Id) -> Response:
    """The notices that speak of an article, with what they say was wrong and right."""
    with office.reading() as conn:
        return answer(request, desk_article.notices(conn, article_id))


@router.get("/articles/{article_id}/decisions", response_model=list[models.Decision])
def decisions(request: Request, user: Reader, article_id: Id) -> Response:
    """What was decided about an article's versions, newest first."""
    with office.reading() as conn:
        return answer(request, desk_article.decisions(conn, article_id))


@router.get("/clusters/{cluster_id}", response_model=models.Anything)
def cluster(request: Request, user: Reader, cluster_id: Id) -> Response:
    """The copies of one story: {id, origin_id, size, members}; members say who still carries an error."""
    with office.reading() as conn:
        found = desk_article.cluster(conn, cluster_id)
        if found is None:
            raise HTTPException(404, f"There is no cluster {cluster_id}.")
        members = desk_article.copies(conn, cluster_id, 500)
    return answer(request, {**found, "members": members})
