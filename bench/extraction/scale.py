"""``python -m bench.extraction.scale --data DIR``: memory over many pages, and two processes beside one."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

from bench.pages import Page, read_pages
from copydesk.articles.pool import Extractors, Job
from copydesk.settings import Settings

_BATCH = 460


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=20_000)
    args = parser.parse_args()
    pages = read_pages(args.data)
    limits = Settings(home=Path()).limits
    rates = {}
    for workers in (1, 2):
        with_pool = Extractors(workers, limits)
        list(with_pool.run(_jobs(pages, 0, _BATCH)))  # warm
        started = time.perf_counter()
        done = len(list(with_pool.run(_jobs(pages, 0, 4 * _BATCH))))
        rates[workers] = done / (time.perf_counter() - started)
        with_pool.close()
    print(f"pages a second: one process {rates[1]:.1f}, two {rates[2]:.1f} = {rates[2] / rates[1]:.2f} x")
    pool = Extractors(2, limits)
    sizes: list[tuple[int, float]] = []
    for at in range(0, args.documents, _BATCH):
        list(pool.run(_jobs(pages, at, _BATCH)))
        sizes.append((at + _BATCH, _resident()))
    pool.close()
    for count, megabytes in sizes[:: max(1, len(sizes) // 8)] + sizes[-1:]:
        print(f"   after {count:6} pages: {megabytes:.0f} MB in all processes")


def _jobs(pages: list[Page], start: int, count: int) -> Iterator[Job]:
    for number in range(start, start + count):
        row, body = pages[number % len(pages)]
        yield Job(number, body, str(row.get("url") or ""), (), None, None)


def _resident() -> float:
    """Resident memory of this process and its children, in megabytes."""
    total, mine = 0, os.getpid()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "status").read_text()
            except OSError:
                continue
            fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
            if int(entry.name) == mine or int(fields.get("PPid", "0")) == mine:
                total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total / 1024


if __name__ == "__main__":
    main()
