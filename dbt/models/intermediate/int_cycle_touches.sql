with in_cycle as (
    select
        touches.cycle_id,
        count(*) filter (where touches.is_touch) as touches,
        count(*) filter (where touches.is_counted) as counted_touches,
        min(touches.occurred_at) filter (where touches.is_touch) as first_touch_at,
        {{ first_by(
            'touches.activity_id',
            ['touches.occurred_at', 'length(touches.activity_id)', 'touches.activity_id'],
            'touches.is_touch',
        ) }} as first_touch_id,
        min(touches.occurred_at) filter (where not touches.is_touch) as replied_at
    from {{ ref('int_touches') }} as touches
    where touches.cycle_id is not null
    group by touches.cycle_id
),

before_any_cycle as (
    select
        touches.lead_key,
        count(*) as touches
    from {{ ref('int_touches') }} as touches
    where
        touches.cycle_id is null
        and touches.is_touch
    group by touches.lead_key
)

-- Cycles follow each other without a gap, so what came before one is what earlier ones hold and
-- what came before the first.
select
    cycles.cycle_id,
    coalesce(in_cycle.touches, 0) as touches,
    coalesce(in_cycle.counted_touches, 0) as counted_touches,
    coalesce(before_any_cycle.touches, 0) + coalesce(
        sum(in_cycle.touches) over (
            partition by cycles.lead_key
            order by cycles.cycle_number
            rows between unbounded preceding and 1 preceding
        ),
        0
    ) as prior_touches,
    in_cycle.first_touch_at,
    in_cycle.first_touch_id,
    in_cycle.replied_at
from {{ ref('int_cycles') }} as cycles
left join in_cycle on cycles.cycle_id = in_cycle.cycle_id
left join before_any_cycle on cycles.lead_key = before_any_cycle.lead_key
