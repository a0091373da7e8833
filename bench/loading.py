"""Loading one export file, against DuckDB's own read_csv into a table on the same file.

Belongs here: that comparison. Both write to a new database file on the same disk; ours also hashes
the file, accounts for every line, looks for repeated and missing ids and keeps where each row came
from. The aim is no less than half of read_csv's speed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

from dagster_project.ingest import load_exports, read_mappings


@dataclass(frozen=True)
class Loading:
    """Medians in seconds of one file; `ratio` is read_csv's time over ours, 1 being as fast."""

    file: str
    megabytes: float
    rows: int
    ours: float
    read_csv: float

    @property
    def ratio(self) -> float:
        """How much of read_csv's speed loading has."""
        return self.read_csv / self.ours

    def __str__(self) -> str:
        return (
            f"load {self.file} ({self.rows:,} rows, {self.megabytes:.0f} MB):"
            f" {self.ours:.2f} s, read_csv {self.read_csv:.2f} s, ratio {self.ratio:.2f}"
        )


def measure(file: Path, crm: str, rounds: int = 5) -> Loading:
    """Loads `file`, named as an object of `crm`, `rounds` times each way, taking turns so that
    other load on the machine falls on both.

    Raises RuntimeError when the two do not load the same number of rows.
    """
    mappings = read_mappings()
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="leadpact-bench-") as name:
        folder = Path(name)
        exports = folder / "exports"
        drop = exports / crm / "2026-11-20"
        drop.mkdir(parents=True)
        try:
            os.link(file, drop / file.name)
        except OSError:  # another file system
            shutil.copy(file, drop / file.name)
        literal = "'" + str(file).replace("'", "''") + "'"
        statement = f"create table t as select * from read_csv({literal}, all_varchar = true)"
        for _ in range(rounds):
            seconds, rows = _timed(folder, lambda c: c.execute(statement))
            theirs.append(seconds)
            seconds, loaded = _timed(folder, lambda c: load_exports(c, exports, mappings))
            ours.append(seconds)
            if loaded != rows:
                raise RuntimeError(f"read_csv has {rows} rows of {file.name}, we {loaded}")
    return Loading(file.name, file.stat().st_size / 1e6, rows, median(ours), median(theirs))


def _timed(folder: Path, load: Callable[[duckdb.DuckDBPyConnection], object]) -> tuple[float, int]:
    """Seconds of `load` into a new database, and the rows of its largest table."""
    warehouse = folder / "warehouse.duckdb"
    warehouse.unlink(missing_ok=True)
    with duckdb.connect(warehouse) as connection:
        connection.execute("set enable_progress_bar = false")
        started = time.perf_counter()
        load(connection)
        seconds = time.perf_counter() - started
        row = connection.execute("select max(estimated_size) from duckdb_tables()").fetchone()
    return seconds, row[0] if row else 0
