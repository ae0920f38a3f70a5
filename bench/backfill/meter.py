"""CPU seconds of a command with all its descendants: ``python -m bench.backfill.meter COMMAND...`` (Linux).

Prints one JSON line: seconds, and the command's last line of output.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    """Orphans (readers outlive their parent by a moment) become our children, so that their time counts too."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = (done.stdout.strip().splitlines() or [""])[-1]
    print(json.dumps({"seconds": used.ru_utime + used.ru_stime, "said": said}))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
