"""Great Expectations on DuckDB: what it lacks, in one place.

Written for great-expectations 1.24.1, duckdb-engine 0.17.0 and duckdb 2.0.0, pinned exactly.
Great Expectations knows no `duckdb` dialect. Without this module 21 of 23 common expectations
"fail" with `list index out of range`, hidden in their `exception_info`:

1. It reads a cursor after it closed the connection, unless the dialect is one of its
   persisted-connection dialects. DuckDB's cursors die with their connection, so `duckdb` becomes
   one of them. The entries of that tuple are members of an enumeration, read through `.value`.
2. It takes the regular-expression operator from a dialect module that it has for dialects it
   knows; DuckDB speaks PostgreSQL's `~`, which in DuckDB 2.0 finds a partial match.
3. Its own `close()` leaves the persisted connection open for a dialect it does not know, and the
   data source keeps a second engine; both hold the file, so both are closed here.

And duckdb-engine inherits from the PostgreSQL dialect that backslashes in literals are doubled
until a connection says otherwise; in DuckDB a backslash is itself. A regular expression written
into SQL text (the queries for failing rows) would silently match something else.

Also here because it must happen before the import: telemetry off, and some libraries left out.
Still broken with the adapter: `ExpectColumnValuesToBeOfType`.

DuckDB refuses a read-only connection in a process that holds another one to the same file, so
no other connection to the warehouse may be open while `open_warehouse` is.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent import SQLDatasource

DIALECT = "duckdb"

# Imported by Great Expectations for expectations on distributions, of which the suites have none: a
# third of the time that it takes to import.
_UNUSED = ("scipy.stats", "altair")


@dataclass(frozen=True)
class Warehouse:
    """A context in memory and the build file as its only data source."""

    context: EphemeralDataContext
    datasource: SQLDatasource
    engine: Any
    """Great Expectations' execution engine; `get_connection()` yields a SQLAlchemy connection."""


class _PersistedDialect(str):
    """A dialect's name with the `.value` that a member of an enumeration has."""

    __slots__ = ()

    @property
    def value(self) -> str:
        return str(self)


def import_great_expectations() -> Any:
    """The `great_expectations` module, telemetry off and DuckDB among its dialects.

    Takes 2 s the first time, nothing after that.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for unused in _UNUSED:
        _import_when_used(unused)
    import great_expectations
    from great_expectations.execution_engine import sqlalchemy_execution_engine

    dialects = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    if DIALECT not in dialects:
        sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS = (  # type: ignore[assignment]
            *dialects,
            _PersistedDialect(DIALECT),
        )
        import duckdb_engine

        # Great Expectations keeps objects alive past the interpreter's end, duckdb_engine's module
        # among them, and DuckDB's extension then prints forty lines about leaks at every exit.
        atexit.register(vars(duckdb_engine).clear)
    return great_expectations


def _import_when_used(name: str) -> None:
    """The recipe for lazy imports of the documentation of `importlib`."""
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


@contextmanager
def open_warehouse(warehouse: Path) -> Iterator[Warehouse]:
    """Open the build file read-only for Great Expectations and let go of it at the end.

    Raises what DuckDB raises when the file is missing, locked by another process, or held by
    another connection of this one.
    """
    gx = import_great_expectations()
    from sqlalchemy import URL
    from sqlalchemy.dialects import postgresql

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    url = URL.create(DIALECT, database=str(warehouse), query={"access_mode": "read_only"})
    datasource = context.data_sources.add_sql(
        name="warehouse",
        connection_string=url.render_as_string(hide_password=False),
        create_temp_table=False,
    )
    engine = datasource.get_execution_engine()
    engine.dialect_module = postgresql
    engine.engine.dialect._backslash_escapes = False
    try:
        yield Warehouse(context=context, datasource=datasource, engine=engine)
    finally:
        if engine._connection is not None:
            engine._connection.close()
            engine._connection = None
        engine.engine.dispose()
        datasource.get_engine().dispose()
