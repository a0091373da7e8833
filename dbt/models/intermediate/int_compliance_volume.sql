-- MQLs against the promised volume for every period, whole and by segment and by region. A week's
-- target is its days' parts of their months' targets.
{%- set dimensions = [('all', none), ('segment', 'segment'), ('region', 'region')] %}

with days as (
    select
        {{ week_start('volume.date_day') }} as week_start,
        {{ month_start('volume.date_day') }} as month_start,
        {{ quarter_start('volume.date_day') }} as quarter_start,
        volume.segment,
        volume.region,
        volume.mql,
        volume.target_count,
        volume.promised
    from {{ ref('int_mql_volume') }} as volume
),

summed as (
    select
        {{ grouped_period('days') }},
        {{ grouped_dimension('days', dimensions) }},
        cast(sum(days.mql) as bigint) as mql,
        {{ sum_of_parts('days.target_count') }} as target_count,
        {{ sum_of_parts('days.promised') }} as promised
    from days
    group by {{ by_period_and_dimension('days', [], dimensions) }} -- noqa: PRS
)

select
    summed.period,
    summed.period_start,
    agreed.side,
    summed.dimension,
    summed.dimension_value,
    summed.mql,
    summed.target_count,
    summed.promised
from summed
inner join {{ ref('int_clause_periods') }} as agreed
    on
        summed.period = agreed.period
        and summed.period_start = agreed.period_start
where
    agreed.clause = 'volume'
    and agreed.has_begun
