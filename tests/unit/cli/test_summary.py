"""What `leadpact status` and a run's closing summary say, word by word."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.publish import RunRecord, history
from dagster_project.settings import Settings
from dagster_project.summary import print_status, print_summary

STARTED = datetime(2026, 11, 21, 2, 0)
WHY = (
    "raw suite: raw_salesforce.Lead, column Id: Every record has its id (expect_no_rows), 3 rows"
    " do not (salesforce/2026-11-20T020000Z/Lead.csv:2); nothing was published."
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("COLUMNS", "80")
    return Settings(data_dir=tmp_path, exports=tmp_path / "exports")


def _begin(settings: Settings, run_id: str, day: int) -> duckdb.DuckDBPyConnection:
    settings.warehouse_file.parent.mkdir(exist_ok=True)
    connection = duckdb.connect(str(settings.warehouse_file))
    record = RunRecord(run_id, "command", STARTED.replace(day=day), "0.1.0")
    history.begin(connection, record, published_run=None)
    return connection


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    code = """
        import sys
        from filelock import FileLock
        with FileLock(sys.argv[1]):
            print("held", flush=True)
            sys.stdin.readline()
    """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate("go\n", timeout=10)


def test_a_run_that_nobody_is_running_has_stopped(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    _begin(settings, "r-1", 21).close()
    with _locked(settings.run_lock):
        print_status(settings)
    assert "2026-11-21 02:00:00  running    command" in capsys.readouterr().out
    print_status(settings)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [
        "  2026-11-21 02:00:00  stopped    command",
        "    It ended without saying so; the next run begins anew.",
    ]
    with _locked(settings.run_lock):  # which status let go of
        pass


def test_why_a_run_failed_is_folded_under_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with _begin(settings, "r-1", 21) as connection:
        finished = STARTED.replace(minute=1)
        history.finish(connection, "r-1", "failed", finished_at=finished, message=WHY)
        connection.execute("update runs.history set as_of = timestamp '2026-11-20 02:00:00'")
    print_status(settings)
    *_, title, run, first, second, third = capsys.readouterr().out.splitlines()
    assert title == "Runs, the last first; times are UTC:"
    assert run == "  2026-11-21 02:00:00  failed     command      60.0 s  as of 2026-11-20 02:00:00"
    told = [first, second, third]
    assert all(line.startswith("    ") and len(line) <= 80 for line in told)
    assert " ".join(line.strip() for line in told) == WHY


def test_a_wrong_manifest_is_told_once(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    drop = settings.exports / "salesforce" / "2026-11-20"
    drop.mkdir(parents=True)
    (drop / "_export.json").write_text("[]")
    (drop / "Lead.csv").write_text("Id\n")
    with _begin(settings, "r-1", 21) as connection:
        connection.execute(
            """
            create schema ingest;
            create table ingest.loads as select 'salesforce' as crm, 'refused' as status, * from (
                values
                ('salesforce/2026-11-20/_export.json',
                'salesforce/2026-11-20/_export.json is wrong'),
                ('salesforce/2026-11-20/Lead.csv', 'salesforce/2026-11-20/Lead.csv was not read,'
                || ' because the _export.json of its drop is wrong')
            ) as refused (file_name, error)
            """
        )
    print_status(settings)
    refused = [line for line in capsys.readouterr().out.splitlines() if "Refused" in line]
    assert refused == ["Refused: salesforce/2026-11-20/_export.json is wrong"]


def test_the_summary_says_where_problems_and_quarantined_rows_lie(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.published_dir.mkdir()
    with duckdb.connect(str(settings.published_dir / "leadpact.duckdb")) as connection:
        connection.execute(
            """
            create schema ops;
            create schema marts;
            create table ops.runs as select 'r-1' as run_id, 37 as files_loaded, 2 as files_new,
                timestamp '2026-11-20 02:00:00' as as_of, 26286 as rows_loaded,
                2 as rows_quarantined, timestamp '2026-11-21 02:01:00' as published_at;
            create table marts.fct_lead_cycles as select 'a' as lead_key, null as closed_at;
            create table ops.problems as select * from (values
                ('hubspot', null, 'source', 'lead_sources.csv does not list this source, so its'
                || ' leads count as unmapped; it occurs once'),
                ('hubspot', 'contacts', 'employees', 'the value is no number and counts as blank'),
                ('hubspot', 'contacts', 'employees', 'the value is no number and counts as blank'),
                ('hubspot', null, 'exported_at', 'hubspot/2027-06-01 is still to come')
            ) as problems (crm, object, field, problem);
            """
        )
    print_summary(settings, 33.5)
    restricted = settings.published_dir / "restricted.duckdb"
    assert capsys.readouterr().out.splitlines()[:11] == [
        "Published as of 2026-11-20 02:00:00 UTC in 33.5 s (run r-1).",
        "Take care: hubspot/2027-06-01 is still to come.",
        "Files: 37, 2 of them new. Rows: 26,286 loaded, 2 quarantined.",
        "Quarantined: ops.quarantined_rows says where and why; the raw lines are in "
        f"restricted.quarantined_lines of {restricted}.",
        "Cycles: 1 of 1 leads, 1 of them open.",
        "Problems: 4, listed in ops.problems; the values are in restricted.problem_values of "
        f"{restricted}.",
        "        2  hubspot contacts employees: the value is no number and counts as",
        "           blank",
        "        1  hubspot exported_at: hubspot/2027-06-01 is still to come",
        "        1  hubspot source: lead_sources.csv does not list this source, so its",
        "           leads count as unmapped; it occurs once",
    ]
