-- The days over which a month's volume is shared out: the business days of the default calendar. A
-- month in which it never opens is shared out by all its days.
with first_days as (
    select
        {{ month_start('min(cycles.mql_date)') }} as first_day
    from {{ ref('int_cycles') }} as cycles
),

days as (
    select
        days.date_day,
        days.is_open,
        count(*) filter (where days.is_open) over (
            partition by {{ month_start('days.date_day') }}
        ) as open_days,
        count(*) over (partition by {{ month_start('days.date_day') }}) as all_days
    from {{ ref('int_calendar_days') }} as days
    where days.calendar_id = {{ text_variable('default_calendar') }}
)

select
    days.date_day,
    days.is_open as is_working_day,
    case
        when days.open_days = 0 then cast(1 as double) / days.all_days
        when days.is_open then cast(1 as double) / days.open_days
        else cast(0 as double)
    end as share_of_month,
    days.date_day < {{ local_date(as_of()) }} as is_over
from days
inner join first_days
    on days.date_day >= first_days.first_day
where
    -- The last week of a quarter may reach into the next.
    days.date_day < greatest(
        {{ quarter_start(local_date(as_of())) }} + interval '3' month,
        {{ week_start(local_date(as_of())) }} + interval '7' day
    )
