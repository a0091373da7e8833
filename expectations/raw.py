"""The structural commitments of loading: what the raw tables and the book of loads must hold.

Blocking: a breach stops the run before a model is built. Only invariants of loading itself belong
here; what a CRM delivers wrongly is quarantined or listed as a problem long before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_project.ingest.sql import name, text
from expectations.model import Check, Suite

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PROVENANCE = ("_file", "_line", "_load_id", "_exported_at")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A raw table as its CRM's mapping declares it.

    `key` and `required` name delivered columns: per part the spellings of which one must be
    there. No key: the export gives its records no id.
    """

    crm: str
    object: str
    schema: str
    key: tuple[tuple[str, ...], ...]
    required: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """Schema and table, as people read it."""
        return f"{self.schema}.{self.object}"

    @property
    def sql(self) -> str:
        """Schema and table, as SQL reads it."""
        return f"{name(self.schema)}.{name(self.object)}"


def suites(connection: DuckDBPyConnection, tables: Sequence[RawTable]) -> list[Suite]:
    """A suite per raw table that was ever delivered, and one on the book of loads.

    The caller closes the connection before the suites are run.
    """
    delivered = {
        (crm, name)
        for crm, name in connection.execute(
            "select distinct crm, object from ingest.loads where status = 'loaded'"
        ).fetchall()
    }
    loaded = [table for table in tables if (table.crm, table.object) in delivered]
    return [_loads(loaded), *(_table(table) for table in loaded)]


def _table(table: RawTable) -> Suite:
    return Suite(
        name="raw",
        table=table.name,
        rows=f"select * from {table.sql}",
        key="concat_ws(':', _file, _line)",
        checks=tuple(_table_checks(table)),
        blocking=True,
    )


def _table_checks(table: RawTable) -> Iterator[Check]:
    required = {column for spellings in table.required for column in spellings}
    yield Check(
        expectation="expect_table_columns_to_match_set",
        arguments={"column_set": sorted({*required, *PROVENANCE}), "exact_match": False},
        meaning="The required columns and those that say where a row came from are there.",
    )
    yield _no_rows(
        "select concat_ws(':', _file, _line) as key from {batch} where "
        + " or ".join(f"{column} is null" for column in PROVENANCE),
        meaning="Every row says which file, line, load and drop it came from.",
        column=", ".join(PROVENANCE),
    )
    yield _no_rows(
        "select distinct _load_id as key from {batch} where _load_id not in ("
        f"select load_id from ingest.loads where crm = {_text(table.crm)} "
        f"and object = {_text(table.object)} and status = 'loaded')",
        meaning="Every row belongs to a load of this object in the book of loads.",
        column="_load_id",
    )
    if table.key:
        blank = " or ".join(
            f"coalesce({', '.join(_filled(column) for column in spellings)}) is null"
            if len(spellings) > 1
            else f"{_filled(spellings[0])} is null"
            for spellings in table.key
        )
        yield _no_rows(
            f"select concat_ws(':', _file, _line) as key from {{batch}} where {blank}",
            meaning="Every record has its id.",
            column=", ".join(column for spellings in table.key for column in spellings),
        )


def _loads(tables: Sequence[RawTable]) -> Suite:
    counted = "\nunion all\n".join(
        f"select _load_id, count(*) as rows_there from {table.sql} group by _load_id"
        for table in tables
    )
    there = counted or "select null as _load_id, 0 as rows_there where false"
    return Suite(
        name="raw",
        table="ingest.loads",
        rows="select * from ingest.loads",
        key="load_id",
        checks=(
            Check(
                expectation="expect_column_values_to_be_unique",
                arguments={"column": "load_id"},
                meaning="A load is booked once.",
            ),
            Check(
                expectation="expect_column_values_to_be_in_set",
                arguments={"column": "status", "value_set": ["loaded", "refused"]},
                meaning="A file is loaded or refused.",
            ),
            _no_rows(
                "select load_id as key from {batch} "
                "where rows_in_file is distinct from rows_loaded + rows_quarantined",
                meaning="Rows in the file are rows loaded plus rows quarantined.",
                column="rows_in_file, rows_loaded, rows_quarantined",
            ),
            _no_rows(
                "select loads.load_id as key from {batch} as loads\n"
                f"left join (\n{_braces(there)}\n) as there on loads.load_id = there._load_id\n"
                "where coalesce(there.rows_there, 0) "
                "<> case when loads.status = 'loaded' then loads.rows_loaded else 0 end",
                meaning="The raw tables hold as many rows of each load as it loaded.",
                column="rows_loaded",
            ),
            _no_rows(
                "select loads.load_id as key from {batch} as loads left join ("
                "select load_id, count(*) as rows_there from ingest.quarantined_rows "
                "group by load_id) as there on loads.load_id = there.load_id "
                "where loads.status = 'loaded' "
                "and coalesce(there.rows_there, 0) <> loads.rows_quarantined",
                meaning="The quarantine holds as many rows of each load as it set aside.",
                column="rows_quarantined",
            ),
        ),
        blocking=True,
    )


def _no_rows(query: str, *, meaning: str, column: str) -> Check:
    return Check(
        expectation="expect_no_rows",
        arguments={"unexpected_rows_query": query},
        meaning=meaning,
        column=column,
    )


def _filled(column: str) -> str:
    return _braces(f"nullif(trim({name(column)}), '')")


def _text(value: str) -> str:
    return _braces(text(value))


def _braces(sql: str) -> str:
    """`{batch}` is filled in by `str.format`."""
    return sql.replace("{", "{{").replace("}", "}}")
