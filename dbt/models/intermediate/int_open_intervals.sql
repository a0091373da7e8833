-- When each calendar is open, in UTC, with the microseconds it was open before: the business clock
-- as a prefix sum.
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

{{ open_intervals('hours') }}
