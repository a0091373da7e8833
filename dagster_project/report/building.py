"""The scorecard's files: made of one publication, public pages and restricted ones.

Belongs here: opening what is published, rendering, writing with the right permissions. Does not
belong here: what is on a page (pages) and when it is made (publish).

The restricted build is the same pages with the names of leads. It lies in a folder of its own that
only its owner may open, like restricted.duckdb, and never beneath the public one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.errors import UsageError
from dagster_project.ingest.sql import text
from dagster_project.report.charts import warm_up
from dagster_project.report.pages import all_pages, for_everybody, rendered, with_names
from dagster_project.report.reading import Night, read_night

ENTRY_PAGE = "index.html"
PUBLIC_FOLDER = "scorecard"
RESTRICTED_FOLDER = "restricted_scorecard"
_NEEDED = {"rpt_scorecard", "rpt_review_agenda", "dim_agreement_provision"}


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What was made: `pages` of each build, and how long it took."""

    entry: Path
    pages: int
    size: int
    seconds: float


def build_scorecard(version: Path) -> Scorecard:
    """Write both builds of the scorecard into a version that is about to be published.

    Reads `leadpact.duckdb` and `restricted.duckdb` of that version, read only. The same marts give
    the same bytes.
    """
    started = time.monotonic()
    night = _read(version, with_persons=True)
    pages = rendered(all_pages(night), night)
    _write_public(version, pages)
    _write_restricted(version, pages, night)
    return _result(version, pages, started)


def rebuild(published_dir: Path) -> Scorecard:
    """Make the scorecard of what is published once more, such as with a newer version of this code.

    The restricted build is made again where the caller may read the names. Each page is replaced
    by itself, so readers never find one half written. Raises UsageError where nothing is published
    yet, by a version that published less, or where the caller may not write.
    """
    started = time.monotonic()
    warm_up()
    version = (published_dir / ".current").resolve()
    if not (version / "leadpact.duckdb").exists():
        raise UsageError(
            f"Nothing is published in {published_dir} yet: run leadpact nightly first."
        )
    may_name = os.access(version / "restricted.duckdb", os.R_OK)
    night = _read(version, with_persons=may_name)
    pages = rendered(all_pages(night), night)
    try:
        _write_public(version, pages)
        _link(published_dir, PUBLIC_FOLDER)
        if may_name:
            _write_restricted(version, pages, night)
            _link(published_dir, RESTRICTED_FOLDER)
    except PermissionError as error:
        raise UsageError(
            f"The scorecard in {published_dir} cannot be replaced ({error.strerror}): open "
            f"{published_dir / PUBLIC_FOLDER / ENTRY_PAGE} as it is, or ask its owner."
        ) from error
    return _result(published_dir, pages, started)


def _read(version: Path, *, with_persons: bool) -> Night:
    with _opened(version, with_persons=with_persons) as connection:
        return read_night(connection, with_persons=with_persons)


@contextmanager
def _opened(version: Path, *, with_persons: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(version / "leadpact.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        there = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        missing = sorted(_NEEDED - {table for (table,) in there})
        if missing:
            raise UsageError(
                f"What is published in {version} has no {missing[0]}: it was made by an older "
                "version, run leadpact nightly again."
            )
        if with_persons:
            file = text(str(version / "restricted.duckdb"))
            connection.execute(f"attach {file} as persons (read_only)")
        # Conditions of the agenda are SQL out of a table: they shall read what is open, no more.
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def _write_public(version: Path, pages: Mapping[str, str]) -> None:
    public = {path: for_everybody(page) for path, page in pages.items()}
    _write(version / PUBLIC_FOLDER, public, folder_mode=0o755, file_mode=0o644)


def _write_restricted(version: Path, pages: Mapping[str, str], night: Night) -> None:
    named = {path: with_names(page, night.persons or {}) for path, page in pages.items()}
    _write(version / RESTRICTED_FOLDER, named, folder_mode=0o700, file_mode=0o600)


def _write(folder: Path, pages: Mapping[str, str], *, folder_mode: int, file_mode: int) -> None:
    """Write the pages, replacing each by itself, and remove what is no page any more."""
    folders = {folder, *((folder / page).parent for page in pages)}
    for path in sorted(folders):
        path.mkdir(mode=folder_mode, exist_ok=True)
        path.chmod(folder_mode)
    for page, html in pages.items():
        file = folder / page
        pending = file.with_name(f".{file.name}.new")
        descriptor = os.open(pending, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, file_mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            os.fchmod(stream.fileno(), file_mode)
            stream.write(html)
        pending.replace(file)
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in pages:
            path.unlink()


def _link(published_dir: Path, folder: str) -> None:
    """The fixed name of the folder, where an older version published none."""
    link = published_dir / folder
    if not link.is_symlink():
        link.symlink_to(Path(".current") / folder)


def _result(where: Path, pages: Mapping[str, str], started: float) -> Scorecard:
    return Scorecard(
        entry=where / PUBLIC_FOLDER / ENTRY_PAGE,
        pages=len(pages),
        size=sum(len(page.encode()) for page in pages.values()),
        seconds=time.monotonic() - started,
    )
