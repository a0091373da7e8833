"""What docs/analysts.md tells people to type works, and what it names is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.settings import PROJECT_ROOT
from tests.analysts.questions import open_sample

PAGE = (PROJECT_ROOT / "docs" / "analysts.md").read_text()
QUERIES = re.findall(r"^ +\.venv/bin/leadpact (query .*)$", PAGE, re.M)
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def published(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_sample(sample) as connection:
        yield connection


@pytest.fixture
def in_the_checkout(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory in which data/published is the sample."""
    (tmp_path / "data").symlink_to(sample, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", QUERIES)
def test_commands(command: str, sample: Path, tmp_path: Path) -> None:
    arguments = [argument.replace("/tmp/", f"{tmp_path}/") for argument in shlex.split(command)]
    result = CliRunner().invoke(app, [*arguments, "--data-dir", str(sample)])
    assert result.exit_code == 0, result.stderr
    assert result.stdout or list(tmp_path.iterdir())


def test_there_are_commands() -> None:
    assert len(QUERIES) == 5


def test_sql(in_the_checkout: Path) -> None:
    statements = [code for language, code in BLOCKS if language == "sql"]
    assert len(statements) == 3
    file = in_the_checkout / "data" / "published" / "leadpact.duckdb"
    for statement in statements:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{file}' (read_only); use leadpact")
            assert connection.execute(statement).fetchall()


def test_python(in_the_checkout: Path) -> None:
    """The block on DuckDB; those on polars, pandas with pyarrow and Spark need what is not here."""
    (code,) = [code for language, code in BLOCKS if language == "python" and "duckdb" in code]
    names: dict[str, object] = {}
    exec(compile(code, "analysts.md", "exec"), names)
    assert len(names["frame"]) > 5  # type: ignore[arg-type]


def test_files_that_are_named_are_there(in_the_checkout: Path) -> None:
    paths = set(re.findall(r"data/published/[\w./*]*\w", PAGE))
    assert len(paths) >= 4
    for path in paths:
        assert list(in_the_checkout.glob(path)), path


def test_tables_and_columns_that_are_named_are_there(
    published: duckdb.DuckDBPyConnection,
) -> None:
    known = {
        name
        for (name,) in published.execute(
            """
            select table_name from duckdb_columns() where not internal
            union select column_name from duckdb_columns() where not internal
            """
        ).fetchall()
    }
    named = set(re.findall(r"\b(?:fct|rpt|dim)_[a-z_]+\b", PAGE))
    section = PAGE[PAGE.index("## From a number") : PAGE.index("## The semantic layer")]
    named |= set(re.findall(r"`([a-z]+_[a-z_]+)`", section)) - {"not_routed"}
    assert len(named) > 20
    assert named - known == set()


def test_every_metric_is_in_the_table() -> None:
    folder = PROJECT_ROOT / "dbt" / "models" / "semantic"
    files = [yaml.safe_load(file.read_text()) for file in folder.glob("*.yml")]
    metrics = {metric["name"] for file in files for metric in file.get("metrics", [])}
    table = PAGE[PAGE.index("| metric | is |") :]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == metrics
