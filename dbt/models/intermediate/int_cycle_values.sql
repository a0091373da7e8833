with subjects as (
    select
        cycles.cycle_id as subject_id,
        cycles.lead_key,
        cycles.crm,
        cycles.mql_at as instant
    from {{ ref('int_cycles') }} as cycles
),

{{ values_as_of('subjects', [
    'name', 'email', 'company', 'role', 'source', 'score', 'industry', 'country', 'employees'
]) }}

select
    valued.subject_id as cycle_id,
    valued.lead_key,
    valued.crm,
    valued.name,
    valued.email,
    {{ email_domain('valued.email') }} as email_domain,
    valued.company,
    valued.role,
    valued.source as raw_source,
    lead_sources.source as known_source,
    case
        when valued.source is not null then coalesce(lead_sources.source, 'unmapped')
    end as definition_source,
    coalesce(lead_sources.source, 'unmapped') as source,
    coalesce(lead_sources.sourced_by, 'unknown') as sourced_by,
    valued.score as raw_score,
    {{ to_number('valued.score') }} as score,
    valued.industry,
    valued.country,
    {{ to_number('valued.employees') }} as employees,
    coalesce(segments.segment, 'unknown') as segment,
    coalesce(regions.region, 'unknown') as region
from valued
left join {{ ref('lead_sources') }} as lead_sources
    on
        valued.crm = {{ match_key('lead_sources.crm') }}
        and {{ match_key('valued.source') }} = {{ match_key('lead_sources.raw_source') }}
left join {{ ref('segments') }} as segments
    on {{ in_segment('segments', to_number('valued.employees')) }}
left join {{ ref('regions') }} as regions
    on {{ match_key('valued.country') }} = {{ match_key('regions.country') }}
