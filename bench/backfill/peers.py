"""CC-NEWS readers of others, run by an interpreter that has them: ``PYTHON peers.py NAME WARC``.

They pin older libraries than copydesk's, so they live in an environment of their own; this
file imports nothing of ours. Prints how many articles came out.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def fundus(warc: Path) -> int:
    """fundus reads WARC files from URLs only, and of the publishers that it knows."""
    from fundus import PublisherCollection
    from fundus.scraping.filter import Requires
    from fundus.scraping.html import CCNewsSource
    from fundus.scraping.scraper import CCNewsScraper

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(warc.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    source = CCNewsSource(*PublisherCollection, warc_path=f"http://127.0.0.1:{server.server_port}/{warc.name}")
    needed = Requires("title", "body")
    return sum(article is not None for article in CCNewsScraper(source).scrape("suppress", needed))


def newsplease(warc: Path) -> int:
    """What news-please's CC-NEWS reader does with each response record; it fetches no images here."""
    from newsplease import NewsPlease
    from warcio.archiveiterator import ArchiveIterator

    read = 0
    with open(warc, "rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response":
                try:
                    article = NewsPlease.from_warc(record, fetch_images=False)
                except Exception:  # its own reader goes on after any error
                    continue
                read += bool(article.maintext)
    return read


if __name__ == "__main__":
    print({"fundus": fundus, "news-please": newsplease}[sys.argv[1]](Path(sys.argv[2]).resolve()))
