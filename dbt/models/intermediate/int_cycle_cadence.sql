-- What sales did for the leads it gave up: counted touches until then, and business days of the
-- rep's calendar from the day after the first of them up to the day of giving up.
with until_dead as (
    select
        stages.cycle_id,
        stages.dead_at,
        owners.calendar_id,
        count(*) filter (where touches.is_counted) as counted_touches,
        min(touches.occurred_at) filter (where touches.is_counted) as first_counted_at,
        coalesce(bool_or(not touches.is_touch), false) as is_replied
    from {{ ref('int_cycle_stages') }} as stages
    left join {{ ref('int_cycle_routing') }} as routing
        on stages.cycle_id = routing.cycle_id
    left join {{ ref('int_owners') }} as owners
        on routing.routed_to = owners.owner_key
    left join {{ ref('int_touches') }} as touches
        on
            stages.cycle_id = touches.cycle_id
            and stages.dead_at >= touches.occurred_at
    where stages.dead_at is not null
    group by stages.cycle_id, stages.dead_at, owners.calendar_id
),

dated as (
    select
        until_dead.cycle_id,
        until_dead.calendar_id,
        until_dead.counted_touches,
        until_dead.is_replied,
        cast({{ in_zone('until_dead.first_counted_at', 'calendars.timezone') }} as date)
            as first_day,
        cast({{ in_zone('until_dead.dead_at', 'calendars.timezone') }} as date) as last_day
    from until_dead
    left join {{ ref('int_calendars') }} as calendars
        on until_dead.calendar_id = calendars.calendar_id
)

select
    dated.cycle_id,
    cast(dated.counted_touches as integer) as counted_touches,
    dated.is_replied,
    cast(last_days.open_days - first_days.open_days as integer) as business_days
from dated
left join {{ ref('int_calendar_days') }} as first_days
    on
        dated.calendar_id = first_days.calendar_id
        and dated.first_day = first_days.date_day
left join {{ ref('int_calendar_days') }} as last_days
    on
        dated.calendar_id = last_days.calendar_id
        and dated.last_day = last_days.date_day
