"""One small company, loaded, built, checked and published once for all tests of the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest


@dataclass(frozen=True)
class Installation:
    """One data directory with its exports, driven through the command line as people do."""

    exports: Path
    data_dir: Path

    @property
    def published(self) -> Path:
        return self.data_dir / "published"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "dagster_project.cli", *arguments],
            env={
                **os.environ,
                "LEADPACT_EXPORTS": str(self.exports),
                "LEADPACT_DATA_DIR": str(self.data_dir),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        file = self.published / "leadpact.duckdb"
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def marts(self) -> dict[str, list[tuple[object, ...]]]:
        """The content of every published mart."""
        tables = self.query(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by all"
        )
        return {str(name): self.query(f"from marts.{name}") for (name,) in tables}

    def history(self) -> list[tuple[object, ...]]:
        file = self.data_dir / "warehouse" / "leadpact.duckdb"
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(
                "select status, trigger from runs.history order by started_at"
            ).fetchall()


@pytest.fixture(scope="session")
def first_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Installation, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("company")
    installation = Installation(folder / "exports", folder / "data")
    made = installation.run("sample", "--out", str(folder / "exports"), "--leads", "300")
    assert made.returncode == 0, made.stderr
    return installation, installation.run("nightly")


@pytest.fixture
def installation(
    first_run: tuple[Installation, subprocess.CompletedProcess[str]], tmp_path: Path
) -> Installation:
    """A copy that a test may break; its first run has published."""
    original, _ = first_run
    shutil.copytree(original.exports, tmp_path / "exports")
    shutil.copytree(original.data_dir, tmp_path / "data", symlinks=True)
    return Installation(tmp_path / "exports", tmp_path / "data")
