"""What there is to ask: the tables and columns by their comments, as questions themselves.

Belongs here: the two questions about tables. Does not belong here: what the comments say, which
is written beside the models.
"""

from __future__ import annotations

import duckdb

from dagster_project.errors import UsageError

_RELATIONS = """
    select schema_name as schema, table_name as name, comment, estimated_size as rows
    from duckdb_tables() where not internal
    union all
    select schema_name, view_name, comment, null from duckdb_views() where not internal
"""


def tables_query() -> str:
    """Tables and views, their rows (null for a view), the first sentence of their comments."""
    return rf"""
        select
            schema || '.' || name as "table",
            rows,
            regexp_extract(comment, '^.*?[.](\s|$)', 0, 's').trim() as holds
        from ({_RELATIONS})
        order by
            list_position(['marts', 'ops', 'restricted'], schema),
            list_position(['fct', 'rpt', 'dim'], split_part(name, '_', 1)) nulls last,
            name
    """


def describe_query(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, str]:
    """The comment of a table, given with or without its schema, and the question for its columns.

    Raises UsageError where there is none of that name.
    """
    schema, _, name = table.rpartition(".")
    found = connection.execute(
        f"""
        select schema, name, comment from ({_RELATIONS})
        where lower(name) = lower($name) and ($schema = '' or lower(schema) = lower($schema))
        """,
        {"name": name, "schema": schema},
    ).fetchone()
    if found is None:
        raise UsageError(
            f"There is no table {table}: leadpact query --tables lists what there is, and with "
            "--restricted who the leads are."
        )
    return (
        f"{found[0]}.{found[1]}: {found[2]}",
        f"""
        select column_name as "column", lower(data_type) as type, comment as means
        from duckdb_columns()
        where schema_name = '{found[0]}' and table_name = '{found[1]}'
        order by column_index
    """,
    )
