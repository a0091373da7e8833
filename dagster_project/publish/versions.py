"""The published folder: whole versions beside each other and one link that says which is current.

Belongs here: folders, links, fsync, and what a killed run left. Does not belong here: what a
version holds (publication).

    published/.versions/<run_id>/...      one complete publication each
    published/.current                    -> .versions/<run_id>
    published/leadpact.duckdb, parquet    -> .current/leadpact.duckdb, .current/parquet

Everything is reached through `.current`, so renaming that one link over the old one switches all
of it at once: a reader never sees new marts beside an old scorecard. A link per file was rejected
because a run killed between two renames leaves a mixture.

The version before stays until the next publication begins: DuckDB resolves links before it opens
a file, so a reader may arrive at the old one just after the switch.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from dagster_project.errors import RunFailedError

_VERSIONS = ".versions"
_CURRENT = ".current"
_NEXT = ".current.next"


def current_version(published_dir: Path) -> str | None:
    """The run id of the version that readers see now; None where nothing was ever published."""
    link = published_dir / _CURRENT
    return link.readlink().name if link.is_symlink() else None


def new_version(published_dir: Path, run_id: str) -> Path:
    """An empty folder for the version of `run_id`, not yet visible to readers.

    Removes every version but the current one: the one before it, and what a run left that was
    killed before its switch. Readers that have a file of it open keep that file. Raises
    RunFailedError when this very run is already what readers see.
    """
    if current_version(published_dir) == run_id:
        raise RunFailedError(f"Run {run_id} is already published in {published_dir}.")
    published_dir.mkdir(parents=True, exist_ok=True)
    _remove_others(published_dir)
    version = published_dir / _VERSIONS / run_id
    version.mkdir(parents=True)
    return version


def switch_to(published_dir: Path, version: Path) -> None:
    """Make `version` what readers see, durably and at once.

    Raises RunFailedError where something that is no link of ours lies in the way of one.
    """
    names = sorted(entry.name for entry in version.iterdir())
    for name in names:
        _point(published_dir / name, Path(_CURRENT) / name)
    _fsync_tree(version)
    _fsync_folders((version.parent, published_dir))
    pending = published_dir / _NEXT
    pending.unlink(missing_ok=True)
    pending.symlink_to(Path(_VERSIONS) / version.name)
    pending.replace(published_dir / _CURRENT)
    _fsync_folders((published_dir,))
    _remove_dangling_links(published_dir)


def _remove_others(published_dir: Path) -> None:
    current = current_version(published_dir)
    (published_dir / _NEXT).unlink(missing_ok=True)
    versions = published_dir / _VERSIONS
    if not versions.is_dir():
        return
    for entry in sorted(versions.iterdir()):
        if entry.name != current:
            shutil.rmtree(entry)


def _point(link: Path, target: Path) -> None:
    if link.is_symlink():
        if link.readlink() == target:
            return
        link.unlink()
    elif link.exists():
        raise RunFailedError(
            f"{link} is in the way of what is to be published: move it away and run again."
        )
    link.symlink_to(target)


def _remove_dangling_links(published_dir: Path) -> None:
    for entry in published_dir.iterdir():
        if entry.is_symlink() and not entry.exists():
            entry.unlink()


def _fsync_tree(folder: Path) -> None:
    folders = [folder]
    for path in folder.rglob("*"):
        if path.is_dir():
            folders.append(path)
        else:
            _fsync(path)
    _fsync_folders(folders)


def _fsync_folders(folders: Iterable[Path]) -> None:
    for folder in folders:
        _fsync(folder)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
