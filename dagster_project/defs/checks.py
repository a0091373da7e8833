"""Expectations as asset checks: structure blocks, completeness reports.

Belongs here: which check hangs on which asset, with which severity. Does not belong here: what is
expected (expectations) and how it is evaluated (checking).
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from dagster_project import nightly
from dagster_project.defs.run_resource import RUN, the_run
from dagster_project.ingest import Mappings
from expectations.model import CheckResult, SuiteResult
from expectations.run import stop_on_breach

RESULTS = dg.AssetKey(["checks", "expectation_results"])
FAILURES = dg.AssetKey(["checks", "expectation_failures"])

_BOOKS = "ingest.loads"
# The six fields an agreement may require; those it does not require hold.
REQUIRED_FIELDS = ("name", "company", "role", "email", "source", "score")


def checks(
    mappings: Mappings, built: Sequence[dg.AssetKey], findings: Sequence[dg.AssetSpec]
) -> dg.AssetsDefinition:
    """The results of every suite as an asset, with the checks on raw and on built tables.

    `findings` are the views that show the results.

    A breach of structure fails the step, so nothing is published. All hang on the results: those
    of built tables judge several models, and Dagster wants those of raw tables judged before the
    models are built, when Great Expectations is still being imported.
    """
    raw = _raw_specs(mappings)
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
        name="check",
        can_subset=True,  # so that asking for a part is refused in a sentence of ours
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
            *findings,
        ],
        check_specs=[*raw.values(), unified, *fields.values()],
        required_resource_keys={RUN},
    )
    def check(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        run = the_run(context)
        with nightly.step(run):
            found = nightly.check(run)
        evaluated = sum(len(suite.results) for suite in found)
        yield dg.MaterializeResult(asset_key=RESULTS, metadata={"evaluations": evaluated})
        for key in (FAILURES, *(spec.key for spec in findings)):
            yield dg.MaterializeResult(asset_key=key)
        for table, spec in raw.items():
            yield _result(spec, [suite for suite in found if suite.table == table])
        yield _result(
            unified, [suite for suite in found if suite.blocking and suite.table not in raw]
        )
        promised = [row for suite in found if not suite.blocking for row in suite.results]
        for field, spec in fields.items():
            yield _completeness(spec, [row for row in promised if row.column == field])
        with nightly.step(run):
            stop_on_breach(found)

    return check


def _raw_specs(mappings: Mappings) -> dict[str, dg.AssetCheckSpec]:
    """One check per raw table and one of the load's books, by `schema.table`."""
    tables = {
        f"{mapping.raw_schema}.{name}": f"{mapping.raw_schema}_{name.lower()}"
        for mapping in mappings
        for name in mapping.objects
    }
    return {
        table: dg.AssetCheckSpec(
            name,
            asset=RESULTS,
            blocking=True,
            description=f"{table}: keys, required columns and provenance are there.",
        )
        for table, name in {**tables, _BOOKS: "rows_reconcile"}.items()
    }


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
