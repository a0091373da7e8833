"""Arguments, exit statuses and the sentences people read; nothing here starts a run that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt" / "seeds"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in ("EXPORTS", "CONTRACT", "DATA_DIR"):
        monkeypatch.setenv(f"LEADPACT_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("LEADPACT_CONTRACT", str(SEEDS))
    return CliRunner()


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    drop = tmp_path / "exports" / "salesforce" / "2026-11-20"
    drop.mkdir(parents=True)
    (drop / "UserRole.csv").write_text("Id,Name\n00E1,SDR East\n")
    return tmp_path / "exports"


def test_a_missing_exports_folder(cli: CliRunner, tmp_path: Path) -> None:
    result = cli.invoke(app, ["nightly"])
    assert result.exit_code == 2
    assert str(tmp_path / "exports") in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_empty_exports_folder(cli: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    result = cli.invoke(app, ["nightly"])
    assert result.exit_code == 2
    assert str(tmp_path / "exports") in result.stderr


def test_a_malformed_agreement_starts_nothing(
    cli: CliRunner, tmp_path: Path, exports: Path
) -> None:
    contract = tmp_path / "contract"
    shutil.copytree(SEEDS, contract)
    header, first, *others = (contract / "sla_terms.csv").read_text().splitlines()
    term_id, _clause, *cells = first.split(",")
    first = ",".join([term_id, "applause", *cells])
    (contract / "sla_terms.csv").write_text("\n".join([header, first, *others]))

    result = cli.invoke(app, ["nightly", "--contract", str(contract)])
    assert result.exit_code == 2
    assert "sla_terms.csv:2" in result.stderr
    assert "applause" in result.stderr
    assert not (tmp_path / "data_dir" / "warehouse" / "leadpact.duckdb").exists()
    assert not (tmp_path / "data_dir" / "dagster").exists()

    checked = cli.invoke(app, ["check-contract", "--contract", str(contract)])
    assert checked.exit_code == 2
    assert "sla_terms.csv:2" in checked.stderr


def test_faults_of_seeds_and_of_mappings_are_told_at_once(
    cli: CliRunner, tmp_path: Path, exports: Path
) -> None:
    contract = tmp_path / "contract"
    shutil.copytree(SEEDS, contract)
    with (contract / "segments.csv").open("a") as segments:
        segments.write("tiny,many,\n")
    line = len((contract / "segments.csv").read_text().splitlines())
    mappings = contract / "mappings"
    mappings.mkdir()
    (mappings / "a.yml").write_text("objects: [")
    (mappings / "b.yml").write_text("crm: Not a name\nobjects: {}\n")
    (mappings / "forms.yml").write_text(
        "objects: {F: {feeds: {reviews: {crm: a, lead_id: I}}}}\ntimezone: Mars/Base\n"
    )
    for command in ("check-contract", "nightly"):
        result = cli.invoke(app, [command, "--contract", str(contract)])
        assert result.exit_code == 2
        places = [told.split(": ")[0] for told in result.stderr.splitlines()]
        assert places == [
            f"{contract}/segments.csv:{line}",
            f"{mappings}/a.yml:1",
            f"{mappings}/b.yml:1",
            f"{mappings}/forms.yml:2",
        ]


def test_the_version(cli: CliRunner) -> None:
    result = cli.invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout == f"leadpact {version('leadpact')}\n"


def test_a_sample_into_what_is_no_folder(cli: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    for out, why in [
        (file, "File exists"),
        (file / "x", "Not a directory"),
        (Path("/proc/x"), "No such file or directory"),
    ]:
        result = cli.invoke(app, ["sample", "--out", str(out), "--leads", "1"])
        assert result.exit_code == 2
        assert result.stderr == (
            f"{out} cannot be written to ({why}): name another folder with --out.\n"
        )
    assert file.read_text() == "not a folder"


def test_the_shipped_agreement_is_valid(cli: CliRunner) -> None:
    result = cli.invoke(app, ["check-contract"])
    assert result.exit_code == 0
    assert "is valid" in result.stderr


def test_as_of_must_be_an_instant(cli: CliRunner, exports: Path) -> None:
    result = cli.invoke(app, ["nightly", "--as-of", "yesterday"])
    assert result.exit_code == 2
    assert "'yesterday' is no instant" in result.stderr


def test_a_second_run_is_told(cli: CliRunner, tmp_path: Path, exports: Path) -> None:
    lock = tmp_path / "data_dir" / "warehouse" / "run.lock"
    lock.parent.mkdir(parents=True)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                """
                import sys
                from filelock import FileLock
                with FileLock(sys.argv[1]):
                    print("held", flush=True)
                    sys.stdin.readline()
                """
            ),
            str(lock),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        result = cli.invoke(app, ["nightly"])
    finally:
        holder.communicate("go\n", timeout=10)
    assert result.exit_code == 2
    assert "Another run is writing to" in result.stderr
    assert result.stderr.count("\n") == 1
    with FileLock(lock, timeout=0):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_data_dir_without_permission(cli: CliRunner, tmp_path: Path, exports: Path) -> None:
    locked = tmp_path / "data_dir"
    locked.mkdir(mode=0o500)
    result = cli.invoke(app, ["nightly"])
    assert result.exit_code == 2
    assert f"{locked} cannot be written to" in result.stderr


def test_a_data_dir_that_is_a_file(cli: CliRunner, tmp_path: Path, exports: Path) -> None:
    (tmp_path / "data_dir").write_text("not a folder")
    result = cli.invoke(app, ["nightly"])
    assert result.exit_code == 2
    assert "cannot be written to" in result.stderr


def test_status_of_nothing(cli: CliRunner) -> None:
    result = cli.invoke(app, ["status"])
    assert result.exit_code == 0
    assert "Published: nothing yet" in result.stdout
    assert "Runs: none yet" in result.stdout


def test_debug_shows_where_it_arose(cli: CliRunner) -> None:
    result = cli.invoke(app, ["nightly", "--debug"])
    assert result.exception is not None
    assert type(result.exception).__name__ == "UsageError"


def test_an_unknown_option_is_a_wrong_call(cli: CliRunner) -> None:
    assert cli.invoke(app, ["nightly", "--tomorrow"]).exit_code == 2


@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["nightly", "--help"]])
def test_quick_commands_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from dagster_project.cli import app\n"
        "try:\n    app(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'dagster', 'dbt', 'great_expectations', 'pandas', 'sqlalchemy'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "LEADPACT_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.endswith("HEAVY []\n")
