"""Pages from templates: autoescaped, with the filters that give times, numbers and words their one form."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import nh3
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from copydesk import __version__
from copydesk_airflow import charts, security
from copydesk_airflow.words import OUTCOMES, REASONS, REVISIONS, because, said

FOLDER = Path(__file__).parent / "templates"
_env = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def page(request: Request, template: str, user: Any, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page for a user."""
    base = request.scope.get("root_path", "")
    html = _env.get_template(template).render(
        base=base,
        airflow=base.removesuffix("/copydesk"),
        path=request.url.path.removeprefix(base) or "/",
        user=security.name_of(user),
        may=security.rights(user),
        csrf=security.csrf_token(user),
        done=_done(request),
        version=__version__,
        now=datetime.now(UTC),
        **values,
    )
    return HTMLResponse(html, status)


def bare(template: str, *, status: int, **values: Any) -> HTMLResponse:
    """Render a page that needs no user (an error)."""
    return HTMLResponse(_env.get_template(template).render(**values), status)


def back(request: Request, where: str, done: str) -> RedirectResponse:
    """Send the browser to a page of ours, which says what was done."""
    said = query(done=done, mark=security.mark(done))
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{where}?{said}", 303)


def _done(request: Request) -> str:
    words, mark = (request.query_params.get(name, "") for name in ("done", "mark"))
    return words if mark and hmac.compare_digest(mark.encode(), security.mark(words).encode()) else ""


def moment(at: datetime | None) -> Markup:
    """A point in time for people, with the exact one for machines."""
    if at is None:
        return Markup('<span class="none">–</span>')
    at = at.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), f"{at:%d %b %Y, %H:%M:%S}")


def ago(at: datetime | None, now: datetime | None = None) -> Markup:
    """How long ago (or until when), in one unit, with the exact time as its title."""
    if at is None:
        return Markup('<span class="none">–</span>')
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    words = f"{span(abs(seconds))} ago" if seconds >= 0 else f"in {span(-seconds)}"
    exact = f"{at.astimezone(UTC):%d %b %Y, %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(timespec="seconds"), exact, words)


def span(seconds: float | None) -> str:
    """A length of time in its largest fitting unit."""
    if seconds is None:
        return "–"
    for size, unit in ((86400 * 2, 86400), (3600 * 2, 3600), (120, 60)):
        if seconds >= size:
            name = {86400: "days", 3600: "h", 60: "min"}[unit]
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def number(value: float | None) -> str:
    """A number with thin groups; – for none."""
    return "–" if value is None else f"{value:,.0f}"


def percent(part: float, whole: float) -> str:
    """A share; – where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def size(count: int | None) -> str:
    """Bytes for people."""
    if count is None:
        return "–"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def outward(url: str | None) -> str | None:
    """A link to the web, or None: only http and https reach any link."""
    return url if url and urlsplit(url).scheme in ("http", "https") else None


def stripped(html: str | None) -> str:
    """Words of a piece of stored HTML: every tag goes."""
    return str(Markup(nh3.clean(html or "", tags=set())).unescape())


def code(text: str) -> Markup:
    """A text with `names` between backticks as code."""
    parts = text.replace("``", "`").split("`")
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


def kind(schema: dict[str, Any]) -> str:
    """The type of a parameter or field of an OpenAPI document, in a word; what may be left out is not "or null"."""
    given = schema.get("anyOf", [schema])
    return " or ".join(str(one["type"]) for one in given if one.get("type") not in (None, "null"))


def query(**values: Any) -> str:
    """A query string of what is set."""
    return urlencode({k: v for k, v in values.items() if v not in (None, "", False, 0)})


_env.filters |= {
    "moment": moment, "ago": ago, "span": span, "number": number, "size": size, "outward": outward,
    "stripped": stripped, "said": said, "because": because, "code": code, "kind": kind,
}  # fmt: skip
_env.globals |= {
    "charts": charts, "percent": percent, "query": query, "REVISIONS": REVISIONS, "OUTCOMES": OUTCOMES,
    "REASONS": REASONS,
}  # fmt: skip


def provide(name: str, value: Any) -> None:
    """Let templates use a function of a module that itself needs this one."""
    _env.globals[name] = value
