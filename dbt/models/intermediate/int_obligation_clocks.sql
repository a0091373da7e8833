-- Deadline and elapsed time of every timed obligation whose clock started. Business clocks take
-- three look-ups each in a small table, whatever the distance in time.
with started as (
    select
        timed.cycle_id,
        timed.clause,
        timed.clock,
        coalesce(timed.calendar_id, {{ text_variable('default_calendar') }}) as calendar_id,
        timed.limit_us,
        {{ microseconds('timed.starts_at') }} as starts_us,
        -- What was done before the clock started took no time.
        case
            when timed.fulfilled_at is not null
                then {{ microseconds('greatest(timed.fulfilled_at, timed.starts_at)') }}
        end as fulfilled_us
    from {{ ref('int_obligations_timed') }} as timed
    where timed.starts_at is not null
),

business as (
    select
        started.cycle_id,
        started.clause,
        started.calendar_id,
        started.limit_us,
        started.starts_us,
        started.fulfilled_us
    from started
    where started.clock = 'business'
),

at_start as (
    {{ with_open_time('business', 'starts_us', 'open_at_start_us') }}
),

targeted as (
    select
        at_start.cycle_id,
        at_start.clause,
        at_start.calendar_id,
        at_start.limit_us,
        at_start.starts_us,
        at_start.fulfilled_us,
        at_start.open_at_start_us,
        at_start.open_at_start_us + at_start.limit_us as open_at_due_us
    from at_start
),

at_due as (
    {{ with_instant_of_open_time('targeted', 'open_at_due_us', 'due_us') }}
),

fulfilled as (
    select
        at_due.cycle_id,
        at_due.clause,
        at_due.calendar_id,
        at_due.fulfilled_us
    from at_due
    where at_due.fulfilled_us is not null
),

at_fulfilment as (
    {{ with_open_time('fulfilled', 'fulfilled_us', 'open_at_fulfilment_us') }}
)

select
    at_due.cycle_id,
    at_due.clause,
    -- No time to wait is over at once, also outside business hours.
    case when at_due.limit_us = 0 then at_due.starts_us else at_due.due_us end as due_us,
    at_fulfilment.open_at_fulfilment_us - at_due.open_at_start_us as elapsed_us
from at_due
left join at_fulfilment
    on
        at_due.cycle_id = at_fulfilment.cycle_id
        and at_due.clause = at_fulfilment.clause
union all
select
    started.cycle_id,
    started.clause,
    started.starts_us + started.limit_us as due_us,
    started.fulfilled_us - started.starts_us as elapsed_us
from started
where started.clock <> 'business'
