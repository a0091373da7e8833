-- An opportunity belongs to its lead's latest cycle at or before its creation; one linked to
-- several leads counts once, with the earliest MQL. A deal whose creation was never exported is
-- placed by the day it was decided.
with candidates as (
    select
        opportunities.opportunity_key,
        opportunities.is_deleted,
        coalesce(opportunities.created_at, opportunities.won_at, opportunities.lost_at) as known_at
    from {{ ref('int_opportunities') }} as opportunities
),

placed as (
    select
        candidates.opportunity_key,
        candidates.is_deleted,
        candidates.known_at,
        cycles.cycle_id,
        cycles.lead_key
    from candidates
    inner join {{ ref('int_opportunity_leads') }} as links
        on candidates.opportunity_key = links.opportunity_key
    inner join {{ ref('int_cycles') }} as cycles
        on
            links.lead_key = cycles.lead_key
            and {{ in_window('cycles', 'candidates.known_at') }}
    where candidates.known_at <= {{ as_of() }}
    qualify
        row_number() over (
            partition by candidates.opportunity_key order by cycles.mql_at, cycles.cycle_id
        ) = 1
)

select
    placed.opportunity_key,
    placed.cycle_id,
    placed.lead_key,
    row_number() over (
        partition by placed.cycle_id
        order by placed.is_deleted, placed.known_at, placed.opportunity_key
    ) as nth_in_cycle
from placed
