-- Cut by source, segment or region, a funnel has as many cycles as uncut, and all of the cycles.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_funnel'}}}) }}
with sums as (
    select
        funnel.period,
        funnel.period_start,
        funnel.dimension,
        sum(funnel.cycles) as cycles,
        sum(funnel.mql) as mql,
        sum(funnel.sal) as sal,
        sum(funnel.sql) as sql,
        sum(funnel.opportunity) as opportunity,
        sum(funnel.won) as won,
        sum(funnel.open_cycles) as open_cycles
    from {{ ref('rpt_funnel') }} as funnel
    group by funnel.period, funnel.period_start, funnel.dimension
),

facts as (
    select
        count(*) as cycles,
        count(*) filter (where cycles.closed_at is null) as open_cycles,
        count(*) filter (where cycles.won_at is not null) as won
    from {{ ref('fct_lead_cycles') }} as cycles
)

select
    parts.period,
    parts.period_start,
    parts.dimension
from sums as parts
inner join sums as whole
    on
        parts.period = whole.period
        and parts.period_start = whole.period_start
        and whole.dimension = 'all'
where
    parts.cycles <> whole.cycles
    or parts.mql <> whole.mql
    or parts.sal <> whole.sal
    or parts.sql <> whole.sql
    or parts.opportunity <> whole.opportunity
    or parts.won <> whole.won
    or parts.open_cycles <> whole.open_cycles
union all
select
    sums.period,
    min(sums.period_start) as period_start,
    sums.dimension
from sums
cross join facts
group by sums.period, sums.dimension, facts.cycles, facts.open_cycles, facts.won
having
    sum(sums.cycles) <> facts.cycles
    or sum(sums.open_cycles) <> facts.open_cycles
    or sum(sums.won) <> facts.won
