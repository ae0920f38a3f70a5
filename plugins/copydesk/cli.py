"""The ``copydesk`` command. Results on stdout (JSON where a program may read them), errors on stderr.

Exit codes: 0 done, 1 something failed (named), 2 wrong use and nothing done.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from copydesk import __version__
from copydesk.commands import (
    article,
    backfill,
    changes,
    corrections,
    doctor,
    erase,
    export,
    feeds,
    push,
    read,
    replay,
    revisits,
    run,
    server,
    snapshots,
    text,
    webhooks,
)
from copydesk.errors import CopydeskError

GROUPS = (
    *(server, doctor, run, feeds, push, backfill, revisits, article, read, changes, webhooks, export, corrections),
    *(text, replay, erase, snapshots),
)


def parser() -> argparse.ArgumentParser:
    """Build the parser; each module of copydesk.commands adds its own."""
    top = argparse.ArgumentParser(
        prog="copydesk",
        description="Keeps the record of what the news said: every version, every copy, every correction.",
        epilog="Settings come from the environment (DATABASE_URL, COPYDESK_HOME, COPYDESK_ALLOW, "
        "COPYDESK_CONTACT, COPYDESK_WORKERS, COPYDESK_PUBLIC_URL, "
        "COPYDESK_SNAPSHOTS): see docs/settings.md.",
    )
    top.add_argument("--version", action="version", version=f"copydesk {__version__}")
    top.add_argument("-v", "--verbose", action="store_true", help="log what is done to stderr")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for group in GROUPS:
        group.register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    args = parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
    )
    try:
        return int(args.call(args) or 0)
    except CopydeskError as error:
        print(f"copydesk: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output left; that is its right
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("copydesk: interrupted; nothing is lost, run it again", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
