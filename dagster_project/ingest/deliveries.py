"""What the deliveries say together: as of when the data speaks, which are gone or misdated.

Belongs here: questions to `ingest.deliveries` and taking a delivery back. Does not belong here:
reading one (pipeline.py), or what is in the exports folder now (drops.py).

A delivery is written `crm/name`, as its folder or zip lies in the exports.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection
from datetime import datetime, timedelta

import duckdb

from dagster_project.errors import UsageError
from dagster_project.ingest import sql
from dagster_project.ingest.drops import Drop

CLOCK_TOLERANCE = timedelta(days=1)
"""How far ahead of the machine's clock an export may be dated: names hold local dates as well."""

_LOADED = "ingest.deliveries join ingest.loads using (load_id, crm) where loads.status = 'loaded'"
_MOST_NAMES = 5


def newest_instant(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The newest `exported_at` of the drops that said something, UTC without zone.

    A drop says something with a file whose content no older drop delivered, with a file that has
    no rows ("nothing new"), or by being full. A delta drop that was merely sent again says nothing,
    so sending it again cannot let deadlines pass. Which of them was loaded first does not matter.
    """
    row = connection.execute(
        "select max(exported_at) from (select deliveries.exported_at, deliveries.mode,"
        " loads.rows_in_file, min(deliveries.exported_at) over (partition by load_id) as first_at"
        f" from {_LOADED}) where mode = 'full' or rows_in_file = 0 or exported_at = first_at"
    ).fetchone()
    return row[0] if row else None


def dated_ahead(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[tuple[str, str, str]]:
    """(crm, name, sentence) of every drop that says it was exported after `now` (UTC, no zone).

    Such a drop counts like any other: the same exports must give the same figures whatever clock
    the machine has, and a machine's clock may be the one that is wrong. So it is told, every time,
    until it is taken back or its day has come.
    """
    rows = connection.execute(
        f"select distinct crm, drop_name, deliveries.exported_at from {_LOADED}"
        " and deliveries.exported_at > ? order by all",
        [now + CLOCK_TOLERANCE],
    ).fetchall()
    return [
        (
            crm,
            name,
            f"{crm}/{name} says it was exported at {exported_at:%Y-%m-%d %H:%M} UTC, which is still"
            " to come by this machine's clock; verdicts may be as of then. If the date is wrong,"
            f" correct it and run leadpact nightly --forget {shlex.quote(f'{crm}/{name}')}",
        )
        for crm, name, exported_at in rows
    ]


def missing_drops(connection: duckdb.DuckDBPyConnection, drops: list[Drop]) -> list[str]:
    """The drops that hold rows which no drop among `drops` delivered.

    Loading from nothing would lose these rows: whoever asks for it must be told first.
    """
    there = connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database()"
        " and schema_name = 'ingest' and table_name = 'deliveries'"
    ).fetchone()
    if there is None:
        return []
    on_disk = {(drop.crm, drop.name) for drop in drops}
    known = connection.execute(f"select distinct load_id, crm, drop_name from {_LOADED}").fetchall()
    safe = {load_id for load_id, *drop in known if tuple(drop) in on_disk}
    return sorted({f"{crm}/{name}" for load_id, crm, name in known if load_id not in safe})


def refuse_unknown(connection: duckdb.DuckDBPyConnection, names: Collection[str]) -> None:
    """Raises UsageError for the first of `names` that is no delivery anything was loaded from."""
    rows = connection.execute(
        f"select crm || '/' || drop_name, max(deliveries.exported_at) from {_LOADED}"
        " group by 1 order by 2 desc, 1"
    ).fetchall()
    known = [name for name, _ in rows]
    for name in names:
        if name not in known:
            newest = ", ".join(known[:_MOST_NAMES]) or "none yet"
            raise UsageError(
                f"Nothing was loaded from {name}, so it cannot be forgotten: write it as"
                f" crm/folder; the newest deliveries are {newest}."
            )


def forget(connection: duckdb.DuckDBPyConnection, names: Collection[str]) -> None:
    """Takes deliveries back, in one transaction: their rows, quarantined rows and entries go.

    What another delivery holds too stays, and counts from then on as that one's: the oldest of
    them, as if the forgotten one had never come. A forgotten drop that still lies in the exports
    is new to the next load, and read as it is then.
    """
    listed = list(names)
    connection.execute("begin")
    loads = connection.execute(
        "select distinct load_id, loads.crm, loads.object, loads.file_name in (select file_name"
        " from ingest.deliveries where list_contains($names, crm || '/' || drop_name))"
        f" from {_LOADED} and list_contains($names, deliveries.crm || '/' || drop_name)",
        {"names": listed},
    ).fetchall()
    connection.execute(
        "delete from ingest.deliveries where list_contains(?, crm || '/' || drop_name)", [listed]
    )
    for load_id, crm, object_name, is_source in loads:
        table = f"{sql.name(f'raw_{crm}')}.{sql.name(object_name)}"
        other = connection.execute(
            "select file_name, exported_at from ingest.deliveries where load_id = ?"
            " order by exported_at, file_name limit 1",
            [load_id],
        ).fetchone()
        if other is None:
            connection.execute(f"delete from {table} where _load_id = ?", [load_id])
            for book in ("quarantined_rows", "file_problems", "loads"):
                connection.execute(f"delete from ingest.{book} where load_id = ?", [load_id])
        elif is_source:
            for place, columns in (
                (f"{table} set _file = ?, _exported_at = ?", "_load_id"),
                ("ingest.loads set file_name = ?, exported_at = ?", "load_id"),
            ):
                connection.execute(f"update {place} where {columns} = ?", [*other, load_id])
    connection.execute("commit")
