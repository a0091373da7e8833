"""Readers see one whole version or another, also while it changes and when a run is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from dagster_project.publish import publish
from dagster_project.publish.versions import current_version
from tests.unit.publish.conftest import Build

PUBLISHER = """
import sys
from pathlib import Path
import duckdb
from dagster_project.publish import publish
from tests.unit.publish.build_file import build, run_record

warehouse, published, number = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
run = run_record(f"run-{number}")
with duckdb.connect(str(warehouse)) as connection:
    build(connection, run, marker=number, rows=300_000)
print("built", flush=True)
publish(warehouse, published, run)
print("published", flush=True)
"""

READER = """
import sys, time
from pathlib import Path
import duckdb

published = Path(sys.argv[1])
seen = []
print("reading", flush=True)
while not (published / "stop").exists():
    with duckdb.connect(str(published / "leadpact.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select distinct marker, count(*) over () from marts.fct_lead_cycles"
        ).fetchall()
    assert len(rows) == 1 and rows[0][1] == 100, rows
    parquet = published / "parquet" / "*" / "fct_lead_cycles.parquet"
    ((count,),) = duckdb.sql(f"select count(*) from '{parquet}'").fetchall()
    assert count == 100, count
    seen.append(rows[0][0])
assert seen == sorted(seen), seen
print(sorted(set(seen)))
"""


def markers(published: Path) -> set[tuple[int, int]]:
    """The (marker, rows) of every published part that carries one."""
    found = set()
    parquet = published / "parquet" / "fct_lead_cycles" / "fct_lead_cycles.parquet"
    with duckdb.connect(str(published / "leadpact.duckdb"), read_only=True) as connection:
        for source in ("marts.fct_lead_cycles", f"'{parquet}'"):
            rows = connection.execute(f"select marker, count(*) from {source} group by all")
            found |= set(rows.fetchall())
    with duckdb.connect(str(published / "restricted.duckdb"), read_only=True) as connection:
        restricted = connection.execute("select marker from restricted.restricted.leads").fetchall()
    return found | {(marker, count) for (marker,) in restricted for _, count in found}


def versions(published: Path) -> list[str]:
    return sorted(path.name for path in (published / ".versions").iterdir())


def test_a_reader_keeps_the_file_it_opened(
    warehouse: Path, published: Path, build_run: Build
) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys\n"
            "c = duckdb.connect(sys.argv[1], read_only=True)\n"
            "print('open', flush=True)\n"
            "sys.stdin.readline()\n"
            "print(c.execute('select sum(marker) from marts.fct_lead_cycles').fetchone()[0])\n",
            str(published / "leadpact.duckdb"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    publish(warehouse, published, build_run("run-2", 2))
    publish(warehouse, published, build_run("run-3", 3))
    assert versions(published) == ["run-2", "run-3"]
    output, _ = reader.communicate("go on\n", timeout=30)
    assert output == "100\n"  # 100 rows of marker 1


def test_readers_never_see_a_mixture(warehouse: Path, published: Path, build_run: Build) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(published)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    for number in range(2, 6):
        publish(warehouse, published, build_run(f"run-{number}", number))
        time.sleep(0.05)
    (published / "stop").touch()
    output, errors = reader.communicate(timeout=30)
    assert reader.returncode == 0, errors
    assert len(output) > len("[1]\n")


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2])
def test_killed_in_the_middle(
    warehouse: Path, published: Path, build_run: Build, delay: float
) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, str(warehouse), str(published), "2"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as publisher:
        assert publisher.stdout is not None
        assert publisher.stdout.readline() == "built\n"
        time.sleep(delay)
        publisher.send_signal(signal.SIGKILL)
    expected = {"run-1": {(1, 100)}, "run-2": {(2, 300_000)}}
    before = str(current_version(published))
    assert markers(published) == expected[before]

    publish(warehouse, published, build_run("run-3", 3))
    assert markers(published) == {(3, 100)}
    assert versions(published) == [before, "run-3"]


def test_killed_before_anything_was_ever_published(
    warehouse: Path, published: Path, build_run: Build
) -> None:
    leftover = published / ".versions" / "run-1"
    leftover.mkdir(parents=True)
    (leftover / "leadpact.duckdb").write_bytes(b"half")
    (published / ".current.next").symlink_to(".versions/run-1")
    assert current_version(published) is None
    publish(warehouse, published, build_run("run-2", 2))
    assert markers(published) == {(2, 100)}
