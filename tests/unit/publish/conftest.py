from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.publish import RunRecord
from tests.unit.publish.build_file import build, run_record

Build = Callable[[str, int], RunRecord]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    file = tmp_path / "warehouse" / "leadpact.duckdb"
    file.parent.mkdir()
    return file


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published"


@pytest.fixture
def build_run(warehouse: Path) -> Build:
    """Builds the warehouse file for a run, with `marker` in every mart."""

    def make(run_id: str, marker: int) -> RunRecord:
        run = run_record(run_id)
        with duckdb.connect(str(warehouse)) as connection:
            build(connection, run, marker=marker, rows=100)
        return run

    return make
