-- Quarters are rows of a calendar, never a flag such as "this quarter" that means something else
-- tomorrow.
with bounds as (
    select
        {{ quarter_start('coalesce(min(cycles.mql_date), ' ~ local_date(as_of()) ~ ')') }}
            as first_day,
        {{ quarter_start(local_date(as_of())) }} + interval '12' month as after_last_day
    from {{ ref('int_cycles') }} as cycles
),

days as (
    {{ days_between('bounds', 'first_day', 'after_last_day') }}
)

select
    days.date_day,
    {{ week_start('days.date_day') }} as week_start,
    {{ month_start('days.date_day') }} as month_start,
    {{ quarter_start('days.date_day') }} as quarter_start,
    {{ iso_weekday('days.date_day') }} as iso_weekday
from days
