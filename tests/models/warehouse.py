"""A warehouse built from an exports folder and an agreement, without Dagster and expectations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project import transform
from dagster_project.contract import read_contract
from dagster_project.ingest import load_exports, read_mappings
from dagster_project.settings import Settings
from expectations.record import create_tables

Rows = list[dict[str, Any]]


def build_warehouse(
    folder: Path, exports: Path, agreement: Path, as_of: datetime | None = None
) -> Path:
    """Loads and builds into ``folder``, tests of the build included; the build file's path."""
    settings = Settings(exports=exports, contract=agreement, data_dir=folder)
    settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse_file)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        report = load_exports(connection, exports, read_mappings(agreement), as_of=as_of)
        assert not report.refused, report.refused
        create_tables(connection)
    transform.build(settings, read_contract(agreement))
    return settings.warehouse_file


def rows(warehouse: Path, query: str, parameters: Sequence[Any] = ()) -> Rows:
    """A query's rows as dicts."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        cursor = connection.execute(query, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
