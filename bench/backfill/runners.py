"""What is measured, each in a process of its own: ``python -m bench.backfill.runners floor|copydesk WARC``.

Prints how many articles came out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from copydesk.articles.extract import extract
from copydesk.errors import Unreadable


def floor(warc: Path) -> int:
    """FastWARC and our extraction, one page after the other; nothing is kept."""
    read = 0
    with open(warc, "rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            headers = {name.lower(): value for name, value in record.http_headers.items()}
            url, body = record.headers["WARC-Target-URI"], record.reader.read()
            try:
                extract(body, url=url, headers=headers, observed_at=record.record_date)
            except Unreadable:
                continue
            read += 1
    return read


def copydesk(warc: Path) -> int:
    """The whole way into the database of DATABASE_URL: ledger, snapshots, looks, versions, clusters, corrections."""
    from copydesk.cli import main
    from copydesk.settings import Settings
    from copydesk.store.address import connect_url
    from copydesk.store.db import connect, one

    if main(["backfill", f"warc:{warc}"]):
        sys.exit("the backfill failed")
    with connect(connect_url(Settings.from_env(), start=False)) as conn:
        return int(one(conn, "select count(*) as n from versions where origin = 'publisher'")["n"])


if __name__ == "__main__":
    print({"floor": floor, "copydesk": copydesk}[sys.argv[1]](Path(sys.argv[2])))
