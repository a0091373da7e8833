"""What backing up and restoring refuse, and that they leave everything as it was then."""

from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from dagster_project.backup import back_up, restore
from dagster_project.errors import BusyError, RunFailedError, UsageError
from dagster_project.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path / "data")
    settings.warehouse_file.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse_file)) as connection:
        connection.execute("create table t as select 1 as x")
    return settings


def test_a_backup_needs_something_to_keep_and_a_place(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing to back up"):
        back_up(Settings(data_dir=tmp_path / "none"), tmp_path / "b.tar")
    with pytest.raises(UsageError, match=r"let it end in \.tar or \.tar\.gz"):
        back_up(settings, tmp_path / "b.zip")
    with pytest.raises(UsageError, match="is no folder"):
        back_up(settings, tmp_path / "none" / "b.tar")
    (tmp_path / "b.tar").mkdir()
    with pytest.raises(UsageError, match="name another place with --to"):
        back_up(settings, tmp_path / "b.tar")
    assert not list(tmp_path.glob(".*pending"))


def test_neither_meets_a_run_and_a_restore_no_pages(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    back_up(settings, file)
    code_lock = FileLock(settings.run_lock)
    with code_lock, pytest.raises(BusyError):
        back_up(settings, tmp_path / "other.tar")
    with code_lock, pytest.raises(BusyError):
        restore(settings, file)
    settings.dagster_home.mkdir(exist_ok=True)
    with FileLock(settings.ui_lock), pytest.raises(UsageError, match="stop it before restoring"):
        restore(settings, file)
    assert not list(settings.data_dir.glob("before-restore-*"))


def test_what_is_no_backup_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("no archive")
    with pytest.raises(UsageError, match="is no file"):
        restore(settings, tmp_path / "none.tar")
    with pytest.raises(RunFailedError, match="cannot be read as a backup"):
        restore(settings, tmp_path / "text.tar")
    back_up(settings, tmp_path / "good.tar.gz")
    half = (tmp_path / "good.tar.gz").read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(half[: len(half) // 2])
    with pytest.raises(RunFailedError, match="cannot be read as a backup"):
        restore(settings, tmp_path / "half.tar.gz")
    _archive(tmp_path / "other.tar", {"notes.txt": b"x"})
    with pytest.raises(UsageError, match=r"it lacks about\.json"):
        restore(settings, tmp_path / "other.tar")
    _archive(
        tmp_path / "broken.tar",
        {"about.json": b'{"published": null}', "warehouse/leadpact.duckdb": b"x" * 9000},
    )
    with pytest.raises(RunFailedError, match=r"leadpact\.duckdb in .* cannot be opened"):
        restore(settings, tmp_path / "broken.tar")
    assert {path.name for path in settings.data_dir.iterdir()} == {"warehouse", "dagster"}
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
        assert connection.execute("from t").fetchall() == [(1,)]


def test_an_archive_writes_nowhere_else(settings: Settings, tmp_path: Path) -> None:
    _archive(
        tmp_path / "evil.tar",
        {
            "about.json": b'{"published": null}',
            "warehouse/leadpact.duckdb": settings.warehouse_file.read_bytes(),
            "warehouse/../../evil": b"x",
            "/etc/evil": b"x",
            "bin/evil": b"x",
        },
    )
    restore(settings, tmp_path / "evil.tar")
    assert not list(tmp_path.rglob("evil"))
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
        assert connection.execute("from t").fetchall() == [(1,)]


def _archive(file: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(file, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
