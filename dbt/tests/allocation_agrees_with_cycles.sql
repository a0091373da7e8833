-- Every MQL that a rep got is counted once a month and once a quarter, with that rep.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_lead_allocation'}}}) }}
with received as (
    select
        cycles.routed_to as owner_key,
        count(*) as leads,
        count(*) filter (where cycles.is_fit) as fit
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.routed_at is not null
        and not cycles.is_mql_inferred
    group by cycles.routed_to
),

allocated as (
    select
        allocation.period,
        allocation.owner_key,
        sum(allocation.leads) as leads,
        sum(allocation.fit) as fit
    from {{ ref('rpt_lead_allocation') }} as allocation
    group by allocation.period, allocation.owner_key
),

periods as (
    select distinct allocated.period
    from allocated
)

select
    periods.period,
    received.owner_key
from received
cross join periods
left join allocated
    on
        received.owner_key = allocated.owner_key
        and periods.period = allocated.period
where
    received.leads <> coalesce(allocated.leads, 0)
    or received.fit <> coalesce(allocated.fit, 0)
