"""Work out clusters and corrections: who carries whose text, what was wrong in it, who still has it wrong.

The unit is a cluster. Everything about it is computed anew from its chains and
notices and compared with what stands, so the result depends on what was observed
and not on the order in which it came; a second run changes nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copydesk.articles.text import body_hash
from copydesk.corrections.apply import apply_edits
from copydesk.corrections.decide import decide
from copydesk.corrections.notice import is_actionable
from copydesk.model import Edit, Notice, Verdict, VersionText
from copydesk.settings import Settings
from copydesk.stages import looking
from copydesk.stages.cluster import regroup
from copydesk.store import articles, changes, clusters, corrections, ledger, recall, versions
from copydesk.store.db import TRY_AGAIN, Connection, Pool, Row

log = logging.getLogger(__name__)
BATCH = 20
"""Articles to a claim; those that share nothing are asked for together."""
ATTEMPTS = 5
"""Workers that meet at one cluster begin anew; one that never gets through leaves the article to the next."""
Chains = Mapping[int, Sequence[VersionText]]


@dataclass(frozen=True, slots=True)
class Standing:
    """A correction with the texts that prove it."""

    row: Row
    notice: Notice
    target: int
    source: VersionText | None
    """The first version that shows the notice, when it stands at the target itself."""
    before: VersionText | None


def correct(pool: Pool, settings: Settings, *, batch: int = BATCH) -> Counter[str]:
    """Work out one batch of articles; gives counts by outcome, empty when nothing waited.

    Most texts share nothing with any other and no notice touches them: those are done at once, together.
    """
    with pool.connection() as conn:
        claimed = corrections.claim(conn, batch)
        alone = clusters.solitary(conn, [work["article_id"] for work in claimed])
        alone -= corrections.concerned(conn, sorted(alone))
        corrections.done(conn, [work for work in claimed if work["article_id"] in alone])
    counts: Counter[str] = Counter(articles=len(claimed)) if claimed else Counter()
    for work in claimed:
        if work["article_id"] in alone:
            continue
        try:
            counts.update(_work_out(pool, work, settings))
        except Exception:  # one article must not cost the others; its lease runs out and it is tried again
            log.exception("corrections of article %s", work["article_id"])
            counts["failed"] += 1
    return counts


def _work_out(pool: Pool, work: Row, settings: Settings) -> Counter[str]:
    for _ in range(ATTEMPTS):
        try:
            with pool.connection() as conn:
                counts = work_out(conn, work["article_id"], settings)
                corrections.done(conn, [work])
                return counts
        except TRY_AGAIN:
            log.info("article %s: another worker is at its cluster", work["article_id"])
    with pool.connection() as conn:
        corrections.want(conn, [work["article_id"]])
    return Counter()


def work_out(conn: Connection, article_id: int, settings: Settings) -> Counter[str]:
    """Bring one article's cluster, and every correction that touches it, up to date. Raises Busy: try again."""
    group = regroup(conn, article_id)
    if not corrections.concerned(conn, group):
        return Counter()  # nobody's text was corrected, as of most stories
    chains = {member: versions.texts(conn, member) for member in group}
    for member in group:
        _sync_notices(conn, member, chains[member])
    counts: Counter[str] = Counter()
    _withdraw_strangers(conn, group)
    for standing in _standing(conn, group, chains):
        counts.update(_judge(conn, standing, chains, settings))
    for member in group:
        counts.update(derive(conn, member, chains[member]))
    _mark_retracted(conn, chains)
    return counts


def _sync_notices(conn: Connection, article_id: int, chain: Sequence[VersionText]) -> None:
    shown: dict[str, list[VersionText]] = {}
    notices: dict[str, Notice] = {}
    for version in chain:
        for notice in version.notices:
            notices.setdefault(notice.text, notice)
            shown.setdefault(notice.text, []).append(version)
    kept = [_sync_notice(conn, article_id, notices[text], where) for text, where in shown.items()]
    corrections.drop_stale_notices(conn, article_id, kept)


def _sync_notice(conn: Connection, article_id: int, notice: Notice, where: Sequence[VersionText]) -> int:
    first, last = where[0], where[-1]
    assert first.id is not None
    assert last.id is not None
    assert first.observed_at is not None
    key = corrections.save_notice(conn, article_id, notice, first.id, last.id, first.observed_at)
    target = _target(conn, article_id, notice)
    corrections.save_correction(conn, key, notice, target, is_actionable(notice))
    if target is not None and target != article_id:
        corrections.want(conn, [target])
    return key


def _target(conn: Connection, article_id: int, notice: Notice) -> int | None:
    """Whose text was wrong: the page's own, unless the notice speaks of another that we know."""
    if notice.target is None:
        return article_id
    if not notice.target.startswith("http"):
        return None
    row = articles.find(conn, notice.target)
    return row["id"] if row else None


def _standing(conn: Connection, group: Sequence[int], chains: Chains) -> list[Standing]:
    out = []
    for row in corrections.touching(conn, group):
        if row["target_id"] not in chains:
            continue
        chain = chains[row["target_id"]]
        at = next((i for i, v in enumerate(chain) if v.id == row["first_version_id"]), None)
        source = chain[at] if at is not None else None
        before = chain[at - 1] if at else None
        out.append(Standing(row, recall.notice(row["reading"]), row["target_id"], source, before))
    return out


def _judge(conn: Connection, standing: Standing, chains: Chains, settings: Settings) -> Counter[str]:
    """Decide one correction at every member of the cluster, and what became of older decisions."""
    counts: Counter[str] = Counter()
    for member, chain in chains.items():
        if not chain:
            continue
        latest = chain[-1]
        counts.update(_decide_at(conn, standing, member, latest, None, settings))
        if member == standing.target and standing.before is not None and standing.before is not latest:
            _decide_at(conn, standing, member, standing.before, standing.source, settings)
        _withdraw_older(conn, standing, member, latest)
    return counts


def _decide_at(
    conn: Connection,
    standing: Standing,
    member: int,
    target: VersionText,
    later: VersionText | None,
    settings: Settings,
) -> Counter[str]:
    assert target.id is not None
    old = corrections.standing(conn, standing.row["id"], target.id)
    if old and old["decided_by"] != "policy":
        return Counter()  # a person decided
    own = member == standing.target
    others = [n for n in target.notices if n.text != standing.notice.text]
    verdict = decide(
        standing.notice,
        target,
        source=standing.source,
        before=standing.before,
        own=own,
        same_text=True,
        conflicting=others,
        later=later,
        threshold=settings.apply_threshold,
    )
    fixed_by = _fixed_by(verdict, standing, target, later)
    if corrections.decide(conn, standing.row["id"], target.id, member, verdict, fixed_by=fixed_by) is None:
        return Counter()
    changes.add(
        conn,
        "correction",
        member,
        target.id,
        {"outcome": verdict.outcome, "reason": verdict.reason, "correction": standing.row["id"]},
    )
    if not own and verdict.outcome in ("applied", "review"):
        looking.still_wrong(conn, member, standing.row["noticed_at"], settings)
    return Counter({verdict.outcome: 1})


def _fixed_by(verdict: Verdict, standing: Standing, target: VersionText, later: VersionText | None) -> int | None:
    if verdict.outcome != "already_corrected":
        return None
    return later.id if later else target.id


def _withdraw_older(conn: Connection, standing: Standing, member: int, latest: VersionText) -> None:
    """A publisher's newer text re-opens the question: what was said of an older one is withdrawn, and stays.

    Whatever was said: which texts were once the latest, or stood before the notice, depends on
    the order in which they came, and what stands must not.
    """
    for row in corrections.standing_for_article(conn, standing.row["id"], member):
        if row["version_id"] == latest.id or row["outcome"] == "withdrawn":
            continue
        if standing.before is not None and row["version_id"] == standing.before.id:
            continue
        edits = tuple(recall.edit(e) for e in row["edits"])
        verdict = Verdict("withdrawn", "newer_publisher_version", edits, evidence={"was": row["outcome"]})
        corrections.decide(conn, standing.row["id"], row["version_id"], member, verdict, result=row["result_id"])


def _withdraw_strangers(conn: Connection, group: Sequence[int]) -> None:
    """What was decided by a correction of a text that is no longer the same story holds no more."""
    for row in corrections.of_strangers(conn, group):
        verdict = Verdict("withdrawn", "not_the_same_text", tuple(map(recall.edit, row["edits"])))
        corrections.decide(conn, row["correction_id"], row["version_id"], row["article_id"], verdict)


def derive(conn: Connection, member: int, chain: Sequence[VersionText]) -> Counter[str]:
    """Make the derived version say what the applied decisions say, or withdraw it."""
    counts: Counter[str] = Counter()
    for version in chain:
        assert version.id is not None
        applied = corrections.applied_to(conn, version.id) if version is chain[-1] else []
        old = versions.standing_derived(conn, version.id)
        body = apply_edits(version.body, _edits(applied)) if applied else None
        if old and old["body"] != body:
            versions.withdraw(conn, old["id"], "superseded" if body else "no_longer_needed")
            counts["withdrawn"] += 1
        if body and (old is None or old["body"] != body):
            counts["derived"] += 1
            _store_derived(conn, member, version, body, applied)
        elif body and old:
            corrections.set_result(conn, version.id, old["id"])
    return counts


def _store_derived(conn: Connection, member: int, version: VersionText, body: str, applied: Sequence[Row]) -> None:
    assert version.id is not None
    assert version.observed_at is not None
    noticed = max(corrections.noticed_at(conn, row["correction_id"]) for row in applied)
    facts = {"corrections": [row["correction_id"] for row in applied], "edits": _edits(applied)}
    derived = versions.insert_derived(conn, version.id, body, body_hash(body), max(version.observed_at, noticed), facts)
    corrections.set_result(conn, version.id, derived)
    ledger.seal(conn, [member])
    changes.add(conn, "derived_version", member, derived, {"based_on": version.id})


def _edits(applied: Sequence[Row]) -> tuple[Edit, ...]:
    """Put the edits of several corrections together; the earlier correction has the place where two meet."""
    taken: list[Edit] = []
    for row in applied:
        for edit in (recall.edit(e) for e in row["edits"]):
            if all(edit.end <= t.start or edit.start >= t.end for t in taken):
                taken.append(edit)
    return tuple(sorted(taken, key=lambda e: e.start))


def _mark_retracted(conn: Connection, chains: Chains) -> None:
    """A retraction marks the article as canceled and its copies as withheld; no word is edited."""
    retracted = {a for a, chain in chains.items() if chain and any(n.kind == "retraction" for n in chain[-1].notices)}
    for member in chains:
        status = "canceled" if member in retracted else "withheld" if retracted else "usable"
        articles.set_pub_status(conn, member, status)
