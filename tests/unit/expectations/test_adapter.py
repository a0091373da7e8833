from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from expectations.adapter import import_great_expectations, open_warehouse


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "odd name # 1.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(r"""
            create table people as select * from (values
                (1, 'ann@x.io', 3, 4), (2, 'b', 5, 4), (3, null, 4, 4), (3, 'e\d', 9, 4)
            ) as t (id, email, low, high)
        """)
    return path


def test_stock_expectations_are_evaluated_in_duckdb(people: Path) -> None:
    gxe = import_great_expectations().expectations
    cases = [
        (gxe.ExpectColumnValuesToNotBeNull(column="email"), 1),
        (gxe.ExpectColumnValuesToBeUnique(column="id"), 2),
        (gxe.ExpectColumnValuesToBeInSet(column="id", value_set=[1, 2]), 2),
        (gxe.ExpectColumnValuesToMatchRegex(column="email", regex="@"), 2),
        (gxe.ExpectColumnValuesToMatchRegex(column="email", regex=r"^[^\\]+$"), 1),
        (gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="high", column_B="low"), 3),
        (gxe.ExpectCompoundColumnsToBeUnique(column_list=["id", "high"]), 2),
    ]
    with open_warehouse(people) as warehouse:
        asset = warehouse.datasource.add_query_asset(name="people", query="select * from people")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        results = [batch.validate(case[0], result_format="BASIC") for case in cases]
    for (expectation, unexpected), result in zip(cases, results, strict=True):
        assert not result.exception_info.get("raised_exception"), expectation
        assert result.result["unexpected_count"] == unexpected, expectation


def test_great_expectations_still_needs_the_adapter(
    people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once this fails, Great Expectations speaks DuckDB and the adapter can shrink."""
    gx = import_great_expectations()
    from great_expectations.execution_engine import sqlalchemy_execution_engine

    with open_warehouse(people) as warehouse:
        monkeypatch.setattr(
            sqlalchemy_execution_engine,
            "_PERSISTED_CONNECTION_DIALECTS",
            sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS[:-1],
        )
        asset = warehouse.datasource.add_query_asset(name="people", query="select * from people")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        result = batch.validate(gx.expectations.ExpectColumnValuesToNotBeNull(column="id"))
    assert "list index out of range" in str(result.exception_info)


def test_the_file_is_opened_read_only_and_let_go(people: Path) -> None:
    with open_warehouse(people) as warehouse:
        with (
            warehouse.engine.get_connection() as connection,
            pytest.raises(Exception, match="read-only"),
        ):
            connection.exec_driver_sql("create table t (a integer)")
        with pytest.raises(duckdb.ConnectionException):
            duckdb.connect(str(people))
    with duckdb.connect(str(people)) as writing:
        writing.execute("create table t (a integer)")


def test_telemetry_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "true")
    import_great_expectations()
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_the_adapter_enters_itself_once() -> None:
    import_great_expectations()
    import_great_expectations()
    from great_expectations.execution_engine import sqlalchemy_execution_engine

    dialects = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    assert [dialect.value for dialect in dialects].count("duckdb") == 1
