from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.errors import RunFailedError
from dagster_project.ingest.sql import name
from expectations.model import Check, Suite
from expectations.run import run_suites, stop_on_breach


@pytest.fixture
def stages(tmp_path: Path) -> Path:
    path = tmp_path / "stages.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table stages as select 's' || range as id,"
            " case when range % 2 = 0 then 'mql' else 'o''hare\\d' end as stage from range(20)"
        )
    return path


def _suite(*checks: Check, blocking: bool = True, table: str = "stages") -> Suite:
    return Suite("unified", table, f"select * from {table}", "id", checks, blocking)


def _stage(*values: str) -> Check:
    return Check(
        "expect_column_values_to_be_in_set",
        {"column": "stage", "value_set": list(values)},
        "A stage is one of the ten.",
    )


def test_a_breach_of_a_blocking_suite_names_table_column_expectation_and_rows(
    stages: Path,
) -> None:
    results = run_suites(stages, [_suite(_stage("mql"))])
    (row,) = results[0].results
    assert (row.evaluated, row.unexpected, row.rate, row.success) == (20, 10, 0.5, False)
    with pytest.raises(RunFailedError) as raised:
        stop_on_breach(results)
    assert str(raised.value) == (
        "unified suite: stages, column stage: A stage is one of the ten"
        " (expect_column_values_to_be_in_set), 10 rows do not"
        " (s1, s11, s13, s15, s17, …); nothing was published."
    )


def test_the_query_for_failing_rows_reads_quotes_and_backslashes_as_they_are(
    stages: Path,
) -> None:
    check = Check(
        "expect_column_values_to_match_regex",
        {"column": "stage", "regex": r"^[^\\']+$"},
        "No quote and no backslash.",
    )
    (result,) = run_suites(stages, [_suite(_stage("o'hare\\d"), check)])
    sets, regex = result.results
    with duckdb.connect(str(stages)) as connection:
        by_set = connection.execute(f"select key from ({sets.failing_keys})").fetchall()
        by_regex = connection.execute(f"select key from ({regex.failing_keys})").fetchall()
    assert sorted(by_set) == sorted((f"s{n}",) for n in range(0, 20, 2))
    assert sorted(by_regex) == sorted((f"s{n}",) for n in range(1, 20, 2))


def test_the_rows_that_share_a_value_are_found(stages: Path) -> None:
    unique = Check("expect_column_values_to_be_unique", {"column": "id"}, "Once.")
    with duckdb.connect(str(stages)) as connection:
        connection.execute("insert into stages values ('s3', null), ('s4', null), (null, null)")
    (result,) = run_suites(stages, [_suite(unique)])
    (row,) = result.results
    assert row.unexpected == 4
    with duckdb.connect(str(stages)) as connection:
        keys = connection.execute(f"select key from ({row.failing_keys}) order by key").fetchall()
    assert keys == [("s3",), ("s3",), ("s4",), ("s4",)]
    assert result.examples == (("s3", "s4"),)


def test_suites_that_hold_stop_nothing(stages: Path) -> None:
    results = run_suites(
        stages,
        [
            _suite(
                _stage("mql", "o'hare\\d"),
                Check("expect_column_values_to_be_unique", {"column": "id"}, "Once."),
                Check("expect_column_values_to_not_be_null", {"column": "id"}, "There."),
                Check(
                    "expect_no_rows",
                    {"unexpected_rows_query": "select id as key from {batch} where id is null"},
                    "There.",
                    "id",
                ),
                Check(
                    "expect_table_columns_to_match_set",
                    {"column_set": ["id"], "exact_match": False},
                    "The columns are there.",
                ),
            )
        ],
    )
    assert [(row.evaluated, row.unexpected) for row in results[0].results] == [
        (20, 0),
        (20, 0),
        (20, 0),
        (20, 0),
        (None, None),
    ]
    assert results[0].success
    stop_on_breach(results)


@pytest.mark.parametrize(
    "column", ["Stage :new", "Stage :new:old", ":", "a:b", "::new", r"Stage \:new", 'its "own" :x']
)
def test_a_column_may_hold_what_sqlalchemy_takes_for_a_parameter(column: str, stages: Path) -> None:
    quoted = name(column)
    with duckdb.connect(str(stages)) as connection:
        connection.execute(
            f"create table odd as select id, nullif(id, 's7') as {quoted} from stages"
        )
    query = f"select id as key from {{batch}} where {quoted} is null"
    none = Check("expect_no_rows", {"unexpected_rows_query": query}, "Filled.", column)
    filled = Check("expect_column_values_to_not_be_null", {"column": column}, "Filled.")
    (result,) = run_suites(stages, [_suite(none, filled, table="odd")])
    assert [(row.column, row.evaluated, row.unexpected) for row in result.results] == [
        (column, 20, 1),
        (column, 20, 1),
    ]
    assert result.examples == (("s7",), ("s7",))


def test_an_exception_inside_is_a_failed_run_not_a_result(stages: Path) -> None:
    broken = Check("expect_column_values_to_not_be_null", {"column": "nowhere"}, "There.")
    with pytest.raises(RunFailedError) as raised:
        run_suites(stages, [_suite(_stage("mql"), broken)])
    message = str(raised.value)
    assert message.startswith(
        "Suite unified.stages: expect_column_values_to_not_be_null could not be evaluated on "
        "stages, column nowhere:"
    )
    assert "nowhere" in message.split(":", 2)[2]
    assert "\n" not in message


def test_a_failing_query_is_a_failed_run(stages: Path) -> None:
    broken = Check(
        "expect_no_rows",
        {"unexpected_rows_query": "select nothing as key from {batch}"},
        "There.",
    )
    with pytest.raises(RunFailedError, match="expect_no_rows could not be evaluated on stages"):
        run_suites(stages, [_suite(broken)])


def test_a_table_that_is_not_there_is_a_failed_run(stages: Path) -> None:
    with pytest.raises(RunFailedError, match=r"Suite unified\.gone"):
        run_suites(stages, [_suite(_stage("mql"), table="gone")])


def test_nothing_to_evaluate_is_a_failed_run(stages: Path) -> None:
    with pytest.raises(RunFailedError, match="holds no expectation"):
        run_suites(stages, [_suite()])
    with pytest.raises(RunFailedError, match="nothing was checked"):
        run_suites(stages, [])


def test_expectations_left_out_by_great_expectations_are_a_failed_run(
    stages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations import ValidationDefinition

    run = ValidationDefinition.run

    def nothing_evaluated(self: Any, **kwargs: Any) -> Any:
        result = run(self, **kwargs)
        result.results = []
        return result

    monkeypatch.setattr(ValidationDefinition, "run", nothing_evaluated)
    with pytest.raises(RunFailedError, match=re.escape("0 of 1 expectations were evaluated")):
        run_suites(stages, [_suite(_stage("mql"))])
