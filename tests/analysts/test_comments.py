"""Whoever opens the published files with any client reads there what every table and column means.

The comments are those of the documentation, and each can be read by itself: in a client nobody sees
the column above it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dagster_project import transform
from dagster_project.alerts import memory
from dagster_project.contract import read_contract
from dagster_project.publish import history, restatements
from dagster_project.settings import Settings

Comments = dict[str, str]

# What only makes sense below another column: "Upper end.", "The same of …", "Of these, …".
_LEANS_ON_ANOTHER = re.compile(
    r"(the same\b|upper end\.|lower end\.|its (own )?(share|part|mqls)\b"
    r"|of (these|them|the others)\b|that |those |share of (them|the team's)\."
    r"|median of the same|likewise\.)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    comment: str
    nulls: int


@pytest.fixture(scope="module")
def published(sample: Path) -> tuple[Comments, list[Column]]:
    """Comments of relations by `schema.name`, and every column of both published files."""
    relations: Comments = {}
    columns: list[Column] = []
    with duckdb.connect() as connection:
        for file in ("leadpact", "restricted"):
            path = sample / "published" / f"{file}.duckdb"
            connection.execute(f"attach '{path}' as {file}_file (read_only)")
        connection.execute("set TimeZone = 'UTC'; use leadpact_file")
        relations |= dict(
            connection.execute(
                """
                select schema_name || '.' || table_name, comment from duckdb_tables()
                where not internal
                union all
                select schema_name || '.' || view_name, comment from duckdb_views()
                where not internal
                """
            ).fetchall()
        )
        found = connection.execute(
            """
            select database_name, schema_name, table_name, column_name, data_type, comment
            from duckdb_columns() where not internal order by all
            """
        ).fetchall()
        for database, schema, table, column, kind, comment in found:
            counted = connection.execute(
                f'select count(*) - count("{column}") from {database}.{schema}."{table}"'
            ).fetchone()
            nulls = counted[0] if counted else 0
            columns.append(Column(f"{schema}.{table}.{column}", kind, comment, nulls))
    return relations, columns


@pytest.fixture(scope="module")
def documented(sample: Path) -> tuple[Comments, Comments]:
    """What the models' documentation says of relations and columns, and those made in Python."""
    settings = Settings(data_dir=sample)
    contract = read_contract(settings.contract)
    manifest = json.loads(transform.prepare_manifest(settings, contract).read_text())
    relations = {
        "ops.runs": history.TABLE_COMMENT,
        "ops.restatements": restatements.TABLE_COMMENT,
        "ops.alerts": memory.TABLE_COMMENT,
    }
    columns = {f"ops.runs.{name}": comment for name, comment in history.COMMENTS.items()}
    columns |= {f"ops.restatements.{name}": text for name, text in restatements.COMMENTS.items()}
    columns |= {f"ops.alerts.{name}": comment for name, (_, comment) in memory.COLUMNS.items()}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in ("marts", "ops", "restricted"):
            name = f"{node['schema']}.{node['alias']}"
            relations[name] = node["description"]
            for column in node["columns"].values():
                columns[f"{name}.{column['name']}"] = column["description"]
    return relations, columns


def test_both_files_carry_the_documentation(
    published: tuple[Comments, list[Column]], documented: tuple[Comments, Comments]
) -> None:
    relations, columns = published
    assert relations == documented[0]
    assert {column.name: column.comment for column in columns} == documented[1]
    assert {"marts.sla_explanations", "ops.runs", "restricted.leads"} <= relations.keys()
    assert len(columns) > 800


def test_a_table_begins_with_its_grain(published: tuple[Comments, list[Column]]) -> None:
    vague = {name for name, text in published[0].items() if not text.startswith("One row per ")}
    assert vague == set()


@pytest.mark.parametrize(
    ("concerns", "says"),
    [
        # Of a column (name, type), what its comment has to say.
        (lambda column: column.type.startswith("TIMESTAMP"), "UTC"),
        (lambda column: column.type == "DATE", "reporting time zone"),
        (lambda column: column.type.startswith("DECIMAL"), "currency"),
        (lambda column: column.name.endswith("seconds") or column.name.endswith("_s"), "econds"),
        (lambda column: re.search(r"_(low|high)$", column.name), ("interval", "range in which")),
        (
            lambda column: (
                column.type == "DOUBLE"
                and re.search(r"(^|_)(rate|share)(_low|_high|$)", column.name.rpartition(".")[2])
            ),
            "0 to 1",
        ),
        (lambda column: column.nulls, "null"),
    ],
    ids=["instants", "days", "money", "seconds", "intervals", "shares", "nulls"],
)
def test_a_comment_says(
    published: tuple[Comments, list[Column]],
    concerns: object,
    says: str | tuple[str, ...],
) -> None:
    wanted = (says,) if isinstance(says, str) else says
    assert callable(concerns)
    asked = [column for column in published[1] if concerns(column)]
    assert len(asked) > 5
    silent = {
        column.name: column.comment
        for column in asked
        if not any(word.lower() in column.comment.lower() for word in wanted)
    }
    assert silent == {}


def test_a_comment_stands_by_itself(published: tuple[Comments, list[Column]]) -> None:
    leaning = {
        column.name: column.comment
        for column in published[1]
        if _LEANS_ON_ANOTHER.match(column.comment) or len(column.comment) < 10
    }
    assert leaning == {}
