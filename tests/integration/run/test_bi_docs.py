"""What docs/bi tells people to run, run on what a night published."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.bi_docs import blocks, links
from tests.integration.run.conftest import Installation

Finished = subprocess.CompletedProcess[str]
SQL = [*blocks("sql"), *blocks("duckdb")]


@pytest.mark.parametrize("sql", [text for _, text in SQL], ids=[name for name, _ in SQL])
def test_sql(first_run: tuple[Installation, Finished], sql: str) -> None:
    installation, _ = first_run
    assert installation.query(sql) != []


@pytest.mark.parametrize(
    "program", [text for _, text in blocks("python")], ids=[name for name, _ in blocks("python")]
)
def test_python(first_run: tuple[Installation, Finished], program: str) -> None:
    installation, _ = first_run
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=installation.data_dir.parent,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_links_lead_somewhere() -> None:
    assert len(links()) > 10
    assert [f"{page}: {target}" for page, target in links() if not target.exists()] == []
