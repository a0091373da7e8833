"""Whether the schedule works, for `leadpact status`.

Belongs here: what Dagster's files say of its daemon and its ticks. Does not belong here: the
schedule itself (defs).

Dagster's own files are read, since its storage takes a second to import, and `status` must answer
at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from filelock import FileLock

from dagster_project.settings import Settings

# When the schedule starts the run, in the time zone of the settings.
HOUR = 2
# The daemon gives a sign of life every minute, and needs some to begin.
_ALIVE = timedelta(minutes=3)
_TO_START = timedelta(minutes=10)
_LAUNCHED = ("STARTED", "SUCCESS")


def complaints(settings: Settings, now: datetime, last_run: datetime | None) -> Iterator[str]:
    """A sentence each if the scheduler is dead, and if it missed its last run.

    None where `leadpact ui` was never started. `now` is UTC; `last_run` is when the last run of any
    kind began, naive UTC: it made up for one that was missed before.
    """
    if not settings.ui_mark.exists():
        return
    sign = max(_last_sign(settings), _started(settings))
    if not is_locked(settings.ui_lock):
        yield "Scheduler: not running, so nothing starts by itself; start leadpact ui."
    elif now - sign > _ALIVE:
        yield (
            f"Scheduler: has given no sign of life since {sign:%Y-%m-%d %H:%M} UTC; stop leadpact "
            "ui and start it again."
        )
    due = _last_due(now - _TO_START, settings.schedule_timezone)
    if (last_run is None or last_run.replace(tzinfo=UTC) < due) and _is_missed(settings, due):
        yield (
            f"Scheduler: the run of {due:%Y-%m-%d %H:%M} UTC was missed; leadpact ui makes up for "
            "it while it runs, or start leadpact nightly."
        )


def is_locked(file: Path) -> bool:
    """Whether somebody holds the lock; it is let go of at once, so that its owner may begin."""
    try:
        with FileLock(file, timeout=0):
            return False
    except OSError:  # a Timeout; or one who may only look, and cannot tell
        return True


def _last_due(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return (due if due <= local else due - timedelta(days=1)).astimezone(UTC)


def _last_sign(settings: Settings) -> datetime:
    rows = _rows(
        settings.dagster_home / "history" / "runs.db",
        "select timestamp from daemon_heartbeats where daemon_type = 'SCHEDULER'",
    )
    return max((_utc(at) for (at,) in rows), default=datetime.min.replace(tzinfo=UTC))


def _is_missed(settings: Settings, due: datetime) -> bool:
    file = settings.dagster_home / "schedules" / "schedules.db"
    began = [
        json.loads(body)["job_specific_data"]["start_timestamp"]
        for (body,) in _rows(
            file, "select instigator_body from instigators where instigator_type = 'SCHEDULE'"
        )
    ]
    ticks = _rows(
        file, f"select timestamp from job_ticks where type = 'SCHEDULE' and status in {_LAUNCHED}"
    )
    is_scheduled = any(began) and min(filter(None, began)) < due.timestamp()
    return is_scheduled and not any(_utc(at) >= due for (at,) in ticks)


def _rows(file: Path, query: str) -> list[tuple[str]]:
    if not file.exists():
        return []
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _started(settings: Settings) -> datetime:
    """When `leadpact ui` was last started; the daemon needs a minute to give its first sign."""
    return datetime.fromtimestamp(settings.ui_mark.stat().st_mtime, UTC)
