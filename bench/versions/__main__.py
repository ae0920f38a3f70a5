"""``python -m bench.versions --data DIR``: real pages again with noise, and with one fact changed.

DIR holds manifest.jsonl and pages/ID.html.gz as for bench.extraction. Every page is read, then
read again --variants times after noise (:mod:`bench.versions.noise`): a look that would make
another version is false. Then one number, date, name and negation at a time is changed in its
story (under noise too): each must be seen and none may count as slight. Exit 1 on any fault.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.pages import read_pages
from bench.versions.noise import noisy
from bench.versions.plant import KINDS, plant
from copydesk.articles.decode import decode
from copydesk.articles.diff import diff
from copydesk.articles.extract import extract
from copydesk.articles.looks import Look, judge
from copydesk.articles.revisions import classify
from copydesk.articles.versions import decide
from copydesk.model import Document, VersionText

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SLIGHT = frozenset({"typographic", "restyled", "reworded", "headline", "byline", "notice_only"})
"""Kinds of revision that would hide a changed fact."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One page as it was first seen."""

    name: str
    url: str
    page: str
    document: Document
    look: Look

    @property
    def lang(self) -> str:
        return str(self.document.lang.value) if self.document.lang else "en"


@dataclass(slots=True)
class Tally:
    """What was counted: looks and edits, the noises before false versions, kinds of the planted edits."""

    total: Counter[str] = field(default_factory=Counter)
    noises: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.versions", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.jsonl and pages/")
    parser.add_argument("--variants", type=int, default=20, help="noisy looks at a page")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="pages with one of these words in their id, comma-separated")
    args = parser.parse_args(argv)
    only = args.only.split(",")
    pages = [(row, body) for row, body in read_pages(args.data) if any(word in row["id"] for word in only)]
    tally = Tally()
    for number, (row, body) in enumerate(pages, 1):
        print(f"\r{number}/{len(pages)}", end="", file=sys.stderr, flush=True)
        for line in faults(row, body, args, tally):
            print(line, flush=True)
    print(file=sys.stderr)
    return report(tally)


def faults(row: dict[str, str], body: bytes, args: argparse.Namespace, tally: Tally) -> Iterator[str]:
    """Look at one page again and again, then with an edit; yields a line for every fault."""
    page = decode(body).text
    document = read(page, row["url"])
    if document.page not in ("article", "liveblog"):
        tally.total["no_article"] += 1
        return
    tally.total["pages"] += 1
    subject = Subject(row["id"], row["url"], page, document, look_of(document, row["url"], 0))
    yield from noise_faults(subject, args, tally)
    yield from edit_faults(subject, args, tally)


def read(page: str, url: str) -> Document:
    """What the extractor reads in a page (in UTF-8 whatever it was)."""
    return extract(b"\xef\xbb\xbf" + page.encode("utf-8", "replace"), url=url, observed_at=START)


def look_of(document: Document, url: str, hours: int) -> Look:
    return judge(document, observed_at=START + timedelta(hours=hours), status=200, url=url)


def noise_faults(subject: Subject, args: argparse.Namespace, tally: Tally) -> Iterator[str]:
    """Yield a line for each false version."""
    for n in range(args.variants):
        other, done = noisy(subject.page, subject.lang, random.Random(f"{args.seed}:{subject.name}:{n}"))
        again = read(other, subject.url)
        look = look_of(again, subject.url, n + 1)
        tally.total["looks"] += 1
        action = decide([subject.look], look).action
        if action != "unchanged":
            tally.total["false"] += 1
            tally.noises.update(done)
            what = difference(subject.document, again)
            yield f"false: {subject.name} #{n} {action}/{look.reason} {what} after {', '.join(sorted(done))}"


def edit_faults(subject: Subject, args: argparse.Namespace, tally: Tally) -> Iterator[str]:
    """Change one fact of each kind; yields a line for each that was missed or taken lightly."""
    planted = missed = 0
    for kind in KINDS:
        chance = random.Random(f"{args.seed}:{subject.name}:{kind}")
        edit = plant(subject.page, subject.document, kind, chance)
        if edit is None:
            continue
        again = read(noisy(edit.page, subject.lang, chance)[0], subject.url)
        action = decide([subject.look], look_of(again, subject.url, 1)).action
        revision = classify(version(subject.document), version(again))
        seen = action == "new" and bool(revision.facts) and revision.kind not in SLIGHT
        tally.kinds[kind, revision.kind if action == "new" else "missed"] += 1
        planted += 1
        missed += not seen
        if not seen:
            told = f"{action}/{revision.kind} {revision.summary}"
            yield f"edit: {subject.name} {kind} {edit.old!r} → {edit.new!r}: {told}"
    tally.total["edited_pages"] += planted > 0
    tally.total["edited_seen"] += planted > 0 and not missed


def version(document: Document) -> VersionText:
    """A document as the revision rules see it."""
    lang = str(document.lang.value) if document.lang else None
    return VersionText(
        str(document.title.value) if document.title else "", document.text, document.byline, document.notices, lang=lang
    )


def difference(a: Document, b: Document) -> str:
    """The first thing in which two readings differ, for finding the cause."""
    if (a.title and a.title.value) != (b.title and b.title.value):
        return f"title {a.title and a.title.value!r} → {b.title and b.title.value!r}"
    if a.byline != b.byline:
        return f"byline {a.byline} → {b.byline}"
    if a.notices != b.notices:
        return f"notices {[n.text[:80] for n in a.notices]} → {[n.text[:80] for n in b.notices]}"
    edits = diff(a.text, b.text)
    return f"body {edits[0].old[:100]!r} → {edits[0].new[:100]!r} ({len(edits)} edits)" if edits else "nothing"


def report(tally: Tally) -> int:
    """Print the figures; 1 when any look or edit was judged wrongly."""
    total = tally.total
    print(f"{total['pages']} articles ({total['no_article']} pages are none)")
    print(f"{total['looks']} noisy looks: {total['false']} false versions")
    if tally.noises:
        print("   noises of the false ones: " + ", ".join(f"{name} {n}" for name, n in tally.noises.most_common()))
    print(
        f"{total['edited_pages']} articles with a planted edit: on {total['edited_seen']} every edit seen, none slight"
    )
    for kind in KINDS:
        found = {name: n for (k, name), n in tally.kinds.items() if k == kind}
        print(f"   {kind:9}{sum(found.values()):5} planted: " + ", ".join(f"{k} {n}" for k, n in sorted(found.items())))
    return 1 if total["false"] or total["edited_seen"] < total["edited_pages"] else 0


if __name__ == "__main__":
    sys.exit(main())
