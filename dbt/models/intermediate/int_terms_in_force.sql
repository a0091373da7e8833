-- The agreement laid out: for each clause, segment, region and stretch of time the one term that
-- governs. Small, so that each lead finds its term by one equality join instead of ranking terms.
with segments as (
    select distinct segments.segment
    from {{ ref('segments') }} as segments
    union
    select 'unknown' as segment
),

regions as (
    select distinct regions.region
    from {{ ref('regions') }} as regions
    union
    select 'unknown' as region
),

boundaries as (
    select
        terms.clause,
        coalesce(terms.effective_from, {{ beginning_of_time() }}) as valid_from
    from {{ ref('sla_terms') }} as terms
    union
    select
        terms.clause,
        terms.effective_to as valid_from
    from {{ ref('sla_terms') }} as terms
    where terms.effective_to is not null
),

stretches as (
    select
        boundaries.clause,
        boundaries.valid_from,
        lead(boundaries.valid_from) over (
            partition by boundaries.clause order by boundaries.valid_from
        ) as valid_to
    from boundaries
)

select
    stretches.clause,
    segments.segment,
    regions.region,
    stretches.valid_from,
    stretches.valid_to,
    terms.term_id,
    terms.side,
    terms.min_count,
    terms.limit_value,
    terms.limit_unit,
    terms.clock,
    terms.target_rate,
    coalesce(terms.require_note, false) as require_note
from stretches
cross join segments
cross join regions
inner join {{ ref('sla_terms') }} as terms
    on
        stretches.clause = terms.clause
        and {{ in_force('terms', 'stretches.valid_from') }}
        and (terms.segment is null or segments.segment = terms.segment)
        and (terms.region is null or regions.region = terms.region)
qualify
    -- Most specific first: segment and region, segment, region, neither.
    row_number() over (
        partition by stretches.clause, stretches.valid_from, segments.segment, regions.region
        order by
            case when terms.segment is null then 1 else 0 end,
            case when terms.region is null then 1 else 0 end,
            terms.term_id
    ) = 1
