"""A backup of a whole installation, put back where everything was lost."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from pathlib import Path

import dagster as dg
import pytest

from tests.integration.run.conftest import Installation


def test_what_was_lost_comes_back(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marts, history = installation.marts(), installation.history()
    modes = _modes(installation.published)
    assert 0o700 in modes.values()  # pages with names
    (installation.data_dir / "warehouse" / "alerts.json").write_text("[]")
    writing = sqlite3.connect(installation.data_dir / "dagster" / "schedules" / "schedules.db")
    writing.execute("begin immediate")  # as the daemon does every minute
    file = tmp_path / "backup.tar.gz"
    done = installation.run("backup", "--to", str(file))
    writing.close()
    assert done.returncode == 0, done.stderr
    assert "It holds personal data" in done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    shutil.rmtree(installation.data_dir)
    done = installation.run("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"Restored {file} to {installation.data_dir}; leadpact status shows what it holds.\n"
    )
    assert installation.marts() == marts
    assert installation.history() == history
    private = (installation.data_dir / "warehouse" / "leadpact.duckdb").stat().st_mode
    assert stat.S_IMODE(private) == 0o600
    restricted = (installation.published / "restricted.duckdb").stat().st_mode
    assert stat.S_IMODE(restricted) == 0o600
    assert (installation.published / "parquet" / "fct_lead_cycles").is_dir()
    assert _modes(installation.published) == modes
    assert (installation.data_dir / "warehouse" / "alerts.json").exists()
    assert [path.name for path in installation.data_dir.iterdir() if "." in path.name] == []
    monkeypatch.setenv("DAGSTER_HOME", str(installation.data_dir / "dagster"))
    with dg.DagsterInstance.get() as instance:
        assert len(instance.get_run_records()) == 1


def test_what_is_there_is_moved_aside(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    assert installation.run("backup", "--to", str(file)).returncode == 0
    warehouse = installation.data_dir / "warehouse" / "leadpact.duckdb"
    warehouse.write_bytes(b"broken")
    shutil.rmtree(installation.published)
    done = installation.run("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "What was there before is in " in done.stdout
    (aside,) = installation.data_dir.glob("before-restore-*")
    assert (aside / "warehouse" / "leadpact.duckdb").read_bytes() == b"broken"
    assert len(installation.history()) == 1
    assert len(installation.marts()) > 10


def _modes(published: Path) -> dict[str, int]:
    """Who may open what."""
    current = (published / ".current").resolve()
    return {
        path.relative_to(current).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in current.rglob("*")
    }
