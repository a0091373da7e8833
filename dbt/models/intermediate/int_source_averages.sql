-- What became of a source's MQLs that are old enough to tell: how many were qualified within
-- conversion_window_days, and how much money the won ones brought.
with mature as (
    select
        cycles.cycle_id,
        cycles.source,
        coalesce(
            cycles.sql_at
            <= cycles.mql_at + interval '{{ var("conversion_window_days") }}' day,
            false
        ) as is_qualified
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        not cycles.is_mql_inferred
        and cycles.mql_at + interval '{{ var("conversion_window_days") }}' day <= {{ as_of() }}
),

won as (
    select
        opportunities.cycle_id,
        sum(opportunities.amount_reporting) as amount
    from {{ ref('fct_opportunities') }} as opportunities
    where
        opportunities.is_won
        and not opportunities.is_deleted
        and opportunities.closed_at <= {{ as_of() }}
    group by opportunities.cycle_id
)

select
    mature.source,
    count(*) as mqls,
    count(*) filter (where mature.is_qualified) as qualified,
    count(*) filter (where mature.is_qualified) / cast(count(*) as double) as conversion_rate,
    coalesce(sum(won.amount), 0) as won_amount,
    cast(
        round(cast(coalesce(sum(won.amount), 0) as double) / count(*), 2) as decimal(18, 2)
    ) as value_per_mql
from mature
left join won on mature.cycle_id = won.cycle_id
group by mature.source
