-- The business calendars there are; the agreement has a row per interval of opening.
select distinct
    hours.calendar_id,
    hours.timezone
from {{ ref('business_hours') }} as hours
