"""Decide what one look at an article means for its chain of versions.

The chain is what the article's text was, in the order in which it stood on the
web. A look slots in where it stood, however late it arrives, so that any order
of arrival gives the same chain. Nothing here reads a clock or a database.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from copydesk.articles.text import collapse, content_hash
from copydesk.model import Document

Action = Literal["new", "unchanged", "extend_back", "suspect", "gone", "not_article", "failed"]
LinkState = Literal["live", "suspect"]

SHRUNK = 0.4
"""Below this share of the text before, a page is more likely a wall, a stub or an error than an edit."""
CONFIRM_AFTER = timedelta(minutes=10)
"""A suspect text counts once a second look, at least so much apart, saw the same."""

_GONE = frozenset({404, 410, 451})
_NOTICE_WORDS = re.compile(
    # Words with which publishers say why a text became short; stems, case-folded.
    r"\b(correct(?:ed|ion)|clarifi|retract|withdr[ae]w|removed|editor.s note|deleted"
    r"|berichtig|korrektur|korrigier|zurückgezogen|gelöscht|richtigstell|rectifi|retir[ée]|supprim"
    r"|correcci[oó]n|rectific|retirad|eliminad|rettific|corre[zç]|rimoss|rectificat|ingetrokken|verwijderd"
    r"|rättelse|tillbakadrag|rettelse|retting|oikaisu|sprostowan|исправлен|удален)"
    r"|更正|訂正|撤回|정정|삭제"
)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One version in its chain (or a suspect text that waits for a second look).

    ``looks`` are the times at which this very text was seen, ascending; without
    them the link is known at ``observed_at`` and ``last_observed_at`` only.
    """

    id: int
    observed_at: datetime
    content_hash: bytes
    body_length: int
    state: LinkState = "live"
    last_observed_at: datetime | None = None
    looks: tuple[datetime, ...] = ()

    @property
    def times(self) -> tuple[datetime, ...]:
        """The known looks, ascending, the first one included."""
        known = {self.observed_at, *self.looks}
        return tuple(sorted(known | {self.last_observed_at} if self.last_observed_at else known))


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write for one look.

    ``position`` is the index in the chain's live links at which a new version
    slots in, or of the link that the look belongs to. ``link`` is that link's id
    for unchanged and extend_back. ``confirms`` is the suspect link that a second
    look made a version: the version stands from that link's time on if it is the
    earlier. ``resumes`` says that the text before stood again at that time: the
    version before is to be written once more there (A, B late in between: A→B→A).
    """

    action: Action
    reason: str
    position: int = 0
    link: int | None = None
    confirms: int | None = None
    resumes: datetime | None = None
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class Look:
    """One good look reduced to what the chain needs."""

    observed_at: datetime
    content_hash: bytes
    body_length: int
    explained: bool = True
    """The page itself gives a reason for being short (a notice, words of correction)."""
    walled: bool = False
    """The page says that it shows a part only (paywall)."""


def decide(
    chain: Sequence[ChainLink],
    document: Document,
    *,
    observed_at: datetime,
    status: int,
    confirm_after: timedelta = CONFIRM_AFTER,
) -> Decision:
    """Say what one look means for the article: see :class:`Decision`.

    ``chain`` holds the publisher's versions and any suspect text that waits, in
    any order. ``confirm_after`` is shorter for hosts with local manners.
    """
    if refusal := _refusal(document, status):
        return refusal
    notice_words = bool(document.notices) or _explains(document)
    look = Look(
        observed_at,
        content_hash(document),
        len(collapse(document.text)),
        explained=notice_words,
        walled="paywall" in document.flags,
    )
    return place(chain, look, confirm_after=confirm_after)


def place(chain: Sequence[ChainLink], look: Look, *, confirm_after: timedelta = CONFIRM_AFTER) -> Decision:
    """Slot one good look into the chain by the time at which it was made."""
    links = sorted((x for x in chain if x.state == "live"), key=lambda x: (x.observed_at, x.content_hash))
    position = bisect_right(links, (look.observed_at, look.content_hash), key=lambda x: (x.observed_at, x.content_hash))
    before = links[position - 1] if position else None
    after = links[position] if position < len(links) else None
    if before and before.content_hash == look.content_hash:
        return Decision("unchanged", "same_text", position - 1, before.id, hash=look.content_hash)
    resumes = _resumption(before, look)
    if not resumes and after and after.content_hash == look.content_hash:
        return Decision("extend_back", "same_text_earlier", position, after.id, hash=look.content_hash)
    confirms = None
    if before and _is_shrunk(before, look):
        confirms = _confirmed(chain, look, confirm_after)
        if confirms is None:
            return Decision("suspect", "walled" if look.walled else "shrunk", position, hash=look.content_hash)
    reason = "first" if not links else "confirmed" if confirms else "late" if after or resumes else "changed"
    return Decision("new", reason, position, None, confirms, resumes, look.content_hash)


def fold(looks: Iterable[Look], *, confirm_after: timedelta = CONFIRM_AFTER) -> list[ChainLink]:
    """Build the chain from looks as they arrive. The order of arrival does not matter."""
    chain: list[ChainLink] = []
    for look in looks:
        chain = advance(chain, look, place(chain, look, confirm_after=confirm_after))
    return chain


def advance(chain: Sequence[ChainLink], look: Look, decision: Decision) -> list[ChainLink]:
    """Apply a decision to a chain held in memory: what the store does in SQL. New ids count up."""
    links = [x for x in chain if x.id != decision.confirms]
    next_id = max((x.id for x in chain), default=0) + 1
    times: tuple[datetime, ...] = (look.observed_at,)
    if decision.action in ("unchanged", "extend_back"):
        return _ordered(_seen_again(x, times) if x.id == decision.link else x for x in links)
    if decision.action not in ("new", "suspect"):
        return links
    if decision.confirms is not None:
        times += next(x.times for x in chain if x.id == decision.confirms)
    state: LinkState = "live" if decision.action == "new" else "suspect"
    fresh = ChainLink(next_id, min(times), look.content_hash, look.body_length, state, None, tuple(sorted(times)))
    if decision.resumes:
        links = _split(links, look.observed_at, decision.resumes, next_id + 1)
    return _ordered([*links, fresh])


def _refusal(document: Document, status: int) -> Decision | None:
    """Give the decision for a look that can make no version, or None."""
    if status in _GONE:
        return Decision("gone", f"status_{status}")
    if status == 304:
        return Decision("unchanged", "not_modified")
    if status != 200:
        return Decision("failed", f"status_{status}")
    if document.page not in ("article", "liveblog"):
        return Decision("not_article", document.page)
    if document.flags & {"truncated", "too_deep"}:
        return Decision("failed", "truncated" if "truncated" in document.flags else "too_deep")
    return None if collapse(document.text) else Decision("not_article", "empty")


def _explains(document: Document) -> bool:
    head = f"{document.title.value if document.title else ''}\n{document.text[:2000]}"
    return bool(_NOTICE_WORDS.search(head.casefold()))


def _is_shrunk(before: ChainLink, look: Look) -> bool:
    if look.walled:
        return look.body_length < before.body_length
    return not look.explained and look.body_length < SHRUNK * before.body_length


def _confirmed(chain: Sequence[ChainLink], look: Look, confirm_after: timedelta) -> int | None:
    """Give the id of a waiting suspect with the same text seen far enough apart. A wall confirms nothing."""
    if look.walled:
        return None
    return next(
        (
            x.id
            for x in chain
            if x.state == "suspect"
            and x.content_hash == look.content_hash
            and abs(look.observed_at - x.observed_at) >= confirm_after
        ),
        None,
    )


def _resumption(before: ChainLink | None, look: Look) -> datetime | None:
    """Give the first time at which the text before was seen after this look, if it was.

    Two texts of one instant stand in the order of their hashes, whichever came first.
    """
    if not before:
        return None
    here = (look.observed_at, look.content_hash)
    return next((t for t in before.times if (t, before.content_hash) > here), None)


def _seen_again(link: ChainLink, times: tuple[datetime, ...]) -> ChainLink:
    looks = tuple(sorted({*link.times, *times}))
    return replace(link, observed_at=looks[0], last_observed_at=looks[-1], looks=looks)


def _split(links: Iterable[ChainLink], at: datetime, resumes: datetime, new_id: int) -> list[ChainLink]:
    """Cut the link whose looks reach beyond ``at`` in two."""
    out: list[ChainLink] = []
    for link in links:
        if link.state == "live" and link.observed_at <= at and resumes in link.times:
            early = tuple(t for t in link.times if t < resumes)
            late = tuple(t for t in link.times if t >= resumes)
            out.append(replace(link, last_observed_at=early[-1], looks=early))
            link = replace(link, id=new_id, observed_at=late[0], last_observed_at=late[-1], looks=late)
        out.append(link)
    return out


def _ordered(links: Iterable[ChainLink]) -> list[ChainLink]:
    return sorted(links, key=lambda x: (x.observed_at, x.content_hash))
