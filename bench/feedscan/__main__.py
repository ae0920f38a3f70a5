"""``python -m bench.feedscan ARCHIVE.tar.gz``: does our parser fall, or find less than feedparser does?

ARCHIVE is any tar of feed documents; feedparser's own release holds over two thousand, most of
them odd on purpose (``pip download --no-deps --no-binary :all: feedparser``). Each ``.xml``,
``.rss``, ``.atom``, ``.rdf`` and ``.json`` file is read by feedparser at its defaults and by
ours, with the same headers (those that a fixture names in its first comment). Exit 1 when one
of ours raised anything but FeedUnreadable, or gave fewer entries than feedparser.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import feedparser

from copydesk.errors import FeedUnreadable
from copydesk.feeds.parse import read_feed

ENDINGS = (".xml", ".rss", ".atom", ".rdf", ".json")
URL = "http://paper.example/feeds/all.xml"
_HEADER = re.compile(rb"^\s*Header:\s*([\w-]+)\s*:\s*(.*?)\s*$", re.M)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.feedscan", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("archive", type=Path, help="a tar of feed documents")
    parser.add_argument("--show", action="store_true", help="name the documents that only one of the two could read")
    args = parser.parse_args(argv)
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for name, body in documents(args.archive):
        outcome = compare(body, seconds)
        counts.update(("documents", outcome))
        if outcome in ("FELL", "FEWER") or (args.show and outcome not in ("same", "unreadable, none there")):
            print(f"{outcome}: {name}")
    for outcome, count in counts.most_common():
        print(f"{count:6} {outcome}")
    print(f"{seconds['feedparser']:6.1f} s feedparser at its defaults, {seconds['copydesk']:.1f} s copydesk")
    return 1 if counts["FELL"] or counts["FEWER"] or not counts["documents"] else 0


def documents(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            held = tar.extractfile(member) if member.isfile() and member.name.endswith(ENDINGS) else None
            if held:
                yield member.name, held.read()


def compare(body: bytes, seconds: Counter[str]) -> str:
    """Give how the two compare on one document."""
    named = ((k.decode().lower(), v.decode("latin-1")) for k, v in _HEADER.findall(body[:2000]))
    headers = {"content-location": URL, **dict(named)}
    theirs = 0
    started = time.process_time()
    with contextlib.suppress(Exception):  # where feedparser itself falls there is nothing to reach
        theirs = len(feedparser.parse(io.BytesIO(body), response_headers=headers).entries)
    seconds["feedparser"] += time.process_time() - started
    started = time.process_time()
    try:
        ours = len(read_feed(body, url=URL, headers=headers).items)
    except FeedUnreadable:
        return "FEWER" if theirs else "unreadable, none there"
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return "FELL"
    finally:
        seconds["copydesk"] += time.process_time() - started
    return "FEWER" if ours < theirs else "same" if ours == theirs else "more than feedparser"


if __name__ == "__main__":
    sys.exit(main())
