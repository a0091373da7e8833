-- How long each MQL that a rep got waited for the first touch, on the rep's business clock and on
-- the wall clock, whatever the agreement allows, and whether the rep was at work when it arrived.
with routed as (
    select
        cycles.cycle_id,
        coalesce(cycles.calendar_id, {{ text_variable('default_calendar') }}) as calendar_id,
        {{ microseconds('cycles.routed_at') }} as routed_us,
        -- What was done before the clock started took no time.
        {{ microseconds('greatest(cycles.first_touch_at, cycles.routed_at)') }} as touched_us,
        cycles.first_touch_at is not null as is_touched
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.routed_at is not null
        and not cycles.is_mql_inferred
),

at_routing as (
    {{ with_open_time('routed', 'routed_us', 'open_at_routing_us', is_open='is_in_hours') }}
),

at_touch as (
    {{ with_open_time('at_routing', 'touched_us', 'open_at_touch_us') }}
)

select
    at_touch.cycle_id,
    at_touch.is_in_hours,
    case
        when at_touch.is_touched then at_touch.open_at_touch_us - at_touch.open_at_routing_us
    end as business_us,
    case when at_touch.is_touched then at_touch.touched_us - at_touch.routed_us end as wall_us
from at_touch
