-- When the calendars are open that are tried: those of the agreement as they are, and each of them
-- with other hours on the same days.
with hours as (
    select
        calendars.calendar_id,
        calendars.timezone,
        cast(days.date_day as timestamp)
        + interval '1' minute * {{ minute_of_day("'" ~ extended_hours()[0] ~ "'") }} as opens,
        cast(days.date_day as timestamp)
        + interval '1' minute * {{ minute_of_day("'" ~ extended_hours()[1] ~ "'") }} as closes
    from {{ ref('int_calendar_days') }} as days
    inner join {{ ref('int_what_if_calendars') }} as calendars
        on
            days.calendar_id = calendars.of_calendar
            and calendars.kind = 'extended'
    where days.is_open
),

{{ open_intervals('hours') }}
union all
select
    calendars.calendar_id,
    intervals.opens_us,
    intervals.closes_us,
    intervals.open_before_us
from {{ ref('int_open_intervals') }} as intervals
inner join {{ ref('int_what_if_calendars') }} as calendars
    on
        intervals.calendar_id = calendars.of_calendar
        and calendars.kind = 'agreed'
