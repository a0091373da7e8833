"""The structural commitments of unification: what the intermediate tables and the cycles must hold.

Blocking: a breach stops the run before publishing. Only what the models guarantee whatever the
CRMs deliver belongs here: an opportunity won before it was created is somebody's data, two
overlapping cycles of one lead are a fault of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from dagster_project.contract.columns import StageName
from expectations.model import Check, Suite

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_INSTANTS = (
    "sal_at",
    "sql_at",
    "opportunity_at",
    "won_at",
    "lost_at",
    "rejected_at",
    "dead_at",
    "recycled_at",
    "closed_at",
    "routed_at",
    "first_touch_at",
)


def suites(connection: DuckDBPyConnection) -> list[Suite]:
    """The suites on the built warehouse.

    Reads which CRMs were loaded and which channels the agreement knows. The caller closes the
    connection before the suites are run.
    """
    crms = _column(connection, "select distinct crm from ingest.loads order by crm")
    channels = _column(
        connection,
        "select distinct channel from contract.touch_types where channel is not null order by all",
    )
    return [
        _leads(crms),
        _stage_events(),
        _owner_intervals(),
        _activities(channels),
        _touches(),
        _opportunities(),
        _cycles(),
    ]


def _column(connection: DuckDBPyConnection, query: str) -> list[str]:
    return [value for (value,) in connection.execute(query).fetchall()]


def _suite(table: str, key: str, *checks: Check) -> Suite:
    return Suite(
        name="unified",
        table=table,
        rows=f"select * from {table}",
        key=key,
        checks=checks,
        blocking=True,
    )


def _filled(column: str, meaning: str) -> Check:
    return Check("expect_column_values_to_not_be_null", {"column": column}, meaning)


def _unique(column: str, meaning: str) -> Check:
    return Check("expect_column_values_to_be_unique", {"column": column}, meaning)


def _one_of(column: str, values: list[str], meaning: str) -> Check:
    return Check(
        "expect_column_values_to_be_in_set", {"column": column, "value_set": values}, meaning
    )


def _no_rows(query: str, meaning: str, column: str) -> Check:
    return Check("expect_no_rows", {"unexpected_rows_query": query}, meaning, column)


def _leads(crms: list[str]) -> Suite:
    return _suite(
        "intermediate.int_leads",
        "lead_key",
        _filled("lead_key", "Every lead has its key."),
        _unique("lead_key", "A lead is there once."),
        _filled("crm", "Every lead is in a CRM."),
        _one_of("crm", crms, "A lead's CRM is one whose exports were loaded."),
    )


def _stage_events() -> Suite:
    return _suite(
        "intermediate.int_stage_events",
        "concat_ws(':', lead_key, event_number)",
        _filled("lead_key", "Every stage event is some lead's."),
        _filled("event_at", "Every stage event has its instant."),
        _filled("stage", "Every stage event has its stage."),
        _one_of("stage", list(get_args(StageName)), "A stage is one of the ten."),
        _no_rows(
            "select concat_ws(':', lead_key, event_number) as key from {batch} "
            "group by lead_key, event_number having count(*) > 1",
            "A lead's events have an order.",
            "lead_key, event_number",
        ),
    )


def _owner_intervals() -> Suite:
    return _suite(
        "intermediate.int_owner_intervals",
        "concat_ws(':', lead_key, valid_from)",
        _filled("lead_key", "Every stretch of ownership is some lead's."),
        _filled("owner_key", "Every stretch of ownership has its owner."),
        _filled("valid_from", "Every stretch of ownership has its beginning."),
        _no_rows(
            "select concat_ws(':', lead_key, valid_from) as key from {batch} "
            "where valid_to <= valid_from",
            "A stretch of ownership ends after it begins.",
            "valid_from, valid_to",
        ),
        _no_rows(
            "select concat_ws(':', lead_key, valid_from) as key from ("
            "select lead_key, valid_from, valid_to, lead(valid_from) over ("
            "partition by lead_key order by valid_from) as next_from from {batch}) "
            "where next_from < coalesce(valid_to, 'infinity')",
            "A lead has one owner at a time.",
            "valid_from, valid_to",
        ),
    )


def _activities(channels: list[str]) -> Suite:
    return _suite(
        "intermediate.int_activities",
        "touch_key",
        _unique("touch_key", "An activity with a lead is there once."),
        _filled("touch_key", "Every activity has its key."),
        _filled("occurred_at", "Every activity has its instant."),
        _one_of("channel", channels, "A channel is one the agreement names."),
        _no_rows(
            "select touch_key as key from {batch} where is_touch and is_reply",
            "An activity is a touch, a reply or neither.",
            "is_touch, is_reply",
        ),
    )


def _touches() -> Suite:
    return _suite(
        "intermediate.int_touches",
        "touch_key",
        _unique("touch_key", "A touch is there once."),
        _filled("touch_key", "Every touch has its key."),
        _one_of("direction", ["inbound", "outbound"], "A touch is outbound, a reply is inbound."),
        _no_rows(
            "select touch_key as key from {batch} "
            "where is_touch is null or is_touch <> (direction = 'outbound')",
            "A touch is outbound, a reply is not.",
            "is_touch, direction",
        ),
        _no_rows(
            "select touch_key as key from {batch} where is_counted and not is_touch",
            "Only touches count for the cadence.",
            "is_counted",
        ),
        _no_rows(
            "select touch_key as key from {batch} "
            "where occurred_at > (select as_of from ingest.run_context)",
            "No touch lies after the instant up to which the data speaks.",
            "occurred_at",
        ),
    )


def _opportunities() -> Suite:
    return _suite(
        "intermediate.int_opportunities",
        "opportunity_key",
        _filled("opportunity_key", "Every opportunity has its key."),
        _unique("opportunity_key", "An opportunity is there once."),
        _no_rows(
            "select opportunity_key as key from {batch} where is_won and not is_closed",
            "A won opportunity is closed.",
            "is_won, is_closed",
        ),
        _no_rows(
            "select opportunity_key as key from {batch} "
            "where close_date is not null and is_closed "
            "and case when is_won then won_at else lost_at end is null",
            "A closed opportunity with a close date has the instant of its win or loss.",
            "won_at, lost_at",
        ),
    )


def _cycles() -> Suite:
    return _suite(
        "marts.fct_lead_cycles",
        "cycle_id",
        _filled("cycle_id", "Every cycle has its id."),
        _unique("cycle_id", "A cycle is there once."),
        _filled("mql_at", "Every cycle has its beginning."),
        _no_rows(
            "select cycle_id as key from {batch} as cycles "
            "anti join intermediate.int_leads as leads on cycles.lead_key = leads.lead_key",
            "Every cycle is some lead's.",
            "lead_key",
        ),
        _no_rows(
            f"select cycle_id as key from {{batch}} where least({', '.join(_INSTANTS)}) < mql_at",
            "Nothing of a cycle happened before its beginning.",
            ", ".join(_INSTANTS),
        ),
        _no_rows(
            "select cycle_id as key from {batch} where sal_at > sql_at or sql_at > opportunity_at",
            "A later stage implies the earlier.",
            "sal_at, sql_at, opportunity_at",
        ),
        _no_rows(
            "select cycle_id as key from (select cycle_id, mql_at, closed_at, "
            "lead(mql_at) over (partition by lead_key order by cycle_number) as next_mql_at "
            "from {batch}) where next_mql_at <= mql_at "
            "or next_mql_at is not null and coalesce(closed_at, 'infinity') > next_mql_at",
            "A lead's cycles follow each other, each closed before the next begins.",
            "mql_at, closed_at",
        ),
    )
