-- The leads each rep was given in a month and a quarter, by source, beside what the rep's team was
-- given of that source.
with received as (
    select
        cycles.routed_to as owner_key,
        cycles.crm,
        coalesce(cycles.team, 'without a team') as team,
        cycles.source,
        {{ month_start(local_date('cycles.routed_at')) }} as month_start,
        count(*) as leads,
        count(*) filter (where cycles.is_fit) as fit
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.routed_at is not null
        and not cycles.is_mql_inferred
    group by
        cycles.routed_to,
        cycles.crm,
        coalesce(cycles.team, 'without a team'),
        cycles.source,
        {{ month_start(local_date('cycles.routed_at')) }}
),

by_period as (
    {%- for period in ['month', 'quarter'] %}
    select
        '{{ period }}' as period,
        {{ period_start(period, 'received.month_start') }} as period_start,
        received.owner_key,
        received.crm,
        received.team,
        received.source,
        cast(sum(received.leads) as bigint) as leads,
        cast(sum(received.fit) as bigint) as fit
    from received
    group by
        {{ period_start(period, 'received.month_start') }},
        received.owner_key,
        received.crm,
        received.team,
        received.source
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    by_period.period,
    by_period.period_start,
    by_period.owner_key,
    by_period.crm,
    by_period.team,
    by_period.source,
    by_period.leads,
    by_period.fit,
    cast(sum(by_period.leads) over (
        partition by
            by_period.period,
            by_period.period_start,
            by_period.crm,
            by_period.team,
            by_period.source
    ) as bigint) as team_source_leads,
    cast(sum(by_period.leads) over (
        partition by by_period.period, by_period.period_start, by_period.crm, by_period.team
    ) as bigint) as team_leads
from by_period
