"""Figures of periods that were over, published anew."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.publish import publish
from tests.unit.publish.conftest import Build

RESTATED = "met_before, met, missed_before, missed, verdict_before, verdict"


def give(warehouse: Path, *rows: tuple[object, ...]) -> None:
    """Rows of compliance: period, start, met, missed, verdict, whether it is over."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            """
            create or replace table marts.rpt_sla_compliance (
                period varchar, period_start date, clause varchar, dimension varchar,
                dimension_value varchar, met bigint, missed bigint, exempt bigint, rate double,
                target_rate double, verdict varchar, is_complete boolean
            )
            """
        )
        for period, start, met, missed, verdict, is_over in rows:
            connection.execute(
                "insert into marts.rpt_sla_compliance values "
                "(?, ?, 'handoff', 'all', 'all', ?, ?, 0, ?::double / (? + ?), 0.9, ?, ?)",
                [period, start, met, missed, met, met, missed, verdict, is_over],
            )


def restated(published: Path, columns: str = RESTATED) -> list[tuple[object, ...]]:
    with duckdb.connect(str(published / "leadpact.duckdb"), read_only=True) as connection:
        return connection.execute(f"select {columns} from ops.restatements").fetchall()


@pytest.fixture
def week() -> tuple[object, ...]:
    return ("week", "2026-11-09", 9, 1, "met", True)


def test_what_changed_about_a_week_that_was_over_is_listed_and_carried_on(
    warehouse: Path, published: Path, build_run: Build, week: tuple[object, ...]
) -> None:
    this_week = ("week", "2026-11-16", 3, 0, "met", False)
    run = build_run("run-1", 1)
    give(warehouse, week, this_week)
    publish(warehouse, published, run)
    assert restated(published) == []

    run = build_run("run-2", 1)
    give(
        warehouse,
        ("week", "2026-11-09", 8, 2, "missed", True),
        ("week", "2026-11-16", 5, 1, "met", False),
    )
    publish(warehouse, published, run)
    assert restated(published) == [(9, 8, 1, 2, "met", "missed")]
    assert restated(published, "run_id, previous_run_id, reason, rate_before, rate") == [
        ("run-2", "run-1", "late_data", 0.9, 0.8)
    ]

    run = build_run("run-3", 1)  # nothing new: what was said stays said
    give(warehouse, ("week", "2026-11-09", 8, 2, "missed", True))
    publish(warehouse, published, run)
    assert restated(published, "run_id, met") == [("run-2", 8)]


def test_rows_that_come_and_go_are_restated_where_the_period_was_over(
    warehouse: Path, published: Path, build_run: Build, week: tuple[object, ...]
) -> None:
    run = build_run("run-1", 1)
    give(warehouse, week)
    publish(warehouse, published, run)
    run = build_run("run-2", 1)
    give(warehouse, ("month", "2026-10-01", 1, 1, "missed", True))
    publish(warehouse, published, run)
    # Of October nothing was published before, so nobody presented it.
    assert restated(published) == [(9, None, 1, None, "met", None)]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ("contract_hash = 'another'", "agreement"),
        ("leadpact_version = '9.9.9'", "version"),
        ("contract_hash = 'another', leadpact_version = '9.9.9'", "agreement"),
        ("as_of = as_of - interval 1 day", "replay"),
        ("trigger = 'schedule'", "late_data"),
    ],
)
def test_why_it_changed(
    warehouse: Path,
    published: Path,
    build_run: Build,
    week: tuple[object, ...],
    changed: str,
    reason: str,
) -> None:
    run = build_run("run-1", 1)
    give(warehouse, week)
    publish(warehouse, published, run)
    run = build_run("run-2", 1)
    give(warehouse, ("week", "2026-11-09", 10, 0, "met", True))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"update runs.history set {changed} where run_id = 'run-2'")
    publish(warehouse, published, run)
    assert restated(published, "reason") == [(reason,)]


def test_a_publication_of_before_there_were_restatements(
    warehouse: Path, published: Path, build_run: Build, week: tuple[object, ...]
) -> None:
    publish(warehouse, published, build_run("run-1", 1))  # without rpt_sla_compliance
    run = build_run("run-2", 1)
    give(warehouse, week)
    publish(warehouse, published, run)
    assert restated(published) == []
    with duckdb.connect(str(published / "leadpact.duckdb"), read_only=True) as connection:
        undocumented = connection.execute(
            "select column_name from duckdb_columns() "
            "where table_name = 'restatements' and comment is null"
        ).fetchall()
    assert undocumented == []
