"""The whole run, as a person or a scheduler starts it."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.integration.run.conftest import Installation

Finished = subprocess.CompletedProcess[str]


def test_a_first_run_publishes(first_run: tuple[Installation, Finished]) -> None:
    installation, done = first_run
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == [*("Loading", "Building", "Checking", "Publishing")]
    assert "Published as of 2026-11-20 02:00:00 UTC" in done.stdout
    assert "Cycles: " in done.stdout
    assert str(installation.published / "leadpact.duckdb") in done.stdout

    ((cycles,),) = installation.query("select count(*) from marts.fct_lead_cycles")
    parquet = installation.published / "parquet" / "fct_lead_cycles" / "fct_lead_cycles.parquet"
    with duckdb.connect(":memory:") as connection:
        assert connection.execute(f"select count(*) from '{parquet}'").fetchall() == [(cycles,)]
    assert isinstance(cycles, int)
    assert cycles > 50
    assert (installation.published / "data_docs" / "index.html").exists()
    docs = installation.published / "dbt_docs" / "index.html"
    assert docs.stat().st_nlink > 1  # the same until a model is edited
    assert str(installation.data_dir) not in docs.read_text(encoding="utf-8")
    assert "fct_lead_cycles" in docs.read_text(encoding="utf-8")
    assert (installation.published / "restricted.duckdb").exists()


def test_ops_runs_tells_what_it_stood_on(first_run: tuple[Installation, Finished]) -> None:
    installation, _ = first_run
    ((status, trigger, as_of, contract, exports, loaded, new, refused, problem),) = (
        installation.query(
            """
            select status, trigger, as_of::varchar, length(contract_hash), length(exports_hash),
                files_loaded = (select count(*) from ops.loads where status = 'loaded'),
                files_new = files_loaded, files_refused,
                rows_loaded <> (select sum(rows_loaded) from ops.loads)
            from ops.runs
            """
        )
    )
    assert (status, trigger, as_of) == ("published", "command", "2026-11-20 02:00:00")
    assert (contract, exports) == (64, 64)
    assert (loaded, new, refused, problem) == (True, True, 0, False)


def test_the_run_is_in_dagsters_history(
    first_run: tuple[Installation, Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _ = first_run
    monkeypatch.setenv("DAGSTER_HOME", str(installation.data_dir / "dagster"))
    with dg.DagsterInstance.get() as instance:
        (record,) = instance.get_run_records()
        assert record.dagster_run.job_name == "nightly"
        assert record.dagster_run.status == dg.DagsterRunStatus.SUCCESS
        ((run_id,),) = installation.query("select run_id from ops.runs")
        assert record.dagster_run.run_id == run_id

        mart = instance.get_latest_materialization_event(dg.AssetKey(["marts", "fct_lead_cycles"]))
        assert mart is not None
        assert mart.asset_materialization is not None
        ((cycles,),) = installation.query("select count(*) from marts.fct_lead_cycles")
        metadata = mart.asset_materialization.metadata
        assert metadata["dagster/row_count"].value == cycles
        lead = instance.get_latest_materialization_event(dg.AssetKey(["raw", "salesforce", "Lead"]))
        assert lead is not None
        assert lead.asset_materialization is not None
        assert lead.asset_materialization.metadata["files_new"].value == 2


def test_published_without_personal_data(first_run: tuple[Installation, Finished]) -> None:
    """No e-mail address and no name of a lead, in whatever text column of a public table."""
    installation, _ = first_run
    restricted = installation.published / "restricted.duckdb"
    with duckdb.connect(str(restricted), read_only=True) as connection:
        emails, names = (
            {str(value) for (value,) in connection.execute(query).fetchall()}
            for query in (
                "select distinct lower(email) from restricted.restricted.leads"
                " where contains(email, '@')",
                "select distinct lower(name) from restricted.restricted.leads"
                " where contains(trim(name), ' ')",
            )
        )
    # Of a lead who is called like a rep, the public name is the rep's.
    names -= {
        str(name) for (name,) in installation.query("select lower(name) from marts.dim_owner")
    }
    assert len(emails) > 100
    assert len(names) > 100
    public = installation.query(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal and data_type like '%VARCHAR%' and table_name <> 'dim_owner'"
    )
    assert ("marts", "fct_lead_cycles", "lead_key") in public
    told = {
        f"{schema}.{table}.{column}": value
        for schema, table, column in public
        for (value,) in installation.query(
            f'select distinct lower("{column}"::varchar) from {schema}.{table} '
            f'where "{column}" is not null'
        )
        for word in (emails if "@" in str(value) else names)
        if word in str(value)
    }
    assert told == {}


def test_only_the_owner_opens_personal_data(first_run: tuple[Installation, Finished]) -> None:
    installation, _ = first_run
    warehouse = installation.data_dir / "warehouse"
    modes = {
        path.name: oct(path.stat().st_mode & 0o777)
        for path in (
            warehouse,
            installation.published / "leadpact.duckdb",
            installation.published / "restricted.duckdb",
            installation.published / ".current",
        )
    }
    assert modes == {
        "warehouse": "0o700",
        "leadpact.duckdb": "0o644",
        "restricted.duckdb": "0o600",
        ".current": "0o755",
    }
    assert oct((warehouse / "leadpact.duckdb").stat().st_mode & 0o777) == "0o600"


def test_a_full_refresh_without_a_drop_is_refused(installation: Installation) -> None:
    before = installation.marts()
    drops = sorted(path for path in (installation.exports / "salesforce").iterdir())
    drops[0].rename(installation.exports.parent / drops[0].name)
    done = installation.run("nightly", "--full-refresh")
    assert done.returncode == 2, done.stderr
    name = f"salesforce/{drops[0].name}"
    assert done.stderr.splitlines()[-1] == (
        f"{name} was loaded and is no longer in {installation.exports}: put it back, run without"
        f" --full-refresh, or add --forget {name} to lose what came with it alone."
    )
    assert installation.marts() == before


def test_a_misdated_delivery_is_taken_back(installation: Installation) -> None:
    """As a typo of a year; marts and restated figures are then as if it had never come."""
    before = installation.marts()
    lead = next((installation.exports / "salesforce").glob("2026-11-20*/Lead.csv"))
    header, row = lead.read_text(encoding="utf-8").splitlines()[:2]
    wrong = installation.exports / "salesforce" / "2027-06-01"
    wrong.mkdir()
    (wrong / "Lead.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    done = installation.run("nightly")
    assert done.returncode == 0, done.stderr
    assert "Published as of 2027-06-01 00:00:00 UTC" in done.stdout
    assert installation.marts() != before

    shutil.rmtree(wrong)
    done = installation.run("nightly", "--forget", "salesforce/2027-6-1")
    assert done.returncode == 2
    assert "Nothing was loaded from salesforce/2027-6-1, so it cannot be" in done.stderr
    done = installation.run("nightly", "--forget", "salesforce/2027-06-01")
    assert done.returncode == 0, done.stderr
    assert "Published as of 2026-11-20 02:00:00 UTC" in done.stdout
    assert installation.marts() == before


def test_run_again_and_from_scratch_gives_the_same_marts(installation: Installation) -> None:
    before = installation.marts()
    assert before["fct_lead_cycles"]
    again = installation.run("nightly")
    assert again.returncode == 0, again.stderr
    assert "0 of them new" in again.stdout
    assert installation.marts() == before

    anew = installation.run("nightly", "--full-refresh")
    assert anew.returncode == 0, anew.stderr
    assert installation.marts() == before
    assert installation.query("select files_new = files_loaded from ops.runs order by started_at")[
        -1
    ] == (True,)
    assert len(installation.query("from ops.runs")) == 3


def test_a_refused_file_publishes_nothing_new(installation: Installation) -> None:
    before = installation.query("from ops.runs")
    drop = installation.exports / "salesforce" / "2026-11-21"
    drop.mkdir()
    (drop / "Lead.csv").write_text("<!DOCTYPE html><html><body>Log in</body></html>\n")
    (drop / "UserRole.csv").write_text("Id,Name\n00E000000000999,Field Sales\n")

    done = installation.run("nightly")
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert any("Lead.csv" in line for line in lines)
    assert lines[-1] == (
        "1 file was refused. Everything else was loaded, nothing new was published."
    )
    assert "Traceback" not in done.stderr
    assert installation.query("from ops.runs") == before
    assert installation.history() == [("published", "command"), ("refused", "command")]

    status = installation.run("status")
    assert status.returncode == 0
    assert "refused" in status.stdout
    assert "Lead.csv" in status.stdout

    (drop / "Lead.csv").unlink()
    assert installation.run("nightly").returncode == 0
    roles = installation.query(
        "select rows_loaded from ops.loads where file_name like '%-21/User%'"
    )
    assert roles == [(1,)]


def test_a_second_run_and_a_killed_one(installation: Installation) -> None:
    before = installation.marts()
    first = installation.start("nightly")
    assert first.stderr is not None
    while first.stderr.readline() not in ("Building\n", ""):
        pass
    second = installation.run("nightly")
    assert second.returncode == 2
    assert second.stderr.startswith("Another run is writing to")
    assert second.stderr.count("\n") == 1

    first.send_signal(signal.SIGKILL)
    first.wait(timeout=30)
    first.communicate()
    assert installation.marts() == before

    third = installation.run("nightly")
    assert third.returncode == 0, third.stderr
    assert installation.marts() == before
    assert [status for status, _ in installation.history()] == ["published", "killed", "published"]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_run_told_to_stop_stops_at_once_and_says_so(
    installation: Installation, told: signal.Signals
) -> None:
    before = installation.query("from ops.runs")
    run = installation.start("nightly")
    assert run.stderr is not None
    while run.stderr.readline() not in ("Building\n", ""):
        pass
    run.send_signal(told)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 1
    assert said.splitlines()[-1] == "Stopped; what was published before is as it was."
    assert "Traceback" not in said
    assert installation.query("from ops.runs") == before
    assert installation.history()[-1] == ("failed", "command")


def test_a_broken_build_leaves_what_was_published(installation: Installation) -> None:
    """A run that fails at its last step, because something lies where it wants to publish."""
    before = installation.query("from ops.runs")
    link = installation.published / "parquet"
    target = link.readlink()
    link.unlink()
    link.mkdir()
    done = installation.run("nightly")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"{link} is in the way of what is to be published: move it away and run again."
    )
    assert installation.query("from ops.runs") == before
    link.rmdir()
    link.symlink_to(target)
    assert installation.history()[-1] == ("failed", "command")
    assert not list(Path(installation.data_dir / "warehouse").glob("*.wal"))


def test_a_definition_that_contradicts_its_signed_examples_says_which(
    installation: Installation, tmp_path: Path
) -> None:
    before = installation.query("from ops.runs")
    agreement = tmp_path / "agreement"
    shutil.copytree(PROJECT_ROOT / "dbt" / "seeds", agreement)
    definition = agreement / "lead_definition.csv"
    raised = definition.read_text().replace("at_least,50,", "at_least,99,")
    assert raised != definition.read_text()
    definition.write_text(raised)
    done = installation.run("nightly", "--contract", str(agreement))
    assert done.returncode == 1
    assert (
        "lead_definition_examples.csv: pass_1 is signed as pass, but by the definition in force on "
        "2026-11-20 it fails engaged_enough: mend the example, or lead_definition.csv."
    ) in done.stderr.splitlines()
    assert installation.query("from ops.runs") == before
