"""Dagster's own state for one data directory: its folder and the settings file in it.

Belongs here: dagster.yaml. Does not belong here: how events are stored (event_log).
"""

import os
from pathlib import Path

from dagster_project.settings import Settings

# One run at a time also among those that Dagster starts, so that a second one waits in the queue
# instead of failing on the lock. Steps print nothing worth keeping; capturing it starts a process
# per step.
_BASICS = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
_EVENT_LOG = """\
event_log_storage:
  module: dagster_project.defs.event_log
  class: KeptEventLog
  config:
    home:
      env: DAGSTER_HOME
"""


def prepare_home(settings: Settings) -> Path:
    """Make Dagster's folder, with our settings unless somebody wrote their own, and point at it."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    if not file.exists() or file.read_text() == _BASICS:
        file.write_text(_BASICS + _EVENT_LOG)
    os.environ["DAGSTER_HOME"] = str(home)
    return home
