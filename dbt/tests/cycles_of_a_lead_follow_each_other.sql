-- A lead's cycles are numbered in time order, and none begins before the one before it closed.
select later.cycle_id
from {{ ref('fct_lead_cycles') }} as later
left join {{ ref('fct_lead_cycles') }} as earlier
    on
        later.lead_key = earlier.lead_key
        and later.cycle_number = earlier.cycle_number + 1
where
    later.cycle_number > 1
    and (
        earlier.cycle_id is null
        or earlier.closed_at is null
        or earlier.closed_at > later.mql_at
    )
