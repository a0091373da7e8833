"""One file that holds everything a data directory cannot make again, and putting it back.

Belongs here: what goes into it, how it is read back, and that neither meets a run. Does not belong
here: the agreement and the exports, which lie elsewhere and are kept by whoever writes them.

Copying the folder with plain tools was rejected: while a run goes on, or the schedule's daemon
writes its own files, such a copy is torn, and says so only when it is needed.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal

import duckdb
from filelock import FileLock, Timeout

from dagster_project.errors import RunFailedError, UsageError, disk_full
from dagster_project.nightly import only_run
from dagster_project.publish import versions
from dagster_project.settings import Settings

_ABOUT = "about.json"
_PARTS = ("warehouse", "published", "dagster")
# Of a run or a process, and what the next run makes anew; outside of what is published.
_PASSING = frozenset(
    {
        *("run.lock", "alerts.lock", "ui.lock", "ui.url", "tmp"),
        *("dbt", "dbt_docs", "data_docs", "postgres.json"),
    }
)
_PRIVATE = 0o600


def back_up(settings: Settings, file: Path) -> int:
    """Write the file, complete or not at all; its size in bytes.

    It holds personal data, so its owner alone may read it. Raises UsageError while a run goes on,
    when there is nothing to keep, or when the file cannot be written there.
    """
    mode = _mode(file)
    if not settings.warehouse_file.exists():
        raise UsageError(f"{settings.data_dir} holds no warehouse: there is nothing to back up.")
    if not file.parent.is_dir():
        raise UsageError(f"{file.parent} is no folder: make it, or name another file.")
    pending = file.with_name(f".{file.name}.pending")
    try:
        with only_run(settings):
            pending.touch(mode=_PRIVATE)
            with tarfile.open(pending, mode) as tar:
                _add_text(tar, _ABOUT, json.dumps(_about(settings)))
                for name, path in _kept(settings):
                    tar.add(path, name, recursive=False)
        pending.replace(file)
    except OSError as error:
        raise disk_full(error, file.parent) or UsageError(
            f"{file} cannot be written ({error.strerror}): name another place with --to."
        ) from error
    finally:
        pending.unlink(missing_ok=True)
    return file.stat().st_size


def restore(settings: Settings, file: Path) -> Path | None:
    """Put back what `back_up` wrote; where what was there before lies now, None if nothing was.

    Readers see the publication of the backup from one instant on. Raises UsageError while a run or
    `leadpact ui` goes on and when the file is no backup, RunFailedError when it cannot be read.
    """
    if not file.is_file():
        raise UsageError(f"{file} is no file.")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _nobody_else(settings), TemporaryDirectory(dir=settings.data_dir, prefix=".") as name:
        made = Path(name)
        about = _unpack(file, made)
        _look_into(made, file)
        before = _set_aside(settings)
        for part in ("warehouse", "dagster"):
            _move_into(made / part, settings.data_dir / part)
        settings.warehouse_file.chmod(_PRIVATE)
        _publish(settings, made / "published", about["published"])
    return before


def _mode(file: Path) -> Literal["w:", "w:gz"]:
    if file.name.endswith((".tar.gz", ".tgz")):
        return "w:gz"
    if file.name.endswith(".tar"):
        return "w:"
    raise UsageError(f"{file} names no kind of file: let it end in .tar or .tar.gz.")


def _about(settings: Settings) -> dict[str, str | None]:
    return {
        "made_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "leadpact": version("leadpact"),
        "duckdb": duckdb.__version__,
        "published": versions.current_version(settings.published_dir),
    }


def _kept(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Each file by its name in the backup; a copy of Dagster's own, as SQLite makes it."""
    folders = {
        "warehouse": settings.warehouse_file.parent,
        "published": settings.published_dir / ".current",
    }
    for part, folder in folders.items():
        for path in _files(folder):
            yield f"{part}/{path.relative_to(folder).as_posix()}", path
    with TemporaryDirectory() as scratch:
        for path in _files(settings.dagster_home):
            name = f"dagster/{path.relative_to(settings.dagster_home).as_posix()}"
            if path.suffix == ".db":
                yield name, _copied(path, Path(scratch) / "one.db")
            elif not path.name.endswith(("-wal", "-shm", "-journal")):
                yield name, path


def _files(folder: Path) -> Iterator[Path]:
    """Files, and folders too: who may open one is kept."""
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if folder.name == ".current" or _PASSING.isdisjoint(path.relative_to(folder).parts[:1]):
                yield path


def _copied(database: Path, copy: Path) -> Path:
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def _add_text(tar: tarfile.TarFile, name: str, content: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content.encode())
    tar.addfile(member, BytesIO(content.encode()))


@contextmanager
def _nobody_else(settings: Settings) -> Iterator[None]:
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.ui_lock, timeout=0), only_run(settings):
            yield
    except Timeout as error:
        raise UsageError(
            f"leadpact ui is running on {settings.data_dir}: stop it before restoring."
        ) from error


def _unpack(file: Path, into: Path) -> dict[str, str | None]:
    """Only files of ours, and only into the folder, whoever made the archive."""
    about: dict[str, str | None] | None = None
    folders: dict[Path, int] = {}
    try:
        with tarfile.open(file) as tar:
            for member in tar:
                parts = PurePosixPath(member.name).parts
                path = into.joinpath(*parts)
                if member.name == _ABOUT:
                    about = json.loads((tar.extractfile(member) or BytesIO()).read())
                elif parts[0] not in _PARTS or ".." in parts:
                    continue
                elif member.isdir():
                    path.mkdir(parents=True, exist_ok=True)
                    folders[path] = member.mode & 0o755
                elif member.isreg():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("wb") as opened:
                        shutil.copyfileobj(tar.extractfile(member) or BytesIO(), opened)
                    path.chmod(member.mode & 0o644)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise RunFailedError(f"{file} cannot be read as a backup: {error}.") from error
    except OSError as error:
        raise disk_full(error, into.parent) or RunFailedError(
            f"{file} cannot be read as a backup: {error.strerror or error}."
        ) from error
    for folder, mode in folders.items():
        folder.chmod(mode)
    if about is None:
        raise UsageError(f"{file} is no backup of leadpact: it lacks {_ABOUT}.")
    return about


def _look_into(made: Path, file: Path) -> None:
    """Open each database before anything is replaced."""
    for database in (
        made / "warehouse" / "leadpact.duckdb",
        *sorted((made / "published").glob("*.duckdb")),
    ):
        # What a killed run left beside it can only be taken in by writing.
        is_whole = not database.with_name(f"{database.name}.wal").exists()
        try:
            with duckdb.connect(str(database), read_only=is_whole) as connection:
                connection.execute("select count(*) from duckdb_tables()").fetchone()
        except duckdb.Error as error:
            raise RunFailedError(
                f"{database.name} in {file} cannot be opened, so nothing was restored: "
                f"{str(error).splitlines()[0]}"
            ) from error


def _set_aside(settings: Settings) -> Path | None:
    """Move what is there to a folder beside it; only a person deletes it."""
    there = [
        path
        for folder in (settings.warehouse_file.parent, settings.dagster_home)
        for path in sorted(folder.iterdir())
        if path.name not in _PASSING
    ]
    if not there:
        return None
    aside = settings.data_dir / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for path in there:
        place = aside / path.parent.name
        place.mkdir(parents=True, exist_ok=True)
        path.rename(place / path.name)
    aside.chmod(0o700)
    return aside


def _move_into(source: Path, target: Path) -> None:
    if source.is_dir():
        for path in source.iterdir():
            path.rename(target / path.name)


def _publish(settings: Settings, source: Path, run_id: str | None) -> None:
    published = settings.published_dir
    if run_id is None or versions.current_version(published) == run_id:
        return
    version_dir = versions.new_version(published, run_id)
    _move_into(source, version_dir)
    versions.switch_to(published, version_dir)
