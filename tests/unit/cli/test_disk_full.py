"""A full disk is one sentence, whoever met it: the system, Dagster's SQLite or DuckDB.

The messages are those of a real full disk; filling one needs an administrator.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dagster_project import sample
from dagster_project.cli import app
from dagster_project.errors import RefusedFilesError, RunFailedError, disk_full
from dagster_project.ingest import drops
from dagster_project.ingest.drops import DropFile, open_file

NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "folder"),
    [
        (NO_SPACE, "/data"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/dagster/x"), "/data/dagster"),
        (OSError(errno.EDQUOT, "Disk quota exceeded", 3), "/data"),
        (sqlite3.OperationalError("database or disk is full"), "/data"),
        (
            duckdb.IOException(
                'IO Error: Could not write file "/data/warehouse/leadpact.duckdb": No space left'
                " on device"
            ),
            "/data/warehouse",
        ),
        (
            duckdb.IOException(
                "IO Error: Async write failed for range [offset=25120254, size=81919]:"
                ' {"exception_type":"IO","exception_message":"Could not write file'
                ' \\"/out/x.csv\\": No space left on device","errno":"28"}'
            ),
            "/out",
        ),
        (
            duckdb.OutOfMemoryException(
                "Out of Memory Error: failed to offload data block of size 256.0 KiB (21.3 MiB/21.5"
                " MiB used).\nThis limit was set by the 'max_temp_directory_size' setting."
            ),
            "/data",
        ),
        (RunFailedError("fct_touches failed: IO Error: No space left on device"), "/data"),
    ],
)
def test_a_full_disk_is_told_with_its_folder(error: Exception, folder: str) -> None:
    wrapped = RuntimeError("Error occurred while executing op")
    wrapped.__cause__ = error
    told = disk_full(wrapped, Path("/data"))
    assert str(told) == (f"The disk that holds {folder} is full: make room there and run it again.")
    assert told is not None
    assert told.exit_code == 1


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied", "/data"), RefusedFilesError([], 1), KeyError()],
)
def test_other_errors_are_not(error: Exception) -> None:
    assert disk_full(error, Path("/data")) is None


def test_the_command_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def generate(*_arguments: object, **_options: object) -> None:
        raise NO_SPACE

    monkeypatch.setenv("LEADPACT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sample, "generate", generate)
    result = CliRunner().invoke(app, ["sample", "--out", str(tmp_path / "out"), "--leads", "1"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"The disk that holds {tmp_path} is full: make room there and run it again.\n"
    )


def test_a_file_is_not_refused_because_its_copy_has_no_room(tmp_path: Path) -> None:
    path = tmp_path / "User.csv"
    path.write_text("Id\n")
    with pytest.raises(OSError, match="No space left"), open_file(DropFile("User", "User", path)):
        raise NO_SPACE
    with pytest.raises(drops.RefusedError), open_file(DropFile("User", "User", path)):
        raise PermissionError(13, "Permission denied")
