"""``python -m bench.edits [--data DIR]``: automatic edits on planted errors; none may be wrong.

DIR holds manifest.jsonl and pages/ID.html.gz as for bench.extraction; without it the
sample newspaper's stories are used. Every case is decided twice: with the publisher's
corrected text, as in the pipeline, and on the notice alone, as ``copydesk correct`` does.
Exit 1 when any edit was wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.edits.plant import Case, cases
from bench.pages import read_pages
from copydesk.corrections.apply import apply_edits, correct_text, invert
from copydesk.corrections.decide import THRESHOLD
from copydesk.corrections.notice import find_in_text
from copydesk.model import Verdict

MODES = ("with corrected text", "notice alone")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.edits", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with manifest.jsonl and pages/")
    parser.add_argument("--most", type=int, default=60, help="cases of a text, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help="least confidence of an automatic edit")
    parser.add_argument("--show", default="", help="print cases with this reason or outcome, or 'wrong'")
    args = parser.parse_args(argv)
    planted = [c for name, text, lang in texts(args.data) for c in cases(name, text, lang, args.seed, args.most)]
    wrong = 0
    for mode in MODES:
        wrong += measure(mode, planted, args.show, args.threshold)
    return 1 if wrong else 0


def texts(data: Path | None) -> Iterator[tuple[str, str, str]]:
    """(name, text, language) of every article."""
    from copydesk.articles.extract import extract

    if data is None:
        from copydesk.sample_site import read_site

        site = read_site()
        for (publisher, slug), editions in site.stories.items():
            for number, story in editions:
                yield f"{publisher}/{slug}.{number}", story.body, site.publishers[publisher].lang
        return
    for row, body in read_pages(data):
        document = extract(body, url=row.get("url") or "")
        yield row["id"], document.text, str(document.lang.value)[:2] if document.lang else ""


def judge(case: Case, mode: str, threshold: float = THRESHOLD) -> tuple[str, Verdict | None]:
    """Decide one case: right, wrong, review_first, review_other, unread, or the outcome that edits nothing."""
    found = find_in_text(case.notice, lang=case.lang)
    if not found:
        return "unread", None
    verdict = correct_text(
        found[0],
        case.copy,
        notice_spans=case.protected,
        corrected=case.source if mode == MODES[0] else None,
        threshold=threshold,
    )
    if verdict.outcome == "applied":
        made = apply_edits(case.copy, verdict.edits)
        undone = apply_edits(made, invert(verdict.edits))
        return ("right" if made == case.truth and undone == case.copy else "wrong"), verdict
    if verdict.outcome == "review" and verdict.candidates:
        first = apply_edits(case.copy, (verdict.candidates[0].edit,))
        return ("review_first" if first == case.truth else "review_other"), verdict
    return verdict.outcome, verdict


def measure(mode: str, planted: Iterable[Case], show: str, threshold: float) -> int:
    """Print what became of the cases; gives the number of wrong edits."""
    total, by_rule, reasons, decoys = Counter[str](), Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for case in planted:
        grade, verdict = judge(case, mode, threshold)
        total[grade] += 1
        decoys[case.decoy, grade] += 1
        pinned = mode == MODES[0] and case.copy != case.truth
        if case.meets_rule or pinned:
            by_rule[grade] += 1
            if grade not in ("right", "wrong") and verdict is not None:
                reasons[f"{verdict.outcome}/{verdict.reason}"] += 1
        if show and (show == grade or (verdict and show in (verdict.reason, verdict.outcome))):
            _show(case, grade, verdict)
    made = total["right"] + total["wrong"]
    eligible = sum(by_rule.values())
    reviewed = by_rule["review_first"] + by_rule["review_other"]
    print(f"{mode}: {sum(total.values())} cases, {made} automatic edits, {total['wrong']} wrong")
    print(f"   of {eligible} that meet the rule {by_rule['right']} applied = {by_rule['right'] / max(1, eligible):.3f}")
    print(
        f"   of {reviewed} of those in review the right place first in {by_rule['review_first']} "
        f"= {by_rule['review_first'] / max(1, reviewed):.3f}"
    )
    print("   not applied: " + (", ".join(f"{reason} {n}" for reason, n in reasons.most_common(12)) or "none"))
    for decoy in sorted({d for d, _ in decoys}):
        print(f"   {decoy:14} " + ", ".join(f"{g} {n}" for (d, g), n in sorted(decoys.items()) if d == decoy))
    return total["wrong"]


def _show(case: Case, grade: str, verdict: Verdict | None) -> None:
    print(f"--- {grade} {case.name} {case.kind} {case.style} {case.decoy} {case.wrong!r} for {case.right!r}")
    print(f"    {case.notice!r}")
    if verdict:
        print(f"    {verdict.outcome}/{verdict.reason} {dict(verdict.evidence)}")
        for c in verdict.candidates[:3]:
            print(f"    {c.score} {c.reasons} {c.sentence[:150]!r} -> {c.edit.new!r}")


if __name__ == "__main__":
    sys.exit(main())
