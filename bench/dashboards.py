"""How long dashboards wait: their typical queries on every published mart.

Belongs here: the queries, their times. Does not belong here: who publishes and prints (models,
main). A test sees to it that no mart is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

ROUNDS = 5

_LATEST = "select * from marts.{mart} where {when} = (select max({when}) from marts.{mart})"
_TREND = (
    "select {when}, {shown} from marts.{mart} "
    "where period = 'week' and dimension = 'all' order by {when}"
)
# A BI tool writes values into its queries; a subquery in their place would keep DuckDB from looking
# only where they are.
_QUARTER, _LEAD, _CYCLE = "{quarter}", "{lead}", "{cycle}"
_VALUES = {
    "quarter": "select max(date_trunc('quarter', mql_at))::date from marts.fct_lead_cycles",
    "lead": "select max(lead_key) from marts.fct_lead_cycles",
    "cycle": "select max(cycle_id) from marts.fct_lead_cycles",
}


def _latest(mart: str, when: str) -> str:
    return _LATEST.format(mart=mart, when=when)


def _trend(mart: str, when: str, shown: str) -> str:
    return _TREND.format(mart=mart, when=when, shown=shown)


# What a chart, a table or a drill-down asks for. Rows are facts where the mart is one.
QUERIES: dict[str, tuple[str, ...]] = {
    "dim_agreement_provision": ("from marts.dim_agreement_provision",),
    "dim_calendar": ("from marts.dim_calendar",),
    "dim_date": ("from marts.dim_date",),
    "dim_definition_criterion": ("from marts.dim_definition_criterion",),
    "dim_fit_outcome": ("from marts.dim_fit_outcome",),
    "dim_owner": ("from marts.dim_owner",),
    "dim_sla_term": ("from marts.dim_sla_term",),
    "dim_source": ("from marts.dim_source",),
    "fct_lead_cycles": (
        "select date_trunc('week', mql_at) as week, source, count(*) as mqls "
        f"from marts.fct_lead_cycles where mql_at >= {_QUARTER} group by all order by all",
        "select date_trunc('month', mql_at) as month, count(*), count(sql_at), count(won_at) "
        "from marts.fct_lead_cycles group by all order by all",
        f"from marts.fct_lead_cycles where lead_key = {_LEAD}",
    ),
    "fct_lead_events": (
        f"from marts.fct_lead_events where lead_key = {_LEAD} order by event_at",
        "select stage, count(*) from marts.fct_lead_events "
        f"where kind = 'stage' and event_at >= {_QUARTER} group by all",
    ),
    "fct_opportunities": (
        "select date_trunc('quarter', closed_at) as quarter, sourced_by, sum(amount_reporting) "
        "from marts.fct_opportunities where is_won group by all order by all",
    ),
    "fct_rejections": (
        "select source, listed_reason, count(*) from marts.fct_rejections "
        f"where rejected_on >= {_QUARTER} group by all order by 3 desc",
    ),
    "fct_sla_obligations": (
        "select team, count(*) filter (status = 'met') as met, "
        "count(*) filter (status = 'missed') as missed from marts.fct_sla_obligations "
        f"where clause = 'speed_to_lead' and counts_on >= {_QUARTER} group by all order by all",
        "select cycle_id, owner_key, due_at, fulfilled_at from marts.fct_sla_obligations "
        f"where clause = 'disposition' and status = 'missed' and counts_on >= {_QUARTER} "
        "order by due_at desc limit 100",
        f"from marts.fct_sla_obligations where cycle_id = {_CYCLE}",
    ),
    "fct_touches": (
        "select date_trunc('week', occurred_at) as week, channel, count(*) "
        f"from marts.fct_touches where occurred_at >= {_QUARTER} group by all order by all",
        f"from marts.fct_touches where lead_key = {_LEAD} order by occurred_at",
    ),
    "fit_explanations": (f"from marts.fit_explanations where cycle_id = {_CYCLE}",),
    "rpt_channel_mix": (_latest("rpt_channel_mix", "quarter_start"),),
    "rpt_conversion_change": (_latest("rpt_conversion_change", "quarter_start"),),
    "rpt_conversion_curves": (
        "select source, age_days, share from marts.rpt_conversion_curves "
        "where step = 'mql_to_sql' and quarter_start = "
        "(select max(quarter_start) from marts.rpt_conversion_curves) order by all",
    ),
    "rpt_data_completeness": (_trend("rpt_data_completeness", "period_start", "field, rate"),),
    "rpt_definition_examples": (_latest("rpt_definition_examples", "quarter_start"),),
    "rpt_definition_grid": (_latest("rpt_definition_grid", "quarter_start"),),
    "rpt_definition_stress_test": (_latest("rpt_definition_stress_test", "quarter_start"),),
    "rpt_disqualification_queue": (
        "from marts.rpt_disqualification_queue where is_overdue order by place limit 100",
        "select queue, team, count(*) from marts.rpt_disqualification_queue group by all",
    ),
    "rpt_disqualification_rates": (
        "select week_start, rate from marts.rpt_disqualification_rates "
        "where dimension = 'all' order by week_start",
    ),
    "rpt_disqualification_reasons": (_latest("rpt_disqualification_reasons", "period_start"),),
    "rpt_funnel": (
        "select period_start, mql, sal, sql, opportunity, won from marts.rpt_funnel "
        "where period = 'quarter' and dimension = 'all' order by period_start",
    ),
    "rpt_integrity_evidence": (
        "from marts.rpt_integrity_evidence where signal_id = "
        "(select min(signal_id) from marts.rpt_integrity_evidence)",
    ),
    "rpt_integrity_signals": ("from marts.rpt_integrity_signals where is_flagged",),
    "rpt_lead_allocation": (_latest("rpt_lead_allocation", "period_start"),),
    "rpt_mql_volume": (_latest("rpt_mql_volume", "period_start"),),
    "rpt_pipeline_coverage": (_latest("rpt_pipeline_coverage", "quarter_start"),),
    "rpt_pipeline_coverage_totals": (_latest("rpt_pipeline_coverage_totals", "quarter_start"),),
    "rpt_rejection_reviews": (_latest("rpt_rejection_reviews", "period_start"),),
    "rpt_review_agenda": ("from marts.rpt_review_agenda order by meeting, position",),
    "rpt_scorecard": (_latest("rpt_scorecard", "period_start"),),
    "rpt_sla_assessability": ("from marts.rpt_sla_assessability",),
    "rpt_sla_compliance": (
        _trend("rpt_sla_compliance", "period_start", "clause, rate, target_rate"),
        "select clause, dimension_value, rate from marts.rpt_sla_compliance "
        "where period = 'quarter' and dimension = 'team' order by period_start desc limit 100",
    ),
    "rpt_sla_what_if": (_latest("rpt_sla_what_if", "period_start"),),
    "rpt_source_benchmarks": (_latest("rpt_source_benchmarks", "quarter_start"),),
    "rpt_source_decisions": (_latest("rpt_source_decisions", "month_start"),),
    "rpt_speed_to_lead_curve": ("from marts.rpt_speed_to_lead_curve where dimension = 'all'",),
    "sla_explanations": (
        f"from marts.sla_explanations where cycle_id = {_CYCLE}",
        "select lead_key, explanation from marts.sla_explanations "
        "where clause = 'speed_to_lead' and status = 'missed' "
        f"and counts_on >= {_QUARTER} order by due_at desc limit 100",
    ),
}


@dataclass(frozen=True)
class Wait:
    """Median milliseconds of one query on an open connection, rows fetched."""

    mart: str
    query: str
    milliseconds: float


def waits(published: Path) -> Iterator[Wait]:
    """Every query on the published file, as a BI tool asks them."""
    with duckdb.connect(str(published), read_only=True) as connection:
        for mart, query in written(connection):
            yield Wait(mart, query, median(_times(connection, query)))


def written(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Every query with values in it that the marts hold, and the mart it asks."""
    found = {name: connection.execute(sql).fetchall()[0][0] for name, sql in _VALUES.items()}
    values = {name: f"'{value}'" for name, value in found.items()}
    for mart, queries in QUERIES.items():
        for query in queries:
            yield mart, query.format(**values)


def _times(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[float]:
    connection.execute(query).fetchall()  # reads the pages
    for _ in range(ROUNDS):
        started = time.perf_counter()
        connection.execute(query).fetchall()
        yield (time.perf_counter() - started) * 1000
