"""Apache Superset reads what is published, through its own API, while the next version comes.

Run by `make test-bi`, with Superset's Python; leadpact is run as a command.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

HERE = Path(__file__).resolve().parent
LEADPACT = HERE.parent.parent / ".venv" / "bin" / "leadpact"
MART = "rpt_sla_compliance"
FIGURES = (
    f"select clause, sum(met) from marts.{MART} where period = 'quarter' and dimension = 'all' "
    "group by clause"
)

Figures = dict[str, int | None]


@dataclass(frozen=True)
class Company:
    """A company whose past can be published, and then its present."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "data" / "published" / "leadpact.duckdb"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        paths = {"LEADPACT_EXPORTS": "exports", "LEADPACT_DATA_DIR": "data"}
        return subprocess.Popen(
            [str(LEADPACT), *arguments],
            env={**os.environ, **{name: str(self.folder / at) for name, at in paths.items()}},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> None:
        process = self.start(*arguments)
        _, said = process.communicate(timeout=1800)
        assert process.returncode == 0, said

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def figures(self) -> Figures:
        return {clause: met if met is None else int(met) for clause, met in self.query(FIGURES)}


@dataclass(frozen=True)
class Superset:
    """One Superset, asked as its pages ask it."""

    client: Any
    token: str

    def ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        answer = self.client.open(
            f"/api/v1/{path}",
            method=method,
            headers={"Authorization": f"Bearer {self.token}"},
            **arguments,
        )
        assert answer.status_code in (200, 201), f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json
        return found


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Published as of a month before the exports end."""
    company = Company(tmp_path_factory.mktemp("company"))
    company.run("sample", "--out", str(company.folder / "exports"), "--leads", "300")
    company.run("nightly", "--as-of", "2026-10-20T02:00:00Z")
    return company


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Superset:
    home = tmp_path_factory.mktemp("superset")
    os.environ |= {
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
    }
    from superset.app import create_app
    from superset.cli.main import superset as command

    app = create_app()
    runner = app.test_cli_runner()
    admin = ["--username", "admin", "--password", "admin", "--email", "admin@localhost"]
    names = ["--firstname", "Ada", "--lastname", "Admin"]
    for arguments in (["db", "upgrade"], ["init"], ["fab", "create-admin", *admin, *names]):
        done = runner.invoke(command, arguments)
        assert done.exit_code == 0, done.output
    client = app.test_client()
    login = {"username": "admin", "password": "admin", "provider": "db"}
    token = client.post("/api/v1/security/login", json=login).json["access_token"]
    return Superset(client, token)


@pytest.fixture(scope="module")
def database(superset: Superset, company: Company) -> int:
    """The published file as a database of Superset's, by the URI that docs/bi/superset.md gives."""
    settings = {
        "database_name": "leadpact",
        "sqlalchemy_uri": f"duckdb:///{company.file}?access_mode=read_only",
    }
    superset.ask("POST", "database/test_connection/", json=settings)
    return int(superset.ask("POST", "database/", json=settings)["id"])


@pytest.fixture(scope="module")
def dataset(superset: Superset, database: int) -> int:
    made = {"database": database, "schema": "marts", "table_name": MART}
    return int(superset.ask("POST", "dataset/", json=made)["id"])


@pytest.fixture(scope="module")
def chart(superset: Superset, dataset: int) -> Callable[[], Figures]:
    """A saved chart: obligations met by clause. Asks for its data as a dashboard does."""
    met = {"expressionType": "SQL", "sqlExpression": "sum(met)", "label": "met"}
    filters = [
        {"col": column, "op": "==", "val": value}
        for column, value in {"period": "quarter", "dimension": "all"}.items()
    ]
    question = {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [{"columns": ["clause"], "metrics": [met], "filters": filters}],
        "result_format": "json",
        "result_type": "full",
    }
    saved = {
        "slice_name": "Met by clause",
        "viz_type": "table",
        "datasource_id": dataset,
        "datasource_type": "table",
        "params": json.dumps({"datasource": f"{dataset}__table", "viz_type": "table"}),
        "query_context": json.dumps(question),
    }
    number = superset.ask("POST", "chart/", json=saved)["id"]

    def data() -> Figures:
        (result,) = superset.ask("GET", f"chart/{number}/data/")["result"]
        assert result["error"] is None
        return {row["clause"]: row["met"] for row in result["data"]}

    return data


def test_it_lists_the_marts(superset: Superset, database: int, company: Company) -> None:
    schemas = superset.ask("GET", f"database/{database}/schemas/")["result"]
    assert {"marts", "ops"} <= {schema.split(".")[-1].strip('"') for schema in schemas}
    listed = superset.ask("GET", f"database/{database}/tables/?q=(schema_name:marts)")["result"]
    published = company.query(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    )
    assert {table["value"] for table in listed} == {name for (name,) in published}


def test_it_shows_what_a_column_means(superset: Superset, dataset: int, company: Company) -> None:
    columns = superset.ask("GET", f"dataset/{dataset}")["result"]["columns"]
    published = company.query(
        f"select column_name, data_type, comment from duckdb_columns() where table_name = '{MART}'"
    )
    assert {(column["column_name"], column["description"]) for column in columns} == {
        (name, comment) for name, _, comment in published
    }
    assert {column["column_name"] for column in columns if column["is_dttm"]} == {
        name for name, kind, _ in published if kind in ("DATE", "TIMESTAMP")
    }


def test_it_cannot_write(superset: Superset, database: int) -> None:
    query = {"database_id": database, "sql": "create table marts.mine as select 1", "schema": ""}
    superset.ask("PUT", f"database/{database}", json={"allow_dml": True})
    answer = superset.client.post(
        "/api/v1/sqllab/execute/",
        headers={"Authorization": f"Bearer {superset.token}"},
        json=query,
    )
    assert answer.status_code >= 400
    assert "read-only" in answer.text


def test_a_chart_goes_on_while_a_run_publishes(
    chart: Callable[[], Figures], company: Company
) -> None:
    before = company.figures()
    assert chart() == before
    seen: list[Figures] = []
    with company.start("nightly") as run:
        waiter = threading.Thread(target=run.wait)
        waiter.start()
        while waiter.is_alive():
            seen.append(chart())
            waiter.join(timeout=0.05)
        assert run.returncode == 0, run.stderr and run.stderr.read()
    after = company.figures()
    assert after != before
    assert chart() == after
    # Every answer is of one version: the old one until the new one was there.
    assert [figures for figures in seen if figures not in (before, after)] == []
    switched = [figures == after for figures in seen]
    assert switched == sorted(switched)
    assert not all(switched)
    assert len(seen) > 5
