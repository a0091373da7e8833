"""A process killed in the middle of loading: the next run comes to the same warehouse."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import duckdb

from dagster_project.ingest import load_exports, read_mappings

FILES = 6
ROWS = 3_000

SCRIPT = """
import os, signal, sys
from pathlib import Path
import duckdb
from dagster_project.ingest import load, load_exports, read_mappings

stored = 0
quarantine = load.quarantine

def kill_inside_the_third_transaction(*arguments):
    global stored
    stored += 1
    if stored == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    quarantine(*arguments)

load.quarantine = kill_inside_the_third_transaction
load_exports(duckdb.connect(sys.argv[1]), Path(sys.argv[2]), read_mappings())
"""


def content(warehouse: Path) -> dict[str, list[tuple]]:
    with duckdb.connect(warehouse) as connection:
        tables = connection.execute(
            "select schema_name || '.\"' || table_name || '\"' from duckdb_tables()"
        ).fetchall()
        return {
            table: sorted(
                connection.execute(
                    f"select columns(lambda c: c <> 'loaded_at') from {table}"
                ).fetchall(),
                key=repr,
            )
            for (table,) in tables
        }


def test_killed_inside_a_transaction(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    for number in range(FILES):
        drop = exports / "salesforce" / f"2026-11-{10 + number}"
        drop.mkdir(parents=True)
        rows = "".join(f"{number}-{row},name,new {number}\n" for row in range(ROWS))
        (drop / "User.csv").write_text(f"Id,Name,Column {number}\n{rows},nobody,x\n")
    killed, whole = tmp_path / "killed.duckdb", tmp_path / "whole.duckdb"
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(killed), str(exports)], check=False, timeout=60
    )
    assert process.returncode == -signal.SIGKILL
    with duckdb.connect(killed) as connection:
        assert connection.execute("select count(*) from ingest.loads").fetchone() == (2,)
        raw = connection.execute('select count(*) from raw_salesforce."User"').fetchone()
        assert raw == (2 * ROWS,)
        report = load_exports(connection, exports, read_mappings())
    assert (len(report.known), len(report.new)) == (2, FILES - 2)
    with duckdb.connect(whole) as connection:
        load_exports(connection, exports, read_mappings())
    assert content(killed) == content(whole)
