-- Time cut wherever a tried calendar opens or closes: within a segment each of them is open or
-- closed throughout. One look-up of an instant then answers for all calendars.
with changes as (
    select intervals.opens_us as starts_us
    from {{ ref('int_what_if_intervals') }} as intervals
    union
    select intervals.closes_us as starts_us
    from {{ ref('int_what_if_intervals') }} as intervals
)

select
    cast(row_number() over (order by changes.starts_us) as integer) as segment_number,
    changes.starts_us
from changes
