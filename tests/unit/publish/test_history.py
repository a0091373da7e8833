"""One row per run, whatever became of it."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest

from dagster_project.publish import history
from tests.unit.publish.build_file import build, run_record


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    # the name of the build file's catalog, which the miniature's views spell out
    memory = duckdb.connect(":memory:")
    memory.execute("attach ':memory:' as leadpact; use leadpact")
    return memory


def statuses(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.execute("select run_id, status from runs.history").fetchall())


def test_a_run_that_died_is_told_apart_from_one_that_published(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for run_id in ("run-1", "run-2"):
        history.begin(connection, run_record(run_id), published_run="run-1")
    assert statuses(connection) == {"run-1": "published", "run-2": "running"}
    history.begin(connection, run_record("run-3"), published_run="run-1")
    assert statuses(connection) == {"run-1": "published", "run-2": "killed", "run-3": "running"}


def test_finish_keeps_the_reason(connection: duckdb.DuckDBPyConnection) -> None:
    run = run_record("run-1")
    history.begin(connection, run, published_run=None)
    history.finish(
        connection,
        "run-1",
        "failed",
        finished_at=run.started_at + timedelta(seconds=12.5),
        message="The disk is full.",
    )
    assert connection.execute(
        "select status, seconds, published_at, message from runs.history"
    ).fetchall() == [("failed", 12.5, None, "The disk is full.")]


def test_beginning_again_replaces_the_row(connection: duckdb.DuckDBPyConnection) -> None:
    run = run_record("run-1")
    history.begin(connection, run, published_run=None)
    history.begin(connection, run, published_run=None)
    assert statuses(connection) == {"run-1": "running"}


def test_nothing_loaded_has_no_hash(connection: duckdb.DuckDBPyConnection) -> None:
    run = run_record("run-1")
    build(connection, run, marker=1, rows=1)
    connection.execute("delete from ingest.loads")
    history.record_load(connection, "run-1", files_new=0, files_refused=0)
    assert connection.execute(
        "select exports_hash, files_loaded, rows_loaded from runs.history"
    ).fetchall() == [(None, 0, 0)]
