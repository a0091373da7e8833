-- The touches counted on a cycle are the rows of fct_touches that name it.
{{ config(meta={'dagster': {'ref': {'name': 'fct_touches'}}}) }}
with touches as (
    select
        touches.cycle_id,
        count(*) filter (where touches.direction = 'outbound') as touches,
        count(*) filter (where touches.is_counted) as counted_touches,
        min(touches.occurred_at) filter (where touches.direction = 'outbound') as first_touch_at,
        min(touches.occurred_at) filter (where touches.direction = 'inbound') as replied_at
    from {{ ref('fct_touches') }} as touches
    where touches.cycle_id is not null
    group by touches.cycle_id
)

select cycles.cycle_id
from {{ ref('fct_lead_cycles') }} as cycles
left join touches on cycles.cycle_id = touches.cycle_id
where
    cycles.touches <> coalesce(touches.touches, 0)
    or cycles.counted_touches <> coalesce(touches.counted_touches, 0)
    or cycles.first_touch_at is distinct from touches.first_touch_at
    or cycles.replied_at is distinct from touches.replied_at
