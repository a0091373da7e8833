"""What PostgreSQL is to hold, read from the published file: tables, types, comments, indexes.

Belongs here: the shape. Does not belong here: making PostgreSQL hold it (copying, shaping).

Views become tables: PostgreSQL cannot make their sentences, and who clicks on a missed hand-off
wants to read why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from dagster_project.errors import PostgresError

SCHEMAS = ("marts", "ops")

# DuckDB's type -> PostgreSQL's, as format_type() spells it. Instants stay without a zone, in UTC.
_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(39,0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "DATE": "date",
    "TIME": "time without time zone",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "UUID": "uuid",
    "BLOB": "bytea",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_LIST = "[]"

# What dashboards filter and join by, beyond the keys.
_INDEXED: Mapping[str, Sequence[tuple[str, ...]]] = {
    "marts.fct_lead_cycles": (("lead_key",), ("mql_at",)),
    "marts.fct_lead_events": (("lead_key",),),
    "marts.fct_opportunities": (("cycle_id",), ("created_at",)),
    "marts.fct_rejections": (("cycle_id",),),
    "marts.fct_sla_obligations": (("lead_key",), ("counts_on",)),
    "marts.fct_touches": (("cycle_id",), ("occurred_at",)),
}


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is PostgreSQL's type, `comment` empty where there is none."""

    name: str
    kind: str
    comment: str


@dataclass(frozen=True, slots=True)
class Index:
    """`is_unique`: no two rows may share its values; `is_primary`: it is the primary key."""

    name: str
    columns: tuple[str, ...]
    is_unique: bool
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """One table to be, in the order in which the published file has its columns."""

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]

    @property
    def label(self) -> str:
        """`marts.fct_touches`."""
        return f"{self.schema}.{self.name}"

    @property
    def kinds(self) -> dict[str, str]:
        """PostgreSQL's type of each column."""
        return {column.name: column.kind for column in self.columns}


def read_relations(
    source: duckdb.DuckDBPyConnection, keys: Mapping[str, Sequence[str]]
) -> list[Relation]:
    """Every public table and view of the published file.

    `keys` are the key columns by `schema.table`. Raises PostgresError when a column has a type that
    PostgreSQL lacks.
    """
    rows = source.execute(
        """
        with relations as (
            select schema_name, table_name as name, comment from duckdb_tables()
            where database_name = current_database()
            union all
            select schema_name, view_name, comment from duckdb_views()
            where database_name = current_database() and not internal
        )
        select r.schema_name, r.name, coalesce(r.comment, ''),
            list({name: c.column_name, kind: c.data_type, comment: coalesce(c.comment, '')}
                order by c.column_index)
        from relations as r
        inner join duckdb_columns() as c
            on c.database_name = current_database()
            and c.schema_name = r.schema_name and c.table_name = r.name
        where list_contains(?, r.schema_name)
        group by all
        order by all
        """,
        [list(SCHEMAS)],
    ).fetchall()
    return [
        Relation(
            schema,
            name,
            comment,
            tuple(
                Column(
                    column["name"],
                    postgres_type(column["kind"], f"{schema}.{name}.{column['name']}"),
                    column["comment"],
                )
                for column in columns
            ),
            _indexes(schema, name, {column["name"] for column in columns}, keys),
        )
        for schema, name, comment, columns in rows
    ]


def postgres_type(kind: str, where: str) -> str:
    """PostgreSQL's type that holds every value of DuckDB's `kind` as it is.

    Raises PostgresError naming `where` when there is none (structs, maps).
    """
    if kind.endswith(_LIST):
        return postgres_type(kind.removesuffix(_LIST), where) + _LIST
    if decimal := _DECIMAL.fullmatch(kind):
        return f"numeric({decimal[1]},{decimal[2]})"
    if kind.startswith("ENUM("):
        return "text"
    if kind not in _TYPES:
        raise PostgresError(f"{where} is of type {kind}, which PostgreSQL cannot hold.")
    return _TYPES[kind]


def _indexes(
    schema: str, name: str, columns: set[str], keys: Mapping[str, Sequence[str]]
) -> tuple[Index, ...]:
    """The key, then what is indexed beside; of columns that are there.

    A key of several columns may hold nulls where the grain says so, which a primary key may not.
    """
    indexes = []
    key = tuple(keys.get(f"{schema}.{name}", ()))
    if key and columns.issuperset(key):
        is_primary = len(key) == 1
        label = f"{name}_{'pkey' if is_primary else 'key'}"
        indexes.append(Index(label, key, is_unique=True, is_primary=is_primary))
    for wanted in _INDEXED.get(f"{schema}.{name}", ()):
        if columns.issuperset(wanted) and wanted != key[: len(wanted)]:
            indexes.append(
                Index(f"{name}_{'_'.join(wanted)}", wanted, is_unique=False, is_primary=False)
            )
    return tuple(indexes)
