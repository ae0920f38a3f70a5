"""``python -m bench.corrections --notices FILE --look-alikes FILE [--pages DIR]``: detection, reading, baselines.

The files are JSON lines: {id, publisher, lang, text, kind, wrong, right, field,
paragraph, published_or_corrected_date, actionable, x_family} and {id, lang, text}.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.corrections.pages import measure
from bench.corrections.score import exact, relaxed
from copydesk.corrections.notice import find_in_text, is_actionable
from copydesk.model import Notice

Row = dict[str, Any]
_STARTS = re.compile(r"^\W*(?:update|korrektur|correction)", re.I | re.M)
_WORDS = re.compile(r"correct|korrig|korrektur|update|editor.s note|earlier version|amended|corrig|errat", re.I)
_NAIVE = re.compile(r"(?P<R>[^.:;]+?),? not (?P<W>[^.;]+)|(?P<W2>\S+) instead of (?P<R2>[^.;]+)")


def main() -> None:
    """Print the table; ``--misses`` prints every case that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=Path)
    parser.add_argument("--look-alikes", type=Path)
    parser.add_argument("--pages", type=Path, help="folder with manifest.jsonl and pages/: alarms and cost")
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    if args.pages:
        measure(args.pages)
    if not (args.notices and args.look_alikes):
        if not args.pages:
            parser.error("give --notices with --look-alikes, or --pages")
        return
    notices, others = _rows(args.notices), _rows(args.look_alikes)
    found = {row["id"]: _first(row) for row in notices}
    detection(notices, others, found, misses=args.misses)
    reading([row for row in notices if found[row["id"]]], found, misses=args.misses)


def _rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _first(row: Row) -> Notice | None:
    found = find_in_text(row["text"], publisher=row.get("publisher"))
    return found[0] if found else None


def detection(notices: list[Row], others: list[Row], found: dict[str, Notice | None], *, misses: bool) -> None:
    """Recall on notices, alarms on look-alikes; ours and the baselines."""
    flagged = [row for row in others if find_in_text(row["text"])]
    missed = [row for row in notices if not found[row["id"]]]
    print(f"{'detector':28} recall            look-alikes flagged   precision")
    _line("ours", len(notices) - len(missed), len(notices), len(flagged), len(others))
    for name, pattern in (("baseline: three line starts", _STARTS), ("baseline: bare words", _WORDS)):
        _line(name, _count(notices, pattern.search), len(notices), _count(others, pattern.search), len(others))
    for key in ("lang", "publisher", "x_family"):
        print(f"recall by {key}: " + ", ".join(_by(notices, key, lambda row: bool(found[row["id"]]))))
    if misses:
        for row in missed:
            print("MISSED ", row["id"], row["text"][:300].replace("\n", " / "))
        for row in flagged:
            print(
                "FLAGGED",
                row["id"],
                row["text"][:300].replace("\n", " / "),
                "->",
                find_in_text(row["text"])[0].rule,
            )


def _line(name: str, hits: int, of: int, alarms: int, among: int) -> None:
    print(
        f"{name:28} {hits}/{of} = {hits / of:.3f}   {alarms}/{among} = {alarms / among:.3f}        "
        f"{hits / max(1, hits + alarms):.3f}"
    )


def _count(rows: Iterable[Row], test: Callable[[str], Any]) -> int:
    return sum(bool(test(row["text"])) for row in rows)


def _by(rows: list[Row], key: str, good: Callable[[Row], bool]) -> list[str]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        groups[str(row.get(key))].append(good(row))
    return [f"{name} {sum(g)}/{len(g)}" for name, g in sorted(groups.items(), key=lambda x: -len(x[1]))]


def reading(rows: list[Row], found: dict[str, Notice | None], *, misses: bool) -> None:
    """Values and facts of the notices that were found."""
    for lang in ("en", "de", "pt", None):
        part = [row for row in rows if lang in (None, row["lang"])]
        if part:
            _values(part, found, lang or "all")
    facts: list[tuple[str, Callable[[Row, Notice], bool]]] = [
        ("kind", lambda r, n: n.kind == r["kind"]),
        ("field", lambda r, n: n.field == r["field"]),
        ("paragraph", lambda r, n: (n.paragraph or None) == (None if r["paragraph"] is None else str(r["paragraph"]))),
        ("date", lambda r, n: n.dated == r["published_or_corrected_date"]),
    ]
    for name, good in facts:
        wrong = [(row, _of(found, row)) for row in rows if not good(row, _of(found, row))]
        print(f"{name}: {len(rows) - len(wrong)}/{len(rows)} = {1 - len(wrong) / len(rows):.3f}")
        for row, notice in wrong if misses else ():
            print(
                f"   {name} {row['id']} want {row.get(name, row.get('published_or_corrected_date'))} got "
                f"{getattr(notice, name if name != 'date' else 'dated')}: {row['text'][:150]!r}"
            )
    _actionable(rows, found)
    if misses:
        _tell(rows, found)


def _of(found: dict[str, Notice | None], row: Row) -> Notice:
    notice = found[row["id"]]
    assert notice is not None
    return notice


def _values(rows: list[Row], found: dict[str, Notice | None], name: str) -> None:
    for side in ("wrong", "right"):
        given = [row for row in rows if row[side] is not None]
        null = [row for row in rows if row[side] is None]
        ours = {row["id"]: getattr(_of(found, row), side) for row in rows}
        is_exact, is_relaxed = _graders(ours, side)
        naive = sum(exact(_naive(row["text"], side), row[side]) for row in given)
        print(
            f"{name:4} {side:5}: exact {_rate(given, is_exact)}  "
            f"relaxed {_rate(given, is_relaxed)}  "
            f"null kept {_rate(null, is_exact)}   naive exact {naive}/{len(given)}"
        )


def _graders(ours: dict[str, str | None], side: str) -> tuple[Callable[[Row], bool], Callable[[Row], bool]]:
    return (lambda r: exact(ours[r["id"]], r[side])), (lambda r: relaxed(ours[r["id"]], r[side]))


def _rate(rows: list[Row], good: Callable[[Row], bool]) -> str:
    hits = sum(map(good, rows))
    return f"{hits}/{len(rows)} = {hits / max(1, len(rows)):.3f}"


def _naive(text: str, side: str) -> str | None:
    match = _NAIVE.search(text)
    return (match["W"] or match["W2"] if side == "wrong" else match["R"] or match["R2"]) if match else None


def _actionable(rows: list[Row], found: dict[str, Notice | None]) -> None:
    ours = {row["id"] for row in rows if is_actionable(_of(found, row))}
    theirs = {row["id"] for row in rows if row["actionable"]}
    both = len(ours & theirs)
    print(
        f"actionable: precision {both}/{len(ours)} = {both / max(1, len(ours)):.3f}, "
        f"recall {both}/{len(theirs)} = {both / max(1, len(theirs)):.3f}"
    )


def _tell(rows: list[Row], found: dict[str, Notice | None]) -> None:
    for row in rows:
        notice = _of(found, row)
        for side in ("wrong", "right"):
            ours = getattr(notice, side)
            if not exact(ours, row[side]):
                grade = "INVENTED" if row[side] is None else "relaxed" if relaxed(ours, row[side]) else "WRONG"
                print(
                    f"{grade:8} {row['id']} {side} {notice.family}: want {row[side]!r} got {ours!r}\n"
                    f"         {row['text'][:420]!r}"
                )


if __name__ == "__main__":
    main()
