"""Run suites inside DuckDB and read what Great Expectations found.

Belongs here: from `Suite` to `SuiteResult`, and the rule that an expectation that could not be
evaluated is a failed run, never a result. Does not belong here: what the suites say.

While `run_suites` runs, no other connection to the warehouse may be open in the process: Great
Expectations opens the file read-only, and DuckDB allows one kind of connection at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.errors import RunFailedError
from dagster_project.ingest.sql import name
from expectations.adapter import Warehouse, open_warehouse
from expectations.model import Check, CheckResult, Suite, SuiteResult

if TYPE_CHECKING:
    from great_expectations.core import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.core.batch_definition import BatchDefinition

EXAMPLES = 5

# `BIND_PARAMS` and `BIND_PARAMS_ESC` of sqlalchemy.sql.compiler.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?![:\w]))|(?<=\\):(?=\w*(?![:\w]))")

# Counts, no values: the failing values are names and e-mail addresses, and pages are public.
_RESULT_FORMAT = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}


def run_suites(
    warehouse: Path, suites: Sequence[Suite], *, docs_dir: Path | None = None
) -> list[SuiteResult]:
    """Evaluate each suite and return what it found, in the order given.

    With `docs_dir`, writes the Data Docs of these suites there (`docs.build_data_docs` does it
    for the results of several calls together). A breach is a result; see `stop_on_breach`.

    Raises RunFailedError, naming suite, table and expectation, when an expectation raised an
    exception inside Great Expectations, or when no expectation was evaluated at all.
    """
    if not suites:
        raise RunFailedError("No suite of expectations was given, so nothing was checked.")
    with open_warehouse(warehouse) as opened:
        results = [_run_suite(opened, suite) for suite in suites]
    if docs_dir is not None:
        from expectations.docs import build_data_docs

        build_data_docs(results, docs_dir)
    return results


def stop_on_breach(results: Sequence[SuiteResult]) -> None:
    """Raise RunFailedError with one sentence per broken expectation of a blocking suite."""
    if sentences := breaches(results):
        raise RunFailedError("\n".join(sentences))


def breaches(results: Sequence[SuiteResult]) -> list[str]:
    """One sentence per broken expectation of a blocking suite."""
    return [
        _breach(failure, examples)
        for result in results
        if result.blocking
        for failure, examples in zip(result.failures, result.examples, strict=True)
    ]


def _breach(failure: CheckResult, examples: tuple[str, ...]) -> str:
    where = failure.table if failure.column is None else f"{failure.table}, column {failure.column}"
    count = "" if failure.unexpected is None else f", {failure.unexpected} rows do not"
    which = f" ({', '.join(examples)}{', …' if len(examples) == EXAMPLES else ''})"
    return (
        f"{failure.suite} suite: {where}: {failure.meaning.rstrip('.')} ({failure.expectation})"
        f"{count}{which if examples else ''}; nothing was published."
    )


def _run_suite(warehouse: Warehouse, suite: Suite) -> SuiteResult:
    if not suite.checks:
        raise RunFailedError(f"Suite {suite.title} holds no expectation, so nothing was checked.")
    batch, validation = _validate(warehouse, suite)
    if len(validation.results) != len(suite.checks):
        raise RunFailedError(
            f"Suite {suite.title}: {len(validation.results)} of {len(suite.checks)} expectations "
            "were evaluated; this is a fault of the check, not of the data."
        )
    by_position = {_position(result): result for result in validation.results}
    found = [
        row
        for position, check in enumerate(suite.checks)
        for row in _read(warehouse, suite, check, batch, by_position[position])
    ]
    return SuiteResult(
        name=suite.name,
        table=suite.table,
        blocking=suite.blocking,
        results=tuple(found),
        validation=validation,
        examples=tuple(
            # Only what stops the run says which rows; finding the first of millions takes a while.
            _examples(warehouse, row) if suite.blocking else ()
            for row in found
            if not row.success and row.period is None
        ),
    )


def _position(result: ExpectationValidationResult) -> int:
    """Great Expectations returns results in no order of ours."""
    assert result.expectation_config is not None
    return int(result.expectation_config.meta["position"])


def _validate(
    warehouse: Warehouse, suite: Suite
) -> tuple[BatchDefinition[Any], ExpectationSuiteValidationResult]:
    import great_expectations as gx
    from great_expectations.expectations.registry import get_expectation_impl

    # Registers the expectations of our own.
    from expectations import custom  # noqa: F401

    asset = warehouse.datasource.add_query_asset(name=suite.title, query=suite.rows)
    batch = asset.add_batch_definition_whole_table(name=suite.title)
    expectations = [
        get_expectation_impl(check.expectation)(
            **_arguments(check), description=check.meaning, meta={"position": position}
        )
        for position, check in enumerate(suite.checks)
    ]
    stored = warehouse.context.suites.add(
        gx.ExpectationSuite(name=suite.title, expectations=expectations)
    )
    definition = warehouse.context.validation_definitions.add(
        gx.ValidationDefinition(name=suite.title, data=batch, suite=stored)
    )
    return batch, definition.run(result_format=_RESULT_FORMAT)


def _arguments(check: Check) -> dict[str, Any]:
    query = check.arguments.get("unexpected_rows_query")
    if query is None:
        return dict(check.arguments)
    return {**check.arguments, "unexpected_rows_query": _without_parameters(query)}


def _without_parameters(query: str) -> str:
    r"""Great Expectations' SQL is SQLAlchemy text, where `:word` names a parameter, `\:word` none.

    A delivered column may well be called `Stage :new`. Escaped is exactly what SQLAlchemy's
    compiler reads: a backslash before `:a:b`, which is no parameter, would stay in the name.
    """
    return _PARAMETER.sub(r"\:", query)


def _read(
    warehouse: Warehouse,
    suite: Suite,
    check: Check,
    batch: BatchDefinition[Any],
    result: ExpectationValidationResult,
) -> Iterator[CheckResult]:
    """The rows of result that one evaluated expectation gives: overall, then one per period."""
    for message in _exceptions(result.exception_info):
        raise RunFailedError(
            f"Suite {suite.title}: {check.expectation} could not be evaluated on {suite.table}"
            f"{_on(check)}: {message}"
        )
    if result.success is None:
        raise RunFailedError(
            f"Suite {suite.title}: {check.expectation} gave no verdict on {suite.table}"
            f"{_on(check)}."
        )
    body = result.result
    details = body.get("details") or {}
    unexpected = body.get("unexpected_count")
    evaluated = body.get("element_count")
    if evaluated is not None and check.expectation != "expect_column_values_to_not_be_null":
        evaluated -= body.get("missing_count") or 0
    failing_keys = None
    if unexpected:
        failing_keys = details.get("failing_keys") or _failing_keys(warehouse, suite, check, batch)

    def row(
        period: date | None, rows: int | None, bad: int | None, target: float | None
    ) -> CheckResult:
        rate = None if not rows or bad is None else (rows - bad) / rows
        return CheckResult(
            suite=suite.name,
            table=suite.table,
            expectation=check.expectation,
            column=_column(check),
            period=period,
            evaluated=rows,
            unexpected=bad,
            rate=rate,
            target=target,
            success=bool(result.success)
            if period is None
            else rate is None or target is None or rate >= target,
            blocking=suite.blocking,
            meaning=check.meaning,
            failing_keys=failing_keys,
        )

    yield row(None, evaluated, unexpected, check.arguments.get("mostly", 1.0))
    for counted in details.get("periods", ()):
        yield row(
            date.fromisoformat(counted["period"]),
            counted["evaluated"],
            counted["unexpected"],
            counted["target"],
        )


def _exceptions(info: dict[str, Any] | None) -> Iterator[str]:
    """Messages of the exceptions in `exception_info`, which is flat or keyed by metric."""
    if not info:
        return
    if "raised_exception" in info:
        if info["raised_exception"]:
            yield str(info["exception_message"]).splitlines()[0]
        return
    for nested in info.values():
        yield from _exceptions(nested if isinstance(nested, dict) else vars(nested))


def _column(check: Check) -> str | None:
    if check.column is not None:
        return check.column
    named = check.arguments.get("column")
    if named is not None:
        return str(named)
    pair = [check.arguments[name] for name in ("column_A", "column_B") if name in check.arguments]
    return ", ".join(pair) or None


def _on(check: Check) -> str:
    column = _column(check)
    return "" if column is None else f", column {column}"


def _failing_keys(
    warehouse: Warehouse, suite: Suite, check: Check, batch: BatchDefinition[Any]
) -> str:
    """SQL for the rows that break a stock expectation, from the condition it compiled.

    Great Expectations' own `unexpected_index_query` is no valid SQL for a batch that is a query
    (its text follows FROM without parentheses).
    """
    if check.expectation == "expect_no_rows":
        query = check.arguments["unexpected_rows_query"].format(batch=f"({suite.rows})")
        return f"select cast(key as varchar) as key, cast(null as date) as period from ({query})"
    if check.expectation == "expect_column_values_to_be_unique":
        # Its condition reads a window of its own making, which no query of ours can join.
        column = name(check.arguments["column"])
        return (
            f"select cast({suite.key} as varchar) as key, cast(null as date) as period "
            f"from ({suite.rows}) where {column} is not null "
            f"qualify count(*) over (partition by {column}) > 1"
        )
    from great_expectations.expectations.registry import get_expectation_impl, get_metric_kwargs
    from great_expectations.validator.metric_configuration import MetricConfiguration

    from expectations.custom import failing_keys_sql

    expectation = get_expectation_impl(check.expectation)(**check.arguments)
    metric = f"{getattr(expectation, 'map_metric')}.condition"  # noqa: B009 -- only map ones have it
    validator = warehouse.context.get_validator(
        batch_request=batch.build_batch_request(), create_expectation_suite_with_name=None
    )
    kwargs = get_metric_kwargs(metric_name=metric, configuration=expectation.configuration)
    condition, domain, _accessor = validator.get_metric(
        MetricConfiguration(
            metric_name=metric,
            metric_domain_kwargs={
                **kwargs["metric_domain_kwargs"],
                "batch_id": validator.active_batch_id,
            },
            metric_value_kwargs=kwargs["metric_value_kwargs"],
        )
    )
    return failing_keys_sql(warehouse.engine, condition, domain, key=suite.key, period=None)


def _examples(warehouse: Warehouse, row: CheckResult) -> tuple[str, ...]:
    if row.failing_keys is None:
        return ()
    with warehouse.engine.get_connection() as connection:
        found = connection.exec_driver_sql(
            f"select distinct key from ({row.failing_keys}) where key is not null "
            f"order by key limit {EXAMPLES}"
        )
        return tuple(key for (key,) in found.fetchall())
