-- The calendars that are tried, by number: a number is compared faster than a name, and a million
-- leads are looked up in each of them.
with calendars as (
    {%- for kind in ['agreed', 'extended'] %}
    select
        '{{ kind }}' as kind,
        calendars.calendar_id as of_calendar,
        calendars.timezone
    from {{ ref('int_calendars') }} as calendars
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    cast(
        row_number() over (order by calendars.kind, calendars.of_calendar) as integer
    ) as calendar_id,
    calendars.kind,
    calendars.of_calendar,
    calendars.timezone
from calendars
