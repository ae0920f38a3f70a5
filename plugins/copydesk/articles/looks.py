"""One look at an article, reduced to what decides about its chain of versions.

What the web gave is judged once, when it is read, and the judgement is stored with the
observation: a failed look is never "no change", and an error page, a wall or a redirect
to the front page is no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from copydesk.articles.text import collapse, content_hash
from copydesk.articles.urls import host_of, registrable, url_key
from copydesk.model import Document

Sign = Literal["text", "missing", "gone", "wall", "moved", "failed"]
"""Missing: not found, in whatever words. Wall: a page that is no article. Moved: to an article that we know apart."""

_GONE = frozenset({410, 451})
_EXPLAINED = 600
"""Characters: a longer text that has one of the words below in it is a text, not an explanation."""
_NOTICE_WORDS = re.compile(
    # Words with which publishers say why a text became short; stems, case-folded.
    r"\b(correct(?:ed|ion)|clarifi|retract|withdr[ae]w|removed|editor.s note|deleted"
    r"|berichtig|korrektur|korrigier|zurückgezogen|gelöscht|richtigstell|rectifi|retir[ée]|supprim"
    r"|correcci[oó]n|rectific|retirad|eliminad|rettific|corre[zç]|rimoss|rectificat|ingetrokken|verwijderd"
    r"|rättelse|tillbakadrag|rettelse|retting|oikaisu|sprostowan|исправлен|удален)"
    r"|更正|訂正|撤回|정정|삭제"
)
_TAKEN_DOWN = re.compile(
    r"\b(?:this|the) (?:article|story|page|post|item|report|video|column)(?: that[\w ]{0,40})? (?:has been|was|is)"
    r" (?:\w+ly )?(?:removed|withdrawn|retracted|taken down|deleted|unpublished|no longer available)"
    r"|\bwe have (?:removed|withdrawn|retracted|taken down|unpublished) (?:this|the) (?:article|story|report|column)"
    r"|\b(?:dieser|der|dieses|diese|die) (?:artikel|beitrag|text|bericht|meldung) (?:wurde|ist|haben wir)"
    r" (?:\w+ )?(?:zurückgezogen|gelöscht|entfernt|depubliziert|nicht mehr verfügbar)"
    r"|\bcet article (?:a été|n'est plus) (?:retiré|supprimé|dépublié|disponible)"
    r"|\best[ea] (?:artículo|noticia|nota) ha sido (?:retirad|eliminad)[oa]"
    r"|\bquesto articolo (?:è|e) stato (?:rimosso|ritirato|cancellato)"
    r"|\best[ea] (?:reportagem|artigo|notícia|matéria) foi (?:removid|retirad|excluíd|apagad)[oa]"
)


@dataclass(frozen=True, slots=True)
class Look:
    """One look. Of what is no text only ``sign``, the time and the reason count."""

    observed_at: datetime
    content_hash: bytes = b""
    body_length: int = 0
    explained: bool = False
    """The page itself gives a reason for being short (a notice, words of correction)."""
    walled: bool = False
    """The page says that it shows a part only (paywall)."""
    withdrawn: bool = False
    """The page says that the story was taken down or retracted."""
    sign: Sign = "text"
    reason: str = ""
    id: int = 0

    @property
    def order(self) -> tuple[datetime, bytes, int]:
        """Looks stand in the order of time; two texts of one instant in the order of their hashes."""
        return self.observed_at, self.content_hash, self.id


def judge(
    document: Document | None,
    *,
    observed_at: datetime,
    status: int | None,
    url: str = "",
    final_url: str | None = None,
    failure: str | None = None,
) -> Look:
    """Say what one look showed: ``document`` is what its bytes gave, if there were any."""
    if status in _GONE:
        return Look(observed_at, sign="gone", reason=f"status_{status}")
    if status == 404:
        return Look(observed_at, sign="missing", reason="status_404")
    if failure or status not in (200, 304) or document is None:
        return Look(observed_at, sign="failed", reason=failure or f"status_{status}")
    if led_to_front(url, final_url):
        return Look(observed_at, sign="missing", reason="redirected_to_front")
    if cut := document.flags & {"truncated", "too_deep"}:
        return Look(observed_at, sign="failed", reason=min(cut))
    text = collapse(document.text)
    if document.page not in ("article", "liveblog") or not text:
        return _no_article(document, observed_at)
    short = f"{document.title.value if document.title else ''}\n{text}".casefold() if len(text) < _EXPLAINED else ""
    return Look(
        observed_at,
        content_hash(document),
        len(text),
        explained=bool(document.notices) or bool(_NOTICE_WORDS.search(short)),
        walled="paywall" in document.flags,
        withdrawn=any(n.kind == "retraction" for n in document.notices) or bool(_TAKEN_DOWN.search(short)),
    )


def led_to_front(url: str, final_url: str | None) -> bool:
    """Whether a redirect ended on the front page or a section of the same site instead of an article.

    A section is a folder above the article's own address, or an address of one plain word.
    """
    if not final_url or url_key(url) == url_key(final_url):
        return False
    if registrable(host_of(url)) != registrable(host_of(final_url)):
        return False
    ours, theirs = (urlsplit(url_key(u)).path.strip("/") for u in (url, final_url))
    if not ours or urlsplit(url_key(final_url)).query:
        return False
    return theirs == "" or ours.startswith(f"{theirs}/") or re.fullmatch(r"[^\W\d_]{2,20}", theirs) is not None


def _no_article(document: Document, observed_at: datetime) -> Look:
    said = f"{document.title.value if document.title else ''}\n{document.why}".casefold()
    taken_down = bool(_TAKEN_DOWN.search(said))
    if document.page == "error" and not taken_down:
        return Look(observed_at, sign="missing", reason="says_not_found")
    kind = "empty" if document.page in ("article", "liveblog") else document.page
    return Look(observed_at, sign="wall", reason=kind, withdrawn=taken_down)
