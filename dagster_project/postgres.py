"""Copying what is published to PostgreSQL, as a run and a command both do it, and what came of it.

Belongs here: which version, to where, with which keys, and the mark that `leadpact status` reads.
Does not belong here: the copy itself (publish.postgres).

The files are the publication, PostgreSQL holds a copy of it. A copy that fails fails its run, so
that somebody looks, but takes nothing back: the files stay published, PostgreSQL holds what it
held, and the next copy brings whatever is newest by then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.errors import PostgresError, UsageError
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from dagster_project.publish.postgres import PostgresCopy


def check_connection_string(settings: Settings) -> None:
    """Raise UsageError where there is a connection string and libpq cannot read it."""
    if not settings.postgres:
        return
    from dagster_project.publish.postgres.server import describe

    try:
        describe(settings.postgres.get_secret_value())
    except PostgresError as error:
        raise UsageError(str(error)) from error


def copy_published(settings: Settings, progress: Callable[[str], None]) -> PostgresCopy:
    """Copy the published version. Raises PostgresError, and UsageError where no database is named.

    However it ends is written to the mark.
    """
    if not settings.postgres:
        raise UsageError("Name the database with --postgres, or in LEADPACT_POSTGRES.")
    from dagster_project.publish.postgres import copy_to_postgres
    from dagster_project.publish.postgres.server import describe

    dsn = settings.postgres.get_secret_value()
    where = describe(dsn)
    try:
        copy = copy_to_postgres(
            settings.published_dir,
            dsn,
            reader=settings.postgres_reader,
            keys=_keys(settings.keys_file),
            memory_limit=settings.memory_limit,
            scratch=settings.warehouse_file.parent / "tmp",
            progress=progress,
        )
    except BaseException as error:
        # Who interrupts is told the same: the files are published, PostgreSQL is as it was.
        stopped = not isinstance(error, Exception)
        sentence = f"{where}: the copy was stopped." if stopped else " ".join(str(error).split())
        failure = PostgresError(
            f"{settings.published_dir} is published, but PostgreSQL holds what it held before: "
            f"{sentence}\nThe next run copies it, and so does leadpact publish-postgres."
        )
        _mark(settings, {"where": where, "error": sentence})
        raise failure from error
    _mark(
        settings,
        {
            "where": where,
            "run_id": copy.run_id,
            "as_of": copy.as_of.isoformat() if copy.as_of else None,
            "tables": len(copy.rows),
            "rows": sum(copy.rows.values()),
            "seconds": round(copy.seconds, 1),
            "notices": copy.notices,
        },
    )
    return copy


def why_not_copied(settings: Settings) -> str | None:
    """Why the last copy failed, in a sentence; None when it did not, or none was asked for."""
    error: str | None = _read_mark(settings).get("error")
    return error


def last_copy(settings: Settings) -> list[str]:
    """What came of the last copy, in sentences; none where none was ever asked for."""
    if error := why_not_copied(settings):
        return [f"PostgreSQL: holds what it held before the last copy failed. {error}"]
    mark = _read_mark(settings)
    if not mark:
        return []
    as_of = datetime.fromisoformat(mark["as_of"]) if mark["as_of"] else "?"
    return [
        f"PostgreSQL: {mark['where']}, as of {as_of} UTC, {mark['rows']:,} rows of "
        f"{mark['tables']} tables in {mark['seconds']} s (run {mark['run_id']}).",
        *(f"Take care: {notice}" for notice in mark["notices"]),
    ]


def _keys(file: Path) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return keys


def _read_mark(settings: Settings) -> dict[str, Any]:
    file = settings.postgres_mark
    mark: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return mark


def _mark(settings: Settings, what: Mapping[str, Any]) -> None:
    file = settings.postgres_mark
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(what), encoding="utf-8")
