"""Put what looks showed into their articles' chains: under locks, in the transaction that settles the looks.

The chain is built from every look anew and compared with what is stored, so the result
depends on what was seen and not on when it came; a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from copydesk.articles import revisit
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

Origin = Literal["publisher", "suspect"]
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


def place(
    conn: Connection, readings: Sequence[Reading], wait_at: Callable[[Row], Patience], read_again: ReadAgain
) -> list[Placed]:
    """Write looks at different articles, every version that they make or move, and the articles' states.

    One statement each for all of them. Needs the articles' locks. Raises Fenced.
    """
    ids = [reading.row["article_id"] for reading in readings]
    known, stored, was = chains.known(conn, ids), chains.stored(conn, ids), articles.states(conn, ids)
    steps = [
        _step(conn, reading, known[article], stored[article], wait_at(reading.row), read_again)
        for article, reading in zip(ids, readings, strict=True)
    ]
    _write(conn, steps)
    _settle(conn, steps)
    _note_states(conn, steps, was)
    return [
        Placed(step.decision, _is_other(step.plan), str(was[article]["state"]), _is_moved(step))
        for article, step in zip(ids, steps, strict=True)
    ]


@dataclass(slots=True)
class _Step:
    """One look on its way into its article's chain: what is known, what was decided, where it came to stand."""

    reading: Reading
    look: Look
    read: tuple[str | None, bytes | None]
    shown: Mapping[int, int | None]
    """Of each look that showed a text, the version."""
    stored: Sequence[Stored]
    decision: Decision
    plan: Plan
    placed: list[tuple[Place, int]] = field(default_factory=list)

    @property
    def article(self) -> int:
        return int(self.reading.row["article_id"])


def _step(
    conn: Connection,
    reading: Reading,
    known: Sequence[chains.Known],
    stored: Sequence[Stored],
    wait: Patience,
    read_again: ReadAgain,
) -> _Step:
    look, read = _judged(conn, reading, known, wait, read_again)
    decision = decide([k.look for k in known], look, wait)
    shown = {k.look.id: k.version_id for k in known if k.look.sign == "text"}
    standing = {key: version for key, version in shown.items() if version is not None}
    plan = reconcile(decision.chain, standing, stored)
    return _Step(reading, look, read, shown, stored, decision, plan)


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


def _write(conn: Connection, steps: Sequence[_Step]) -> None:
    """Make the stored versions those of the plans; every run then has its version in ``placed``."""
    events: list[changes.Event] = []
    for step in steps:
        chains.set_aside(conn, step.plan)
        events += [("set_aside", step.article, version, _at(step)) for version in step.plan.set_aside]
    fresh: list[tuple[_Step, Look, Origin]]
    fresh = [(step, look, "publisher") for step in steps for look in _without_row(step)]
    fresh += [(step, look, "suspect") for step in steps for look in step.plan.unheld]
    made = versions.insert(conn, [_new(step.reading, look, origin) for step, look, origin in fresh])
    rows = {(step.article, look.id): version for (step, look, _), version in zip(fresh, made, strict=True)}
    for step in steps:
        first = not step.plan.set_aside and not any(spot.version for spot in step.plan.places)
        for spot in step.plan.places:
            look = spot.run.looks[0]
            version = rows.get((step.article, look.id)) or _standing(conn, step, spot)
            if spot.is_news:
                kind = "created" if first and not step.placed else "version"
                events.append((kind, step.article, version, _at(step)))
            step.placed.append((spot, version))
    changes.add_all(conn, events)


def _at(step: _Step) -> dict[str, str]:
    return {"url": step.reading.row["url"]}


def _without_row(step: _Step) -> list[Look]:
    """Give the first look of every run whose text is nowhere stored."""
    stored = {text.content_hash for text in step.stored}
    runs = (spot.run for spot in step.plan.places if not spot.version)
    return [run.looks[0] for run in runs if run.content_hash not in stored]


def _standing(conn: Connection, step: _Step, spot: Place) -> int:
    """Give the row that a run has or, where its text stood before, a copy of that one; it stands where the run does."""
    look = spot.run.looks[0]
    version = spot.version or chains.copy_by_hash(conn, step.article, spot.run.content_hash, look.observed_at)
    if version is None:  # its text was erased since
        return versions.insert(conn, [_new(step.reading, look, "publisher")])[0]
    chains.stand(conn, version, look.observed_at)
    return version


def _new(reading: Reading, look: Look, origin: Origin) -> versions.NewVersion:
    row, document = reading.row, reading.document
    assert document is not None  # every text that was read before is stored
    sketch = fingerprint(document.text)
    return versions.NewVersion(
        row["article_id"], look.observed_at, look.content_hash, document, sketch, row["snapshot"], origin
    )


def _settle(conn: Connection, steps: Sequence[_Step]) -> None:
    """Settle the looks, and write on those known before what changed for them. Raises Fenced."""
    decided = []
    for step in steps:
        version = next((v for spot, v in step.placed if step.look in spot.run.looks), None)
        decided.append(chains.Settled(step.reading.row, step.look, step.decision.action, version, *step.read))
    done = chains.settle(conn, decided)
    for step, settled in zip(steps, decided, strict=True):
        if step.reading.row["id"] not in done:
            raise Fenced(f"observation {step.reading.row['id']}")
        chains.attribute(conn, step.placed, step.shown)
        if step.look.content_hash in {text.content_hash for text in step.stored}:  # else it was made of this very look
            _keep(conn, step.reading, settled.version_id)


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


def _is_moved(step: _Step) -> bool:
    stood = {text.id: text.observed_at for text in step.stored}
    return any(stood.get(spot.version or 0) != spot.run.looks[0].observed_at for spot in step.plan.places)


def _note_states(conn: Connection, steps: Sequence[_Step], was: Mapping[int, Row]) -> None:
    """Give each article the state that all its looks together say; one event for each change of it."""
    states: list[tuple[int, str, str]] = []
    events: list[changes.Event] = []
    for step in steps:
        article, chain, before = step.article, step.decision.chain, was[step.article]
        if chain.state not in ("new", before["state"]):
            states.append((article, chain.state, chain.reason))
            if (before["state"], chain.state) != ("new", "live"):
                said = {"reason": chain.reason, "was": before["state"], **_at(step)}
                events.append((chain.state, article, None, said))
        if chain.flapping != before["flapping"]:
            articles.set_flapping(conn, article, chain.flapping)
            events.append(("flapping", article, None, {"flapping": chain.flapping, **_at(step)}))
    articles.set_states(conn, states)
    changes.add_all(conn, events)
