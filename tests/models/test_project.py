"""The dbt project keeps its own house rules, and its unit tests pass."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult

from bench.dashboards import QUERIES, written
from dagster_project import transform
from dagster_project.contract import Contract, read_contract
from dagster_project.ingest import create_tables, create_views, read_mappings
from dagster_project.settings import PROJECT_ROOT, Settings
from expectations.record import create_tables as create_check_tables


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def contract(settings: Settings) -> Contract:
    return read_contract(settings.contract)


@pytest.fixture(scope="module")
def manifest(settings: Settings, contract: Contract) -> dict[str, Any]:
    file = transform.prepare_manifest(settings, contract)
    return dict(json.loads(file.read_text()))


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


@pytest.fixture(scope="module")
def empty_warehouse(settings: Settings, contract: Contract) -> Path:
    """Every table, without a row: what a company has before its first export."""
    file = settings.warehouse_file
    file.parent.mkdir(parents=True, exist_ok=True)
    mappings = read_mappings(None)
    with duckdb.connect(str(file)) as connection:
        create_tables(connection, mappings)
        create_views(connection, mappings)
        create_check_tables(connection)
        connection.execute(
            "insert into ingest.run_context values (timestamp '2026-11-20 02:00:00')"
        )
    transform.build(settings, contract)
    return file


def test_every_model_has_a_description_and_a_key(
    manifest: dict[str, Any], models: list[dict[str, Any]]
) -> None:
    assert len(models) > 70
    keys = transform.primary_keys(manifest)
    assert [model["name"] for model in models if not model["description"]] == []
    assert [
        model["name"] for model in models if not keys.get(f"{model['schema']}.{model['alias']}")
    ] == []


def test_the_benchmark_asks_every_mart(models: list[dict[str, Any]], empty_warehouse: Path) -> None:
    assert set(QUERIES) == {model["alias"] for model in models if model["schema"] == "marts"}
    with duckdb.connect(str(empty_warehouse), read_only=True) as connection:
        for _mart, query in written(connection):
            connection.execute(query.replace("'None'", "null")).fetchall()


def test_every_column_of_the_warehouse_is_documented(
    models: list[dict[str, Any]], empty_warehouse: Path
) -> None:
    documented = {
        (model["schema"], model["alias"], name)
        for model in models
        for name, column in model["columns"].items()
        if column["description"]
    }
    with duckdb.connect(str(empty_warehouse), read_only=True) as connection:
        built = set(
            connection.execute(
                """
                select schema_name, table_name, column_name from duckdb_columns()
                where schema_name in ('staging', 'intermediate', 'marts', 'ops', 'restricted')
                """
            ).fetchall()
        )
    assert built - documented == set()
    assert documented - built == set()


def test_public_marts_have_a_contract(models: list[dict[str, Any]]) -> None:
    public = [model for model in models if model["schema"] in ("marts", "ops")]
    assert [model["name"] for model in public if model["config"]["access"] != "public"] == []
    assert [model["name"] for model in public if not model["config"]["contract"]["enforced"]] == []
    private = [model for model in models if model["schema"] not in ("marts", "ops")]
    assert [model["name"] for model in private if model["config"]["access"] == "public"] == []


def test_marts_do_not_read_staging(models: list[dict[str, Any]]) -> None:
    layer = {model["unique_id"]: model["schema"] for model in models}
    marts = [model for model in models if model["schema"] == "marts"]
    allowed = {"staging.stg_run_context"}
    read = {
        f"{layer[parent]}.{parent.rpartition('.')[2]}"
        for model in marts
        for parent in model["depends_on"]["nodes"]
        if layer.get(parent) == "staging"
    }
    assert read - allowed == set()


def test_no_model_reads_the_wall_clock() -> None:
    words = ("current_timestamp", "current_date", "now()", "today()", "getdate", "run_started_at")
    files = [*(PROJECT_ROOT / "dbt").glob("models/**/*.sql")]
    files += (PROJECT_ROOT / "dbt").glob("macros/**/*.sql")
    assert len(files) > 70
    guilty = [file.name for file in files for word in words if word in file.read_text().lower()]
    assert guilty == []


def test_models_are_short() -> None:
    """A model over 150 lines is two ideas."""
    long = {
        file.stem: len(file.read_text().splitlines())
        for file in (PROJECT_ROOT / "dbt" / "models").rglob("*.sql")
        if len(file.read_text().splitlines()) > 150
    }
    assert long == {}


def test_parsing_warns_of_nothing(settings: Settings, contract: Contract) -> None:
    """No deprecation, no unused configuration: every warning of dbt is an error here."""
    outcome = dbt(settings, contract, "--warn-error", "parse", "--no-partial-parse")
    assert outcome.success, outcome.exception


@pytest.mark.usefixtures("empty_warehouse")
def test_unit_tests_of_the_models(settings: Settings, contract: Contract) -> None:
    outcome = dbt(settings, contract, "test", "--select", "test_type:unit")
    assert isinstance(outcome.result, RunExecutionResult)
    results = outcome.result.results
    assert len(results) >= 42
    assert [(result.node.name, result.message) for result in results if result.failures] == []
    assert outcome.success, outcome.exception


def dbt(settings: Settings, contract: Contract, *arguments: str) -> dbtRunnerResult:
    """dbt in the project folder of a data directory, as `transform` runs it, quietly."""
    manifest = transform.parse(settings, contract, transform.stage(settings, contract))
    folder = transform.project_dir(settings)
    os.environ["LEADPACT_WAREHOUSE"] = str(settings.warehouse_file)
    try:
        return dbtRunner(manifest=manifest).invoke(
            [
                *arguments,
                *("--project-dir", str(folder), "--profiles-dir", str(settings.dbt_dir)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--vars", json.dumps(dict(contract.vars)), "--log-level", "none"),
            ]
        )
    finally:
        del os.environ["LEADPACT_WAREHOUSE"]
        DuckDBConnectionManager.close_all_connections()
