"""What a run came to and how things stand, in a few lines for people.

Belongs here: the closing summary of a run and `leadpact status`. Does not belong here: figures of
its own; every one is read from what was published, or from the run history.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from dagster_project.alerts.memory import undelivered
from dagster_project.ingest.drops import STOPPED
from dagster_project.postgres import last_copy
from dagster_project.scheduler import complaints, is_locked
from dagster_project.settings import Settings

_LAST_RUNS = 10
_MOST_LINES = 10


def print_summary(settings: Settings, seconds: float) -> None:
    """Files, rows, cycles, findings and where everything lies, after a run that published.

    `seconds` is what the caller waited; `ops.runs` counts from the run's own start.
    """
    console = Console(highlight=False, soft_wrap=True)
    with duckdb.connect(_published(settings), read_only=True) as connection:
        (run,) = _rows(connection, "from ops.runs order by published_at desc nulls last limit 1")
        new = run["files_new"]
        console.print(
            f"Published as of {_instant(run['as_of'])} in {seconds:.1f} s (run {run['run_id']})."
        )
        for line in _misdated(connection):
            console.print(line)
        console.print(
            f"Files: {run['files_loaded']:,}, {new:,} of them new. Rows: {run['rows_loaded']:,} "
            f"loaded, {run['rows_quarantined']:,} quarantined."
        )
        if run["rows_quarantined"]:
            console.print(
                "Quarantined: ops.quarantined_rows says where and why; the raw lines are in "
                f"restricted.quarantined_lines of {settings.published_dir / 'restricted.duckdb'}."
            )
        for line in (
            *_cycles(connection),
            *_problems(connection, settings, console.width),
            *_completeness(connection),
        ):
            console.print(line)
        for table in _verdicts(connection):
            console.print(table)
    console.print(f"Scorecard:  {settings.published_dir / 'scorecard' / 'index.html'}")
    console.print(f"Warehouse:  {settings.published_dir / 'leadpact.duckdb'}")
    console.print(f"Parquet:    {settings.published_dir / 'parquet'}")
    console.print(f"Data Docs:  {settings.published_dir / 'data_docs' / 'index.html'}")


def print_status(settings: Settings) -> None:
    """The last runs, what is published, refused files and open problems."""
    console = Console(highlight=False, soft_wrap=True)
    published = Path(_published(settings))
    if published.exists():
        with duckdb.connect(str(published), read_only=True) as connection:
            rows = _rows(connection, "from ops.runs where status = 'published' order by all")
            last = max(rows, key=lambda row: row["published_at"])
            console.print(
                f"Published: {published}, as of {_instant(last['as_of'])}, at "
                f"{_instant(last['published_at'])}."
            )
            for line in (*_misdated(connection), *_problems(connection, settings, console.width)):
                console.print(line)
    else:
        console.print(f"Published: nothing yet in {settings.published_dir}.")
    for line in last_copy(settings):
        console.print(line)
    now = datetime.now(UTC)
    last_run: datetime | None = None
    if settings.warehouse_file.exists():
        try:
            with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
                last_run = _print_runs(console, connection, settings)
                for row in refused_files(connection, settings.exports):
                    console.print(f"Refused: {row['error']}")
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise
            console.print("Runs: one is going on now; ask again when it has ended.")
            last_run = now.replace(tzinfo=None)
    else:
        console.print("Runs: none yet; start one with leadpact nightly.")
    for complaint in (*complaints(settings, now, last_run), *undelivered(settings.warehouse_file)):
        console.print(complaint)


def _print_runs(
    console: Console, connection: duckdb.DuckDBPyConnection, settings: Settings
) -> datetime | None:
    """A line per run, and under it why it did not publish; a table would squeeze the sentences.

    Returns when the last one began, UTC.
    """
    if "runs.history" not in _tables(connection):
        return None
    console.print("Runs, the last first; times are UTC:")
    runs = _rows(connection, f"from runs.history order by started_at desc limit {_LAST_RUNS}")
    for run in runs:
        status, why = run["status"], run["message"]
        if status == "running" and not is_locked(settings.run_lock):
            status, why = "stopped", "It ended without saying so; the next run begins anew."
        took = "" if run["seconds"] is None else f"{run['seconds']:,.1f} s"
        as_of = "" if run["as_of"] is None else f"as of {str(run['as_of'])[:19]}"
        line = (
            f"  {str(run['started_at'])[:19]}  {status:9}  {run['trigger']:8}  {took:>9}  {as_of}"
        )
        console.print(line.rstrip())
        for sentence in (why or "").splitlines():
            console.print(_folded(sentence, console.width, "    "))
    return runs[0]["started_at"] if runs else None


def refused_files(connection: duckdb.DuckDBPyConnection, exports: Path) -> list[dict[str, Any]]:
    """`file_name` and `error` of each file that was refused, never loaded, and still lies there."""
    if "ingest.loads" not in _tables(connection):
        return []
    refused = _rows(
        connection,
        """
        select file_name, error from ingest.loads as refusals
        where status = 'refused' and not ends_with(error, $stopped) and not exists (
            from ingest.loads as later
            where later.status = 'loaded' and later.crm = refusals.crm
                and later.file_name = refusals.file_name
        )
        order by file_name
        """,
        {"stopped": STOPPED},
    )
    return [row for row in refused if _is_there(exports / row["file_name"])]


def _is_there(file: Path) -> bool:
    """Whether it still lies in the exports folder, or in a zip that does."""
    return file.exists() or any(parent.is_file() for parent in file.parents)


def _cycles(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    (row,) = _rows(
        connection,
        "select count(*) as cycles, count(distinct lead_key) as leads, "
        "count(*) filter (where closed_at is null) as open from marts.fct_lead_cycles",
    )
    yield f"Cycles: {row['cycles']:,} of {row['leads']:,} leads, {row['open']:,} of them open."


def _misdated(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Deliveries of a day that has not come, beside the instant that they may have moved."""
    if "ops.problems" in _tables(connection):
        for row in _rows(
            connection,
            "select problem from ops.problems where field = 'exported_at' and object is null"
            " order by all",
        ):
            yield f"Take care: {row['problem']}."


def _problems(
    connection: duckdb.DuckDBPyConnection, settings: Settings, width: int
) -> Iterator[str]:
    """The kinds of problems, the most frequent first."""
    if "ops.problems" not in _tables(connection):
        return
    kinds = _rows(
        connection,
        """
        select crm, object, field, problem, count(*) as times from ops.problems
        group by all order by times desc, crm, object, field, problem
        """,
    )
    if not kinds:
        yield "Problems: none."
        return
    yield (
        f"Problems: {sum(kind['times'] for kind in kinds):,}, listed in ops.problems; the values "
        f"are in restricted.problem_values of {settings.published_dir / 'restricted.duckdb'}."
    )
    for kind in kinds[:_MOST_LINES]:
        where = " ".join(kind[part] for part in ("crm", "object", "field") if kind[part])
        yield _folded(f"{where}: {kind['problem']}", width, f"  {kind['times']:>7,}  ")
    if len(kinds) > _MOST_LINES:
        yield f"  and {len(kinds) - _MOST_LINES:,} more kinds"


def _folded(text: str, width: int, start: str) -> str:
    """`start` and the text, its further lines as far in; a path that is cut in two is no path."""
    return textwrap.fill(
        text,
        width=width,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _completeness(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    if "ops.expectation_results" not in _tables(connection):
        return
    findings = _rows(
        connection,
        """
        select column_name, evaluated, unexpected, rate, target from ops.expectation_results
        where suite = 'completeness' and period is null and not success
        order by column_name
        """,
    )
    for row in findings:
        target = "" if row["target"] is None else f", promised {row['target']:.0%}"
        yield (
            f"Completeness: {row['column_name']} is missing or wrong on {row['unexpected']:,} of "
            f"{row['evaluated']:,} leads handed over ({row['rate']:.1%} complete{target})."
        )


def _verdicts(connection: duckdb.DuckDBPyConnection) -> Iterator[Table]:
    """How the obligations stand, clause by clause, once there is a ledger."""
    if "marts.fct_sla_obligations" not in _tables(connection):
        return
    table = Table("clause", "side", "met", "missed", "pending", "exempt", box=None)
    for row in _rows(
        connection,
        """
        select clause, side,
            count(*) filter (where status = 'met') as met,
            count(*) filter (where status = 'missed') as missed,
            count(*) filter (where status = 'pending') as pending,
            count(*) filter (where status = 'exempt') as exempt
        from marts.fct_sla_obligations group by all order by side, clause
        """,
    ):
        table.add_row(
            *(f"{value:,}" if isinstance(value, int) else value for value in row.values())
        )
    yield table


def _published(settings: Settings) -> str:
    return str(settings.published_dir / "leadpact.duckdb")


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
    ).fetchall()
    return {name for (name,) in rows}


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    result = connection.execute(query, values)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _instant(value: object) -> str:
    return "" if value is None else f"{str(value)[:19]} UTC"
