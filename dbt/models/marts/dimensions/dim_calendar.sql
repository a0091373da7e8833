select
    calendars.calendar_id,
    calendars.timezone,
    calendars.calendar_id = {{ text_variable('default_calendar') }} as is_default
from {{ ref('int_calendars') }} as calendars
