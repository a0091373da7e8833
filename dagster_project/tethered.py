"""Run a module as `python -m` does, and end with whoever holds the other end of stdin.

Belongs here: that, for a process that is started as `python -m dagster_project.tethered MODULE
ARGUMENTS`. Does not belong here: what runs.

Dagster's services are started in groups of their own, so that Ctrl-C reaches them in order. One
that outlives a killed `leadpact ui` would go on starting runs beside those of the next.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from typing import NoReturn

_SECONDS_TO_END = 20.0


def _end_with_stdin() -> NoReturn:
    """Wait until nobody holds stdin any more; then interrupt the group, and kill what stays."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.killpg(0, signal.SIGINT)
    time.sleep(_SECONDS_TO_END)
    os.killpg(0, signal.SIGKILL)
    raise SystemExit(1)


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    # A shell has what it starts in the background ignore it, and so would we.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
