-- The business clocks of all tried calendars, read at the start of each segment.
with segments as (
    select
        segments.segment_number,
        segments.starts_us,
        calendars.calendar_id
    from {{ ref('int_what_if_segments') }} as segments
    cross join {{ ref('int_what_if_calendars') }} as calendars
),

at_segment as (
    {{ with_open_time(
        'segments', 'starts_us', 'open_us', is_open='is_open',
        intervals=ref('int_what_if_intervals')
    ) }}
)

select
    at_segment.segment_number,
    at_segment.calendar_id,
    at_segment.starts_us,
    at_segment.open_us,
    at_segment.is_open
from at_segment
