"""What becomes of a lead: passes through the funnel, from MQL to a close or to the present.

Belongs here: the table `cycles`, one row per lead and pass (`k` from 1). Who is given the lead and
when, how fast and how often it is followed up, and the instants of every step. Steps that lie
beyond the present are there too; whoever reads them cuts at the present.

Chance is drawn from `m` = 8 n + k, so that no two passes share it. Columns ending in `_b` are
business seconds of the rep's office, those ending in `_at` instants.
"""

from __future__ import annotations

import duckdb

from dagster_project.sample.company import Company
from dagster_project.sample.gaming import cleared_together, lowered_bar
from dagster_project.sample.sql import DAY, Chance

PASSES = 3

# Steps planned in business seconds and turned into instants together.
_STEPS = ("first", "sal", "sql", "opp", "close", "rejected", "dead", "recycled", "reassigned")


def create_cycles(con: duckdb.DuckDBPyConnection, company: Company, chance: Chance) -> None:
    """Creates `cycles` for the leads in `leads`, pass after pass."""
    con.execute("drop table if exists cycles")
    for k in range(1, PASSES + 1):
        entries = _first_entries(company, chance) if k == 1 else _later_entries(company, chance, k)
        con.execute(f"create or replace table entries as {entries}")
        _create_routed(con, chance)
        _create_decided(con, chance)
        _create_planned(con, chance)
        con.execute(
            ("create table cycles as " if k == 1 else "insert into cycles ")
            + _cycles_from_planned(company, chance)
        )


def _first_entries(company: Company, chance: Chance) -> str:
    """Leads that become MQL at some time, or that sales creates and takes up without one."""
    wait = chance.spread("9.0", "days to mql", most=14)
    share = lowered_bar(company, "l.mql_chance", "l.mql_chance * 1.5", "l.created_at")
    return f"""
select
    l.n,
    1 as k,
    l.n * 8 + 1 as m,
    l.created_by_sales and {chance("without mql")} < 0.75 as is_inferred,
    not is_inferred and {chance("at once")} < l.at_once as is_at_once,
    is_at_once and {chance("born as mql")} < 0.2 as is_born_mql,
    case
        when is_born_mql then l.created_at
        when is_inferred or is_at_once
            then l.created_at + 2 + ({chance("seconds to mql")} * 20)::bigint
        else l.created_at + {DAY} * (1 + floor({wait}))::bigint
            + ({chance("time of day")} * 9000)::bigint
    end as mql_at,
    l.first_owner_role as owner_before,
    case when owner_before = 'rep' then l.first_owner end as rep_before,
    {_lead_columns()}
from leads as l
where is_inferred or {chance("mql")} < {share}
"""


def _later_entries(company: Company, chance: Chance, k: int) -> str:
    """Leads whose previous pass closed and that come back some weeks later."""
    comes_back = " ".join(
        f"when c.{step}_at is not null then {share}" for step, share in company.requalifies.items()
    )
    return f"""
select
    c.n,
    {k} as k,
    c.n * 8 + {k} as m,
    false as is_inferred,
    false as is_at_once,
    false as is_born_mql,
    c.closed_at + {9 * DAY}
        + ({chance.spread("34.0", "days until back", "c.m", most=8)} * {DAY})::bigint as mql_at,
    case when c.handed_back_at is null then 'rep' else 'marketing' end as owner_before,
    case when owner_before = 'rep' then c.last_rep end as rep_before,
    {_lead_columns()}
from cycles as c
join leads as l on l.n = c.n
where c.k = {k - 1}
    and c.closed_at is not null
    and {chance("comes back", "c.m")} < case {comes_back} else 0 end
"""


def _lead_columns() -> str:
    return """
    l.office as market_office,
    l.created_at,
    l.is_fit,
    l.sql_chance,
    l.rejected_chance,
    l.recent,
    l.deal_days,
    l.merges_into is null and l.deleted_at is null and not l.is_test as may_convert"""


def _create_routed(con: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Creates `routed`: each entry with its rep, the rep's habit, and when the rep got it.

    Most leads are handed over by a rule within minutes; some wait for somebody to notice.
    """

    def c(question: str) -> str:
        return chance(question, "m")

    con.execute(f"""
create or replace table routed as
with handed as (
    select
        *,
        case
            when {c("to whom")} < 0.008 then 'unmapped'
            when {c("to whom")} < 0.03 then 'manager'
            else 'sdr'
        end as to_role,
        case
            when owner_before = 'rep' then mql_at
            when {c("never routed")} < 0.015 then null
            when {c("handed over")} < 0.935 then mql_at + 12 + ({c("rule delay")} * 230)::bigint
            when {c("handed over")} < 0.97
                then mql_at + 290 + {chance.spread("1500", "slow rule", "m")}::bigint
            else mql_at + 3600 + ({c("noticed")} * 50000)::bigint
        end as routed_at,
        owner_before in ('integration', 'marketing') and {c("through queue")} < 0.6
            as goes_through_queue
    from entries
),
assigned as (
    select
        h.*,
        coalesce(h.rep_before, t.first_number + floor({c("which rep")} * t.size)::bigint) as rep,
        t.first_number + floor({c("which other rep")} * t.size)::bigint as other_rep
    from handed as h
    join office_teams as t on t.office = h.market_office and t.role = h.to_role
)
select
    a.*,
    p.calendar,
    p.response_seconds, p.ignores, p.cadence, p.rejects, p.logs_late, p.bursts, p.games,
    ae.first_number + floor({c("which ae")} * ae.size)::bigint as ae
from assigned as a
join people as p on p.number = a.rep
join office_teams as ae on ae.office = a.market_office and ae.role = 'ae'
""")


def _create_decided(con: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Creates `decided`: each routed entry with its first response and what comes of it.

    Fit and speed raise the chance of an SQL; what is left is shared among the other outcomes.
    """

    def c(question: str) -> str:
        return chance(question, "m")

    answered = chance.spread("response_seconds", "response", "m", most=30)
    con.execute(f"""
create or replace table decided as
with clocked as (
    select
        r.*,
        w.open_seconds as h,
        w.open_days_before * w.open_seconds + case
            when w.is_open then greatest(0, least(w.open_seconds, routed_at - w.opens_at)) else 0
        end as routed_b,
        w.is_open and routed_at between w.opens_at and w.opens_at + w.open_seconds as is_in_hours
    from routed as r
    join office_offsets as o on o.calendar = r.calendar
    left join workdays as w
        on w.calendar = r.calendar and w.day_number = (r.routed_at + o.shift) // {DAY}
),
answered as (
    select
        *,
        case when not is_in_hours and {c("eager")} < 0.06
            then routed_at + 240 + ({c("eager minutes")} * 2400)::bigint end as eager_at,
        {c("ignores")} < ignores as is_ignored,
        case when eager_at is not null then 60.0 else {answered} end as response_b,
        routed_b + response_b as first_b
    from clocked
),
weighed as (
    select
        *,
        sql_chance
            * case when is_fit then 1.15 else 0.4 end
            * case when response_b < 3600 then 1.12 when response_b < 14400 then 0.95 else 0.7 end
            * case when mql_at > recent_from then recent else 1 end
            * case when k > 1 then 0.8 else 1 end as quality,
        case when is_inferred then 0.9 else least(0.85, quality) end as sql_share,
        least(0.7, rejected_chance * rejects * case when is_fit then 0.8 else 2.2 end)
            as rejected_share,
        {c("outcome")} as outcome_chance,
        (outcome_chance - sql_share) / (1 - sql_share) as missed_chance,
        (missed_chance - rejected_share) / (1 - rejected_share) as rest_chance
    from answered cross join present
),
ended as (
    select
        * exclude (ends_at, recent_from),
        case
            when routed_at is null then 'never routed'
            when is_ignored then case when {c("swept")} < 0.35 then 'swept' else 'ignored' end
            when outcome_chance < sql_share and (may_convert or {c("test sql")} < 0.3) then 'sql'
            when missed_chance < rejected_share then 'rejected'
            when rest_chance < 0.5 then 'dead'
            when rest_chance < 0.86 then 'recycled'
            else 'open'
        end as outcome,
        {c("after sql")} as after_chance,
        case
            when outcome <> 'sql' then null
            when may_convert and after_chance < 0.62 then 'opportunity'
            when after_chance < 0.78 then 'recycled'
            when after_chance < 0.86 then 'rejected'
            when after_chance < 0.92 then 'dead'
            else 'open'
        end as after_sql,
        {c("deal")} as deal_chance,
        case
            when after_sql is distinct from 'opportunity' then null
            when deal_chance < case when is_fit then 0.29 else 0.12 end then 'won'
            when deal_chance < 0.86 then 'lost'
            else 'open'
        end as deal
    from weighed
)
select
    * replace (case when outcome in ('ignored', 'swept', 'never routed')
        then null else first_b end as first_b)
from ended
""")


def _create_planned(con: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Creates `planned`: each entry with its touches and its steps, in business seconds."""

    def c(question: str) -> str:
        return chance(question, "m")

    con.execute(f"""
create or replace table planned as
with touched as (
    select
        *,
        outcome = 'dead' and {c("cadence")} < cadence as is_disciplined,
        case
            when is_disciplined then 6 + floor({c("touches")} * 4)::int
            when outcome = 'dead' then 1 + floor({c("touches")} * 5)::int
            else 1 + floor({c("touches")} * {c("touches too")} * 5)::int
        end as touches,
        h * case
            when is_disciplined then 2.0 + 0.5 * {c("pace")} else 0.5 + 0.9 * {c("pace")}
        end as pace_b,
        {c("accepted")} < case
            when outcome = 'sql' then 0.9
            when outcome = 'dead' then 0.9
            when outcome = 'recycled' then 0.75
            when outcome = 'rejected' then 0.35
            when outcome = 'open' then 0.6
            else 0
        end as is_accepted
    from decided
)
select
    *,
    case when is_accepted
        then first_b + h * (0.01 + 1.3 * {c("to sal")} * {c("to sal too")}) end as sal_b,
    case when outcome = 'sql'
        then coalesce(sal_b, first_b)
            + h * (0.2 + 13 * {c("to sql")} * {c("to sql too")}) end as sql_b,
    case when after_sql = 'opportunity'
        then sql_b + h * (0.1 + 7 * {c("to opp")} * {c("to opp too")}) end as opp_b,
    sql_b + h * (3 + 20 * {c("after sql days")}) as after_sql_b,
    opp_b + h * least(150, 0.35 * deal_days
        + {chance.spread("deal_days * 0.6", "deal length", "m", most=5)}) as close_b,
    case
        when outcome = 'rejected'
            then coalesce(sal_b, first_b)
                + h * (0.03 + 2.6 * {c("to rejected")} * {c("to rejected too")})
        when after_sql = 'rejected' then after_sql_b
    end as rejected_b,
    case
        when outcome = 'dead'
            then first_b + pace_b * touches + h * (0.2 + {c("to dead")})
        when outcome = 'swept' then routed_b + h * (6 + 20 * {c("to dead")})
        when after_sql = 'dead' then after_sql_b
    end as dead_b,
    case
        when outcome = 'recycled' and is_accepted
            then sal_b + h * (1 + 9 * {c("to recycled")})
        when outcome = 'recycled' then first_b + h * (0.1 + 2.5 * {c("to recycled")})
        when after_sql = 'recycled' then after_sql_b
    end as recycled_b,
    case when {c("reassigned")} < 0.05 and other_rep <> rep
        then routed_b + h * (0.3 + 4 * {c("reassigned after")}) end as reassigned_b
from touched
""")


def _cycles_from_planned(company: Company, chance: Chance) -> str:
    """The SQL of `cycles`: the steps of `planned` as instants."""
    joins = "\n".join(
        f"left join open_days as d_{step} on d_{step}.calendar = p.calendar "
        f"and d_{step}.position = p.{step}_b::bigint // p.h"
        for step in _STEPS
    )
    instants = ",\n    ".join(
        cleared_together(company, step, f"d_{step}.opens_at + p.{step}_b::bigint % p.h")
        + f" as planned_{step}_at"
        for step in _STEPS
    )
    return f"""
with timed as (
select p.*, {instants}
from planned as p
{joins}
)
select
    n, k, m, is_inferred, is_at_once, is_born_mql, mql_at, owner_before, goes_through_queue,
    rep, other_rep, ae, calendar, h, routed_at, outcome, deal, first_b, opp_b, pace_b, touches,
    logs_late, bursts,
    case when first_b is not null then coalesce(eager_at, planned_first_at) end as first_at,
    planned_sal_at as sal_at,
    planned_sql_at as sql_at,
    planned_opp_at as opp_at,
    planned_close_at as deal_due_at,
    case when deal in ('won', 'lost') then planned_close_at end as deal_closed_at,
    planned_rejected_at as rejected_at,
    planned_dead_at as dead_at,
    planned_recycled_at as recycled_at,
    planned_reassigned_at as reassigned_at,
    least(planned_rejected_at, planned_dead_at, planned_recycled_at) as closed_at,
    case when {chance("handed back", "m")} < 0.5 then planned_recycled_at + 90 end
        as handed_back_at,
    case
        when sql_at is not null then ae
        when reassigned_at < closed_at then other_rep
        else rep
    end as last_rep
from timed
"""
