"""What `leadpact status` says of the schedule, from files that Dagster itself makes."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from dagster_project import scheduler
from dagster_project.scheduler import complaints
from dagster_project.settings import Settings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOT_RUNNING = "Scheduler: not running, so nothing starts by itself; start leadpact ui."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """`leadpact ui` was started two days ago, and nothing happened since."""
    settings = Settings(data_dir=tmp_path, schedule_timezone="Europe/Berlin")
    settings.dagster_home.mkdir()
    with dg.DagsterInstance.local_temp(str(settings.dagster_home)) as instance:
        instance.get_daemon_heartbeats()
        instance.all_instigator_state()
    settings.ui_mark.write_text("http://127.0.0.1:3000")
    began = datetime(2026, 11, 20, 9, 0, tzinfo=UTC).timestamp()
    os.utime(settings.ui_mark, (began, began))
    body = json.dumps({"job_specific_data": {"start_timestamp": began}})
    _execute(
        settings,
        "schedules/schedules.db",
        "insert into instigators (selector_id, status, instigator_type, instigator_body) "
        "values ('s', 'DECLARED_IN_CODE', 'SCHEDULE', ?)",
        body,
    )
    return settings


def _execute(settings: Settings, file: str, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(settings.dagster_home / file)) as connection, connection:
        connection.execute(statement, values)


def _tick(settings: Settings, status: str, at: str) -> None:
    _execute(
        settings,
        "schedules/schedules.db",
        "insert into job_ticks (type, status, timestamp) values ('SCHEDULE', ?, ?)",
        status,
        at,
    )


def _sign(settings: Settings, at: str) -> None:
    _execute(
        settings,
        "history/runs.db",
        "insert into daemon_heartbeats (daemon_type, timestamp) values ('SCHEDULER', ?)",
        at,
    )


@pytest.fixture
def running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "is_locked", lambda file: file == settings.ui_lock)


def test_nothing_where_there_never_was_a_ui(tmp_path: Path) -> None:
    assert list(complaints(Settings(data_dir=tmp_path), NOW, None)) == []


def test_not_running_and_the_run_of_the_night_missed(settings: Settings) -> None:
    _tick(settings, "SUCCESS", "2026-11-21 01:00:00.000000")
    _tick(settings, "FAILURE", "2026-11-22 01:00:00.000000")
    assert list(complaints(settings, NOW, datetime(2026, 11, 21, 1, 0))) == [
        NOT_RUNNING,
        "Scheduler: the run of 2026-11-22 01:00 UTC was missed; leadpact ui makes up for it while "
        "it runs, or start leadpact nightly.",
    ]
    # A run by hand made up for it; and before two o'clock (one, UTC) nothing was due.
    assert list(complaints(settings, NOW, datetime(2026, 11, 22, 8, 0))) == [NOT_RUNNING]
    early = NOW.replace(hour=1, minute=5)
    assert list(complaints(settings, early, datetime(2026, 11, 21, 1, 0))) == [NOT_RUNNING]
    with FileLock(settings.ui_lock, timeout=0):  # which was let go of
        pass


@pytest.mark.usefixtures("running")
def test_a_scheduler_that_works_is_not_spoken_of(settings: Settings) -> None:
    _sign(settings, "2026-11-22 08:59:00.000000")
    _tick(settings, "SUCCESS", "2026-11-22 01:00:00.000000")
    assert list(complaints(settings, NOW, None)) == []


@pytest.mark.usefixtures("running")
def test_a_scheduler_that_hangs(settings: Settings) -> None:
    _sign(settings, "2026-11-22 08:30:00.000000")
    _tick(settings, "SUCCESS", "2026-11-22 01:00:00.000000")
    assert list(complaints(settings, NOW, None)) == [
        "Scheduler: has given no sign of life since 2026-11-22 08:30 UTC; stop leadpact ui and "
        "start it again."
    ]
