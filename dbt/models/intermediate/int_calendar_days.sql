-- The days of each calendar on which it opens at all, from before the first cycle until after the
-- last deadline that can be asked for, numbered so that two look-ups count the days between.
with longest_limit as (
    select coalesce(max({{ limit_microseconds('terms') }}), 0) as limit_us
    from {{ ref('sla_terms') }} as terms
    where
        terms.clock = 'business'
        and terms.clause <> 'cadence'
),

weeks as (
    select
        hours.calendar_id,
        sum(
            {{ minute_of_day('hours.closes') }} - {{ minute_of_day('hours.opens') }}
        ) as open_minutes
    from {{ ref('business_hours') }} as hours
    group by hours.calendar_id
),

shortest_week as (
    select min(weeks.open_minutes) * 60000000 as open_us
    from weeks
),

bounds as (
    select
        -- Before its first opening a calendar knows nothing, and it may be closed for weeks when
        -- the first cycle begins: a year of holidays. That holds the whole month, which the volume
        -- needs.
        {{ local_date('min(cycles.mql_at)') }} - interval '376' day as first_day,
        -- The longest business limit in weeks of the shortest calendar, and a year of holidays.
        {{ local_date(as_of()) }} + interval '1' day * cast(
            376 + 7 * ceil(1.0 + max(longest_limit.limit_us) / max(shortest_week.open_us))
            as integer
        ) as after_last_day
    from {{ ref('int_cycles') }} as cycles
    cross join longest_limit
    cross join shortest_week
),

days as (
    {{ days_between('bounds', 'first_day', 'after_last_day') }}
),

open_weekdays as (
    select distinct
        hours.calendar_id,
        hours.weekday
    from {{ ref('business_hours') }} as hours
),

closed_days as (
    select distinct
        holidays.calendar_id,
        holidays.holiday_date
    from {{ ref('holidays') }} as holidays
)

select
    calendars.calendar_id,
    calendars.timezone,
    days.date_day,
    open_weekdays.weekday is not null and holidays.holiday_date is null as is_open,
    sum(
        case
            when open_weekdays.weekday is not null and holidays.holiday_date is null then 1
            else 0
        end
    ) over (
        partition by calendars.calendar_id
        order by days.date_day
        rows between unbounded preceding and current row
    ) as open_days
from {{ ref('int_calendars') }} as calendars
cross join days
left join open_weekdays
    on
        calendars.calendar_id = open_weekdays.calendar_id
        and open_weekdays.weekday = {{ iso_weekday('days.date_day') }}
left join closed_days as holidays
    on
        calendars.calendar_id = holidays.calendar_id
        and days.date_day = holidays.holiday_date
