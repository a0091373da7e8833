"""What people are told, when again, and that a run never fails of it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from dagster_project.alerts import telling
from dagster_project.alerts.conditions import find
from dagster_project.alerts.memory import Alert, book_file, read_book, undelivered, write_book
from dagster_project.alerts.telling import look
from dagster_project.cli import app
from dagster_project.errors import (
    BusyError,
    ContractError,
    Fault,
    LeadpactError,
    RunFailedError,
    UsageError,
)
from dagster_project.nightly import only_run
from dagster_project.publish import RunRecord, history
from dagster_project.settings import Settings
from tests.unit.alerts.servers import Inbox, nobody, webhook

NOW = datetime(2026, 11, 22, 6, 0)


class Company:
    """A data directory, and a clock that the test moves."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(
            data_dir=folder / "data", exports=folder / "exports", alerts=SecretStr("json://x/y")
        )
        self.now = NOW
        self.sent: list[tuple[list[str], str]] = []
        self.errors: list[str | None] = [None]
        monkeypatch.setattr(telling, "utc_now", lambda: _utc(self.now))
        monkeypatch.setattr(telling, "deliver", self._deliver)
        (self.settings.exports / "salesforce").mkdir(parents=True)
        self.settings.warehouse_file.parent.mkdir(parents=True)
        self.settings.published_dir.mkdir(parents=True)
        self.deliver(NOW)
        self.escalate()

    def _deliver(self, _to: Any, _title: str, body: str, mood: str) -> list[str | None]:
        self.sent.append((body.splitlines(), mood))
        return self.errors

    def run(self, outcome: history.Outcome, message: str | None = None) -> None:
        record = RunRecord(f"run-{self.now}-{len(self.sent)}", "schedule", self.now, "0.1.0")
        with duckdb.connect(str(self.settings.warehouse_file)) as connection:
            history.begin(connection, record, published_run=None)
            history.finish(
                connection, record.run_id, outcome, finished_at=self.now, message=message
            )

    def deliver(self, at: datetime) -> None:
        with duckdb.connect(str(self.settings.warehouse_file)) as connection:
            connection.execute("create schema if not exists ingest")
            connection.execute(
                "create or replace table ingest.deliveries as "
                "select 'salesforce' as crm, ?::timestamp as exported_at",
                [at],
            )

    def refuse(self, *files: str) -> None:
        with duckdb.connect(str(self.settings.warehouse_file)) as connection:
            connection.execute(
                "create or replace table ingest.loads "
                "(crm text, file_name text, status text, error text)"
            )
            for file in files:
                path = self.settings.exports / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("x")
                connection.execute(
                    "insert into ingest.loads values "
                    "('salesforce', ?, 'refused', 'Jane Doe is no number')",
                    [file],
                )

    def escalate(self, *clauses: str) -> None:
        file = self.settings.published_dir / "leadpact.duckdb"
        file.unlink(missing_ok=True)
        with duckdb.connect(str(file)) as connection:
            connection.execute("create schema marts")
            connection.execute(
                "create table marts.rpt_scorecard as select * from (values "
                "('week', date '2026-11-09', 'fit', 'marketing', true, 2), "
                "('week', date '2026-11-16', 'fit', 'marketing', false, 0), "
                "('month', date '2026-11-01', 'handoff', 'marketing', null, 1)) "
                "as t(period, period_start, metric, side, is_escalated, consecutive_missed)"
            )
            for clause in clauses:
                connection.execute(
                    "insert into marts.rpt_scorecard values "
                    "('week', date '2026-11-16', ?, 'sales', true, 3)",
                    [clause],
                )

    def look(self, **more: Any) -> list[str]:
        self.sent.clear()
        told, _ = look(self.settings, **more)
        return told


def _utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    return Company(tmp_path, monkeypatch)


def test_a_failed_run_is_told_once_reminded_of_and_over(company: Company) -> None:
    company.run("failed", "Jane Doe is no number")
    assert company.look() == [
        "The run of 2026-11-22 06:00 UTC (schedule) failed; what was published before is as it "
        "was. leadpact status says why, and what to do."
    ]
    assert company.sent[0][1] == "failure"
    company.now += timedelta(days=1)
    company.deliver(company.now)
    company.run("failed", "again")
    assert company.look() == []
    assert company.sent == []
    company.now += timedelta(days=6)
    company.deliver(company.now)
    assert [line[:20] for line in company.look()] == ["Still: The run of 20"]
    company.run("published")
    assert company.look() == ["The last run did not fail."]
    assert company.sent[0][1] == "success"
    assert company.look() == []


def test_who_stopped_a_run_knows(company: Company) -> None:
    company.run("failed", history.STOPPED)
    assert company.look() == []


def test_refused_files_are_told_one_by_one(company: Company) -> None:
    company.run("refused", "…")
    company.refuse("salesforce/d1/Lead.csv")
    (line,) = company.look()
    assert line.startswith("salesforce/d1/Lead.csv was refused, so nothing new was published.")
    company.refuse("salesforce/d1/Lead.csv", "salesforce/d2/Task.csv")
    (line,) = company.look()
    assert line.startswith("salesforce/d2/Task.csv was refused")
    (company.settings.exports / "salesforce/d1/Lead.csv").unlink()
    assert company.look() == [
        "salesforce/d1/Lead.csv no longer keeps anything from being published."
    ]
    assert "Jane" not in book_file(company.settings.warehouse_file).read_text()


def test_a_new_escalation_is_told_and_its_end(company: Company) -> None:
    assert company.look() == []  # fit was escalated a week ago, and is not now
    company.escalate("speed_to_lead")
    assert company.look() == [
        "speed_to_lead, owed by sales, was missed 3 weeks in a row and is escalated. It leads the "
        "agenda of the next meeting (marts.rpt_review_agenda)."
    ]
    assert company.sent[0][1] == "warning"
    company.escalate("speed_to_lead", "cadence")
    assert [line.split(",")[0] for line in company.look()] == ["cadence"]
    company.escalate("cadence")
    assert company.look() == ["speed_to_lead is no longer escalated."]


def test_exports_that_stay_away(company: Company) -> None:
    company.now += timedelta(hours=48)
    assert company.look() == []
    company.now += timedelta(minutes=1)
    assert company.look() == [
        "salesforce has delivered nothing since 2026-11-22 06:00 UTC, so figures stand still. See "
        "whether its export still runs."
    ]
    company.deliver(company.now)
    assert company.look() == ["salesforce delivers again."]
    company.now += timedelta(days=9)
    (company.settings.exports / "salesforce").rmdir()  # a CRM that was given up
    assert company.look() == []


def test_a_dead_scheduler(company: Company) -> None:
    company.settings.dagster_home.mkdir()
    company.settings.ui_mark.write_text("http://127.0.0.1:3000")
    assert company.look() == [
        "Scheduler: not running, so nothing starts by itself; start leadpact ui."
    ]


def test_a_run_that_did_not_begin_holds_until_one_does(company: Company) -> None:
    company.run("published")
    company.now += timedelta(hours=1)
    began = company.now
    fault = ContractError([Fault("sla_terms.csv", "Jane Doe", line=2)])
    (line,) = company.look(failure=fault, began=began)
    assert line == (
        "The run did not begin. The agreement is faulty; leadpact check-contract lists every fault."
    )
    company.now += timedelta(minutes=15)
    assert company.look() == []  # nothing is over: none has begun since
    company.run("published")
    assert company.look() == ["The last run did not fail."]


def test_a_first_run_that_did_not_begin(tmp_path: Path, company: Company) -> None:
    company.settings.warehouse_file.unlink()
    (line,) = company.look(failure=UsageError("The exports are gone."), began=company.now)
    assert line == "The run did not begin. The exports are gone."


def test_a_run_in_the_history_tells_its_own_end(company: Company) -> None:
    began = company.now
    company.run("failed", "why")
    (line,) = company.look(failure=RunFailedError("Jane Doe"), began=began)
    assert line.startswith("The run of 2026-11-22 06:00 UTC (schedule) failed")


def test_a_copy_to_postgresql_that_failed_is_told_and_its_end(company: Company) -> None:
    company.run("published")
    assert company.look() == []
    mark = company.settings.postgres_mark
    mark.write_text('{"where": "sales on db", "error": "sales on db cannot be reached."}')
    assert company.look() == [
        "The files are published, but PostgreSQL holds what it held before. sales on db cannot be "
        "reached."
    ]
    assert company.look() == []
    mark.write_text('{"where": "sales on db", "run_id": "run-1"}')
    assert company.look() == ["PostgreSQL holds what is published."]


def test_while_a_run_goes_on_nothing_of_runs_is_over(company: Company) -> None:
    company.run("failed", "why")
    company.look()
    code = (
        "import duckdb, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(company.settings.warehouse_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "open\n"
        known = find(company.settings, _utc(company.now)).known
        assert known == {"escalation", "scheduler", "postgres"}
        assert company.look() == []
    company.run("published")
    assert company.look() == ["The last run did not fail."]


def test_what_nobody_took_is_told_again_and_shown(company: Company) -> None:
    company.run("failed", "why")
    company.errors = ["address 1 of LEADPACT_ALERTS: it could not be reached"]
    told, errors = look(company.settings)
    assert (len(told), errors) == (1, company.errors)
    assert undelivered(company.settings.warehouse_file) == [
        "Alerts: address 1 of LEADPACT_ALERTS: it could not be reached."
    ]
    company.errors = [None]
    assert len(company.look()) == 1
    assert undelivered(company.settings.warehouse_file) == []
    log = (company.settings.dagster_home / "alerts.log").read_text()
    assert "could not be reached" in log
    assert "Told: The run of" in log
    assert "json://" not in log


def test_the_book_forgets_old_ends_and_keeps_what_holds(tmp_path: Path) -> None:
    ended = [Alert("stale", f"crm{n}", "m", NOW, NOW, NOW) for n in range(600)]
    holds = Alert("run", "", "m", NOW, None, error="e")
    write_book(tmp_path / "w.duckdb", [holds, *ended])
    book = read_book(tmp_path / "w.duckdb")
    assert book == [holds, *ended[100:]]


@pytest.mark.parametrize(
    ("failure", "lines"),
    [(None, 0), (UsageError("The exports are gone."), 1), (BusyError("Another run."), 0)],
)
def test_after_a_run_the_failure_goes_on_its_way(
    company: Company, failure: LeadpactError | None, lines: int
) -> None:
    def begin() -> None:
        if failure:
            raise failure

    if failure is None:
        with telling.telling(company.settings, pytest.fail):
            begin()
    else:
        with pytest.raises(type(failure)), telling.telling(company.settings, pytest.fail):
            begin()
    assert [len(body) for body, _ in company.sent] == [1] * lines


def test_a_fault_of_telling_is_said_and_fails_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(telling, "find", broken)
    said: list[str] = []
    with telling.telling(company.settings, said.append):
        pass
    assert said == ["Nobody could be told: OSError: no space"]


def test_nobody_named_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "look", pytest.fail)
    settings = Settings(data_dir=tmp_path, alerts=SecretStr(" \n"))
    with telling.telling(settings, pytest.fail):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_setting_shows_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADPACT_ALERTS", "json://user:s3cret@host/t0ken")
    settings = Settings()
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert telling.addresses(settings) == ["json://user:s3cret@host/t0ken"]


def _alert(inbox: Inbox | str, folder: Path, *options: str) -> tuple[int, str]:
    address = inbox if isinstance(inbox, str) else inbox.address
    done = CliRunner().invoke(
        app,
        ["alert", "--data-dir", str(folder), *options],
        env={"LEADPACT_ALERTS": address},
    )
    return done.exit_code, done.output


def test_the_command_tests_every_address(tmp_path: Path) -> None:
    with webhook() as web:
        assert _alert(web, tmp_path, "--test") == (
            0,
            "The test message was taken by every address.\n",
        )
        assert _alert(web, tmp_path) == (0, "There is nothing new to tell.\n")
    assert [posted["message"] for posted in web.messages] == [
        "This is a test: alerts of this installation arrive here."
    ]
    status, said = _alert(nobody(), tmp_path, "--test")
    assert (status, said) == (1, "address 1 of LEADPACT_ALERTS: it could not be reached\n")
    status, said = _alert("", tmp_path)
    assert status == 2
    assert said.startswith("LEADPACT_ALERTS names nobody to tell")


def test_a_lock_is_no_condition(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with only_run(settings):
        assert find(settings, _utc(NOW)).conditions == ()
