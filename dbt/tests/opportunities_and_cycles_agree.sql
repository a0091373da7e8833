-- Every opportunity that names a cycle names one that exists and began by the time it was created,
-- and every cycle's opportunity names that cycle.
{{ config(meta={'dagster': {'ref': {'name': 'fct_opportunities'}}}) }}
select opportunities.opportunity_key
from {{ ref('fct_opportunities') }} as opportunities
left join {{ ref('fct_lead_cycles') }} as cycles
    on opportunities.cycle_id = cycles.cycle_id
where
    opportunities.cycle_id is not null
    and (cycles.cycle_id is null or cycles.mql_at > opportunities.created_at)
union all
select cycles.opportunity_key
from {{ ref('fct_lead_cycles') }} as cycles
left join {{ ref('fct_opportunities') }} as opportunities
    on cycles.opportunity_key = opportunities.opportunity_key
where
    cycles.opportunity_key is not null
    and opportunities.cycle_id is distinct from cycles.cycle_id
