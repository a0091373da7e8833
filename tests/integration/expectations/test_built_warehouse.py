"""The suites on a warehouse built from a company of boundary cases: three CRMs, ordinary mess."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dagster_project import transform
from dagster_project.contract import read_contract
from dagster_project.ingest.mapping import read_mappings
from dagster_project.ingest.pipeline import load_exports
from dagster_project.settings import Settings
from expectations import completeness, raw, unified
from expectations.model import SuiteResult
from expectations.record import write_results
from expectations.run import run_suites, stop_on_breach
from tests.reference.companies import DOUBTS, GENERIC, write_company

FIELDS = ("name", "company", "role", "email", "source", "score")


@dataclass(frozen=True)
class Built:
    path: Path
    structure: list[SuiteResult]
    completeness: SuiteResult


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("company")
    company = write_company(
        folder, 3, crms=("salesforce", "hubspot", GENERIC), leads=40, doubts=DOUBTS
    )
    settings = Settings(
        exports=company.exports, contract=company.agreement, data_dir=folder / "data"
    )
    path = settings.warehouse_file
    path.parent.mkdir(parents=True)
    mappings = read_mappings(company.agreement)
    with duckdb.connect(str(path)) as connection:
        load_exports(connection, company.exports, mappings)
    transform.build(
        settings,
        read_contract(company.agreement),
        select=["+int_leads_as_handed_over", "+fct_lead_cycles", "rpt_data_completeness"],
        exclude=["resource_type:test"],
    )
    tables = [
        raw.RawTable(each.crm, name, each.raw_schema, entry.key_columns, entry.required_columns)
        for each in mappings
        for name, entry in each.objects.items()
    ]
    with duckdb.connect(str(path)) as connection:
        structure = [*raw.suites(connection, tables), *unified.suites(connection)]
        commitment = completeness.suites(connection)
    *structural, complete = run_suites(path, [*structure, *commitment])
    with duckdb.connect(str(path)) as connection:
        write_results(connection, [*structural, complete], "run")
    return Built(path, structural, complete)


def test_structure_holds_whatever_the_crms_deliver(built: Built) -> None:
    stop_on_breach(built.structure)
    tables = {result.table for result in built.structure}
    assert {"ingest.loads", "raw_salesforce.Lead", "raw_hubspot.contacts"} <= tables
    assert {"intermediate.int_leads", "marts.fct_lead_cycles"} <= tables


def test_completeness_equals_what_the_models_say_of_the_same_leads(built: Built) -> None:
    with duckdb.connect(str(built.path), read_only=True) as connection:
        for field in FIELDS:
            judged = connection.execute(f"""
                select leads.mql_week, count(*), count(*) filter (not leads.is_{field}_valid)
                from intermediate.int_leads_as_handed_over as leads
                inner join intermediate.int_cycles as cycles on leads.cycle_id = cycles.cycle_id
                where leads.target_rate is not null and leads.{field}_rule is not null
                    and not cycles.is_mql_inferred
                group by leads.mql_week order by leads.mql_week
            """).fetchall()
            recorded = connection.execute(
                "select period, sum(evaluated), sum(unexpected) from checks.expectation_results"
                " where suite = 'completeness' and split_part(column_name, ' ', 1) = ?"
                " and period is not null group by period order by period",
                [field],
            ).fetchall()
            assert recorded == judged, field
    assert sum(row.unexpected or 0 for row in built.completeness.results) > 0


def test_the_mart_of_completeness_says_what_the_expectations_found(built: Built) -> None:
    with duckdb.connect(str(built.path), read_only=True) as connection:
        mart = connection.execute("""
            select period_start, field, rule, evaluated, evaluated - valid, round(target_rate, 9)
            from marts.rpt_data_completeness
            where period = 'week' and dimension = 'all' and field <> 'all'
            order by all
        """).fetchall()
        # A column goes by `field (rule)` where two rules held in turn.
        recorded = connection.execute("""
            select results.period, rules.field, rules.rule, results.evaluated, results.unexpected,
                round(results.target, 9)
            from checks.expectation_results as results
            inner join (select distinct field, rule from contract.required_fields) as rules
                on results.column_name in (rules.field, rules.field || ' (' || rules.rule || ')')
            where results.suite = 'completeness' and results.period is not null
                and results.evaluated > 0
            order by all
        """).fetchall()
    assert recorded == mart
    assert len({field for _, field, *_ in mart}) == len(FIELDS)


def test_the_failing_leads_are_those_the_cycles_call_incomplete(built: Built) -> None:
    with duckdb.connect(str(built.path), read_only=True) as connection:
        incomplete = connection.execute("""
            select cycles.cycle_id
            from marts.fct_lead_cycles as cycles
            inner join intermediate.int_leads_as_handed_over as leads
                on cycles.cycle_id = leads.cycle_id
            where not cycles.is_complete and not cycles.is_mql_inferred
                and leads.target_rate is not null
            order by cycles.cycle_id
        """).fetchall()
        failing = connection.execute(
            "select distinct failing_key from checks.expectation_failures"
            " where suite = 'completeness' order by failing_key"
        ).fetchall()
    assert failing == incomplete
    assert failing
