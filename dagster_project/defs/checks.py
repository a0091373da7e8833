"""Expectations as asset checks: structure blocks, completeness reports.

Belongs here: which check hangs on which asset, with which severity. Does not belong here: what is
expected (expectations) and how it is evaluated (checking).
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from dagster_project import nightly
from dagster_project.defs.load import raw_key
from dagster_project.defs.run_resource import RUN, the_run
from dagster_project.ingest import Mappings
from expectations.model import CheckResult, SuiteResult
from expectations.run import stop_on_breach

RESULTS = dg.AssetKey(["checks", "expectation_results"])
FAILURES = dg.AssetKey(["checks", "expectation_failures"])

_STRUCTURE = "structure"
# The six fields an agreement may require; those it does not require hold.
REQUIRED_FIELDS = ("name", "company", "role", "email", "source", "score")


def raw_checks(mappings: Mappings) -> dg.AssetChecksDefinition:
    """One blocking check per raw table; a breach stops the run before a model is built."""
    tables = {
        f"{mapping.raw_schema}.{name}": raw_key(mapping.crm, name)
        for mapping in mappings
        for name in mapping.objects
    }
    books = dg.AssetKey(["ingest", "loads"])
    specs = [
        dg.AssetCheckSpec(
            _STRUCTURE,
            asset=key,
            blocking=True,
            description="Keys, required columns and provenance are there, and rows reconcile.",
        )
        for key in (*tables.values(), books)
    ]

    @dg.multi_asset_check(name="check_raw", specs=specs, required_resource_keys={RUN})
    def check_raw(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        run = the_run(context)
        with nightly.step(run):
            found = nightly.check_raw(run)
        by_key = {tables.get(suite.table, books): suite for suite in found}
        for spec in specs:
            yield _result(spec, [by_key[spec.asset_key]] if spec.asset_key in by_key else [])
        with nightly.step(run):
            stop_on_breach(found)

    return check_raw


def built_checks(built: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The results of every suite as an asset, with the checks on what was built.

    They hang on the results and not on the models: a blocking check on a model would cut dbt's
    one step into several.
    """
    unified = dg.AssetCheckSpec(
        "unified",
        asset=RESULTS,
        blocking=True,
        description="Leads, stages, owners, touches, opportunities and cycles hold together.",
    )
    fields = {
        field: dg.AssetCheckSpec(
            f"completeness_{field}",
            asset=RESULTS,
            description=f"Marketing's commitment: {field}, as the lead was handed over.",
        )
        for field in REQUIRED_FIELDS
    }

    @dg.multi_asset(
        name="check_built",
        specs=[
            dg.AssetSpec(
                RESULTS,
                deps=built,
                group_name="checks",
                kinds={"duckdb", "table"},
                description="What every expectation found, by period.",
            ),
            dg.AssetSpec(
                FAILURES,
                deps=built,
                group_name="checks",
                kinds={"duckdb", "table"},
                description="The keys of the rows that break an expectation.",
            ),
        ],
        check_specs=[unified, *fields.values()],
        required_resource_keys={RUN},
    )
    def check_built(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        run = the_run(context)
        with nightly.step(run):
            found = nightly.check_built(run)
        evaluated = sum(len(suite.results) for suite in run.suites)
        yield dg.MaterializeResult(asset_key=RESULTS, metadata={"evaluations": evaluated})
        yield dg.MaterializeResult(asset_key=FAILURES)
        yield _result(unified, [suite for suite in found if suite.blocking])
        findings = [row for suite in found if not suite.blocking for row in suite.results]
        for field, spec in fields.items():
            yield _completeness(spec, [row for row in findings if row.column == field])
        with nightly.step(run):
            stop_on_breach(found)

    return check_built


def _result(spec: dg.AssetCheckSpec, suites: Sequence[SuiteResult]) -> dg.AssetCheckResult:
    broken = [failure for suite in suites for failure in suite.failures]
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "expectations": sum(len(suite.results) for suite in suites),
            "broken": [f"{row.table}: {row.meaning}" for row in broken],
        },
    )


def _completeness(spec: dg.AssetCheckSpec, rows: Sequence[CheckResult]) -> dg.AssetCheckResult:
    overall = [row for row in rows if row.period is None]
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=all(row.success for row in rows),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "required": bool(rows),
            "leads": sum(row.evaluated or 0 for row in overall),
            "incomplete": sum(row.unexpected or 0 for row in overall),
            "rates": [row.rate for row in overall],
            "targets": [row.target for row in overall],
        },
    )
