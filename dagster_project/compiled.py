"""What a build knows of the project beyond dbt's parse: compiled SQL and the tables' columns.

Belongs here: keeping that beside the parsed project, once per project. Does not belong here: what
is made of it (dbt_docs, lineage).

It is the same every night until somebody edits a model, and the build has it at hand: asking dbt
for it again (`dbt docs generate`) compiles every model a second time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import duckdb

_COLUMNS = "columns.json"


@dataclass(frozen=True)
class Compiled:
    """`sql` by dbt's unique id of a model or test; `columns`, name and type in order, by
    `schema.table`.
    """

    sql: dict[str, str]
    columns: dict[str, list[tuple[str, str]]]


def compiled_file(manifest: Path) -> Path:
    """Where the SQL lies, by unique id: beside the manifest of its project."""
    return manifest.with_name("compiled.json")


def columns_file(manifest: Path) -> Path:
    """Where the columns lie; once they do, so does the SQL."""
    return manifest.with_name(_COLUMNS)


def read_compiled(manifest: Path) -> Compiled | None:
    """What the first build of this project kept; None before that."""
    file = columns_file(manifest)
    if not file.exists() or not compiled_file(manifest).exists():
        return None
    columns = {
        table: [(name, kind) for name, kind in found]
        for table, found in json.loads(file.read_bytes()).items()
    }
    return Compiled(json.loads(compiled_file(manifest).read_bytes()), columns)


def keep_columns(manifest: Path, warehouse: Path) -> None:
    """Keep the columns, unless they are kept. Nobody may have the build file open for writing."""
    file = columns_file(manifest)
    if not file.exists():
        write_beside(file, json.dumps(_columns(warehouse)))


def write_beside(file: Path, content: str) -> None:
    """Write a file that others may be reading: beside it and then in its place."""
    with NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as made:
        made.write(content)
    Path(made.name).chmod(0o644)  # a temporary file is its maker's alone
    Path(made.name).replace(file)


def _columns(warehouse: Path) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            """
            select schema_name || '.' || table_name, column_name, lower(data_type)
            from duckdb_columns()
            where database_name = current_database() and not internal
            order by schema_name, table_name, column_index
            """
        ).fetchall()
    for table, column, kind in rows:
        found.setdefault(table, []).append((column, kind))
    return found
