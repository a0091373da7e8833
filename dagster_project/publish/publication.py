"""One publication: the build file's public and restricted schemas, copied inside DuckDB.

Belongs here: what goes into which published file, in which order and format. Does not belong
here: the switch (versions) and what counts as personal (personal_data).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.alerts import memory
from dagster_project.errors import RunFailedError
from dagster_project.ingest.sql import name, text
from dagster_project.publish import history, restatements, versions
from dagster_project.publish.history import RunRecord
from dagster_project.publish.personal_data import refuse_personal_data
from dagster_project.publish.restatements import write_restatements

PUBLIC_SCHEMAS = ("marts", "ops")
RESTRICTED_SCHEMAS = ("restricted",)

# The oldest client that must open what is published; DuckDB 2's own format shuts 1.4 and 1.5 out,
# and drivers of BI tools lag years behind.
_STORAGE_VERSION = "v1.4.0"

_RUNS = ("ops", "runs")
# Its views read what is published too; those of other schemas read the build's own tables.
_SCHEMA_OF_VIEWS = "marts"


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published: `rows` per table as `schema.table`, `as_of` naive UTC, `size` bytes."""

    run_id: str
    folder: Path
    as_of: datetime | None
    published_at: datetime
    rows: Mapping[str, int]
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that no reader sees: the tables of a build, without what is only known later."""

    warehouse_file: Path
    published_dir: Path
    version: Path
    order_by: Mapping[str, Sequence[str]]
    rows: Mapping[str, int]

    def discard(self) -> None:
        """Remove it; it would lie about until the next run."""
        shutil.rmtree(self.version, ignore_errors=True)


def make_draft(
    warehouse_file: Path,
    published_dir: Path,
    run_id: str,
    *,
    order_by: Mapping[str, Sequence[str]] | None = None,
) -> Draft:
    """Copy the tables of the build file; others may read it meanwhile, nobody may write.

    What views outside marts read may still be written: they are copied by `publish`. `order_by`
    gives the key columns of a table (`schema.table`); a table without one is ordered by all its
    columns, so that the same marts are the same files. Raises RunFailedError when a public column
    holds personal data, when there is nothing to publish or when a view needs what is not
    published.
    """
    version = versions.new_version(published_dir, run_id)
    version.chmod(0o700)  # until it is whole: also DuckDB's log of the restricted file lies here
    rows: dict[str, int] = {}
    draft = Draft(warehouse_file, published_dir, version, order_by or {}, rows)
    try:
        with _reading(warehouse_file) as connection:
            refuse_personal_data(connection, "build", PUBLIC_SCHEMAS)
            for file, schemas, mode in _files(version):
                _attach(connection, file)
                file.chmod(mode)  # before the first row is in it
                for schema in schemas:
                    connection.execute(f"create schema published.{name(schema)}")
                tables = _tables(connection, schemas)
                rows |= _copy(connection, tables, draft.order_by)
                views = _copy_views(connection, schemas)
                _copy_comments(connection, [*tables, *views])
                if schemas == PUBLIC_SCHEMAS:
                    _write_parquet(connection, version / "parquet", rows)
                _close(connection)
        if not any(table.startswith("marts.") for table in rows):
            raise RunFailedError(
                "Nothing was published, because the build made no table in schema marts."
            )
    except BaseException:
        draft.discard()
        raise
    return draft


def publish(
    warehouse_file: Path,
    published_dir: Path,
    run: RunRecord,
    *,
    order_by: Mapping[str, Sequence[str]] | None = None,
    draft: Draft | None = None,
    folders: Mapping[str, Path] | None = None,
    complete: Callable[[Path], object] | None = None,
) -> Publication:
    """Publish the build file: complete or not at all, and readers switch at one instant.

    `draft` is what `make_draft` made of this build before; `order_by` and errors are as there.
    `folders` are moved in under their names (data docs), and `complete` makes what else belongs to
    the version out of its published files (the scorecard). The build file must be closed and nobody
    else may publish to `published_dir` meanwhile.
    """
    started = time.monotonic()
    draft = draft or make_draft(warehouse_file, published_dir, run.run_id, order_by=order_by)
    version = draft.version
    try:
        published_at = history.utc_now()
        rows = _finish(draft, run, published_at)
        for label, folder in sorted((folders or {}).items()):
            shutil.move(folder, version / label)
        if complete is not None:
            complete(version)
        as_of = _as_of(version)
        version.chmod(0o755)
        versions.switch_to(published_dir, version)
    except BaseException:
        # Also when interrupted: half a version must not lie about until the next run.
        if versions.current_version(published_dir) != run.run_id:
            draft.discard()
        raise
    return Publication(
        run_id=run.run_id,
        folder=published_dir,
        as_of=as_of,
        published_at=published_at,
        rows=rows,
        size=sum(path.stat().st_size for path in version.rglob("*") if path.is_file()),
        seconds=time.monotonic() - started,
    )


def _finish(draft: Draft, run: RunRecord, published_at: datetime) -> dict[str, int]:
    """Add what is known last: findings, runs, alerts, restatements. Rows of all tables."""
    rows = dict(draft.rows)
    with _reading(draft.warehouse_file) as connection:
        for file, schemas, _mode in _files(draft.version):
            _attach(connection, file)
            findings = _views(connection, schemas)
            rows |= _copy(connection, findings, draft.order_by)
            _copy_comments(connection, findings)
            if schemas == PUBLIC_SCHEMAS:
                _write_runs(connection, run, published_at)
                _write_alerts(connection, draft.warehouse_file)
                # Links are resolved before a file is opened; the version read here stays until the
                # switch.
                readers_see = draft.published_dir / "leadpact.duckdb"
                write_restatements(connection, readers_see.resolve(), run.run_id)
                _comment_table(
                    connection, "restatements", restatements.TABLE_COMMENT, restatements.COMMENTS
                )
            _close(connection)
    return dict(sorted(rows.items()))


def _files(version: Path) -> list[tuple[Path, tuple[str, ...], int]]:
    """The published files, the schemas of each, and who may open it."""
    return [
        (version / "leadpact.duckdb", PUBLIC_SCHEMAS, 0o644),
        (version / "restricted.duckdb", RESTRICTED_SCHEMAS, 0o600),
    ]


@contextmanager
def _reading(warehouse_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the build file attached as build."""
    scratch = warehouse_file.parent / "tmp"
    with duckdb.connect(":memory:", config={"temp_directory": str(scratch)}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {text(str(warehouse_file))} as build (read_only)")
        yield connection


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    connection.execute(
        f"attach {text(str(file))} as published (storage_version {text(_STORAGE_VERSION)})"
    )


def _copy(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[tuple[str, str]],
    order_by: Mapping[str, Sequence[str]],
) -> dict[str, int]:
    """Copy tables from catalog build to published, and count their rows."""
    rows: dict[str, int] = {}
    for schema, table in tables:
        key = ", ".join(name(column) for column in order_by.get(f"{schema}.{table}", ())) or "all"
        copied = connection.execute(
            f"create table published.{name(schema)}.{name(table)} as "
            f"from build.{name(schema)}.{name(table)} order by {key}"
        ).fetchone()
        rows[f"{schema}.{table}"] = int(copied[0]) if copied else 0
    return rows


def _tables(
    connection: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]
) -> list[tuple[str, str]]:
    """The tables of a build; ops.runs is written from the run history instead."""
    tables = connection.execute(
        """
        select schema_name, table_name
        from duckdb_tables()
        where database_name = 'build' and list_contains(?, schema_name)
        order by all
        """,
        [list(schemas)],
    ).fetchall()
    return [(schema, table) for schema, table in tables if (schema, table) != _RUNS]


def _views(
    connection: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Views that become tables, because they read what is not published; those of marts do not."""
    views = connection.execute(
        """
        select schema_name, view_name
        from duckdb_views()
        where
            database_name = 'build'
            and list_contains($schemas, schema_name)
            and schema_name <> $views
        order by all
        """,
        {"schemas": list(schemas), "views": _SCHEMA_OF_VIEWS},
    ).fetchall()
    return [(schema, view) for schema, view in views if (schema, view) != _RUNS]


def _copy_views(
    connection: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Re-create the views of marts and name them.

    One may stand on another, so repeat while that makes progress. DuckDB keeps a view's text
    without the name of its own database, so it holds in any other.
    """
    pending = connection.execute(
        """
        select schema_name, view_name, sql
        from duckdb_views()
        where
            database_name = 'build'
            and list_contains(?, schema_name)
            and schema_name = ?
        order by all
        """,
        [list(schemas), _SCHEMA_OF_VIEWS],
    ).fetchall()
    views = [(schema, view) for schema, view, _sql in pending]
    connection.execute("use published")
    while pending:
        failed: list[tuple[str, str, str]] = []
        for schema, view, sql in pending:
            try:
                connection.execute(sql)
            except duckdb.Error:
                failed.append((schema, view, sql))
        if len(failed) == len(pending):
            names = ", ".join(f"{schema}.{view}" for schema, view, _sql in failed)
            raise RunFailedError(
                f"Nothing was published, because {names} needs a table that is not published: "
                "let it read only marts and ops, or make it a table."
            )
        pending = failed
    connection.execute("use memory")
    return views


def _copy_comments(
    connection: duckdb.DuckDBPyConnection, relations: Sequence[tuple[str, str]]
) -> None:
    """Comments of tables and views, and of their columns."""
    ours = set(relations)
    comments = connection.execute(
        """
        select schema_name, table_name, comment from duckdb_tables()
        where database_name = 'build' and comment <> ''
        union all
        select schema_name, view_name, comment from duckdb_views()
        where database_name = 'build' and comment <> ''
        """
    ).fetchall()
    # Each by itself would be made durable before the next one.
    connection.execute("begin")
    views = set(
        connection.execute(
            "select schema_name, view_name from duckdb_views() where database_name = 'published'"
        ).fetchall()
    )
    for schema, relation, comment in comments:
        if (schema, relation) in ours:
            kind = "view" if (schema, relation) in views else "table"
            _comment(connection, f"{kind} published.{name(schema)}.{name(relation)}", comment)
    columns = connection.execute(
        """
        select schema_name, table_name, column_name, comment from duckdb_columns()
        where database_name = 'build' and comment <> ''
        """
    ).fetchall()
    for schema, relation, column, comment in columns:
        if (schema, relation) in ours:
            target = f"published.{name(schema)}.{name(relation)}.{name(column)}"
            _comment(connection, f"column {target}", comment)
    connection.execute("commit")


def _write_runs(
    connection: duckdb.DuckDBPyConnection, run: RunRecord, published_at: datetime
) -> None:
    """ops.runs: the build file's history, with this run as what it is about to be."""
    connection.execute(
        f"""
        create table published.ops.runs as
        select * exclude ({", ".join(history.PRIVATE_COLUMNS)}) replace (
            if(run_id = $run_id, 'published', status) as status,
            if(run_id = $run_id, $now::timestamp, finished_at) as finished_at,
            if(run_id = $run_id, epoch($now::timestamp - started_at), seconds) as seconds,
            if(run_id = $run_id, $now::timestamp, published_at) as published_at
        )
        from build.runs.history
        order by started_at, run_id
        """,
        {"run_id": run.run_id, "now": published_at},
    )
    _comment_table(connection, "runs", history.TABLE_COMMENT, history.COMMENTS)


def _write_alerts(connection: duckdb.DuckDBPyConnection, warehouse_file: Path) -> None:
    """ops.alerts: what people were told of, as the book of alerts has it."""
    columns = ", ".join(f"{column} {kind}" for column, (kind, _) in memory.COLUMNS.items())
    connection.execute(f"create table published.ops.alerts ({columns})")
    rows = [
        [getattr(alert, column) for column in memory.COLUMNS]
        for alert in memory.read_book(warehouse_file)
    ]
    if rows:
        places = ", ".join("?" for _ in memory.COLUMNS)
        connection.executemany(f"insert into published.ops.alerts values ({places})", rows)
    comments = {column: comment for column, (_, comment) in memory.COLUMNS.items()}
    _comment_table(connection, "alerts", memory.TABLE_COMMENT, comments)


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, tables: Mapping[str, int]
) -> None:
    """One file per public mart, in the order of the table.

    Views are left out: `sla_explanations` is a view so that nobody pays for it unread.
    """
    for qualified in tables:
        schema, table = qualified.split(".", 1)
        if schema == "marts":
            (folder / table).mkdir(parents=True)
            file = folder / table / f"{table}.parquet"
            connection.execute(
                f"copy published.{name(schema)}.{name(table)} to {text(str(file))} "
                "(format parquet, compression zstd)"
            )


def _as_of(version: Path) -> datetime | None:
    with duckdb.connect(str(version / "leadpact.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "select as_of from ops.runs where run_id = ?", [version.name]
        ).fetchone()
    return row[0] if row else None


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """Detaching writes the checkpoint, so that the file stands alone without a log beside it."""
    connection.execute("checkpoint published")
    connection.execute("detach published")


def _comment_table(
    connection: duckdb.DuckDBPyConnection, table: str, comment: str, columns: Mapping[str, str]
) -> None:
    _comment(connection, f"table published.ops.{table}", comment)
    for column, meaning in columns.items():
        _comment(connection, f"column published.ops.{table}.{column}", meaning)


def _comment(connection: duckdb.DuckDBPyConnection, target: str, comment: str) -> None:
    connection.execute(f"comment on {target} is {text(comment)}")
