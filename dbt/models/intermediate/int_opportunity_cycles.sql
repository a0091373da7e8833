-- An opportunity belongs to its lead's latest cycle at or before its creation; one linked to
-- several leads counts once, with the earliest MQL. A deal whose creation was never exported is
-- placed by the day it was decided.
select
    opportunities.opportunity_key,
    cycles.cycle_id,
    cycles.lead_key,
    cycles.mql_at
from {{ ref('int_opportunities') }} as opportunities
inner join {{ ref('int_opportunity_leads') }} as links
    on opportunities.opportunity_key = links.opportunity_key
inner join {{ ref('int_cycles') }} as cycles
    on
        links.lead_key = cycles.lead_key
        and cycles.mql_at
        <= coalesce(opportunities.created_at, opportunities.won_at, opportunities.lost_at)
        and (
            cycles.next_mql_at is null
            or cycles.next_mql_at
            > coalesce(opportunities.created_at, opportunities.won_at, opportunities.lost_at)
        )
where
    coalesce(opportunities.created_at, opportunities.won_at, opportunities.lost_at) <= {{ as_of() }}
qualify
    row_number() over (
        partition by opportunities.opportunity_key order by cycles.mql_at, cycles.cycle_id
    ) = 1
