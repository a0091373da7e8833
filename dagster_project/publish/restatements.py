"""What is published anew about periods that were over: `ops.restatements`.

Belongs here: the comparison of what is about to be published with what readers see now. Does not
belong here: the figures themselves (marts.rpt_sla_compliance).

A week's figures are final when the week ends, and only late data, another agreement or another
version can change them. Who presented the old figure wants to know. The list is carried on from
publication to publication: kept in the build file, it would name what was never published.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from dagster_project.ingest.sql import text

TABLE_COMMENT = (
    "One row per publication, period, clause, dimension and value whose figures differ from those "
    "of the publication before, although the period was over then. Key: run_id, period, "
    "period_start, clause, dimension, dimension_value."
)
# name -> (type, comment)
_COLUMNS = {
    "run_id": ("varchar", "The run that published other figures; ops.runs tells its instant."),
    "previous_run_id": ("varchar", "The run that had published the figures before."),
    "reason": (
        "varchar",
        "agreement (another agreement was applied); version (another version of leadpact judged); "
        "replay (as_of lies before that of the publication before); late_data (the exports said "
        "something new about the past). The first that holds.",
    ),
    "period": ("varchar", "week, month or quarter."),
    "period_start": ("date", "First day of the period, reporting time zone."),
    "clause": ("varchar", "Clause of the agreement."),
    "dimension": ("varchar", "all, source, segment, region, team or owner."),
    "dimension_value": ("varchar", "Value of the dimension."),
    "met_before": ("bigint", "Met as published before; null: the row was not there."),
    "met": ("bigint", "Met as published now; null: the row is no longer there."),
    "missed_before": ("bigint", "Missed as published before; null for volume or without a row."),
    "missed": ("bigint", "Missed as published now; null for volume or without a row."),
    "exempt_before": ("bigint", "Exempt as published before; null for volume or without a row."),
    "exempt": ("bigint", "Exempt as published now; null for volume or without a row."),
    "rate_before": ("double", "Rate from 0 to 1 as published before; null where nothing counted."),
    "rate": ("double", "Rate from 0 to 1 as published now; null where nothing counted."),
    "target_rate_before": (
        "double",
        "Target rate from 0 to 1 as published before; null: none held.",
    ),
    "target_rate": ("double", "Target rate from 0 to 1 as published now; null: none holds."),
    "verdict_before": ("varchar", "met, missed or no_data, as published before; null: no row."),
    "verdict": ("varchar", "met, missed or no_data, as published now; null: no row."),
}
COMMENTS = {name: comment for name, (_, comment) in _COLUMNS.items()}

_KEY = ("period", "period_start", "clause", "dimension", "dimension_value")
_FIGURES = ("met", "missed", "exempt", "rate", "target_rate", "verdict")
_COMPARED = ("marts", "rpt_sla_compliance")


def write_restatements(
    connection: duckdb.DuckDBPyConnection, previous_file: Path, run_id: str
) -> None:
    """Write published.ops.restatements; marts and ops.runs of catalog published are there already.

    `previous_file` is what readers see now; where it is absent, or as old as not to have the
    figures compared here, nothing was restated.
    """
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in _COLUMNS.items())
    connection.execute(f"create table published.ops.restatements ({columns})")
    if not previous_file.exists():
        return
    connection.execute(f"attach {text(str(previous_file))} as previous (read_only)")
    try:
        if _has(connection, "ops", "restatements", tuple(_COLUMNS)):
            names = ", ".join(_COLUMNS)
            connection.execute(
                f"insert into published.ops.restatements by name "
                f"select {names} from previous.ops.restatements order by all"
            )
        if _has(connection, *_COMPARED, (*_KEY, *_FIGURES, "is_complete")):
            connection.execute(_changes(), {"run_id": run_id})
    finally:
        connection.execute("detach previous")


def _changes() -> str:
    compared = ".".join(_COMPARED)
    return f"""
        insert into published.ops.restatements by name
        with runs as (
            select
                now.run_id,
                before.run_id as previous_run_id,
                case
                    when before.contract_hash is distinct from now.contract_hash then 'agreement'
                    when before.leadpact_version <> now.leadpact_version then 'version'
                    when now.as_of < before.as_of then 'replay'
                    else 'late_data'
                end as reason
            from published.ops.runs as now
            cross join (
                from previous.ops.runs where status = 'published'
                order by published_at desc limit 1
            ) as before
            where now.run_id = $run_id
        ),

        over as (
            select distinct period, period_start from previous.{compared} where is_complete
        ),

        compared as (
            select
                {", ".join(_KEY)},
                {", ".join(f"old.{name} as {name}_before, new.{name}" for name in _FIGURES)}
            from (from previous.{compared} semi join over using (period, period_start)) as old
            full join (from published.{compared} semi join over using (period, period_start)) as new
                using ({", ".join(_KEY)})
        )

        select runs.*, compared.*
        from compared cross join runs
        where {" or ".join(f"{name}_before is distinct from {name}" for name in _FIGURES)}
        order by all
    """


def _has(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: tuple[str, ...]
) -> bool:
    found = connection.execute(
        """
        select column_name from duckdb_columns()
        where database_name = 'previous' and schema_name = ? and table_name = ?
        """,
        [schema, table],
    ).fetchall()
    return set(columns) <= {name for (name,) in found}
