"""The guard: nothing that names a person goes into the file that everybody may open.

Belongs here: which column names give personal data away. Does not belong here: how such a column
got into a mart; that is the models' to fix.
"""

from __future__ import annotations

import duckdb

from dagster_project.errors import RunFailedError

# Exact names, not patterns: `require_note` and `email_domain` are rules and companies, not persons.
PERSONAL_COLUMNS = frozenset(
    {
        "company",
        "company_name",
        "contact_name",
        "customer_name",
        "disqualification_note",
        "email",
        "email_address",
        "evidence",
        "first_name",
        "full_name",
        "last_name",
        "lead_name",
        "name",
        "note",
        "notes",
        "owner_email",
        "owner_name",
        "person_name",
        "phone",
        "raw_line",
        "raw_text",
        "raw_value",
        "role",
        "title",
        "user_name",
    }
)

# The company's own reps may be named, and only there.
ALLOWED_TABLES = frozenset({("marts", "dim_owner")})


def refuse_personal_data(
    connection: duckdb.DuckDBPyConnection, catalog: str, schemas: tuple[str, ...]
) -> None:
    """Raise RunFailedError naming every column of `catalog`.`schemas` that holds personal data."""
    columns = connection.execute(
        """
        select schema_name, table_name, column_name
        from duckdb_columns()
        where database_name = ? and list_contains(?, schema_name)
        order by all
        """,
        [catalog, list(schemas)],
    ).fetchall()
    offenders = [
        f"{schema}.{table}.{column}"
        for schema, table, column in columns
        if column.lower() in PERSONAL_COLUMNS and (schema, table) not in ALLOWED_TABLES
    ]
    if offenders:
        raise RunFailedError(
            "Nothing was published, because personal data would leave schema restricted: "
            f"move {', '.join(offenders)} there."
        )
