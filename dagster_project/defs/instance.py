"""Dagster's own state for one data directory: its folder and the settings file in it.

Belongs here: dagster.yaml, and how its history is written. Does not belong here: definitions.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from dagster_project.settings import Settings

# One run at a time also among those that Dagster starts, so that a second one waits in the queue
# instead of failing on the lock. Steps print nothing worth keeping; capturing it starts a process
# per step.
_DAGSTER_YAML = """\
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def prepare_home(settings: Settings) -> Path:
    """Make Dagster's folder, with our settings unless somebody wrote their own, and point at it."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    if not file.exists():
        file.write_text(_DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


@contextmanager
def swift_history() -> Iterator[None]:
    """Write Dagster's SQLite history without waiting for the disk at each of some 500 events.

    Dagster opens and closes a connection per event, and SQLite empties its log into the file
    whenever the last connection closes. One more connection, kept open, defers that to the end,
    and `synchronous = normal` waits for the disk only then: a power cut may lose the last events,
    never the file. (`off` would be faster still and could.) On a busy disk: 27 s become 6 s.
    """
    with ExitStack() as kept:
        files: set[str] = set()

        def on_connect(connection: Any, _record: object) -> None:
            connection.execute("pragma synchronous = normal")
            for _, name, file in connection.execute("pragma database_list").fetchall():
                if name == "main" and file and file not in files:
                    files.add(file)
                    # Dagster reads its history from several threads.
                    other = sqlite3.connect(file, check_same_thread=False)
                    kept.enter_context(closing(other)).execute("select 1 from sqlite_master")

        event.listen(Engine, "connect", on_connect)
        try:
            yield
        finally:
            event.remove(Engine, "connect", on_connect)
