"""Decide what a correction does to a text, and do it: edits with offsets, reversible.

Conservative by design. An edit is made only when the kind is a correction, both
values are known, there is one claim and one place, outside quotations and notices,
and the publisher's own texts or the notice's proposition name that place. All else
waits for a person, or is refused; the reason is a stable code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from copydesk.articles.revisions import diff
from copydesk.articles.text import straight
from copydesk.corrections.match import Span, Texts, candidates, proposition, right_places
from copydesk.corrections.shape import LONGEST_VALUE, are_parallel, bends, changes_unit, doubles, is_plain
from copydesk.corrections.words import words_of
from copydesk.model import Candidate, Claim, Edit, Notice, Verdict, VersionText

THRESHOLD = 0.9
"""Least confidence of an automatic edit. On the notice alone (bench.edits --seed 17 --threshold): 2,363 edits at
0.9, 2,569 at 0.8, 1,293 at 0.95, none wrong at any; 0.9 leaves room for texts unlike those."""
_WEAK = 0.5
"""Below this the place has next to nothing of the proposition beside it."""
_GAP = 0.25
"""How much surer the best place must be than the next."""
_RETELLS = ("retraction", "clarification", "amplification", "editors_note", "update")


def decide(
    notice: Notice,
    target: VersionText,
    *,
    source: VersionText | None = None,
    before: VersionText | None = None,
    own: bool = False,
    same_text: bool = True,
    conflicting: Sequence[Notice] = (),
    protected: Sequence[Span] = (),
    later: VersionText | None = None,
    threshold: float = THRESHOLD,
) -> Verdict:
    """Decide one correction on one version.

    ``source`` is the first version that shows the notice, ``before`` the one before it;
    ``own`` tells that the target is the notice's own article, ``later`` the publisher's
    version that follows the target there. ``same_text`` tells proven text ancestry.
    """
    if notice.kind in _RETELLS:
        return Verdict("refused", f"{notice.kind}_edits_no_words")
    if not same_text:
        return Verdict("refused", "no_text_ancestry")
    texts = Texts(before.body if before else None, source.body if source else None)
    claims = complete(notice, texts)
    if not claims:
        return _without_values(notice, texts, target, own)
    if notice.field not in ("body", "unknown"):
        return _other_field(notice, claims[0], target)
    if own:
        return _at_home(claims, target, texts, later)
    return _at_copy(notice, claims, target, texts, conflicting, protected, threshold)


# --- what the versions supply ------------------------------------------------------


def complete(notice: Notice, texts: Texts) -> tuple[Claim, ...]:
    """The notice's claims, with what it leaves out filled from the diff of the publisher's own versions."""
    if texts.before is None or texts.fixed is None:
        return notice.claims if any(c.wrong and c.right is not None for c in notice.claims) else ()
    changes = [e for e in diff(texts.before, texts.fixed) if e.old.strip() and e.new.strip()]
    filled = tuple(_filled(claim, changes) for claim in notice.claims)
    return filled if any(c.wrong and c.right is not None for c in filled) else ()


def _filled(claim: Claim, changes: Sequence[Edit]) -> Claim:
    if claim.wrong and claim.right:
        return claim
    known = straight(claim.right or claim.wrong or "").lower()
    for edit in changes:
        side = edit.new if claim.right else edit.old
        if straight(side).lower() and (straight(side).lower() in known or known in straight(side).lower()):
            if claim.right and len(words_of(edit.old)) <= LONGEST_VALUE:
                return Claim(edit.old, edit.new, "replace", "version_diff", "version_diff", claim.context)
            if claim.wrong and len(words_of(edit.new)) <= LONGEST_VALUE:
                return Claim(edit.old, edit.new, "replace", "version_diff", "version_diff", claim.context)
    return claim


def _without_values(notice: Notice, texts: Texts, target: VersionText, own: bool) -> Verdict:
    """The notice names no pair, and the versions supply none: linked at home, a person's work elsewhere."""
    if own:
        changed = (
            texts.before is not None and texts.fixed is not None and straight(texts.before) != straight(texts.fixed)
        )
        return Verdict(
            "already_corrected" if changed else "refused",
            "changed_by_publisher" if changed else "values_unknown",
        )
    changes = list(diff(texts.before, texts.fixed)) if texts.before and texts.fixed else []
    found = [
        c
        for e in changes
        if e.old.strip()
        for c in candidates(Claim(e.old, e.new), target.body, texts=texts)
        if "pinned" in c.reasons
    ]
    if found:
        return Verdict("review", "value_inferred_from_versions", candidates=tuple(found))
    return Verdict("refused", "values_unknown")


def _other_field(notice: Notice, claim: Claim, target: VersionText) -> Verdict:
    if notice.field == "headline" and claim.wrong and claim.right:
        if claim.wrong in target.title:
            return Verdict("review", "headline", evidence={"headline": target.title})
        if claim.right in target.title:
            return Verdict("already_corrected", "right_in_headline", evidence={"headline": target.title})
    return Verdict("refused", f"field_{notice.field}")


# --- at the publisher that printed the notice ------------------------------------------


def _at_home(claims: Sequence[Claim], target: VersionText, texts: Texts, later: VersionText | None) -> Verdict:
    claim = next(c for c in claims if c.wrong and c.right is not None)
    if later is not None:
        texts = Texts(texts.before, later.body)
    stands = [c for c in candidates(claim, target.body, texts=Texts()) if c.score >= _WEAK]
    if later is not None:
        still = [c for c in candidates(claim, later.body) if c.score >= _WEAK]
        reason = "fixed_in_next_version" if len(still) < len(stands) or not stands else "not_fixed"
        outcome = "already_corrected" if reason == "fixed_in_next_version" else "contradicted"
        return Verdict(outcome, reason, candidates=tuple(stands), evidence=_evidence(claim, stands))  # type: ignore[arg-type]
    rights = right_places(claim, target.body)
    best_right = rights[0].score if rights else 0.0
    best_wrong = stands[0].score if stands else 0.0
    if best_wrong > best_right and best_wrong >= _WEAK:
        return Verdict(
            "contradicted",
            "notice_says_fixed_text_is_not",
            candidates=tuple(stands),
            evidence=_evidence(claim, stands),
        )
    return Verdict(
        "already_corrected", "right_stands" if rights else "wrong_is_gone", evidence=_evidence(claim, stands)
    )


# --- at a copy ---------------------------------------------------------------------------


def _at_copy(
    notice: Notice,
    claims: Sequence[Claim],
    target: VersionText,
    texts: Texts,
    conflicting: Sequence[Notice],
    protected: Sequence[Span],
    threshold: float,
) -> Verdict:
    claim = next(c for c in claims if c.wrong and c.right is not None)
    spans = [*protected, *_notice_spans(target)]
    found = candidates(claim, target.body, protected=spans, texts=texts)
    live = [c for c in found if "kept_by_publisher" not in c.reasons]
    evidence = _evidence(claim, found) | {"claims": len(claims), "pinned_by_texts": texts.fixed is not None}
    if not live or (live[0].score < _WEAK and _is_right_already(claim, target, live, spans)):
        right = right_places(claim, target.body, protected=spans)
        if right:
            return Verdict("already_corrected", "right_stands", candidates=tuple(live), evidence=evidence)
        return Verdict("refused", "wrong_words_not_found", evidence=evidence)
    reason = _why_not(notice, claims, claim, live, target, conflicting, spans, texts)
    confidence = round(min(notice.confidence, live[0].score), 4)
    evidence["confidence"] = confidence
    if reason is None and confidence < threshold:
        reason = "low_confidence"
    if reason:
        return Verdict("review", reason, candidates=tuple(live), evidence=evidence)
    return Verdict("applied", "exactly_one_place", (live[0].edit,), tuple(live), evidence)


def _why_not(
    notice: Notice,
    claims: Sequence[Claim],
    claim: Claim,
    live: Sequence[Candidate],
    target: VersionText,
    conflicting: Sequence[Notice],
    spans: Sequence[Span],
    texts: Texts,
) -> str | None:
    """The first rule that keeps the edit from being made, or None."""
    best = live[0]
    pinned = "pinned" in best.reasons
    least = 1.0 if pinned else max(_WEAK - 0.1, best.score - _GAP)
    rivals = [c for c in live[1:] if c.score >= least or (not pinned and c.sentence == best.sentence)]
    rules: tuple[tuple[str, bool], ...] = (
        ("several_claims", len(claims) > 1),
        ("not_a_replacement", claim.op != "replace"),
        ("in_quotation", "quoted" in best.reasons),
        ("several_places", bool(rivals)),
        ("right_already_there", not pinned and _is_right_already(claim, target, live, spans)),
        ("weak_context", best.score < _WEAK),
        ("rewritten_sentence", not is_plain(best.edit.old, best.edit.new)),
        ("values_not_parallel", not pinned and not are_parallel(best.edit.old, best.edit.new)),
        ("value_within_a_clause", "in_clause" in best.reasons),
        ("unit_differs", not pinned and changes_unit(target.body, best.edit)),
        ("inflection", not pinned and bends(target.body, best.edit)),
        ("doubled_word", not pinned and doubles(target.body, best.edit)),
        ("nested_values", not pinned and _nested(claim)),
        ("conflicting_notice", any(_conflicts(claim, other) for other in conflicting)),
        ("sentence_not_aligned", texts.fixed is not None and not pinned),
    )
    return next((code for code, holds in rules if holds), None)


def _is_right_already(claim: Claim, target: VersionText, live: Sequence[Candidate], spans: Sequence[Span]) -> bool:
    """The right words stand with as much of the proposition beside them as the wrong ones."""
    rights = right_places(claim, target.body, protected=spans)
    if not rights or rights[0].score < _WEAK:
        return False
    best = live[0] if live else None
    return best is None or (rights[0].score >= best.score - 0.05 and proposition(rights[0]) >= proposition(best))


def _nested(claim: Claim) -> bool:
    wrong, right = words_of(claim.wrong or ""), words_of(claim.right or "")
    a, b = f" {' '.join(wrong)} ", f" {' '.join(right)} "
    return a in b or b in a


def _conflicts(claim: Claim, other: Notice) -> bool:
    """Another notice of the target says the reverse, or names another value for the same words."""
    for c in other.claims:
        if c.wrong and c.right and claim.wrong and claim.right:
            if straight(c.wrong).lower() == straight(claim.right).lower():
                return True
            if (
                straight(c.wrong).lower() == straight(claim.wrong).lower()
                and straight(c.right).lower() != straight(claim.right).lower()
            ):
                return True
    return False


def _notice_spans(target: VersionText) -> Iterator[Span]:
    for notice in target.notices:
        at = target.body.find(notice.text) if notice.text else -1
        if at != -1:
            yield at, at + len(notice.text)


def _evidence(claim: Claim, found: Sequence[Candidate]) -> dict[str, Any]:
    return {
        "wrong": claim.wrong,
        "right": claim.right,
        "wrong_source": claim.wrong_source,
        "right_source": claim.right_source,
        "context": list(claim.context),
        "places": len(found),
    }
