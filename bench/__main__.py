"""`make bench`: a night on the sample company, loading against `read_csv`, models, dashboards.

Prints medians and ratios; bench/README.md keeps a table of them with date and machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Annotated

import duckdb
import typer

from bench.loading import measure
from bench.models import cost
from dagster_project.sample import generate

LEADPACT = Path(sys.executable).with_name("leadpact")


def nightly(rounds: int) -> None:
    """The sample company end to end, as a person runs it, into a new data directory each time."""
    first, again = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="leadpact-bench-") as folder:
            first.append(_run(folder))
            again.append(_run(folder))
    print(f"nightly, sample company, new data directory: {_spread(first)}")
    print(f"nightly, sample company, nothing new:        {_spread(again)}")


def _run(data_dir: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [LEADPACT, "nightly", "--data-dir", data_dir], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - started


def _spread(seconds: list[float]) -> str:
    return f"median {median(seconds):.1f} s, {min(seconds):.1f} to {max(seconds):.1f} s"


def loading(leads: int, rounds: int) -> None:
    """The five largest files of a generated company, ours against `read_csv` into a table."""
    with tempfile.TemporaryDirectory(prefix="leadpact-bench-") as folder:
        generate(Path(folder), leads=leads, seed=7, crm="both")
        files = sorted(Path(folder).glob("*/*/*.csv"), key=lambda file: -file.stat().st_size)
        for file in files[:5]:
            try:
                print(measure(file, file.parent.parent.name, rounds))
            except duckdb.InvalidInputException:
                # The generated company has a broken row or two, as every CRM does.
                print(f"load {file.name}: read_csv refuses a broken row that we set aside")


def models(leads: int) -> None:
    """The models on a generated company; in a process of its own, whose peak memory is theirs."""
    with tempfile.TemporaryDirectory(prefix="leadpact-bench-") as folder:
        exports, data_dir = Path(folder) / "exports", Path(folder) / "data"
        generate(exports, leads=leads, seed=7, crm="both")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            found = process.submit(cost, exports, data_dir).result()
    print(
        f"models, {leads:,} leads, {found.rows:,} rows: loading {found.loading:.1f} s, "
        f"up to the cycles {found.cycles:.1f} s, ledger and compliance {found.ledger:.1f} s, "
        f"all other models {found.others:.1f} s, publishing {found.publishing:.1f} s, "
        f"peak {found.memory:.1f} GB"
    )
    for name, seconds in found.slowest[:10]:
        print(f"    {seconds:6.1f} s  {name}")
    print(f"dashboards, {leads:,} leads: {len(found.waits)} queries, the slowest of them:")
    for wait in found.waits[:5]:
        print(f"    {wait.milliseconds:6.1f} ms  {wait.mart}: {wait.query}")


def main(
    leads: Annotated[
        int, typer.Option(help="Size of the company that is loaded and built.")
    ] = 100000,
    rounds: Annotated[int, typer.Option(help="How often each is measured.")] = 3,
) -> None:
    """Measure and print."""
    nightly(rounds)
    loading(leads, rounds)
    models(leads)


if __name__ == "__main__":
    typer.run(main)
