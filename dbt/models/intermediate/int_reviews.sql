-- Marketing's rulings on rejections, each on the cycle whose rejection it names.
with rulings as (
    select
        reviews.crm,
        reviews.lead_id,
        reviews.ruling,
        reviews.rejected_at,
        reviews.ruled_at
    from {{ ref('stg_salesforce__reviews') }} as reviews
    union all
    select
        reviews.crm,
        reviews.lead_id,
        reviews.ruling,
        reviews.rejected_at,
        reviews.ruled_at
    from {{ ref('stg_hubspot__reviews') }} as reviews
    union all
    -- A form tool may rule on the leads of another CRM and name it with the lead.
    select
        case
            when reviews.lead_id like '%:%' then lower(split_part(reviews.lead_id, ':', 1))
            else reviews.crm
        end as crm,
        case
            when reviews.lead_id like 'salesforce:%'
                then {{ salesforce_id("split_part(reviews.lead_id, ':', 2)") }}
            when reviews.lead_id like '%:%' then split_part(reviews.lead_id, ':', 2)
            when reviews.crm = 'salesforce' then {{ salesforce_id('reviews.lead_id') }}
            else reviews.lead_id
        end as lead_id,
        reviews.ruling,
        reviews.rejected_at,
        reviews.ruled_at
    from {{ ref('stg_generic__reviews') }} as reviews
)

-- Distinct: one ruling may come from two sources, or name its lead once by the long form of the id.
select distinct
    cycles.cycle_id,
    stages.rejected_at,
    rulings.ruling,
    rulings.ruled_at
from rulings
inner join {{ ref('int_lead_identity') }} as identity
    on
        rulings.crm = identity.crm
        and rulings.lead_id = identity.record_id
inner join {{ ref('int_cycles') }} as cycles
    on
        identity.lead_key = cycles.lead_key
        and {{ in_window('cycles', 'rulings.ruled_at') }}
inner join {{ ref('int_cycle_stages') }} as stages
    on
        cycles.cycle_id = stages.cycle_id
        and date_trunc('second', rulings.rejected_at) = date_trunc('second', stages.rejected_at)
where
    rulings.ruling in ('accepted', 'contested')
    and rulings.ruled_at <= {{ as_of() }}
