"""The history of runs, kept in the build file and published as `ops.runs`.

Belongs here: one row per run, from its start to how it ended. Does not belong here: Dagster's own
event log, which knows steps but is not what analysts query.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import duckdb

Outcome = Literal["published", "failed", "refused", "killed"]

# name -> (type, comment); the comment is the documentation of ops.runs
_COLUMNS = {
    "run_id": ("varchar not null", "Identifies the run, also in Dagster's run history."),
    "status": (
        "varchar not null",
        "published; failed; refused (files were refused, nothing new was published); "
        "killed (ended without saying so); running.",
    ),
    "trigger": ("varchar not null", "What started the run: command, schedule, sensor or ui."),
    "started_at": ("timestamp not null", "Instant at which the run started, UTC."),
    "finished_at": (
        "timestamp",
        "Instant at which it ended, UTC; null while it runs and when it was killed.",
    ),
    "seconds": ("double", "Wall-clock seconds from start to end; null when it was killed."),
    "as_of": (
        "timestamp",
        "Instant up to which the data speaks, UTC; null when the run ended before loading.",
    ),
    "published_at": ("timestamp", "Instant of publication, UTC; null unless published."),
    "contract_hash": (
        "varchar",
        "SHA-256 of the agreement that was applied; null when it was not read.",
    ),
    "exports_hash": (
        "varchar",
        "SHA-256 over every loaded file's crm, object and SHA-256; null when the run ended "
        "before loading.",
    ),
    "leadpact_version": ("varchar not null", "Version of the code that ran."),
    "files_loaded": ("bigint", "Files the warehouse stands on, those of earlier runs included."),
    "files_new": ("bigint", "Files that this run loaded and no earlier one."),
    "files_refused": ("bigint", "Files that this run refused whole."),
    "rows_loaded": ("bigint", "Rows the warehouse stands on."),
    "rows_quarantined": ("bigint", "Rows set aside as unreadable, with their reason."),
    "message": ("varchar", "Why the run did not publish; null when it did."),
}

# Of a run that somebody stopped.
STOPPED = "Stopped; what was published before is as it was."

# A failure's message may quote the value it failed on, so it stays in the build file.
PRIVATE_COLUMNS = ("message",)
COMMENTS = {name: comment for name, (_, comment) in _COLUMNS.items() if name not in PRIVATE_COLUMNS}
TABLE_COMMENT = (
    "One row per run: what was published when, from which exports and which agreement. Key: run_id."
)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is known of a run when it starts. `started_at` is naive UTC."""

    run_id: str
    trigger: str
    started_at: datetime
    leadpact_version: str
    contract_hash: str | None = None


def utc_now() -> datetime:
    """The wall clock as naive UTC; only run history knows it, no mart does."""
    return datetime.now(UTC).replace(tzinfo=None)


def begin(
    connection: duckdb.DuckDBPyConnection, run: RunRecord, *, published_run: str | None
) -> None:
    """Write the row of a starting run.

    Only one run writes at a time, so any other row still `running` belongs to a run that died:
    it becomes `published` where readers see its version (`published_run`, it died after its
    switch), else `killed`.
    """
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in _COLUMNS.items())
    connection.execute("create schema if not exists runs")
    connection.execute(f"create table if not exists runs.history ({columns})")
    connection.execute(
        """
        update runs.history
        set status = case when run_id = $published then 'published' else 'killed' end,
            published_at = case when run_id = $published then $now else null end
        where status = 'running' and run_id <> $run_id
        """,
        {"published": published_run, "now": run.started_at, "run_id": run.run_id},
    )
    connection.execute("delete from runs.history where run_id = ?", [run.run_id])
    connection.execute(
        """
        insert into runs.history
            (run_id, status, trigger, started_at, leadpact_version, contract_hash)
        values (?, 'running', ?, ?, ?, ?)
        """,
        [run.run_id, run.trigger, run.started_at, run.leadpact_version, run.contract_hash],
    )


def record_load(
    connection: duckdb.DuckDBPyConnection, run_id: str, *, files_new: int, files_refused: int
) -> None:
    """Add to the run's row what it loaded and refused, and what the warehouse now stands on."""
    connection.execute(
        """
        update runs.history
        set as_of = (select as_of from ingest.run_context),
            exports_hash = loads.exports_hash,
            files_loaded = loads.files_loaded,
            files_new = $files_new,
            files_refused = $files_refused,
            rows_loaded = loads.rows_loaded,
            rows_quarantined = loads.rows_quarantined
        from (
            select
                sha256(
                    string_agg(concat_ws('|', crm, object, sha256), chr(10)
                        order by crm, object, sha256)
                    filter (where status = 'loaded')
                ) as exports_hash,
                count(*) filter (where status = 'loaded') as files_loaded,
                coalesce(sum(rows_loaded), 0) as rows_loaded,
                coalesce(sum(rows_quarantined), 0) as rows_quarantined
            from ingest.loads
        ) as loads
        where run_id = $run_id
        """,
        {"files_new": files_new, "files_refused": files_refused, "run_id": run_id},
    )


def finish(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    outcome: Outcome,
    *,
    finished_at: datetime,
    message: str | None = None,
) -> None:
    """Write how the run ended; `finished_at` is naive UTC and the publication's instant."""
    connection.execute(
        """
        update runs.history
        set status = $outcome,
            finished_at = $finished_at,
            seconds = epoch($finished_at::timestamp - started_at),
            published_at = case when $outcome = 'published' then $finished_at::timestamp end,
            message = $message
        where run_id = $run_id
        """,
        {
            "outcome": outcome,
            "finished_at": finished_at,
            "message": message,
            "run_id": run_id,
        },
    )
