"""What leads turn into: opportunities, with their stages, amounts and close dates.

Belongs here: the tables `deals` and `lead_deals`. Most deals come from one lead; a colleague who
converts while a deal of the same company is open joins it; some deals were found by an account
executive alone. A deal's number `d` is 8 n + k of the pass that opened it (k = 7: no lead).
"""

from __future__ import annotations

import duckdb

from dagster_project.sample.company import Company
from dagster_project.sample.sql import DAY, Chance, literal


def create_deals(con: duckdb.DuckDBPyConnection, company: Company, chance: Chance) -> None:
    """Creates `lead_deals` (which lead converted into which deal, when) and `deals`."""
    con.execute("""
create or replace table lead_deals as
select c.n, c.opp_at, coalesce(min(a.m), c.m) as d
from cycles as c
join leads as l on l.n = c.n
join lead_ends as e on e.n = c.n
left join cycles as a
    on a.n = l.c and a.n <> c.n and a.opp_at <= c.opp_at
    and coalesce(a.deal_closed_at, c.opp_at) >= c.opp_at
where c.opp_at <= e.ends_at
group by c.n, c.opp_at, c.m
order by c.n
""")

    def d(question: str) -> str:
        return chance(question, "d")

    own = _own_deals(chance)
    words = ",\n    ".join(
        f"{chance.one_of(names, f'word for deal stage {stage}', 'd')} as stage_{stage}"
        for stage, names in enumerate(company.labels.deal_stages, start=1)
    )
    con.execute(f"""
create or replace table deals as
with opened as (
    select
        c.m as d, c.n, c.ae as owner, c.opp_at as created_at, c.deal_due_at, c.deal_closed_at,
        c.deal = 'won' as is_won
    from cycles as c
    join lead_deals as x on x.n = c.n and x.d = c.m
    union all
    {own}
)
select
    o.*,
    l.c, l.company_name, l.segment, l.source, l.currency,
    o.created_at + ((o.deal_due_at - o.created_at) * (0.12 + 0.2 * {d("to stage 2")}))::bigint
        as stage_2_at,
    o.created_at + ((o.deal_due_at - o.created_at) * (0.45 + 0.3 * {d("to stage 3")}))::bigint
        as stage_3_at,
    o.created_at + greatest(14, floor(l.deal_days * (0.8 + 1.2 * {d("planned days")})))::bigint
        * {DAY} as planned_at,
    planned_at + {45 * DAY} as pushed_at,
    100 * round(
        l.amount * (0.45 + 0.55 * {chance.spread("1.0", "amount", "d", most=4)}) / 100
    )::bigint as amount,
    case when {d("discount")} < 0.35
        then 100 * round(amount * (0.8 + 0.18 * {d("discount of")}) / 100)::bigint
        else amount
    end as final_amount,
    {words}
from opened as o
join leads as l on l.n = o.n
order by d
""")


def _own_deals(chance: Chance) -> str:
    """The SQL of the deals account executives found themselves, at companies of some leads."""

    def d(question: str) -> str:
        return chance(question, "(l.n * 8 + 7)")

    return f"""
    select
        l.n * 8 + 7 as d,
        l.n,
        t.first_number + floor({d("own deal of")} * t.size)::bigint as owner,
        l.created_at + 5000 as created_at,
        l.created_at + ((20 + l.deal_days * (0.6 + {d("own deal days")})) * {DAY})::bigint
            as deal_due_at,
        case when {d("own deal closes")} < 0.8 then deal_due_at end as deal_closed_at,
        {d("own deal won")} < 0.3 and deal_closed_at is not null as is_won
    from leads as l
    join office_teams as t on t.office = l.office and t.role = 'ae'
    where {chance("own deal", "l.n")} < 0.03
    """


def stages(company: Company) -> str:
    """The SQL of all stages that deals go through: d, seq, stage, entered_at, amount, closing.

    `closes_at` is the close date expected from then on.
    """
    lost, won = literal(company.labels.lost), literal(company.labels.won)
    return f"""
select d, 1 as seq, stage_1 as stage, created_at as entered_at, amount, planned_at as closes_at
from deals
union all
select d, 2, stage_2, stage_2_at, amount, planned_at from deals
where stage_2_at < coalesce(deal_closed_at, stage_2_at + 1)
union all
select d, 3, stage_3, stage_3_at, final_amount,
    case when stage_3_at < planned_at then planned_at else pushed_at end
from deals
where stage_3_at < coalesce(deal_closed_at, stage_3_at + 1)
union all
select d, 4, stage_3, planned_at, final_amount, pushed_at from deals
where planned_at > stage_3_at and planned_at < coalesce(deal_closed_at, planned_at + 1)
union all
select d, 5, case when is_won then {won} else {lost} end, deal_closed_at, final_amount,
    deal_closed_at
from deals
where deal_closed_at is not null
"""
