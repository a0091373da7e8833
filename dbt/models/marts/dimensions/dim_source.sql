with sources as (
    select
        lead_sources.source,
        lead_sources.sourced_by
    from {{ ref('lead_sources') }} as lead_sources
    union all
    select
        'unmapped' as source,
        'unknown' as sourced_by
)

select
    sources.source,
    case
        when count(distinct sources.sourced_by) = 1 then min(sources.sourced_by)
        else 'unknown'
    end as sourced_by
from sources
group by sources.source
