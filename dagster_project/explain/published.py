"""The published files, opened together and read only.

Belongs here: opening them and asking them. Does not belong here: what is asked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.errors import UsageError
from dagster_project.published import RESTRICTED, WAREHOUSE, night

Row = dict[str, Any]

# What this part reads that the first version did not publish.
_NEEDED = {"sla_explanations", "fit_explanations", "fct_lead_events", "dim_calendar"}


@dataclass(frozen=True, slots=True)
class Published:
    """An open publication; `has_persons` where the restricted file could be read too."""

    connection: duckdb.DuckDBPyConnection
    has_persons: bool

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a query; `?` stand for `values`."""
        result = self.connection.execute(query, list(values))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@contextmanager
def open_published(published_dir: Path) -> Iterator[Published]:
    """Both published files of one night, `marts` and `ops` by their names, and `persons.restricted`
    where the caller may read it.

    Raises UsageError where nothing is published yet, or by a version that published less.
    """
    folder = night(published_dir)
    with duckdb.connect(str(folder / WAREHOUSE), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        there = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        missing = sorted(_NEEDED - {name for (name,) in there})
        if missing:
            raise UsageError(
                f"What is published in {published_dir} has no {missing[0]}: it was made by an "
                "older version, run leadpact nightly again."
            )
        yield Published(connection, _attach_persons(connection, folder / RESTRICTED))


def _attach_persons(connection: duckdb.DuckDBPyConnection, file: Path) -> bool:
    if not os.access(file, os.R_OK):
        return False
    connection.execute(f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as persons (read_only)")
    return True
