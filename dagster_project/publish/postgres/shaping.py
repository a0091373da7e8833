"""Tables in PostgreSQL given the shape they are to have, and the right to read them given away.

Belongs here: DDL. Does not belong here: rows (copying).

Every statement here is made only where something differs: on an ordinary night none is, and no
reader meets a lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from psycopg import errors
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from dagster_project.errors import PostgresError
from dagster_project.publish.postgres.relations import SCHEMAS, Column, Index, Relation
from dagster_project.publish.postgres.server import Connection

_OURS = "leadpact"
_SECONDS_FOR_LOCKS = 60.0
_SECONDS_BETWEEN_TRIES = 0.2


def qualified(schema: str, table: str) -> Composable:
    """`"marts"."fct_touches"`."""
    return Identifier(schema, table)


def names(columns: Iterable[str]) -> Composable:
    """Quoted and joined by commas."""
    return SQL(", ").join(map(Identifier, columns))


def make_schemas(connection: Connection) -> None:
    """The schemas, and the list of what is ours in them."""
    for schema in (*SCHEMAS, _OURS):
        # "if not exists" asks for the right to create also where there is nothing to create
        if not _one(connection, "select to_regnamespace(quote_ident(%s)) is not null", schema):
            connection.execute(SQL("create schema {}").format(Identifier(schema)))
    if _one(connection, "select to_regclass('leadpact.published') is null"):
        connection.execute(
            """
            create table leadpact.published (
                schema_name text, table_name text, run_id text not null, rows bigint not null,
                copied_at timestamp not null, primary key (schema_name, table_name)
            )
            """
        )
        connection.execute(
            "comment on table leadpact.published is 'Tables that leadpact copies into this "
            "database, and replaces; run_id joins ops.runs, copied_at is UTC.'"
        )


def shapes(connection: Connection) -> dict[str, dict[str, str]]:
    """Columns with their types of every table and view in our schemas, by `schema.table`."""
    rows = connection.execute(
        """
        select n.nspname || '.' || c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        left join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
        order by a.attnum
        """,
        [list(SCHEMAS)],
    )
    found: dict[str, dict[str, str]] = {}
    for label, column, kind in rows:
        columns = found.setdefault(str(label), {})
        if column is not None:
            columns[str(column)] = str(kind)
    return found


def ours(connection: Connection) -> set[str]:
    """The tables that an earlier copy made, as `schema.table`."""
    rows = connection.execute("select schema_name || '.' || table_name from leadpact.published")
    return {str(label) for (label,) in rows}


def create_table(
    table: Composable, columns: Iterable[Column], *, is_temporary: bool = False
) -> Composed:
    """The statement that makes an empty table; a temporary one goes with the transaction."""
    return SQL("create {} {} ({}) {}").format(
        SQL("temporary table" if is_temporary else "table"),
        table,
        SQL(", ").join(
            SQL("{} {}").format(Identifier(column.name), SQL(column.kind)) for column in columns
        ),
        SQL("on commit drop" if is_temporary else ""),
    )


def hold(connection: Connection, labels: Sequence[str]) -> None:
    """Hold tables against every reader until the end of the transaction: all of them or none.

    Waiting for one while holding another would deadlock with who reads both, and PostgreSQL then
    ends either of the two. Raises PostgresError when readers leave no gap for a minute.
    """
    tables = SQL(", ").join(qualified(*label.split(".", 1)) for label in labels)
    give_up = time.monotonic() + _SECONDS_FOR_LOCKS
    while True:
        try:
            with connection.transaction():
                connection.execute(
                    SQL("lock table {} in access exclusive mode nowait").format(tables)
                )
                return
        except errors.LockNotAvailable as error:
            if time.monotonic() > give_up:
                raise PostgresError(
                    f"Columns of {', '.join(labels)} change, and somebody has been reading there "
                    "for a minute: end that session, or copy again later."
                ) from error
        time.sleep(_SECONDS_BETWEEN_TRIES)


def alter(connection: Connection, relation: Relation, found: dict[str, str]) -> None:
    """Give a table that is held other columns; views on columns that stay are left alone."""
    table = qualified(relation.schema, relation.name)
    for column, kind in found.items():
        if relation.kinds.get(column) != kind:
            connection.execute(
                SQL("alter table {} drop column {}").format(table, Identifier(column))
            )
    for column, kind in relation.kinds.items():
        if found.get(column) != kind:
            connection.execute(
                SQL("alter table {} add column {} {}").format(
                    table,
                    Identifier(column),
                    SQL(kind),
                )
            )


def missing_indexes(connection: Connection, relation: Relation) -> tuple[list[Index], list[Index]]:
    """The indexes that a table lacks, and of those the ones that it has with other columns.

    Indexes that somebody else made are left alone.
    """
    rows = connection.execute(
        """
        select i.relname, array_agg(a.attname::text order by a.attnum), x.indisunique,
            x.indisprimary
        from pg_index as x
        inner join pg_class as i on i.oid = x.indexrelid
        inner join pg_attribute as a on a.attrelid = x.indexrelid
        where x.indrelid = %s::regclass
        group by i.relname, x.indisunique, x.indisprimary
        """,
        [_regclass(relation.label)],
    ).fetchall()
    found = {str(name): (columns, *kind) for name, columns, *kind in rows}
    missing = [
        index
        for index in relation.indexes
        if found.get(index.name) != (list(index.columns), index.is_unique, index.is_primary)
    ]
    return missing, [index for index in missing if index.name in found]


def drop_index(connection: Connection, relation: Relation, index: Index) -> None:
    """Drop it, whatever it is there; the table is held."""
    with connection.transaction():
        table = qualified(relation.schema, relation.name)
        connection.execute(
            SQL("alter table {} drop constraint if exists {}").format(table, Identifier(index.name))
        )
        connection.execute(
            SQL("drop index if exists {}").format(Identifier(relation.schema, index.name))
        )


def create_index(connection: Connection, relation: Relation, index: Index) -> None:
    """Make it; a primary key asks for the table to be held."""
    table = qualified(relation.schema, relation.name)
    if index.is_primary:
        make = SQL("alter table {table} add constraint {name} primary key ({columns})")
    elif index.is_unique:
        make = SQL("create unique index {name} on {table} ({columns})")
    else:
        make = SQL("create index {name} on {table} ({columns})")
    connection.execute(
        make.format(table=table, name=Identifier(index.name), columns=names(index.columns))
    )


def comment(connection: Connection, relation: Relation) -> None:
    """The comments of the published file, where they differ."""
    table = qualified(relation.schema, relation.name)
    rows = connection.execute(
        """
        select coalesce(a.attname::text, ''), d.description
        from pg_description as d
        left join pg_attribute as a on a.attrelid = d.objoid and a.attnum = d.objsubid
            and d.objsubid > 0
        where d.classoid = 'pg_class'::regclass and d.objoid = %s::regclass
        """,
        [_regclass(relation.label)],
    ).fetchall()
    found = {str(column): text for column, text in rows}
    if found.get("", "") != relation.comment:
        connection.execute(
            SQL("comment on table {} is {}").format(table, Literal(relation.comment))
        )
    for column in relation.columns:
        if found.get(column.name, "") != column.comment:
            connection.execute(
                SQL("comment on column {}.{} is {}").format(
                    table, Identifier(column.name), Literal(column.comment)
                )
            )


def grant(connection: Connection, reader: str, labels: Iterable[str]) -> list[str]:
    """Let the role `reader`, made where it is missing, read all of it and nothing else.

    Returns what an administrator is to do because we may not: a sentence each.
    """
    user = connection.info.user
    database = connection.info.dbname
    if not _one(connection, "select to_regrole(quote_ident(%s)) is not null", reader):
        try:
            with connection.transaction():
                connection.execute(SQL("create role {} nologin").format(Identifier(reader)))
        except errors.InsufficientPrivilege:
            return [
                f"Nobody but {user} can read it yet, because {user} may not make the role "
                f'{reader}: have an administrator run CREATE ROLE "{reader}", and copy again.'
            ]
    for schema in SCHEMAS:
        if not _one(connection, "select has_schema_privilege(%s, %s, 'usage')", reader, schema):
            connection.execute(
                SQL("grant usage on schema {} to {}").format(Identifier(schema), Identifier(reader))
            )
    for label in labels:
        may_read = "select has_table_privilege(%s, %s, 'select')"
        if not _one(connection, may_read, reader, _regclass(label)):
            table = qualified(*label.split(".", 1))
            connection.execute(SQL("grant select on {} to {}").format(table, Identifier(reader)))
    if not _one(connection, "select has_database_privilege(%s, %s, 'connect')", reader, database):
        return [
            f"The role {reader} may not connect to {database}: have its owner run "
            f'GRANT CONNECT ON DATABASE "{database}" TO "{reader}".'
        ]
    return []


def _regclass(label: str) -> str:
    schema, table = label.split(".", 1)
    return f'"{schema}"."{table}"'


def _one(connection: Connection, query: str, *values: str) -> bool:
    row = connection.execute(query, values).fetchone()
    return bool(row and row[0])
