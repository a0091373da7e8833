"""What the pages show, read from the published files of one night.

Belongs here: the queries, each of public tables alone. Does not belong here: what becomes of the
rows (pages). Queries of the ledger pass over it once for all pages together, because a large
company's has millions of rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from dagster_project.ingest.sql import name, text

Row = dict[str, Any]

# Rows shown of a clause, of a source or team, of an agenda item; what is left out is counted.
CLAUSE_LEADS = 50
PART_LEADS = 25
AGENDA_ROWS = 25
_EVIDENCE_ROWS = 20
# How far back leads are listed, beside the whole running quarter.
_RECENT_WEEKS = 8
# What a trend looks back on: the running quarter and four before it.
_TREND_WEEKS = 65
_TREND_QUARTERS = 5

_LEAD_COLUMNS = (
    "cycle_id, lead_key, clause, side, source, team, owner_key, counts_on, due_at, status, "
    "exempt_reason, evidence_record_id, is_assessable"
)
# What of a public table's row is shown on the agenda; of any other table all that fits.
_AGENDA_COLUMNS = {
    "marts.fct_sla_obligations": ("cycle_id", "clause", "source", "team", "owner_key", "counts_on"),
    "marts.rpt_disqualification_queue": (
        *("cycle_id", "source", "team", "owner_key", "waiting_since", "due_at", "reason_code"),
    ),
    "marts.rpt_integrity_evidence": ("cycle_id", "record_id", "happened_at", "why"),
    "marts.rpt_mql_volume": (
        *("period_start", "segment", "region", "mql", "target_count", "target_to_date"),
    ),
    "marts.rpt_disqualification_rates": (
        *("dimension_value", "week_start", "rejected", "dispositioned", "rate", "rate_low"),
        *("rate_high", "still_open"),
    ),
    "marts.rpt_data_completeness": (
        *("field", "rule", "period_start", "valid", "evaluated", "rate", "target_rate"),
    ),
    "marts.rpt_pipeline_coverage_totals": (
        *("quarter_start", "dimension_value", "quota", "closed_won", "remaining_quota"),
        *("open_pipeline", "coverage"),
    ),
    "marts.rpt_source_benchmarks": (
        *("quarter_start", "source", "step", "current_cycles", "observed", "expected"),
        *("expected_low", "expected_high", "diagnosis", "missed_clauses"),
    ),
    "marts.rpt_source_decisions": ("month_start", "source", "decision", "reason"),
    "marts.rpt_channel_mix": (
        *("quarter_start", "source", "pipeline_share", "conversion", "conversion_of_others"),
    ),
    "marts.rpt_definition_stress_test": (
        *("quarter_start", "dimension", "dimension_value", "mql", "won", "won_inside"),
        "won_outside",
    ),
    "marts.rpt_sla_assessability": ("crm", "clause", "obligations", "missing", "to_export"),
}
_MOST_COLUMNS = 8
# Read with every row that has them: they name the lead.
_KEYS = ("cycle_id", "lead_key")
# Ways to order the rows of an item; the first that the table has.
_AGENDA_ORDER = {
    "marts.fct_sla_obligations": "counts_on desc, cycle_id",
    "marts.rpt_disqualification_queue": "place",
    "marts.rpt_integrity_evidence": "happened_at desc nulls last, record_id",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement as published: terms, definition of a lead, and every other provision."""

    terms: list[Row]
    criteria: list[Row]
    calendars: list[Row]
    provisions: dict[str, list[Row]]

    def setting(self, key: str, default: str) -> str:
        """A setting's value; `default` where what is published is older than the table."""
        for row in self.provisions["setting"]:
            if row["subject"] == key:
                return str(row["value"])
        return default


@dataclass(frozen=True, slots=True)
class AgendaRows:
    """The rows behind an agenda item: `total` there are, `rows` are the first of them."""

    columns: tuple[str, ...]
    rows: list[Row]
    total: int


@dataclass(frozen=True, slots=True)
class Leads:
    """Obligations to look at, newest first, by clause, source and team; `totals` counts them all.

    Both are keyed by (what, value), such as (`source`, `paid_search`).
    """

    since: date
    missed: dict[tuple[str, str], list[Row]]
    missed_totals: dict[tuple[str, str], int]
    pending: dict[tuple[str, str], list[Row]]
    pending_totals: dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Night:
    """Everything the pages show, of one publication."""

    run: Row
    exports: list[Row]
    agreement: Agreement
    agreements_applied: list[Row]
    scorecard: list[Row]
    compliance: list[Row]
    parts: list[Row]
    volume: list[Row]
    completeness: list[Row]
    benchmarks: list[Row]
    curves: list[Row]
    decisions: list[Row]
    channel_mix: list[Row]
    funnel: list[Row]
    rejection_rates: list[Row]
    rejection_trend: list[Row]
    reasons: list[Row]
    reviews: list[Row]
    queue: list[Row]
    queue_totals: list[Row]
    coverage: list[Row]
    coverage_parts: list[Row]
    signals: list[Row]
    signals_asked: list[Row]
    evidence: list[Row]
    assessability: list[Row]
    problems: list[Row]
    quarantined: list[Row]
    excluded: list[Row]
    restatements: list[Row]
    restatements_total: int
    examples: list[Row]
    agenda: list[Row]
    agenda_rows: dict[tuple[str, int], AgendaRows]
    leads: Leads
    owners: dict[str, Row]
    persons: dict[str, Row] | None

    @property
    def as_of(self) -> datetime:
        """The instant up to which the data speaks, UTC."""
        return self.run["as_of"]

    @property
    def today(self) -> date:
        """The day of as_of in the reporting time zone."""
        zone = ZoneInfo(self.agreement.setting("reporting_timezone", "UTC"))
        return self.as_of.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.agreement.setting("reporting_currency", "")

    @property
    def fiscal_month(self) -> int:
        """The month in which the fiscal year begins."""
        return int(self.agreement.setting("fiscal_year_start_month", "1"))


def read_night(connection: duckdb.DuckDBPyConnection, *, with_persons: bool) -> Night:
    """All that the pages show. `marts` and `ops` are open under their names.

    With `with_persons`, `persons.restricted.leads` is attached: who the leads shown are.
    """
    ask = _Asker(connection)
    quarter = _running_quarter(ask)
    leads = _leads(ask, quarter)
    agenda = ask("from marts.rpt_review_agenda order by meeting, position")
    agenda_rows = _agenda_rows(ask, agenda)
    queue = ask(
        """
        select * exclude (in_queue, in_source, in_team) from (
            select
                queue, place, cycle_id, owner_key, source, team, waiting_since, due_at, is_overdue,
                reason_kind, reason_code,
                row_number() over (partition by queue order by place) as in_queue,
                row_number() over (partition by queue, source order by place) as in_source,
                row_number() over (partition by queue, team order by place) as in_team
            from marts.rpt_disqualification_queue where is_open
        )
        where in_queue <= ? or in_source <= 10 or in_team <= 10
        order by queue, place
        """,
        [CLAUSE_LEADS],
    )
    evidence = _evidence(ask)
    examples = ask("from marts.rpt_definition_examples order by verdict desc, example_number")
    return Night(
        run=_run(ask),
        exports=ask(
            """
            select
                crm,
                max(exported_at) filter (where status = 'loaded') as exported_at,
                count(*) filter (where status = 'loaded') as files,
                count(*) filter (where status = 'refused') as refused,
                coalesce(sum(rows_loaded) filter (where status = 'loaded'), 0)::bigint as rows
            from ops.loads group by crm order by crm
            """
        ),
        agreement=_agreement(ask),
        agreements_applied=ask(
            """
            select contract_hash, min(as_of) as first_as_of, min(published_at) as published_at
            from ops.runs where status = 'published' and contract_hash is not null
            group by contract_hash order by published_at
            """
        ),
        scorecard=ask("from marts.rpt_scorecard order by period, period_start, position"),
        compliance=ask(
            "from marts.rpt_sla_compliance where dimension = 'all' order by clause, period_start"
        ),
        parts=_parts(ask, quarter),
        volume=ask(
            """
            from marts.rpt_mql_volume
            where period = 'month' and period_start >= ?::date - interval 3 months
            order by period_start desc, segment, region
            """,
            [quarter],
        ),
        completeness=ask(
            """
            from marts.rpt_data_completeness
            where period = 'quarter' and period_start >= ?::date - interval 3 months
                and field <> 'all'
            order by period_start desc, rate, field
            """,
            [quarter],
        ),
        benchmarks=ask("from marts.rpt_source_benchmarks order by quarter_start desc, source"),
        curves=_curves(ask),
        decisions=ask("from marts.rpt_source_decisions order by month_start desc, source"),
        channel_mix=ask("from marts.rpt_channel_mix order by quarter_start desc, source"),
        funnel=ask(
            """
            from marts.rpt_funnel
            where period = 'quarter' and dimension in ('all', 'source')
            order by period_start desc, dimension, dimension_value
            """
        ),
        rejection_rates=ask(
            """
            from marts.rpt_disqualification_rates
            where period = 'trailing_four_weeks' and dimension in ('all', 'source', 'team')
                and week_start = (
                    select max(week_start) from marts.rpt_disqualification_rates
                    where period = 'trailing_four_weeks' and is_complete
                )
            order by dimension, rate desc, dimension_value
            """
        ),
        rejection_trend=ask(
            f"""
            from (
                from marts.rpt_disqualification_rates
                where period = 'trailing_four_weeks' and dimension = 'all' and is_complete
                order by week_start desc limit {_TREND_WEEKS}
            ) order by week_start
            """
        ),
        reasons=ask(
            """
            from marts.rpt_disqualification_reasons
            where period = 'quarter' and dimension in ('all', 'source', 'team')
                and period_start = ?
            order by dimension, dimension_value, rejected desc, reason_kind, reason_code,
                listed_reason
            """,
            [quarter],
        ),
        reviews=ask(
            """
            from marts.rpt_rejection_reviews
            where period = 'quarter' and dimension = 'all' order by period_start desc limit 5
            """
        ),
        queue=queue,
        queue_totals=ask(
            """
            select
                queue, count(*) as leads, count(*) filter (where is_overdue) as overdue,
                min(waiting_since) as oldest
            from marts.rpt_disqualification_queue where is_open group by queue
            """
        ),
        coverage=ask(
            """
            from marts.rpt_pipeline_coverage_totals
            order by quarter_start desc, dimension, dimension_value
            """
        ),
        coverage_parts=ask(
            "from marts.rpt_pipeline_coverage order by quarter_start desc, segment, region"
        ),
        signals=ask(
            """
            from marts.rpt_integrity_signals where is_flagged
            order by period_start desc, severity, signal, measure, subject
            """
        ),
        signals_asked=ask(
            """
            select signal, count(*) as looked_at, count(*) filter (where is_flagged) as flagged
            from marts.rpt_integrity_signals group by signal order by signal
            """
        ),
        evidence=evidence,
        assessability=ask(
            "from marts.rpt_sla_assessability where not is_assessable order by clause, crm"
        ),
        problems=ask(
            """
            select crm, object, field, problem, count(*) as times
            from ops.problems group by all
            order by times desc, crm, object, field, problem
            """
        ),
        quarantined=ask(
            """
            select crm, object, file_name, count(*) as lines, min(reason) as reason
            from ops.quarantined_rows group by crm, object, file_name
            order by lines desc, crm, object, file_name limit 20
            """
        ),
        excluded=ask("from ops.excluded_leads order by crm, reason"),
        restatements=ask(
            """
            select restated.* from ops.restatements as restated
            left join ops.runs as runs using (run_id)
            where dimension = 'all'
            order by runs.as_of desc, period_start desc, period, clause limit 20
            """
        ),
        restatements_total=ask("select count(*) as n from ops.restatements")[0]["n"],
        examples=examples,
        agenda=agenda,
        agenda_rows=agenda_rows,
        leads=leads,
        owners=_owners(ask),
        persons=_persons(ask, leads, agenda_rows, [queue, evidence, examples])
        if with_persons
        else None,
    )


class _Asker:
    """Asks a connection for rows by name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def __call__(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        result = self.connection.execute(query, list(values))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _run(ask: _Asker) -> Row:
    """The run that published this: the last one of its own history."""
    rows = ask(
        "from ops.runs where status = 'published' order by published_at desc nulls last limit 1"
    )
    return rows[0]


def _running_quarter(ask: _Asker) -> date:
    """First day of the fiscal quarter of as_of; where nothing was judged yet, of all dates."""
    (row,) = ask(
        """
        select max(period_start) as quarter from marts.rpt_sla_compliance
        where period = 'quarter' and dimension = 'all'
        """
    )
    return row["quarter"] or date(1970, 1, 1)


def _owners(ask: _Asker) -> dict[str, Row]:
    rows = ask("select owner_key, name, team from marts.dim_owner")
    return {row["owner_key"]: row for row in rows}


def _agreement(ask: _Asker) -> Agreement:
    provisions: dict[str, list[Row]] = defaultdict(list)
    for row in ask(
        """
        from marts.dim_agreement_provision
        order by kind, position, effective_from nulls first, subject, value
        """
    ):
        provisions[row["kind"]].append(row)
    return Agreement(
        terms=ask(
            """
            from marts.dim_sla_term
            order by clause, segment nulls first, region nulls first, effective_from
            """
        ),
        criteria=ask(
            """
            from marts.dim_definition_criterion
            order by case kind when 'disqualifier' then 1 else 0 end, criterion_id, effective_from
            """
        ),
        calendars=ask("from marts.dim_calendar order by is_default desc, calendar_id"),
        provisions=provisions,
    )


def _parts(ask: _Asker, quarter: date) -> list[Row]:
    """Compliance by source, segment, region, team and owner: this quarter, and for sources and
    teams the running periods and the last complete ones too."""
    return ask(
        """
        with periods as (
            select period, is_complete, max(period_start) as period_start
            from marts.rpt_sla_compliance where dimension = 'all' group by period, is_complete
        )
        select compliance.* from marts.rpt_sla_compliance as compliance
        semi join periods using (period, is_complete, period_start)
        where dimension <> 'all' and (
            (compliance.period = 'quarter' and compliance.period_start = ?)
            or dimension in ('source', 'team')
        )
        order by dimension, dimension_value, clause, compliance.period, compliance.period_start
        """,
        [quarter],
    )


def _curves(ask: _Asker) -> list[Row]:
    """The benchmark curves of the running quarter: the days on which they rise, and the last."""
    return ask(
        """
        select source, step, age_days, share from (
            select
                *,
                lag(share) over (partition by source, step order by age_days) as before,
                max(age_days) over () as last_day
            from marts.rpt_conversion_curves
            where quarter_start = (select max(quarter_start) from marts.rpt_conversion_curves)
        )
        where share is distinct from before or age_days = last_day
        order by source, step, age_days
        """
    )


def _leads(ask: _Asker, quarter: date) -> Leads:
    """One pass over the ledger for the leads behind clauses, sources and teams."""
    (row,) = ask("select max(counts_on) as last from marts.fct_sla_obligations")
    recent = (row["last"] or quarter) - timedelta(weeks=_RECENT_WEEKS)
    (week,) = ask(
        """
        select max(period_start) as start from marts.rpt_sla_compliance
        where period = 'week' and dimension = 'all'
        """
    )
    if week["start"] is not None:
        recent = week["start"] - timedelta(weeks=_RECENT_WEEKS)
    since = min(quarter, recent)
    ask.connection.execute(
        f"""
        create or replace temp table listed_leads as
        select {_LEAD_COLUMNS} from marts.fct_sla_obligations
        where (status = 'missed' and counts_on >= $since) or status = 'pending'
        """,
        {"since": since},
    )
    ask.connection.execute(
        f"""
        create or replace temp table shown_leads as
        select * from (
            select
                *,
                row_number() over (
                    partition by status, clause
                    order by if(status = 'pending', due_at, null), counts_on desc, cycle_id
                ) as in_clause,
                row_number() over (
                    partition by status, source
                    order by if(status = 'pending', due_at, null), counts_on desc, cycle_id, clause
                ) as in_source,
                row_number() over (
                    partition by status, team
                    order by if(status = 'pending', due_at, null), counts_on desc, cycle_id, clause
                ) as in_team
            from listed_leads
        )
        where in_clause <= {CLAUSE_LEADS} or in_source <= {PART_LEADS} or in_team <= {PART_LEADS}
        """
    )
    rows = ask(
        """
        select * from shown_leads
        order by if(status = 'pending', due_at, null), counts_on desc, cycle_id, clause
        """
    )
    _explain(ask, rows)
    found: dict[str, dict[tuple[str, str], list[Row]]] = {
        "missed": defaultdict(list),
        "pending": defaultdict(list),
    }
    limits = {"clause": CLAUSE_LEADS, "source": PART_LEADS, "team": PART_LEADS}
    for lead in rows:
        for what, limit in limits.items():
            if lead[f"in_{what}"] <= limit:
                found[lead["status"]][what, _part(lead[what])].append(lead)
    totals: dict[str, dict[tuple[str, str], int]] = {"missed": {}, "pending": {}}
    for total in ask(
        """
        select
            status, clause, source, team, grouping(clause, source, team) as grouped,
            count(*) as leads
        from listed_leads group by status, grouping sets ((clause), (source), (team))
        """
    ):
        what = {3: "clause", 5: "source", 6: "team"}[total["grouped"]]
        totals[total["status"]][what, _part(total[what])] = total["leads"]
    return Leads(since, found["missed"], totals["missed"], found["pending"], totals["pending"])


def _explain(ask: _Asker, rows: list[Row]) -> None:
    """Why each verdict is what it is.

    Cycles are named one by one: DuckDB then looks for them while it reads the tables of the view,
    where it would join before it looks if they came from a table.
    """
    cycles = ", ".join(text(cycle) for cycle in sorted({row["cycle_id"] for row in rows}))
    explained = ask(
        f"""
        select cycle_id, clause, explanation from marts.sla_explanations
        where cycle_id in ({cycles or "null"})
        """
    )
    found = {(row["cycle_id"], row["clause"]): row["explanation"] for row in explained}
    for row in rows:
        row["explanation"] = found.get((row["cycle_id"], row["clause"]), "")


def _part(value: str | None) -> str:
    """What compliance calls the team of leads that no rep got."""
    return "not_routed" if value is None else value


def _agenda_rows(ask: _Asker, agenda: list[Row]) -> dict[tuple[str, int], AgendaRows]:
    """The first rows behind every item: each table is read once for all its items."""
    tables: dict[str, dict[str, list[tuple[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for item in agenda:
        items = tables[item["rows_in"]][item["row_filter"]]
        items.append((item["meeting"], item["position"]))
    columns = _columns(ask, list(tables))
    found: dict[tuple[str, int], AgendaRows] = {}
    for table, filters in tables.items():
        there = columns[table]
        shown = tuple(c for c in _AGENDA_COLUMNS.get(table, there) if c in there)[:_MOST_COLUMNS]
        by_condition = _rows_by_condition(ask, table, shown, there, list(filters))
        for (rows, total), places in zip(by_condition, filters.values(), strict=True):
            found |= {place: AgendaRows(shown, rows, total) for place in places}
    return found


def _rows_by_condition(
    ask: _Asker, table: str, shown: Sequence[str], there: Sequence[str], conditions: list[str]
) -> list[tuple[list[Row], int]]:
    """For each condition the first rows that meet it, and how many do."""
    order = _AGENDA_ORDER.get(table, ", ".join(name(column) for column in there))
    wanted = ", ".join(
        name(column) for column in dict.fromkeys([*shown, *_KEYS]) if column in there
    )
    marks = ", ".join(
        f"case when {condition} then {n} end" for n, condition in enumerate(conditions)
    )
    rows = ask(
        f"""
        select condition_number, total_rows, {wanted}
        from (
            select *, count(*) over (partition by condition_number) as total_rows
            from (
                select *, unnest(list_distinct([{marks}])) as condition_number from {table}
                where {" or ".join(f"({condition})" for condition in conditions)}
            )
        )
        qualify row_number() over (partition by condition_number order by {order}) <= {AGENDA_ROWS}
        order by condition_number, {order}
        """
    )
    found: list[tuple[list[Row], int]] = [([], 0) for _ in conditions]
    for row in rows:
        number, total = row.pop("condition_number"), row.pop("total_rows")
        found[number] = ([*found[number][0], row], total)
    return found


def _columns(ask: _Asker, tables: list[str]) -> dict[str, list[str]]:
    """The columns of public tables, each in its order."""
    found: dict[str, list[str]] = {table: [] for table in tables}
    for row in ask(
        """
        select schema_name || '.' || table_name as relation, column_name
        from duckdb_columns()
        where database_name = current_database()
            and list_contains(?, schema_name || '.' || table_name)
        order by relation, column_index
        """,
        [tables],
    ):
        found[row["relation"]].append(row["column_name"])
    return found


def _evidence(ask: _Asker) -> list[Row]:
    """The newest cases behind every flagged signal."""
    return ask(
        f"""
        select evidence.* from marts.rpt_integrity_evidence as evidence
        semi join (from marts.rpt_integrity_signals where is_flagged) as flagged using (signal_id)
        qualify row_number() over (
            partition by signal_id order by happened_at desc nulls last, record_id, touch_key
        ) <= {_EVIDENCE_ROWS}
        order by signal_id, happened_at desc nulls last, record_id, touch_key
        """
    )


def _persons(
    ask: _Asker,
    leads: Leads,
    agenda_rows: dict[tuple[str, int], AgendaRows],
    others: list[list[Row]],
) -> dict[str, Row]:
    """Who the leads on the pages are, by lead_key."""
    lists = [*leads.missed.values(), *leads.pending.values(), *others]
    lists += [shown.rows for shown in agenda_rows.values()]
    keys = {
        row["cycle_id"].rpartition("#")[0] for rows in lists for row in rows if row.get("cycle_id")
    }
    rows = ask(
        """
        select lead_key, name, company, email from persons.restricted.leads
        where lead_key in (select unnest(?::varchar[]))
        """,
        [sorted(keys)],
    )
    return {row["lead_key"]: row for row in rows}
