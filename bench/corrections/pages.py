"""Whole pages: which notices are found on them, and what looking costs beside extraction."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bench.pages import read_pages
from copydesk.articles.decode import decode
from copydesk.articles.extract import extract
from copydesk.articles.tree import parse
from copydesk.corrections.notice import find_in_html

ROUNDS = 3


def measure(data: Path) -> None:
    """Print every notice on the pages of DIR (manifest.jsonl, pages/ID.html.gz), then CPU ratios."""
    pages = read_pages(data)
    found = 0
    spent = {"notices": 0.0, "extraction": 0.0, "trafilatura": 0.0}
    for row, body in pages:
        tree = parse(decode(body, {}).text)[0]
        url = row.get("url") or ""
        lang = extract(body, url=url).lang
        code = str(lang.value) if lang else None
        notices = find_in_html(tree, lang=code)
        found += bool(notices)
        for notice in notices:
            print(f"   {row['id']} [{notice.rule}] {notice.text[:200]!r}")
        spent["notices"] += min(_cpu(lambda tree=tree, code=code: find_in_html(tree, lang=code)) for _ in range(ROUNDS))
        spent["extraction"] += min(_cpu(lambda body=body, url=url: extract(body, url=url)) for _ in range(ROUNDS))
        spent["trafilatura"] += min(_cpu(lambda body=body, url=url: _peer(body, url)) for _ in range(ROUNDS))
    print(f"pages with a notice: {found} of {len(pages)}; read each one above")
    print(
        f"CPU: notices {spent['notices']:.2f} s = {spent['notices'] / spent['extraction']:.3f} of our extraction, "
        f"{spent['notices'] / spent['trafilatura']:.3f} of trafilatura's bare_extraction"
    )


def _peer(body: bytes, url: str) -> None:
    from trafilatura import bare_extraction

    bare_extraction(body, url=url, include_comments=False, with_metadata=True)


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
