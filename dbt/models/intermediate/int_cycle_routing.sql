-- The first instant in a cycle at which a sales rep owned the lead.
select
    cycles.cycle_id,
    greatest(intervals.valid_from, cycles.mql_at) as routed_at,
    intervals.owner_key as routed_to,
    intervals.change_id as routing_record_id
from {{ ref('int_cycles') }} as cycles
inner join {{ ref('int_owner_intervals') }} as intervals
    on
        cycles.lead_key = intervals.lead_key
        and intervals.is_sales_rep
        and intervals.valid_from <= {{ as_of() }}
        and (cycles.next_mql_at is null or intervals.valid_from < cycles.next_mql_at)
        and (intervals.valid_to is null or cycles.mql_at < intervals.valid_to)
qualify
    row_number() over (
        partition by cycles.cycle_id order by intervals.valid_from, intervals.owner_key
    ) = 1
