-- When each calendar is open, in UTC, with the microseconds it was open before: the business clock
-- as a prefix sum. Each day's hours are converted by themselves, so a change of the clocks on a
-- working day is right.
with hours as (
    select
        days.calendar_id,
        days.timezone,
        cast(days.date_day as timestamp)
        + interval '1' minute * {{ minute_of_day('hours.opens') }} as opens,
        cast(days.date_day as timestamp)
        + interval '1' minute * {{ minute_of_day('hours.closes') }} as closes
    from {{ ref('int_calendar_days') }} as days
    inner join {{ ref('business_hours') }} as hours
        on
            days.calendar_id = hours.calendar_id
            and hours.weekday = {{ iso_weekday('days.date_day') }}
    where days.is_open
),

converted as (
    select
        hours.calendar_id,
        {{ first_instant_of('hours.opens', 'hours.timezone') }} as opens_at,
        {{ first_instant_of('hours.closes', 'hours.timezone') }} as closes_at
    from hours
),

-- Hours that touch the skipped hour of a spring night may run into the next ones.
apart as (
    select
        converted.calendar_id,
        greatest(
            converted.opens_at,
            max(converted.closes_at) over (
                partition by converted.calendar_id
                order by converted.opens_at, converted.closes_at
                rows between unbounded preceding and 1 preceding
            )
        ) as opens_at,
        converted.closes_at
    from converted
),

measured as (
    select
        apart.calendar_id,
        {{ microseconds('apart.opens_at') }} as opens_us,
        {{ microseconds('apart.closes_at') }} as closes_us
    from apart
    where apart.opens_at < apart.closes_at
)

select
    measured.calendar_id,
    measured.opens_us,
    measured.closes_us,
    coalesce(
        cast(
            sum(measured.closes_us - measured.opens_us) over (
                partition by measured.calendar_id
                order by measured.opens_us
                rows between unbounded preceding and 1 preceding
            ) as bigint
        ),
        0
    ) as open_before_us
from measured
