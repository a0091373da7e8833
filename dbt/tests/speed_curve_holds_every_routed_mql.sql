-- Each MQL that a rep got is once in the curve of each clock, whole, cut by arrival and by source.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_speed_to_lead_curve'}}}) }}
with routed as (
    select
        count(*) as cycles,
        count(cycles.first_touch_at) as touched
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.routed_at is not null
        and not cycles.is_mql_inferred
),

curves as (
    select
        curve.clock,
        curve.dimension,
        case when curve.arrival = 'all' then 'all' else 'cut' end as arrival,
        sum(curve.cycles + curve.too_young) as cycles,
        coalesce(
            sum(curve.cycles + curve.too_young) filter (where curve.bucket <> 'never'), 0
        ) as touched
    from {{ ref('rpt_speed_to_lead_curve') }} as curve
    group by
        curve.clock,
        curve.dimension,
        case when curve.arrival = 'all' then 'all' else 'cut' end
)

select
    curves.clock,
    curves.dimension,
    curves.arrival
from curves
cross join routed
where
    curves.cycles <> routed.cycles
    or curves.touched <> routed.touched
