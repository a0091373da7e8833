"""What people are told of: what failed, was refused, is escalated, is stale or does not run.

Belongs here: finding these in the files of a data directory, and their words. Does not belong here:
whether they were told already (memory). No word holds a value of the exports: a failure's own
message may quote one, so people are sent to `leadpact status` for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import duckdb

from dagster_project.errors import ContractError, LeadpactError, UsageError
from dagster_project.postgres import why_not_copied
from dagster_project.publish.history import STOPPED
from dagster_project.scheduler import complaints, is_locked
from dagster_project.settings import Settings
from dagster_project.summary import refused_files

_RUNS_AGAIN = "The last run did not fail."

Kind = Literal["run", "refused", "escalation", "stale", "scheduler", "postgres"]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that needs people while it holds.

    `subject` tells those of a kind apart: a file, a clause, a CRM. `message` says what to do,
    `over` what is told when it no longer holds; blank where nobody needs to hear that.
    """

    kind: Kind
    subject: str
    message: str
    over: str = ""


@dataclass(frozen=True)
class Standing:
    """How things stand. `known` are the kinds that could be looked at: a run holds the build file.

    `last_run` is when the last run began that ended by itself, naive UTC.
    """

    conditions: tuple[Condition, ...]
    known: frozenset[Kind]
    last_run: datetime | None = None


def find(settings: Settings, now: datetime) -> Standing:
    """Everything that holds now; `now` is UTC."""
    found: list[Condition] = []
    known: set[Kind] = set()
    last_run: datetime | None = None
    warehouse = settings.warehouse_file
    if warehouse.exists():
        try:
            with duckdb.connect(str(warehouse), read_only=True) as connection:
                last_run = _last_began(connection)
                found += _of_runs(connection, settings)
                found += _refused(connection, settings)
                found += _stale(connection, settings, now)
            known |= {"run", "refused", "stale"}
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise
            last_run = now.replace(tzinfo=None)  # one goes on
    published = settings.published_dir / "leadpact.duckdb"
    if published.exists():
        with duckdb.connect(str(published), read_only=True) as connection:
            found += _escalations(connection)
        known.add("escalation")
    told = [
        Condition("scheduler", "", sentence, "The scheduler runs again.")
        for sentence in complaints(settings, now, last_run)
    ]
    found += told[:1]
    known.add("scheduler")
    if why := why_not_copied(settings):
        message = f"The files are published, but PostgreSQL holds what it held before. {why}"
        found.append(Condition("postgres", "", message, "PostgreSQL holds what is published."))
    known.add("postgres")
    return Standing(tuple(found), frozenset(known), last_run)


def of_start(error: LeadpactError) -> Condition:
    """A run that could not even begin, so that no history knows of it."""
    if isinstance(error, ContractError):
        why = "The agreement is faulty; leadpact check-contract lists every fault."
    elif isinstance(error, UsageError):
        why = str(error)
    else:
        why = "Start leadpact nightly to see why."
    return Condition("run", "", f"The run did not begin. {why}", _RUNS_AGAIN)


def _last_began(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    rows = _rows(connection, "runs", "history", "select max(started_at) as at from runs.history")
    return rows[0]["at"] if rows else None


def _of_runs(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Condition]:
    runs = _rows(
        connection,
        "runs",
        "history",
        f"from runs.history where coalesce(message, '') <> '{STOPPED}' "
        "order by started_at desc limit 1",
    )
    for run in runs:
        began = f"The run of {run['started_at']:%Y-%m-%d %H:%M} UTC ({run['trigger']})"
        status = run["status"]
        if status == "running" and not is_locked(settings.run_lock):
            status = "killed"
        if status == "failed":
            yield Condition(
                "run",
                "",
                f"{began} failed; what was published before is as it was. leadpact status says "
                "why, and what to do.",
                _RUNS_AGAIN,
            )
        elif status == "killed":
            yield Condition(
                "run",
                "",
                f"{began} ended without saying so, as when a machine goes down or is out of "
                "memory. Start leadpact nightly; it begins anew.",
                _RUNS_AGAIN,
            )


def _refused(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Condition]:
    for row in refused_files(connection, settings.exports):
        name = row["file_name"]
        yield Condition(
            "refused",
            name,
            f"{name} was refused, so nothing new was published. Mend it or take it away; leadpact "
            "status says what is wrong with it.",
            f"{name} no longer keeps anything from being published.",
        )


def _stale(
    connection: duckdb.DuckDBPyConnection, settings: Settings, now: datetime
) -> Iterator[Condition]:
    """A CRM whose folder is there, and whose newest delivery is too old."""
    rows = _rows(
        connection,
        "ingest",
        "deliveries",
        "select crm, max(exported_at) as newest from ingest.deliveries group by crm order by crm",
    )
    for row in rows:
        age = now.replace(tzinfo=None) - row["newest"]
        if age > settings.exports_due and (settings.exports / row["crm"]).is_dir():
            yield Condition(
                "stale",
                row["crm"],
                f"{row['crm']} has delivered nothing since {row['newest']:%Y-%m-%d %H:%M} UTC, so "
                "figures stand still. See whether its export still runs.",
                f"{row['crm']} delivers again.",
            )


def _escalations(connection: duckdb.DuckDBPyConnection) -> Iterator[Condition]:
    """Clauses that are escalated as of their latest week."""
    rows = _rows(
        connection,
        "marts",
        "rpt_scorecard",
        """
        with latest as (
            select metric, side, is_escalated, consecutive_missed from marts.rpt_scorecard
            where period = 'week'
            qualify period_start = max(period_start) over (partition by metric)
        )
        select metric, side, consecutive_missed from latest where is_escalated order by metric
        """,
    )
    for row in rows:
        yield Condition(
            "escalation",
            row["metric"],
            f"{row['metric']}, owed by {row['side']}, was missed {row['consecutive_missed']} weeks "
            "in a row and is escalated. It leads the agenda of the next meeting "
            "(marts.rpt_review_agenda).",
            f"{row['metric']} is no longer escalated.",
        )


def _rows(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, query: str
) -> list[dict[str, Any]]:
    """The rows; none where a first run that failed, or an older version, left no such table."""
    there = connection.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    if there is None:
        return []
    result = connection.execute(query)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)
