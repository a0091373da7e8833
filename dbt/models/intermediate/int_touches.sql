-- Touches and replies up to as_of, each in the cycle that holds its instant. The spacing rule looks
-- at the lead's previous touch, whatever cycle that one is in.
with happened as (
    select
        activities.touch_key,
        activities.lead_key,
        activities.crm,
        activities.activity_id,
        activities.raw_type,
        activities.direction,
        activities.channel,
        activities.owner_key,
        activities.occurred_at,
        activities.logged_at,
        activities.is_touch,
        lag(activities.occurred_at) over (
            partition by activities.lead_key, activities.is_touch
            order by
                activities.occurred_at,
                length(activities.activity_id),
                activities.activity_id,
                activities.touch_key
        ) as previous_at
    from {{ ref('int_activities') }} as activities
    where
        (activities.is_touch or activities.is_reply)
        and activities.occurred_at <= {{ as_of() }}
)

select
    happened.touch_key,
    happened.lead_key,
    happened.crm,
    happened.activity_id,
    happened.raw_type,
    happened.direction,
    coalesce(happened.channel, lower(happened.raw_type)) as channel,
    happened.owner_key,
    happened.occurred_at,
    happened.logged_at,
    happened.is_touch,
    happened.is_touch
    and (
        happened.previous_at is null
        or {{ seconds_between('happened.previous_at', 'happened.occurred_at') }}
        > {{ var('touch_spacing_minutes') }} * 60
    ) as is_counted,
    cycles.cycle_id
from happened
left join {{ ref('int_cycles') }} as cycles
    on
        happened.lead_key = cycles.lead_key
        and {{ in_window('cycles', 'happened.occurred_at') }}
