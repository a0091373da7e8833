select
    hours.calendar_id,
    max(hours.timezone) as timezone,
    hours.calendar_id = {{ text_variable('default_calendar') }} as is_default
from {{ ref('business_hours') }} as hours
group by hours.calendar_id
