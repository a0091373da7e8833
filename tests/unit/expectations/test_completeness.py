from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import RunFailedError
from expectations import completeness
from expectations.model import SuiteResult
from expectations.record import write_results
from expectations.run import run_suites, stop_on_breach

FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 12)


def _run(warehouse: Path) -> SuiteResult:
    with duckdb.connect(str(warehouse)) as connection:
        suites = completeness.suites(connection)
    (result,) = run_suites(warehouse, suites)
    return result


def test_counts_by_field_and_week_are_those_counted_by_hand(warehouse: Path) -> None:
    found = {
        (row.column, row.period): (row.evaluated, row.unexpected, row.target, row.success)
        for row in _run(warehouse).results
    }
    assert found == {
        # b has no name, c a blank one.
        ("name", None): (6, 2, pytest.approx(0.7), False),
        ("name", FIRST): (3, 2, 0.9, False),
        ("name", SECOND): (3, 0, 0.5, True),
        # b has no dot, c a blank inside, e two @; not required of d.
        ("email", None): (5, 3, pytest.approx(0.74), False),
        ("email", FIRST): (3, 2, 0.9, False),
        ("email", SECOND): (2, 1, 0.5, True),
        # "Web" is no source of HubSpot's (c), e has none.
        ("source", None): (6, 2, pytest.approx(0.7), False),
        ("source", FIRST): (3, 1, 0.9, False),
        ("source", SECOND): (3, 1, 0.5, True),
        # Required in the first week only: b has none, c's is not a number.
        ("score", None): (3, 2, 0.9, False),
        ("score", FIRST): (3, 2, 0.9, False),
    }


def test_rates_are_shares_of_the_leads_evaluated(warehouse: Path) -> None:
    rates = {(row.column, row.period): row.rate for row in _run(warehouse).results}
    assert rates["email", None] == pytest.approx(2 / 5)
    assert rates["email", SECOND] == 0.5


def test_a_breach_is_a_finding_and_stops_nothing(warehouse: Path) -> None:
    result = _run(warehouse)
    assert not result.success
    assert not result.blocking
    stop_on_breach([result])


def test_failing_leads_are_kept_by_key_and_week(warehouse: Path) -> None:
    result = _run(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        write_results(connection, [result], "first")
        write_results(connection, [result], "second")
        failures = connection.execute(
            "select column_name, period, failing_key from checks.expectation_failures"
        ).fetchall()
        kept = connection.execute(
            "select distinct run_id from checks.expectation_results"
        ).fetchall()
    assert failures == [
        ("email", FIRST, "b#1"),
        ("email", FIRST, "c#1"),
        ("email", SECOND, "e#1"),
        ("name", FIRST, "b#1"),
        ("name", FIRST, "c#1"),
        ("score", FIRST, "b#1"),
        ("score", FIRST, "c#1"),
        ("source", FIRST, "c#1"),
        ("source", SECOND, "e#1"),
    ]
    assert kept == [("second",)]


def test_recorded_results_are_those_found_in_a_fixed_order(warehouse: Path) -> None:
    result = _run(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        write_results(connection, [result], "run")
        rows = connection.execute(
            "select column_name, period, evaluated, unexpected, rate, target, success, blocking"
            " from checks.expectation_results"
        ).fetchall()
    assert rows == sorted(
        (
            (r.column, r.period, r.evaluated, r.unexpected, r.rate, r.target, r.success, r.blocking)
            for r in result.results
        ),
        key=lambda row: (str(row[0]), row[1] or date.min),
    )


def test_rows_that_changed_since_they_were_counted_fail_the_run(warehouse: Path) -> None:
    result = _run(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update intermediate.int_leads_as_handed_over set email = 'x@y.z'")
        with pytest.raises(RunFailedError, match=r"counted 3 rows .* but 0 were found"):
            write_results(connection, [result], "run")
        (tables,) = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = 'checks'"
        ).fetchall()[0]
    assert tables == 0


def test_two_rules_in_turn_are_told_apart(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "insert into contract.required_fields values ('email', 'present');"
            "update intermediate.int_leads_as_handed_over set email_rule = 'present'"
            " where cycle_id in ('a#1', 'b#1', 'd#1')"
        )
    found = {
        (row.column, row.period): (row.evaluated, row.unexpected)
        for row in _run(warehouse).results
        if row.column is not None and row.column.startswith("email")
    }
    assert found == {
        ("email (email)", None): (3, 2),
        ("email (email)", FIRST): (1, 1),
        ("email (email)", SECOND): (2, 1),
        ("email (present)", None): (3, 1),
        ("email (present)", FIRST): (2, 0),
        ("email (present)", SECOND): (1, 1),
    }


def test_no_lead_handed_over_yet_is_no_failure(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from intermediate.int_leads_as_handed_over")
    result = _run(warehouse)
    assert result.success
    assert {(row.evaluated, row.rate, row.period) for row in result.results} == {(0, None, None)}


def test_an_agreement_that_requires_nothing_has_no_suite(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from contract.required_fields")
        assert completeness.suites(connection) == []
