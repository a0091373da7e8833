"""`leadpact query`: asks what is published, and cannot change it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.publish import publish
from dagster_project.query.screen import print_rows
from dagster_project.query.statements import _PERSONS
from dagster_project.settings import PROJECT_ROOT
from tests.unit.publish.build_file import build, run_record

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    warehouse = folder / "warehouse" / "leadpact.duckdb"
    warehouse.parent.mkdir()
    run = run_record("run-1")
    with duckdb.connect(str(warehouse)) as connection:
        build(connection, run, marker=7, rows=250)
    publish(warehouse, folder / "published", run)
    return folder


@pytest.fixture
def ask(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("LEADPACT_DATA_DIR", str(data_dir))
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()
    return lambda *arguments, **more: runner.invoke(app, ["query", *map(str, arguments)], **more)


def digests(data_dir: Path) -> dict[Path, str]:
    """Every file below a folder, by its content."""
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in data_dir.rglob("*")
        if path.is_file()
    }


def test_a_table_for_people(ask: Ask) -> None:
    result = ask(
        "select cycle_id, cycle_number / 3 as third, null as nothing, true as sure,"
        " timestamp '2026-01-02 03:04:05' as at from fct_lead_cycles order by cycle_number limit 2"
    )
    assert result.exit_code == 0
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "cycle_id         third  nothing  sure  at",
        "salesforce:0#1       0  null     true  2026-01-02 03:04:05",
        "salesforce:1#1  0.3333  null     true  2026-01-02 03:04:05",
    ]
    assert result.stderr == "2 rows, as of 2026-11-20 02:00 UTC.\n"


def test_tables_are_found_with_and_without_their_schema(ask: Ask) -> None:
    for table in ("marts.fct_lead_cycles", "fct_lead_cycles", "leadpact.marts.fct_lead_cycles"):
        assert "250" in ask(f"select count(*) as n from {table}").stdout
    assert "3" in ask("select count(*) as n from loads").stdout
    assert ask("select explanation from a_explanations limit 1").exit_code == 0


def test_many_rows_are_cut_and_counted(ask: Ask) -> None:
    result = ask("from fct_lead_cycles")
    assert len(result.stdout.splitlines()) == 101
    assert result.stderr.startswith("100 of 250 rows, as of 2026-11-20 02:00 UTC; --limit 0 shows")
    assert len(ask("from fct_lead_cycles", "--limit", 0).stdout.splitlines()) == 251
    assert len(ask("from fct_lead_cycles;  -- all of them", "--limit", 3).stdout.splitlines()) == 4


def test_pivot_is_a_question(ask: Ask) -> None:
    result = ask("pivot fct_lead_cycles on marker using count(*) group by marker", "--limit", 1)
    assert result.exit_code == 0, result.stderr
    assert "250" in result.stdout


def test_a_plan_is_drawn(ask: Ask) -> None:
    result = ask("explain select count(*) from fct_lead_cycles")
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) >= 3


def test_machines_get_every_row(ask: Ask, tmp_path: Path, data_dir: Path) -> None:
    question = "select cycle_number as n, 'a,''\nb' as words, null as nothing"
    question += " from fct_lead_cycles order by n"
    for name in ("rows.csv", "rows.json", "rows.parquet"):
        result = ask(question, "--output", tmp_path / name)
        assert (result.exit_code, result.stderr) == (0, f"250 rows in {tmp_path / name}.\n")
    with (tmp_path / "rows.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 250
    assert rows[0] == {"n": "0", "words": "a,'\nb", "nothing": ""}
    assert json.loads((tmp_path / "rows.json").read_text())[249] == {
        "n": 249,
        "words": "a,'\nb",
        "nothing": None,
    }
    with duckdb.connect() as connection:
        counted = connection.execute(f"select count(*), max(n) from '{tmp_path}/rows.parquet'")
        assert counted.fetchall() == [(250, 249)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "rows.csv",
        "rows.json",
        "rows.parquet",
    ]


def test_csv_and_json_go_to_the_output(ask: Ask) -> None:
    assert ask("select 1 as a, 'x' as b", "--format", "csv").stdout == "a,b\n1,x\n"
    assert json.loads(ask("select 1 as a", "--format", "json").stdout) == [{"a": 1}]


def test_a_question_from_a_file_and_from_the_input(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "question.sql").write_text("\ufeff-- how many\nselect 41 + 1 as n;\n")
    assert "42" in ask("--file", tmp_path / "question.sql").stdout
    assert "42" in ask("-", input="select 41 + 1 as n").stdout
    assert "42" in ask("--file", "-", input="select 41 + 1 as n").stdout


@pytest.mark.parametrize(
    ("sql", "verb"),
    [
        ("drop table marts.fct_lead_cycles", "DROP"),
        ("/* a\n comment */ -- and one\n  Update marts.dim_owner set name = 'x'", "UPDATE"),
        ("insert into marts.dim_owner values (1)", "INSERT"),
        ("create temp table t as select 1", "CREATE"),
        ("copy (select 1) to '/tmp/leadpact-never.csv'", "COPY"),
        ("attach ':memory:' as other", "ATTACH"),
        ("install httpfs", "INSTALL"),
        ("load json", "LOAD"),
        ("set threads = 1", "SET"),
        ("use ops", "USE"),
        ("pragma version", "PRAGMA"),
        ("call force_checkpoint()", "CALL"),
        ("export database '/tmp/leadpact-never'", "EXPORT"),
        ("checkpoint", "CHECKPOINT"),
    ],
)
def test_what_is_no_question_is_refused(ask: Ask, data_dir: Path, sql: str, verb: str) -> None:
    before = digests(data_dir)
    result = ask(sql)
    assert result.exit_code == 2
    assert result.stderr == (
        "leadpact query only reads what is published, and nothing was changed: "
        f"{verb} is no question; begin with SELECT, FROM or WITH.\n"
    )
    assert digests(data_dir) == before


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        (
            "with gone as (delete from marts.dim_owner returning *) from gone",
            "only reads what is published",
        ),
        ("explain analyze delete from marts.dim_owner", "only reads what is published"),
        ("select * from read_csv('/etc/passwd')", "no other file"),
        ("select * from read_text('/etc/hostname')", "no other file"),
        ("select * from glob('/*')", "no other file"),
        ("select * from 'https://leadpact.example/x.csv'", "no other file"),
        ("select * from '/etc/passwd'", "does not exist"),
        ("select * from data_dir", "does not exist"),
        ("select getenv('HOME')", "does not exist"),
    ],
)
def test_nothing_else_can_be_reached(ask: Ask, data_dir: Path, sql: str, sentence: str) -> None:
    before = digests(data_dir)
    result = ask(sql)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert digests(data_dir) == before


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        (
            "select cycle_id,\n       'ä', nope\nfrom fct_lead_cycles",
            'Line 2, column 13: Referenced column "nope" not found in FROM clause! Candidate',
        ),
        ("selekt 1", 'Line 1, column 1: This is no SQL: syntax error at or near "selekt".'),
        (
            "from fct_lead_cycle",
            "Line 1, column 6: Table with name fct_lead_cycle does not exist! Did you mean "
            '"fct_lead_cycles"?',
        ),
        ("select 'x'::int", "Line 1, column 11: Could not convert string 'x' to INT32."),
        ("select 1//0", "Division by zero in expression (1 // 0). Use TRY(...) to return NULL"),
        ("select 1; select 2", "These are 2 statements: ask one question at a time."),
        ("  -- nothing", "There is no question in this"),
        ("from leads", "Line 1, column 6: leads tells who the leads are: those who may read it"),
        ("from restricted.leads", "Line 1, column 6: restricted.leads tells who the leads are"),
    ],
)
def test_errors_are_a_sentence_with_their_place(ask: Ask, sql: str, sentence: str) -> None:
    for arguments in ((), ("--format", "csv")):
        result = ask(sql, *arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith(sentence)
        assert len(result.stderr.splitlines()) == 1
        assert result.stdout == ""


def test_wrong_calls(ask: Ask, tmp_path: Path, data_dir: Path) -> None:
    wrong = {
        (): "Give one question",
        ("select 1", "--tables"): "Give one question",
        ("--file", str(tmp_path / "nope.sql")): "nope.sql cannot be read: No such file",
        ("select 1", "--format", "parquet"): "Parquet is nothing for a screen",
        ("select 1", "--output", str(tmp_path / "rows.xlsx")): "In which format",
        ("select 1", "--output", str(tmp_path / "no" / "rows.csv")): "There is no folder",
        ("select 1", "--format", "csv", "--output", str(tmp_path)): "is a folder",
        ("--describe", "nope"): "There is no table nope",
    }
    for arguments, sentence in wrong.items():
        result = ask(*arguments)
        assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr


def test_an_answer_never_lands_among_what_is_published(
    ask: Ask, data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(data_dir / "published")
    before = digests(data_dir)
    for place in (
        data_dir / "published" / "leadpact.duckdb",
        data_dir / "published" / ".current" / "rows.csv",
        data_dir / "warehouse" / "rows.csv",
        tmp_path / "link" / "rows.csv",
    ):
        result = ask("select 1", "--format", "csv", "--output", place)
        assert (result.exit_code, "belongs to leadpact" in result.stderr) == (2, True)
    assert digests(data_dir) == before


def test_a_failed_answer_leaves_the_file_before_it(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("before")
    late = "select (case cycle_number when 249 then 'x' else '1' end)::int from fct_lead_cycles"
    assert ask(late, "--output", file).exit_code == 2
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_persons_only_for_those_who_may(
    ask: Ask, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table in ("leads", "restricted.leads", "persons.restricted.leads"):
        assert "x@example.org" in ask("--restricted", f"select email from {table}").stdout
    file = tmp_path / "who.csv"
    assert ask("--restricted", "from leads", "--output", file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(os.umask(0o022)) == 0o022
    monkeypatch.setattr("os.access", lambda *_: False)
    result = ask("--restricted", "from leads")
    assert (result.exit_code, result.stderr.startswith("You may not read")) == (2, True)
    assert ask("select 1").exit_code == 0


def test_every_restricted_table_is_known_as_such() -> None:
    models = (PROJECT_ROOT / "dbt" / "models" / "restricted").glob("*.sql")
    assert {model.stem for model in models} == _PERSONS


def test_tables_and_columns_by_their_comments(ask: Ask) -> None:
    result = ask("--tables", "--format", "json")
    tables = {row["table"]: (row["rows"], row["holds"]) for row in json.loads(result.stdout)}
    assert tables["marts.fct_lead_cycles"] == (250, "One row per cycle; it's the key mart.")
    assert tables["marts.a_explanations"] == (None, "One sentence per cycle.")
    assert tables["ops.runs"][1].startswith("One row per run: what was published when")
    assert not any(name.startswith("restricted.") for name in tables)
    assert "restricted.leads" in ask("--tables", "--restricted").stdout

    described = ask("--describe", "FCT_lead_cycles")
    assert described.stderr.startswith("marts.fct_lead_cycles: One row per cycle; it's the key")
    assert described.stdout.splitlines()[1].split() == ["cycle_id", "varchar", "Key."]
    columns = json.loads(ask("--describe", "ops.runs", "--format", "json").stdout)
    assert columns[0]["column"] == "run_id"


def test_nothing_published_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADPACT_DATA_DIR", str(tmp_path))
    result = CliRunner().invoke(app, ["query", "select 1"])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Nothing is published in {tmp_path / 'published'} yet: run leadpact nightly first.\n"
    )
    assert not (tmp_path / "published").exists()


def test_on_a_narrow_screen_rows_stand_below_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console(force_terminal=True, width=60, color_system=None)
    names = ["cycle", "words", *(f"column_{number}" for number in range(9))]
    print_rows(console, names, [["a#1", "[bold]\x1b[31mred", *range(9)]])
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert printed[:4] == [
        "Row 1",
        "  cycle     a#1",
        "  words     [bold] [31mred",
        "  column_0  0",
    ]

    print_rows(console, ["n", "words"], [[1, "long words " * 9]])
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, printed)) <= 60
    assert len(printed) == 3


def test_it_is_quick_to_start(data_dir: Path) -> None:
    code = (
        "import sys\n"
        "from dagster_project.cli import app\n"
        "try:\n    app(['query', 'from fct_lead_cycles limit 1'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'dagster', 'dbt', 'great_expectations', 'pandas', 'numpy', 'sqlalchemy'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LEADPACT_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "salesforce:0#1" in result.stdout
    assert result.stdout.endswith("HEAVY []\n")


def test_a_reader_that_stops_is_no_error(data_dir: Path) -> None:
    question = "select range, repeat('x', 100) from range(20000)"
    code = "import sys; from dagster_project.cli import main; sys.argv[0] = 'leadpact'; main()"
    for kind in ("csv", "table"):
        process = subprocess.Popen(
            [sys.executable, "-c", code, "query", question, "--format", kind, "--limit", "0"],
            env={**os.environ, "LEADPACT_DATA_DIR": str(data_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        process.wait(60)
