-- A tried calendar is asked of no instant before its first opening: that clock would know nothing.
{{ config(meta={'dagster': {'ref': {'name': 'int_what_if_clock'}}}) }}
select
    clock.calendar_id,
    clock.segment_number
from {{ ref('int_what_if_clock') }} as clock
where
    clock.open_us is null
    and clock.segment_number >= (
        select min(obligations.start_segment)
        from {{ ref('int_what_if_obligations') }} as obligations
    )
union all
select
    cast(null as integer) as calendar_id,
    obligations.start_segment as segment_number
from {{ ref('int_what_if_obligations') }} as obligations
where obligations.start_segment is null
