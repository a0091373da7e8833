"""Keep what the suites found in the build file, where the models of `ops` and `restricted` read it.

Belongs here: the two tables and their filling. Does not belong here: running suites; this needs a
writing connection, which can only be opened once Great Expectations has let go of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_project.errors import RunFailedError
from expectations.model import CheckResult, SuiteResult

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLES = """
create schema if not exists checks;
create or replace table checks.expectation_results (
    run_id varchar not null,
    suite varchar not null,
    expectation varchar not null,
    table_name varchar not null,
    column_name varchar,
    period date,
    evaluated bigint,
    unexpected bigint,
    rate double,
    target double,
    success boolean not null,
    blocking boolean not null,
    meaning varchar not null
);
create or replace table checks.expectation_failures (
    run_id varchar not null,
    suite varchar not null,
    expectation varchar not null,
    table_name varchar not null,
    column_name varchar,
    period date,
    failing_key varchar not null
);
"""


def create_tables(connection: DuckDBPyConnection) -> None:
    """Make both tables, empty: the models that read them need them before any suite has run."""
    connection.execute(_TABLES)


def write_results(
    connection: DuckDBPyConnection, results: Sequence[SuiteResult], run_id: str
) -> None:
    """Replace the results and failures of the run before by these, in a fixed order.

    One row per expectation for all rows together (`period` null) and one per period it counts.
    The keys of the rows at fault go from query to table inside DuckDB, however many there are.

    Raises RunFailedError when the queries find other rows than the expectations counted.
    """
    rows = sorted((row for result in results for row in result.results), key=_order)
    connection.execute("begin")
    connection.execute(_TABLES)
    if rows:
        connection.execute(
            "insert into checks.expectation_results values "
            + ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows)),
            [value for row in rows for value in _values(row, run_id)],
        )
    for row in rows:
        if row.failing_keys is not None and row.period is None:
            _write_failures(connection, row, run_id)
    connection.execute("commit")


def _order(row: CheckResult) -> tuple[str, str, str, str, str]:
    # An empty period sorts first, as null does in the marts.
    period = "" if row.period is None else row.period.isoformat()
    return row.suite, row.table, row.column or "", row.expectation, period


def _values(row: CheckResult, run_id: str) -> tuple[object, ...]:
    return (
        run_id,
        row.suite,
        row.expectation,
        row.table,
        row.column,
        row.period,
        row.evaluated,
        row.unexpected,
        row.rate,
        row.target,
        row.success,
        row.blocking,
        row.meaning,
    )


def _write_failures(connection: DuckDBPyConnection, row: CheckResult, run_id: str) -> None:
    written = connection.execute(
        f"""
        insert into checks.expectation_failures
        select ?, ?, ?, ?, ?, period, coalesce(key, '')
        from ({row.failing_keys})
        order by period, key
        """,
        [run_id, row.suite, row.expectation, row.table, row.column],
    ).fetchone()
    assert written is not None
    if written[0] != row.unexpected:
        connection.execute("rollback")
        raise RunFailedError(
            f"{row.suite} suite: {row.expectation} counted {row.unexpected} rows of {row.table} "
            f"at fault but {written[0]} were found; the file changed while it was checked."
        )
