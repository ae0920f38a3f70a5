"""``python -m bench.clusters --data DIR``: same-story grouping on labelled sets made of real pages, beside its peers.

DIR holds manifest.jsonl (title and paragraphs of each page). Tuning sets are
those of seeds 0 to 4, the evaluation's are 100 to 104; nothing was ever chosen by the latter.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.clusters import peers
from bench.clusters.build import Row, build
from bench.clusters.material import read
from bench.clusters.score import Score, errors, mean, score
from copydesk.clusters import assign

TUNING, EVALUATION = range(5), range(100, 105)
_HEAD = f"{'':58}{'P':>7}{'R':>7}{'ARI':>7}{'R<=40':>7}{'R big':>7}{'ms/text':>9}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl")
    parser.add_argument("--misses", action="store_true", help="count the wrong and missing pairs by kind")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--tuning", action="store_true", help="score the tuning sets instead")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the first set as JSON lines and stop")
    args = parser.parse_args()
    pages = read(args.data)
    seeds = TUNING if args.tuning else EVALUATION
    sets = [build(pages, seed) for seed in seeds]
    if args.write:
        args.write.write_text("".join(json.dumps(asdict(r), default=str) + "\n" for r in sets[0]), encoding="utf-8")
        return
    texts, stories = sum(map(len, sets)), sum(len({r.label for r in rows}) for rows in sets)
    print(f"{len(sets)} sets, {texts} texts, {stories} stories (seeds {seeds[0]} to {seeds[-1]})\n{_HEAD}")
    _ours(sets, misses=args.misses)
    if not args.no_peers:
        _peers([build(pages, seed) for seed in TUNING[:2]], sets)


def _ours(sets: Sequence[Sequence[Row]], *, misses: bool) -> None:
    scores, missing, wrong, started = [], Counter[str](), Counter[str](), time.process_time()
    for rows in sets:
        group = grouping(rows)
        scores.append(score(rows, group))
        if misses:
            lost, false = errors(rows, group)
            missing, wrong = missing + lost, wrong + false
    _line("copydesk", scores, (time.process_time() - started) / sum(map(len, sets)))
    for name, one in zip(("worst set", "best set"), (min(scores, key=_by), max(scores, key=_by)), strict=True):
        _line(f"   {name} (by ARI)", [one])
    if misses:
        print("missing:", *(f"\n  {n:5} {kind}" for kind, n in missing.most_common(20)))
        print("wrong:", *(f"\n  {n:5} {kind}" for kind, n in wrong.most_common(20)))


def grouping(rows: Sequence[Row]) -> Mapping[str, str]:
    """Group a set as ``copydesk cluster`` would."""
    items = [
        assign.item(r.id, f"{r.title}\n{r.text}", published_at=r.published_at, publisher=r.publisher) for r in rows
    ]
    return {a.id: a.cluster for a in assign.cluster(items)}


def _by(one: Score) -> float:
    return one.ari


def _peers(tuning: Sequence[Sequence[Row]], sets: Sequence[Sequence[Row]]) -> None:
    found = peers.libraries()
    if not found:
        print("no peers: pip install datasketch rensa", file=sys.stderr)
    for name, library in found.items():
        for site_filter in (False, True):
            bands, likeness = _best(library, tuning, site_filter)
            started, scores = time.process_time(), []
            for rows in sets:
                held = peers.shingles(rows, site_filter=site_filter)
                scores.append(score(rows, peers.grouping(rows, peers.pairs(library, rows, held, bands), likeness)))
            told = f"{name}, {bands[0]} bands, {likeness[0]} >= {likeness[1]}" + ", our furniture filter" * site_filter
            _line(told, scores, (time.process_time() - started) / sum(map(len, sets)))


def _best(
    library: peers.Library, tuning: Sequence[Sequence[Row]], site_filter: bool
) -> tuple[tuple[int, int], peers.Likeness]:
    held = [peers.shingles(rows, site_filter=site_filter) for rows in tuning]
    tried = {}
    for bands in peers.BANDS:
        found = [peers.pairs(library, rows, h, bands) for rows, h in zip(tuning, held, strict=True)]
        for likeness in peers.LIKENESS:
            scores = [score(r, peers.grouping(r, f, likeness)) for r, f in zip(tuning, found, strict=True)]
            tried[bands, likeness] = mean(scores).ari
    return max(tried, key=lambda x: tried[x])


def _line(name: str, scores: Sequence[Score], seconds: float | None = None) -> None:
    m = mean(scores)
    cost = f"{1000 * seconds:9.2f}" if seconds is not None else ""
    print(f"{name:58}{m.precision:7.4f}{m.recall:7.4f}{m.ari:7.4f}{m.short:7.4f}{m.biggest:7.4f}{cost}", flush=True)


if __name__ == "__main__":
    main()
