"""``python -m bench [--data DIR]``: every measurement that can be made here, one after the other.

Without DIR only those that need no pages: DIR holds manifest.jsonl (id, url, expected) and
pages/ID.html.gz, which belong to their publishers and are not part of the project.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ALWAYS = (
    ("planted errors in the sample newspaper's texts", "bench.edits"),
    ("polls beside bare requests", "bench.feeds"),
    ("re-visits beside other rules", "bench.revisits"),
)
WITH_DATA = (
    ("extraction beside its peers", "bench.extraction", "--data"),
    ("memory and processes of extraction", "bench.extraction.scale", "--data"),
    ("notices on whole pages: alarms and cost", "bench.corrections", "--pages"),
    ("planted errors in real pages", "bench.edits", "--data"),
    ("looks at pages that nobody edited, and one fact changed", "bench.versions", "--data"),
    ("same stories beside MinHash", "bench.clusters", "--data"),
    ("one more article in archives of two sizes", "bench.clusters.scale", "--data"),
    ("WARC to stored versions beside its floor", "bench.backfill", "--data"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with manifest.jsonl and pages/")
    args = parser.parse_args()
    runs = [(title, [module]) for title, module in ALWAYS]
    if args.data:
        runs = [(title, [module, option, str(args.data)]) for title, module, option in WITH_DATA]
    else:
        print("without --data only what needs no pages is measured; see bench/__main__.py", file=sys.stderr)
    failed = 0
    for title, command in runs:
        print(f"== {title}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", *command], check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
