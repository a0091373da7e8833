"""The tables that loading writes: raw tables per CRM and object, and the bookkeeping of loads.

Belongs here: their definition and the checks the database itself makes. Does not belong here:
what goes into them (load.py, pipeline.py) and the views over them (views.py).
"""

from __future__ import annotations

import duckdb

from dagster_project.ingest import sql
from dagster_project.ingest.mapping import PROVENANCE, CrmMapping, Mappings

# The check is what makes "rows in file = loaded + quarantined" true by construction: a load that
# does not add up cannot be committed.
_BOOKKEEPING = """
create schema if not exists ingest;
create schema if not exists mapped;
create table if not exists ingest.loads (
    load_id varchar primary key,
    crm varchar not null,
    object varchar not null,
    file_name varchar not null,
    sha256 varchar not null,
    rows_in_file bigint not null,
    rows_loaded bigint not null,
    rows_quarantined bigint not null,
    exported_at timestamp not null,
    loaded_at timestamp not null,
    status varchar not null check (status in ('loaded', 'refused')),
    error varchar,
    check (rows_in_file = rows_loaded + rows_quarantined)
);
create table if not exists ingest.quarantined_rows (
    load_id varchar not null,
    line_number bigint not null,
    reason varchar not null,
    raw_text varchar not null,
    record_id varchar
);
alter table ingest.quarantined_rows add column if not exists record_id varchar;
create table if not exists ingest.file_problems (
    load_id varchar not null,
    field varchar not null,
    problem varchar not null
);
create table if not exists ingest.problems (
    crm varchar not null,
    object varchar,
    record_id varchar,
    field varchar,
    problem varchar not null,
    raw_value varchar
);
create table if not exists ingest.deliveries (
    crm varchar not null,
    object varchar not null,
    drop_name varchar not null,
    file_name varchar not null,
    exported_at timestamp not null,
    mode varchar not null check (mode in ('delta', 'full')),
    load_id varchar not null,
    is_complete boolean not null
);
create table if not exists ingest.run_context (as_of timestamp);
"""


def raw_table(mapping: CrmMapping, object_name: str) -> str:
    """The quoted name of an object's raw table."""
    return f"{sql.name(mapping.raw_schema)}.{sql.name(object_name)}"


RawColumns = dict[tuple[str, str], list[str]]
"""(schema, table) -> its columns in table order, provenance included, for all raw tables."""


def raw_columns(connection: duckdb.DuckDBPyConnection) -> RawColumns:
    """What the catalog says. Asking takes longer than loading a small file: ask once."""
    rows = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = current_database() and schema_name like 'raw\\_%' escape '\\'"
        " order by table_oid, column_index"
    ).fetchall()
    tables: RawColumns = {}
    for schema, table, column in rows:
        tables.setdefault((schema, table), []).append(column)
    return tables


def create_tables(connection: duckdb.DuckDBPyConnection, mappings: Mappings) -> RawColumns:
    """Makes whatever is missing: bookkeeping tables, a raw table per mapped object, its columns.

    Returns the columns of all raw tables as they are then.

    A column that a mapping declares after files were loaded is added, null for the rows there are.
    """
    # Line numbers are positions: a file's rows must keep its order.
    connection.execute(
        "set timezone = 'UTC'; set enable_progress_bar = false; set preserve_insertion_order = true"
    )
    connection.execute("begin")
    connection.execute(_BOOKKEEPING)
    existing = raw_columns(connection)
    for mapping in mappings:
        statements = [f"create schema if not exists {sql.name(mapping.raw_schema)}"]
        for object_name, entry in mapping.objects.items():
            table = raw_table(mapping, object_name)
            there = existing.get((mapping.raw_schema, object_name))
            if there is None:
                columns = "".join(f"{sql.name(c)} varchar, " for c in entry.declared)
                statements.append(
                    f"create table {table} ({columns}_file varchar, _line bigint,"
                    " _load_id varchar, _exported_at timestamp)"
                )
                existing[mapping.raw_schema, object_name] = [*entry.declared, *PROVENANCE]
                continue
            known = {column.casefold() for column in there}
            new = [column for column in entry.declared if column.casefold() not in known]
            statements.extend(f"alter table {table} add {sql.name(c)} varchar" for c in new)
            there.extend(new)
        connection.execute(";".join(statements))
    connection.execute("commit")
    return existing
