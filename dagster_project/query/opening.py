"""A connection to the published files in which nothing can be altered.

Belongs here: what such a connection may and may not do. Does not belong here: what is asked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from dagster_project.errors import UsageError
from dagster_project.published import RESTRICTED, WAREHOUSE, night

_NOTHING_ELSE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # Otherwise a table that is not there is looked for among the variables of this program.
    "python_enable_replacements": False,
}


@contextmanager
def open_for_questions(
    published_dir: Path, *, restricted: bool = False, writable: Sequence[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse, `marts` and `ops` also without their names before a table.

    With `restricted`, the tables about persons as well, as schema `restricted`. The files are open
    to be read; beside them the connection may write `writable` and read nothing, and no statement
    can change that. Instants are shown in UTC. Raises UsageError where nothing is published yet, or
    the caller may not read the restricted file.
    """
    folder = night(published_dir)
    with (
        TemporaryDirectory(prefix="leadpact-query-") as spill,
        duckdb.connect(str(folder / WAREHOUSE), read_only=True, config=_NOTHING_ELSE) as connection,
    ):
        path = "marts,ops"
        if restricted:
            _attach(connection, folder / RESTRICTED)
            path += ",persons.restricted"
        for setting, value in (
            ("TimeZone", "UTC"),
            ("search_path", path),
            ("errors_as_json", True),
            # It is drawn on the output, among the answer.
            ("enable_progress_bar", False),
            # By default DuckDB spills beside the file it reads.
            ("temp_directory", spill),
            ("allowed_paths", [str(file) for file in writable]),
            ("enable_external_access", False),
            ("lock_configuration", True),
        ):
            connection.execute(f"set {setting} = {_literal(value)}")
        yield connection


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    if not os.access(file, os.R_OK):
        raise UsageError(
            f"You may not read {file}, which says who the leads are: ask whoever runs leadpact, or "
            "leave out --restricted."
        )
    connection.execute(f"attach {_literal(str(file))} as persons (read_only)")


def _literal(value: str | bool | list[str]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return "'" + value.replace("'", "''") + "'"
