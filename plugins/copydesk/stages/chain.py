"""Put what one look showed into its article's chain: under a lock, in the transaction that settles the look.

The chain is built from every look anew and compared with what is stored, so the result
depends on what was seen and not on when it came; a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from copydesk.articles import revisions, revisit
from copydesk.articles.chain import Patience
from copydesk.articles.looks import Look, judge
from copydesk.articles.text import content_hash
from copydesk.articles.urls import may_merge
from copydesk.articles.versions import Decision, Place, Plan, Stored, decide, neighbours, reconcile
from copydesk.clusters.fingerprint import fingerprint
from copydesk.errors import Fenced
from copydesk.model import Document
from copydesk.settings import Manners
from copydesk.store import articles, chains, changes, versions
from copydesk.store.db import Connection, Row

ReadAgain = Callable[[Row, bytes], Document | None]
"""(observation, its bytes) to what the extractor of today reads in them, None where it cannot."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An observation with what its bytes gave: a document, what they gave before, or the reason for neither."""

    row: Row
    document: Document | None = None
    known: Row | None = None
    failure: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one look. ``changed``: the chain has other versions than before."""

    decision: Decision
    changed: bool
    was: str
    """The article's state before."""
    moved: bool = False
    """A version is known to have stood earlier than was thought, or later."""


def patience(manners: Manners) -> Patience:
    """How long to wait at a host before believing a stub or an absence."""
    scale = manners.revisit_tempo
    gone = revisit.GONE_GAP * (revisit.GONE_ANSWERS - 1)
    return Patience(timedelta(seconds=revisit.CONFIRM * scale), timedelta(seconds=gone * scale), revisit.GONE_ANSWERS)


def place(conn: Connection, reading: Reading, wait: Patience, read_again: ReadAgain) -> Placed:
    """Write one look, every version that it makes or moves, and the article's state. Raises Fenced."""
    row = reading.row
    versions.lock_article(conn, row["article_id"])
    known = chains.known(conn, row["article_id"])
    look, read = _judged(conn, reading, known, wait, read_again)
    decision = decide([k.look for k in known], look, wait)
    shown = {k.look.id: k.version_id for k in known if k.look.sign == "text"}
    standing = {key: version for key, version in shown.items() if version is not None}
    stored = chains.stored(conn, row["article_id"])
    plan = reconcile(decision.chain, standing, stored)
    placed = _write(conn, reading, plan)
    version = next((v for p, v in placed if look in p.run.looks), None)
    if not chains.settle(conn, row, look, decision.action, version, read):
        raise Fenced(f"observation {row['id']}")
    chains.attribute(conn, placed, shown)
    if look.content_hash in {text.content_hash for text in stored}:  # else the version was made of this very look
        _keep(conn, reading, version)
    was = _note_state(conn, row, decision, plan)
    return Placed(decision, _is_other(plan), was, _is_moved(plan, stored))


def refresh(conn: Connection, article_id: int) -> None:
    """Write an article's revisions anew from its chain: the same whatever came in which order."""
    chain = versions.texts(conn, article_id)
    steps: list[tuple[int, int | None, Any]] = []
    for n, version in enumerate(chain):
        assert version.id is not None
        if not n:
            steps.append((version.id, None, revisions.first(version)))
            continue
        before, after = versions.comparable(conn, chain[n - 1], version)
        revision = revisions.classify(before, after, earlier=chain[: n - 1])
        if not before.body:  # erased by age: there is nothing to compare with
            revision = replace(revision, edits=(), fields=(), facts=(), summary="the text before was erased")
        steps.append((version.id, before.id, revision))
    versions.replace_revisions(conn, article_id, steps)


def _judged(
    conn: Connection, reading: Reading, known: Sequence[chains.Known], wait: Patience, read_again: ReadAgain
) -> tuple[Look, tuple[str | None, bytes | None]]:
    """The look with the hash that its text has in the chain; and the extractor and what it read."""
    row = reading.row
    if reading.known:
        look = chains.look_of(reading.known, row)
        read = (reading.known["extractor"], reading.known["read_sha"])
    else:
        look = judge(reading.document, observed_at=row["observed_at"], status=row["status"], url=row["url"],
                     final_url=row["final_url"], failure=row["failure"])  # fmt: skip
        look = replace(look, id=row["id"])
        read = (
            (reading.document.extractor, look.content_hash)
            if reading.document and look.sign == "text"
            else (None, None)
        )
    if look.sign == "text" and (elsewhere := _follow(conn, row)):
        return Look(row["observed_at"], sign="moved", reason=elsewhere, id=row["id"]), (None, None)
    if read[0] and read[1]:
        same = _known_text(conn, look, (read[0], read[1]), known, wait, read_again)
        if same:
            look = replace(look, content_hash=same.content_hash, body_length=same.body_length)
    return look, read


def _known_text(
    conn: Connection,
    look: Look,
    read: tuple[str, bytes],
    known: Sequence[chains.Known],
    wait: Patience,
    read_again: ReadAgain,
) -> Look | None:
    """The look known before that showed the same text: what another extractor reads otherwise in it is no edit."""
    for other in known:
        if (other.extractor, other.read_sha) == read:
            return other.look
    by_id = {k.look.id: k for k in known}
    for near in neighbours([k.look for k in known], look.observed_at, wait):
        other = by_id[near.id]
        if other.extractor == read[0]:
            continue
        page = chains.page_of(conn, near.id)
        document = read_again(*page) if page else None
        if document is None:
            continue
        if other.version_id is not None:
            chains.keep_reading(conn, other.version_id, document)
        again = content_hash(document)
        chains.read_again(conn, near.id, document.extractor, again)
        if again == read[1]:
            return near
    return None


def _follow(conn: Connection, row: Row) -> str | None:
    """Keep the address to which a permanent redirect led as one of the article's; gives it where it is another's."""
    final = row["final_url"]
    if not row["permanent"] or not final or not may_merge(row["url"], final, evidence="redirect", same_text=True):
        return None
    owner = articles.alias(conn, row["article_id"], final, evidence="redirect")
    if owner is None:
        changes.add(conn, "moved", row["article_id"], None, {"url": row["url"], "to": final})
    return final if owner not in (None, row["article_id"]) else None


def _write(conn: Connection, reading: Reading, plan: Plan) -> list[tuple[Place, int]]:
    """Make the stored versions those of the plan; gives each run's version."""
    chains.set_aside(conn, plan)
    for version in plan.set_aside:
        changes.add(conn, "set_aside", reading.row["article_id"], version, {"url": reading.row["url"]})
    first = not plan.set_aside and not any(spot.version for spot in plan.places)
    placed: list[tuple[Place, int]] = []
    for spot in plan.places:
        start = spot.run.looks[0].observed_at
        version = (
            spot.version
            or chains.copy_by_hash(conn, reading.row["article_id"], spot.run.content_hash, start)
            or _insert(conn, reading, spot.run.looks[0], "publisher")
        )
        chains.stand(conn, version, start)
        if spot.is_news:
            kind = "created" if first and not placed else "version"
            changes.add(conn, kind, reading.row["article_id"], version, {"url": reading.row["url"]})
        placed.append((spot, version))
    for look in plan.unheld:
        _insert(conn, reading, look, "suspect")
    return placed


def _insert(conn: Connection, reading: Reading, look: Look, origin: Literal["publisher", "suspect"]) -> int:
    row, document = reading.row, reading.document
    assert document is not None  # every text that was read before is stored
    sketch = fingerprint(document.text)
    return versions.insert(
        conn,
        versions.NewVersion(
            row["article_id"], look.observed_at, look.content_hash, document, sketch, row["snapshot"], origin
        ),
    )


def _keep(conn: Connection, reading: Reading, version: int | None) -> None:
    """Keep what a look showed beyond its version: another extractor's reading, another image, other dates."""
    document = reading.document
    if version is None or document is None:
        return
    chains.keep_reading(conn, version, document)
    stood, shown = versions.claims(conn, version), versions.claims_of(document)
    if stood != shown:
        chains.keep_claims(conn, reading.row["id"], shown)


def _is_other(plan: Plan) -> bool:
    return bool(plan.set_aside) or any(spot.is_news for spot in plan.places)


def _is_moved(plan: Plan, stored: Sequence[Stored]) -> bool:
    stood = {text.id: text.observed_at for text in stored}
    return any(stood.get(spot.version or 0) != spot.run.looks[0].observed_at for spot in plan.places)


def _note_state(conn: Connection, row: Row, decision: Decision, plan: Plan) -> str:
    """Give the article the state that all its looks together say; one event for each change of it."""
    chain = decision.chain
    was = articles.state_of(conn, row["article_id"])
    if chain.state not in ("new", was["state"]):
        articles.set_state(conn, row["article_id"], chain.state, chain.reason)
        if (was["state"], chain.state) != ("new", "live"):
            changes.add(conn, chain.state, row["article_id"], None, {"reason": chain.reason, "was": was["state"],
                                                                     "url": row["url"]})  # fmt: skip
    if chain.flapping != was["flapping"]:
        articles.set_flapping(conn, row["article_id"], chain.flapping)
        changes.add(conn, "flapping", row["article_id"], None, {"flapping": chain.flapping, "url": row["url"]})
    return str(was["state"])
