"""Two samples made once per test run, and their files as tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.sample import SampleReport, generate


@dataclass(frozen=True)
class Sample:
    """A generated sample: what the generator says of it, and its files as tables of text.

    Table `<crm>.<stem>` holds all drops together, `drop` numbered 1 and 2, rows cut short left out.
    """

    folder: Path
    report: SampleReport
    con: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]

    def column(self, query: str) -> list[Any]:
        return [row[0] for row in self.rows(query)]


def reader(path: Path) -> str:
    """The SQL that reads one file by its own header, with nothing guessed."""
    with path.open(encoding="utf-8", newline="") as file:
        columns = ", ".join(
            "'" + name.replace("'", "''") + "': 'varchar'" for name in next(csv.reader(file))
        )
    return (
        f"read_csv('{path}', auto_detect = false, header = true, ignore_errors = true, "
        "allow_quoted_nulls = false, "
        f"delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}})"
    )


def open_sample(folder: Path, report: SampleReport) -> Sample:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    stems = {(path.parts[-3], path.stem.split("_0")[0]) for path in folder.glob("*/*/*.csv")}
    for crm, stem in sorted(stems):
        con.execute(f"create schema if not exists {crm}")
        drops = sorted({path.parent for path in folder.glob(f"{crm}/*/{stem}*.csv")})
        first = min(path.name for path in (folder / crm).iterdir())
        parts = [
            f"select *, {1 if drop.name == first else 2} as drop from {reader(path)}"
            for drop in drops
            for path in sorted(drop.glob("*.csv"))
            if path.stem.split("_0")[0] == stem
        ]
        con.execute(f'create table {crm}."{stem}" as {" union all by name ".join(parts)}')
    return Sample(folder, report, con)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """The sample that is committed: 2,000 leads of both CRMs with the default seed."""
    folder = tmp_path_factory.mktemp("small")
    sample = open_sample(folder, generate(folder, 2_000))
    yield sample
    sample.con.close()


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """20,000 leads of Salesforce: enough for rates to be near what was meant."""
    folder = tmp_path_factory.mktemp("large")
    sample = open_sample(folder, generate(folder, 20_000, crm="salesforce"))
    yield sample
    sample.con.close()
