"""Score and time extraction engines on pages with a known reading.

    python -m bench.extraction --data DIR [--engines copydesk,trafilatura] [--rounds 2] [--limit N]

DIR holds manifest.jsonl (a line per page: id, url, publisher, source, expected with title,
authors, published, body) and pages/ID.html.gz. Engines take turns page by page with an
offset, so that none finds another's caches warm; CPU is process time, the minimum of the
rounds per page. Exit 1 when copydesk comes out empty anywhere.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.extraction.engines import MAKERS, Engine, Read
from bench.extraction.score import Tally, author_counts, normal, shingle_counts
from bench.pages import read_pages

_COLUMNS = ("pages", "f1", "p", "r", "title", "date", "authors", "empty", "failed")


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    pages = read_pages(options.data)[: options.limit or None]
    engines = dict(_installed(options.engines.split(",") if options.engines else list(MAKERS)))
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    cpu: dict[tuple[str, int], float] = {}
    for round_ in range(options.rounds):
        for name, index, read, seconds in _interleaved(engines, pages):
            cpu[name, index] = min(seconds, cpu.get((name, index), seconds))
            if round_ == 0:
                for source in (pages[index][0]["source"], "all"):
                    _score(tallies[name, source], pages[index][0], read)
    _print(engines, tallies, cpu, len(pages))
    return 1 if any(t.empty for (name, _), t in tallies.items() if name == "copydesk") else 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.extraction", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and pages/")
    parser.add_argument("--engines", help="comma-separated; default: every installed one")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--limit", type=int, default=0)
    return parser.parse_args(argv)


def _installed(names: list[str]) -> Iterator[tuple[str, Engine]]:
    for name in names:
        if name not in MAKERS:
            sys.exit(f"unknown engine {name!r}; known: {', '.join(MAKERS)}")
        try:
            yield name, MAKERS[name]()
        except Exception as error:
            print(f"{name}: left out, it cannot be loaded ({type(error).__name__}: {error})", file=sys.stderr)


def _interleaved(
    engines: dict[str, Engine], pages: list[tuple[dict[str, Any], bytes]]
) -> Iterator[tuple[str, int, Read | None, float]]:
    for step in range(len(pages)):
        for turn, (name, engine) in enumerate(engines.items()):
            index = (step + turn * 7) % len(pages)
            row, body = pages[index]
            started = time.process_time()
            try:
                read: Read | None = engine(body, row.get("url") or "")
            except Exception:
                read = None
            yield name, index, read, time.process_time() - started


def _score(tally: Tally, row: dict[str, Any], read: Read | None) -> None:
    expected = row["expected"]
    body = expected["body"]
    truth = "\n".join(body) if isinstance(body, list) else body or ""
    tally.failed += read is None
    read = read or Read()
    tally.empty += not read.text.strip()
    tally.body.append(shingle_counts(truth, read.text))
    if expected.get("title"):
        tally.titles.append(normal(expected["title"]) == normal(read.title))
    if expected.get("published"):
        tally.dates.append(str(expected["published"])[:10] == read.date[:10])
    if counts := author_counts(expected.get("authors") or (), read.authors, row.get("publisher") or ""):
        tally.authors = [a + b for a, b in zip(tally.authors, counts, strict=True)]


def _print(
    engines: dict[str, Engine],
    tallies: dict[tuple[str, str], Tally],
    cpu: dict[tuple[str, int], float],
    count: int,
) -> None:
    seconds = {name: sum(cpu[name, i] for i in range(count)) for name in engines}
    base = seconds.get("trafilatura")
    for source in sorted({source for _, source in tallies}):
        print(f"\n{source}")
        print(f"{'engine':<18}" + "".join(f"{column:>9}" for column in _COLUMNS))
        for name in engines:
            row = tallies[name, source].row()
            print(f"{name:<18}" + "".join(f"{_cell(row[column]):>9}" for column in _COLUMNS))
    print(f"\n{'engine':<18}{'ms/page':>9}{'pages/s':>9}{'x traf.':>9}")
    for name, spent in seconds.items():
        ratio = f"{spent / base:.2f}" if base else "-"
        print(f"{name:<18}{spent / count * 1000:>9.1f}{count / spent:>9.1f}{ratio:>9}")


def _cell(value: float | int | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.4f}"


if __name__ == "__main__":
    sys.exit(main())
