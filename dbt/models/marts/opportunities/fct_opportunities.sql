with opportunities as (
    select
        opportunities.*,
        coalesce(opportunities.close_date, {{ local_date(as_of()) }}) as rated_on
    from {{ ref('int_opportunities') }} as opportunities
    where
        opportunities.created_at is null
        or opportunities.created_at <= {{ as_of() }}
),

-- A deal of test leads alone is a test.
links as (
    select
        links.opportunity_key,
        bool_and(links.is_test) as is_test
    from {{ ref('int_opportunity_leads') }} as links
    group by links.opportunity_key
)

select
    opportunities.opportunity_key,
    opportunities.crm,
    opportunity_cycles.cycle_id,
    coalesce(cycles.source, lead_sources.source, 'unmapped') as source,
    coalesce(cycles.sourced_by, lead_sources.sourced_by, 'unknown') as sourced_by,
    coalesce(cycles.segment, segments.segment, 'unknown') as segment,
    coalesce(cycles.region, regions.region, 'unknown') as region,
    opportunities.owner_key,
    opportunities.stage,
    opportunities.currency,
    opportunities.amount,
    {{ converted('opportunities.amount', 'rates.rate') }} as amount_reporting,
    opportunities.created_at,
    opportunities.close_date,
    case
        when opportunities.is_won then opportunities.won_at
        when opportunities.is_closed then opportunities.lost_at
    end as closed_at,
    opportunities.is_closed,
    opportunities.is_won,
    opportunities.is_deleted
from opportunities
left join links on opportunities.opportunity_key = links.opportunity_key
left join {{ ref('int_exchange_rates') }} as rates
    on {{ rate_in_force('rates', 'opportunities.currency', 'opportunities.rated_on') }}
left join {{ ref('int_opportunity_cycles') }} as opportunity_cycles
    on opportunities.opportunity_key = opportunity_cycles.opportunity_key
left join {{ ref('int_cycle_values') }} as cycles
    on opportunity_cycles.cycle_id = cycles.cycle_id
left join {{ ref('lead_sources') }} as lead_sources
    on
        opportunities.crm = {{ match_key('lead_sources.crm') }}
        and {{ match_key('opportunities.source') }} = {{ match_key('lead_sources.raw_source') }}
left join {{ ref('segments') }} as segments
    on {{ in_segment('segments', 'opportunities.employees') }}
left join {{ ref('regions') }} as regions
    on {{ match_key('opportunities.country') }} = {{ match_key('regions.country') }}
where not coalesce(links.is_test, false)
