"""The semantic layer says what the marts say: each shared metric, in every cut that both have.

MetricFlow is no part of the installation (extra `metrics`): `make test-metrics` installs it first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.settings import PROJECT_ROOT

pytest.importorskip("dbt_metricflow", reason="MetricFlow is not installed: make test-metrics")

DBT = PROJECT_ROOT / "dbt"
CLAUSES = (
    "fit",
    "completeness",
    "handoff",
    "speed_to_lead",
    "disposition",
    "cadence",
    "feedback",
    "contest_review",
)
RATES = (
    "mql_to_sal_rate",
    "sal_to_sql_rate",
    "mql_to_sql_rate",
    "sql_to_opportunity_rate",
    "opportunity_to_won_rate",
    "mql_to_won_rate",
)
# The entity that cuts a metric as a mart's dimension does.
ENTITIES = {
    "all": [],
    "source": ["source"],
    "segment": ["segment"],
    "region": ["region"],
    "team": ["team"],
    "owner": ["rep"],
}

Cells = dict[tuple[date, str], float]


@pytest.fixture(scope="module")
def environment(sample: Path) -> Iterator[Mapping[str, str]]:
    """What MetricFlow reads: the project's semantic manifest, and the published file."""
    patch = pytest.MonkeyPatch()
    patch.setenv("DBT_TARGET", "published")
    patch.setenv("LEADPACT_PUBLISHED", str(sample / "published" / "leadpact.duckdb"))
    patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    patch.chdir(DBT)
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(["parse", "--quiet", "--warn-error", "--profiles-dir", "."])
    assert outcome.success, outcome.exception
    yield dict(os.environ)
    patch.undo()


@pytest.fixture(scope="module")
def metricflow(environment: Mapping[str, str]) -> Any:
    from dbt_metricflow.cli.cli_configuration import CLIConfiguration

    configuration = CLIConfiguration()
    configuration.setup(DBT, DBT, configure_file_logging=False)
    return configuration.mf


@pytest.fixture(scope="module")
def marts(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    # Attached, because this process has the file open in MetricFlow's own way.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{sample / 'published' / 'leadpact.duckdb'}' (read_only)")
        connection.execute("use leadpact")
        yield connection


def ask(metricflow: Any, metrics: Sequence[str], period: str, entities: Sequence[str]) -> Any:
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    request = MetricFlowQueryRequest.create(
        metric_names=list(metrics), group_by_names=[f"metric_time__{period}", *entities]
    )
    return metricflow.query(mf_request=request).result_df


def measured(
    metricflow: Any, metrics: Sequence[str], period: str, entities: Sequence[str]
) -> dict[str, Cells]:
    """By metric, by period and value: what MetricFlow says, nulls left out."""
    table = ask(metricflow, metrics, period, entities)
    names = [str(name) for name in table.column_names]
    cells: dict[str, Cells] = {metric: {} for metric in metrics}
    for row in table.rows:
        found = dict(zip(names, row, strict=True))
        at = found[f"metric_time__{period}"]
        day = at.date() if isinstance(at, datetime) else at
        value = str(found[entities[0]]) if entities else "all"
        for metric in metrics:
            if found[metric] is not None:
                cells[metric][day, value] = float(found[metric])
    return cells


def stated(marts: duckdb.DuckDBPyConnection, query: str, *values: object) -> Cells:
    """Rows of (period start, value, figure) of a mart, nulls left out."""
    rows = marts.execute(query, list(values)).fetchall()
    return {(day, value): float(figure) for day, value, figure in rows if figure is not None}


def assert_same(found: Cells, expected: Cells) -> None:
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("dimension", ENTITIES)
@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_compliance(
    metricflow: Any, marts: duckdb.DuckDBPyConnection, period: str, dimension: str
) -> None:
    found = measured(
        metricflow, [f"{clause}_compliance" for clause in CLAUSES], period, ENTITIES[dimension]
    )
    for clause in CLAUSES:
        expected = stated(
            marts,
            "select period_start, dimension_value, rate from marts.rpt_sla_compliance"
            " where period = ? and clause = ? and dimension = ?",
            period,
            clause,
            dimension,
        )
        assert len(expected) >= 4, clause
        assert_same(found[f"{clause}_compliance"], expected)


@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_counts_and_times_behind_compliance(
    metricflow: Any, marts: duckdb.DuckDBPyConnection, period: str
) -> None:
    counts = {"met": "met", "missed": "missed", "exempt": "exempt", "pending": "pending_due"}
    found = measured(
        metricflow,
        [
            *(f"obligations_{count}" for count in counts),
            "speed_to_lead_median_seconds",
            "speed_to_lead_p90_seconds",
        ],
        period,
        [],
    )
    for count, column in counts.items():
        expected = stated(
            marts,
            f"select period_start, 'all', sum({column}) from marts.rpt_sla_compliance"
            " where period = ? and dimension = 'all' and clause <> 'volume' group by all",
            period,
        )
        # A row of the mart may say that nothing was owed; a metric has no row then.
        some = {key: figure for key, figure in expected.items() if figure}
        assert_same({k: v for k, v in found[f"obligations_{count}"].items() if v}, some)
    for part, column in (("median", "elapsed_median_s"), ("p90", "elapsed_p90_s")):
        expected = stated(
            marts,
            f"select period_start, 'all', {column} from marts.rpt_sla_compliance"
            " where period = ? and dimension = 'all' and clause = 'speed_to_lead'",
            period,
        )
        assert_same(found[f"speed_to_lead_{part}_seconds"], expected)


@pytest.mark.parametrize("dimension", ["all", "source", "segment", "region"])
@pytest.mark.parametrize("period", ["month", "quarter"])
def test_funnel(
    metricflow: Any, marts: duckdb.DuckDBPyConnection, period: str, dimension: str
) -> None:
    counts = {"mqls": "mql", "sals": "sal", "sqls": "sql", "wins": "won"}
    counts["opportunities"] = "opportunity"
    found = measured(metricflow, [*RATES, *counts], period, ENTITIES[dimension])
    for metric in (*RATES, *counts):
        expected = stated(
            marts,
            f"select period_start, dimension_value, {counts.get(metric, metric)}"
            " from marts.rpt_funnel where period = ? and dimension = ?",
            period,
            dimension,
        )
        assert_same(found[metric], expected)


@pytest.mark.parametrize("dimension", ENTITIES)
def test_disqualification(
    metricflow: Any, marts: duckdb.DuckDBPyConnection, dimension: str
) -> None:
    metrics = {
        "disqualification_rate": "rate",
        "dispositions": "dispositioned",
        "rejections": "rejected",
    }
    found = measured(metricflow, list(metrics), "week", ENTITIES[dimension])
    for metric, column in metrics.items():
        expected = stated(
            marts,
            f"select week_start, dimension_value, {column} from marts.rpt_disqualification_rates"
            " where period = 'week' and dimension = ?",
            dimension,
        )
        assert_same(found[metric], expected)


@pytest.mark.parametrize("dimension", ["all", "segment", "region"])
@pytest.mark.parametrize("period", ["month", "quarter"])
def test_volume(
    metricflow: Any, marts: duckdb.DuckDBPyConnection, period: str, dimension: str
) -> None:
    metrics = {
        "mql_volume_by_term": "met",
        "mql_volume_target": "target_count",
        "mql_volume_attainment": "rate",
    }
    found = measured(metricflow, list(metrics), period, ENTITIES[dimension])
    for metric, column in metrics.items():
        expected = stated(
            marts,
            f"select period_start, dimension_value, {column} from marts.rpt_sla_compliance"
            # The running quarter is asked for the months that have begun, by the mart for all.
            " where period = ? and clause = 'volume' and dimension = ?"
            " and (period = 'month' or is_complete)",
            period,
            dimension,
        )
        if period == "quarter":
            last = max(day for day, _ in expected)
            found[metric] = {key: figure for key, figure in found[metric].items() if key[0] <= last}
        assert len(expected) >= 5
        assert_same(found[metric], expected)


@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_volume_of_any_period(
    metricflow: Any, marts: duckdb.DuckDBPyConnection, period: str
) -> None:
    found = measured(metricflow, ["mql_volume"], period, [])["mql_volume"]
    expected = stated(
        marts,
        "select period_start, 'all', met from marts.rpt_sla_compliance"
        " where period = ? and clause = 'volume' and dimension = 'all' and met > 0",
        period,
    )
    assert_same({key: figure for key, figure in found.items() if figure}, expected)


@pytest.mark.parametrize("dimension", ["all", "segment", "region"])
def test_coverage(metricflow: Any, marts: duckdb.DuckDBPyConnection, dimension: str) -> None:
    metrics = {
        "pipeline_coverage": "coverage",
        "pipeline_quota": "quota",
        "pipeline_won": "closed_won",
        "pipeline_open": "open_pipeline",
    }
    found = measured(metricflow, list(metrics), "day", ENTITIES[dimension])
    for metric, column in metrics.items():
        expected = stated(
            marts,
            f"select quarter_start, dimension_value, {column}"
            " from marts.rpt_pipeline_coverage_totals where dimension = ?",
            dimension,
        )
        assert_same(found[metric], expected)


def test_fiscal_quarters_are_those_of_the_calendar(
    metricflow: Any, sample: Path, tmp_path: Path
) -> None:
    """The statement that MetricFlow makes, run where fiscal quarters begin in February."""
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    request = MetricFlowQueryRequest.create(
        metric_names=["mqls"], group_by_names=["metric_time__fiscal_quarter"]
    )
    statement = metricflow.explain(mf_request=request).sql_statement.sql
    file = tmp_path / "leadpact.duckdb"
    with duckdb.connect(str(file)) as connection:
        published = sample / "published" / "leadpact.duckdb"
        connection.execute(f"attach '{published}' as published (read_only); create schema marts")
        for table in ("fct_lead_cycles", "dim_date"):
            connection.execute(f"create table marts.{table} as from published.marts.{table}")
        connection.execute(
            "update marts.dim_date set quarter_start ="
            " date_trunc('quarter', date_day - interval 1 month) + interval 1 month"
        )
        quarters = dict(connection.execute(statement).fetchall())
        assert quarters == dict(
            connection.execute(
                """
                select
                    (date_trunc('quarter', mql_on - interval 1 month) + interval 1 month)::date,
                    count(*) filter (where entry_stage = 'mql')
                from marts.fct_lead_cycles group by all
                """
            ).fetchall()
        )
    assert {day.month for day in quarters} <= {2, 5, 8, 11}
    assert len(quarters) >= 5


def test_every_metric_can_be_asked(metricflow: Any) -> None:
    """A metric that nobody compares would still be found broken."""
    metrics = [metric.name for metric in metricflow.list_metrics()]
    assert len(metrics) >= 40
    for metric in metrics:
        assert ask(metricflow, [metric], "month", []).row_count > 0, metric


def test_the_command_of_the_documentation(environment: Mapping[str, str]) -> None:
    """`mf query` itself, as docs/analysts.md has it."""
    result = subprocess.run(
        [
            str(Path(sys.executable).with_name("mf")),
            *("query", "--metrics", "speed_to_lead_compliance,mql_to_sql_rate"),
            *("--group-by", "metric_time__quarter,source__sourced_by", "--quiet"),
            *("--where", "{{ Entity('region') }} = 'emea'"),
        ],
        cwd=DBT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    head = result.stdout.splitlines()[0].split()
    assert head == [
        "metric_time__quarter",
        "source__sourced_by",
        "speed_to_lead_compliance",
        "mql_to_sql_rate",
    ]
